"""Parse files of a dozen formats to canonical text, in this process or in isolated workers."""

from index.formats.parsing import SUPPORTED_SUFFIXES, parse
from index.formats.sandbox.page_renderer import PageRenderer
from index.formats.sandbox.pool import read_files
from index.formats.types import FailedFile, Limits, PageLocation, PageUnavailable, ParseSuccess

__all__ = [
    "SUPPORTED_SUFFIXES",
    "FailedFile",
    "Limits",
    "PageLocation",
    "PageRenderer",
    "PageUnavailable",
    "ParseSuccess",
    "parse",
    "read_files",
]
