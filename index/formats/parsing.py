"""Parse one file to canonical text: choose the parser by the suffix, and translate its errors."""

import stat
from collections.abc import Callable
from pathlib import Path

from index.errors import UnreadableFile
from index.failures import FailureCode, failure_of
from index.formats.data.csv import read_csv, read_tsv
from index.formats.data.json import read_json, read_json_lines
from index.formats.data.text import read_text
from index.formats.markup.email import read_eml
from index.formats.markup.epub import read_epub
from index.formats.markup.html import read_html
from index.formats.markup.markdown import read_markdown
from index.formats.markup.notebook import read_notebook
from index.formats.markup.restructuredtext import read_rst
from index.formats.office.excel import read_xlsx
from index.formats.office.opendocument import read_ods, read_odt
from index.formats.office.powerpoint import read_pptx
from index.formats.office.rtf import read_rtf
from index.formats.office.word import read_docx
from index.formats.types import MB, Limits
from index.text.canonical import CanonicalText, ParsedFile, canonicalise

Parser = Callable[[bytes, Limits], ParsedFile]


def _read_pdf(data: bytes, limits: Limits) -> ParsedFile:
    from index.formats.pdf.reader import read_pdf

    return read_pdf(data, limits)


def _read_picture(data: bytes, limits: Limits) -> ParsedFile:
    from index.formats.pdf.reader import read_picture

    return read_picture(data, limits)


PARSERS: dict[str, Parser] = {
    ".csv": read_csv,
    ".docx": read_docx,
    ".eml": read_eml,
    ".epub": read_epub,
    ".htm": read_html,
    ".html": read_html,
    ".ipynb": read_notebook,
    ".jpeg": _read_picture,
    ".jpg": _read_picture,
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".markdown": read_markdown,
    ".md": read_markdown,
    ".ods": read_ods,
    ".odt": read_odt,
    ".pdf": _read_pdf,
    ".png": _read_picture,
    ".pptx": read_pptx,
    ".rst": read_rst,
    ".rtf": read_rtf,
    ".text": read_text,
    ".tif": _read_picture,
    ".tiff": _read_picture,
    ".tsv": read_tsv,
    ".txt": read_text,
    ".xhtml": read_html,
    ".xlsx": read_xlsx,
}

SUPPORTED_SUFFIXES = frozenset(PARSERS)
"""Suffixes of the supported formats, in lower case, with the dot."""


def parse(path: Path, limits: Limits) -> CanonicalText:
    """
    Parse a file in this process, which a hostile file can hang or crash.

    Raises:
        UnreadableFile: If it can't be read, with the reason.
    """
    return parse_bytes(read_bytes(path, limits), path.suffix, limits)


def read_bytes(path: Path, limits: Limits) -> bytes:
    """
    Return the bytes of a file.

    Raises:
        UnreadableFile: If it is inaccessible, empty, too large, or of an unsupported type.
    """
    if path.suffix.lower() not in PARSERS:
        raise UnreadableFile(FailureCode.UNKNOWN_FORMAT)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableFile(FailureCode.NOT_A_FILE)
        with path.open("rb") as file:
            # One byte more than the limit tells that it is exceeded, even if the file grows meanwhile.
            data = file.read(min(status.st_size, limits.max_bytes) + 1)
    except (OSError, ValueError) as error:
        failure = failure_of(error)
        raise UnreadableFile(failure.code, failure.detail) from None
    if not data:
        raise UnreadableFile(FailureCode.EMPTY)
    if len(data) > limits.max_bytes:
        detail = f"{status.st_size / MB:,.0f} MB; the limit is {limits.max_bytes / MB:,.0f} MB"
        raise limits.exceeded(FailureCode.TOO_LARGE, detail)
    return data


def parse_bytes(data: bytes, suffix: str, limits: Limits) -> CanonicalText:
    """
    Parse the bytes of a file.

    Raises:
        UnreadableFile: If it can't be read, with the reason.
    """
    raw = _parse_raw(data, suffix.lower(), limits)
    canonical = canonicalise(raw)
    if not canonical.text.strip():
        raise UnreadableFile(FailureCode.NO_TEXT)
    if len(canonical.text) > limits.max_characters:
        detail = f"{len(canonical.text):,} characters; the limit is {limits.max_characters:,}"
        raise limits.exceeded(FailureCode.TOO_MUCH_TEXT, detail)
    return canonical


def _parse_raw(data: bytes, suffix: str, limits: Limits) -> ParsedFile:
    try:
        return PARSERS[suffix](data, limits)
    except (UnreadableFile, MemoryError):
        raise
    except RecursionError:
        raise UnreadableFile(FailureCode.TOO_DEEP) from None
    except Exception as error:  # parsers and their libraries may raise anything for a hostile file
        detail = f"not a valid {suffix} file{_error_text(error)}"
        raise UnreadableFile(FailureCode.DAMAGED, detail) from error


def _error_text(error: Exception) -> str:
    """Return what a library says about a file if it is a sentence, and not only the name of a part."""
    text = " ".join(str(error.args[0] if isinstance(error, KeyError) and error.args else error).split())
    return f"; {text[:120]}" if " " in text else ""
