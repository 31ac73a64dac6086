"""Files of a dozen formats to canonical text: here in this process, or in workers that may fail alone."""

from index.formats.parsing import SUPPORTED_SUFFIXES, parse
from index.formats.sandbox.page_renderer import PageRenderer
from index.formats.sandbox.pool import read_files
from index.formats.types import Limits, PageLocation, PageUnavailable, ParseFailure, ParseSuccess

__all__ = [
    "SUPPORTED_SUFFIXES",
    "Limits",
    "PageLocation",
    "PageRenderer",
    "PageUnavailable",
    "ParseFailure",
    "ParseSuccess",
    "parse",
    "read_files",
]
