"""Parsers of plain text, CSV and JSON."""
