"""Answerers: compose an answer from what the reader found."""
