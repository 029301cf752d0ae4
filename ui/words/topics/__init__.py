"""The sentences, a file a topic: key: (Chinese, English)."""
