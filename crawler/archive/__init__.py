"""The WARC archive: append-only captures of pages, and their index."""
