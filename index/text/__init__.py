"""Canonical text, and how it is split into sentences and chunks. Nothing here does input or output."""
