"""Snapshots on disk: their files, their search, and the index directory that contains them."""
