"""Files of a dozen formats to canonical text: here in this process, or in workers that may fail alone."""

from index.formats.isolation import read_files
from index.formats.parsing import SUFFIXES, parse
from index.formats.records import Limits, Parsed, Unreadable

__all__ = ["SUFFIXES", "Limits", "Parsed", "Unreadable", "parse", "read_files"]
