"""What people touch: the command line, the pages, the exports, and every sentence in Chinese and English."""
