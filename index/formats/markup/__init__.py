"""Formats of marked-up text: HTML, Markdown, reStructuredText, e-books, notebooks and e-mail."""
