"""Parsers of Word, PowerPoint and Excel files."""
