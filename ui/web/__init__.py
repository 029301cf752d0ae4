"""The web application around the pages: its script, its headers, its static files."""
