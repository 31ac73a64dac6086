"""Canonical text, and how it is cut into sentences and chunks. No input or output."""
