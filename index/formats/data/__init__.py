"""Plain text and data: CSV, JSON, text."""
