"""Build a snapshot from files."""
