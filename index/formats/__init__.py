"""Files of a dozen formats to canonical text: here in this process, or in workers that may fail alone."""

from index.formats.isolation import read_files
from index.formats.pages import PageViewer
from index.formats.parsing import SUFFIXES, parse
from index.formats.records import Limits, PagePlace, Parsed, Unavailable, Unreadable

__all__ = [
    "SUFFIXES",
    "Limits",
    "PagePlace",
    "PageViewer",
    "Parsed",
    "Unavailable",
    "Unreadable",
    "parse",
    "read_files",
]
