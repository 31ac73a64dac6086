"""Why a file isn't in the index: a code, and one table from code to message, advice and whether to retry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

MAX_DETAIL = 200
"""Characters of a detail that comes from another process."""


class FailureCode(StrEnum):
    """Why a file can't be indexed, uploaded or shown; the catalog stores the value."""

    # access to the file
    MISSING = "missing"
    NO_PERMISSION = "no_permission"
    INACCESSIBLE = "inaccessible"
    NOT_A_FILE = "not_a_file"
    UNKNOWN_FORMAT = "unknown_format"

    # its content
    EMPTY = "empty"
    NO_TEXT = "no_text"
    SCAN = "scan"
    PICTURE = "picture"
    UNREADABLE_TEXT = "unreadable_text"
    UNREADABLE_PAGES = "unreadable_pages"
    ENCRYPTED = "encrypted"
    OLD_OFFICE = "old_office"
    COPY_PROTECTED = "copy_protected"
    DAMAGED = "damaged"
    INCOMPLETE = "incomplete"
    TOO_DEEP = "too_deep"
    BINARY = "binary"
    UNSUPPORTED_ENCODING = "unsupported_encoding"
    INVALID_ENCODING = "invalid_encoding"
    INVALID_JSON = "invalid_json"
    INVALID_NOTEBOOK = "invalid_notebook"
    XML_ENTITIES = "xml_entities"

    # limits
    TOO_LARGE = "too_large"
    TOO_LARGE_UNPACKED = "too_large_unpacked"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MUCH_TEXT = "too_much_text"
    TIMEOUT = "timeout"
    MEMORY = "memory"

    # the process that reads it
    CRASHED = "crashed"
    STOPPED = "stopped"

    # pages of an indexed PDF
    NO_PAGES = "no_pages"
    NO_SUCH_PAGE = "no_such_page"
    UNDRAWABLE_PAGE = "undrawable_page"
    CHANGED = "changed"
    OUTDATED = "outdated"

    # uploads
    NOT_SAVED = "not_saved"
    INVALID_ARCHIVE = "invalid_archive"
    TOO_MANY_UPLOADS = "too_many_uploads"
    TOO_MANY_OWN_UPLOADS = "too_many_own_uploads"
    UPLOADS_TOO_LARGE = "uploads_too_large"
    OWN_UPLOADS_TOO_LARGE = "own_uploads_too_large"

    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FailureInfo:
    """
    What a person is told about a failure, and whether the file is worth reading again.

    Args:
        message: What happened; continues "The file ...".
        advice: What to do, as a sentence.
        retry: Whether the unchanged file may be readable at the next build.
        limit: The field of :class:`~index.formats.types.Limits` that was exceeded; the unchanged file may be
            readable once it is raised. Empty if it was none of them.
        is_partial: Whether the rest of the file was indexed.
    """

    message: str
    advice: str
    retry: bool = False
    limit: str = ""
    is_partial: bool = False


_SAVE_AGAIN = "Save it again in the original program and add the new copy."
_OCR = "run OCR on it (for example ocrmypdf) and add the result."
_INSTALL_OCR = (
    'Install the recognition of scans (pip install "footnote[ocr]") and index it again, or '
    "run OCR on it (for example ocrmypdf) and add the result."
)
_UTF8 = "Save it as UTF-8 and add it again."
_JSON = "Fix it in a text editor, or add it as a text file."
_FLATTEN = "Nest its parts less deeply, or add its text as a plain text file."
_INDEX_AGAIN = "Index it again."

FAILURES: Mapping[FailureCode, FailureInfo] = MappingProxyType(
    {
        FailureCode.MISSING: FailureInfo("doesn't exist", "Check its path, and index it again.", retry=True),
        FailureCode.NO_PERMISSION: FailureInfo(
            "can't be read because of its permissions", "Make it readable, and index it again.", retry=True
        ),
        FailureCode.INACCESSIBLE: FailureInfo(
            "can't be opened", "Check that its disk is connected, and index it again.", retry=True
        ),
        FailureCode.NOT_A_FILE: FailureInfo(
            "is not a regular file", "Add a regular file or a folder.", retry=True
        ),
        # A later version may know the format.
        FailureCode.UNKNOWN_FORMAT: FailureInfo(
            "has an unsupported file type", "Save it as PDF, Word or plain text and add that.", retry=True
        ),
        FailureCode.EMPTY: FailureInfo("is empty", "Remove it, or add a file with text."),
        FailureCode.NO_TEXT: FailureInfo("contains no text", f"If it is a scan, {_OCR}"),
        # The extra may have been installed since.
        FailureCode.SCAN: FailureInfo("is a scan without text", _INSTALL_OCR, retry=True),
        FailureCode.PICTURE: FailureInfo(
            "is a picture, and recognising its words is not installed",
            'Install the recognition of scans (pip install "footnote[ocr]") and index it again.',
            retry=True,
        ),
        FailureCode.UNREADABLE_TEXT: FailureInfo(
            "has no readable text, because its fonts don't say which letters they draw",
            _INSTALL_OCR,
            retry=True,
        ),
        FailureCode.UNREADABLE_PAGES: FailureInfo(
            "has pages without readable text", _INSTALL_OCR, is_partial=True
        ),
        FailureCode.ENCRYPTED: FailureInfo(
            "is password-protected", "Save it without a password and add that."
        ),
        FailureCode.OLD_OFFICE: FailureInfo(
            "is password-protected or in an old Office format",
            "Save it without a password as .docx, .xlsx or .pptx and add that.",
        ),
        FailureCode.COPY_PROTECTED: FailureInfo(
            "is copy-protected (DRM)", "Add a copy without copy protection."
        ),
        # A parser's exception of any kind ends here, so that a corrected parser or library may read it.
        FailureCode.DAMAGED: FailureInfo("is damaged", _SAVE_AGAIN, retry=True),
        FailureCode.INCOMPLETE: FailureInfo("is incomplete", "Download it again."),
        FailureCode.TOO_DEEP: FailureInfo("is nested too deeply", _FLATTEN),
        FailureCode.BINARY: FailureInfo("contains binary data instead of text", _SAVE_AGAIN),
        FailureCode.UNSUPPORTED_ENCODING: FailureInfo("is text in an unknown encoding", _UTF8),
        FailureCode.INVALID_ENCODING: FailureInfo("contains bytes that don't fit its encoding", _UTF8),
        FailureCode.INVALID_JSON: FailureInfo("is not valid JSON", _JSON),
        FailureCode.INVALID_NOTEBOOK: FailureInfo("is not a Jupyter notebook", _JSON),
        FailureCode.XML_ENTITIES: FailureInfo(
            "declares a document type or XML entities, which Office files may not contain", _SAVE_AGAIN
        ),
        FailureCode.TOO_LARGE: FailureInfo(
            "is too large", "Split it, or raise the setting max_file_mb.", limit="max_bytes"
        ),
        FailureCode.TOO_LARGE_UNPACKED: FailureInfo(
            "is too large when unpacked",
            "Split it, or raise the setting max_expanded_mb.",
            limit="max_expanded_bytes",
        ),
        FailureCode.TOO_MANY_PAGES: FailureInfo(
            "has too many pages", "Split it, or raise the setting max_pages.", limit="max_pages"
        ),
        FailureCode.TOO_MUCH_TEXT: FailureInfo(
            "contains too much text", "Split it, or raise the setting max_characters.", limit="max_characters"
        ),
        FailureCode.TIMEOUT: FailureInfo(
            "took too long to read", "Split it, or raise the setting parse_seconds.", limit="seconds"
        ),
        FailureCode.MEMORY: FailureInfo(
            "needed too much memory", "Split it, or raise the setting parse_memory_mb.", limit="memory_bytes"
        ),
        FailureCode.CRASHED: FailureInfo("crashed the parser", _SAVE_AGAIN, retry=True),
        FailureCode.STOPPED: FailureInfo(
            "was not read because reading was stopped", _INDEX_AGAIN, retry=True
        ),
        FailureCode.NO_PAGES: FailureInfo("has no pages to show", "Read it as text."),
        FailureCode.NO_SUCH_PAGE: FailureInfo("has no such page", "Choose another page."),
        FailureCode.UNDRAWABLE_PAGE: FailureInfo("has a page that can't be drawn", "Read it as text."),
        FailureCode.CHANGED: FailureInfo("has changed since it was indexed", _INDEX_AGAIN, retry=True),
        FailureCode.OUTDATED: FailureInfo(
            "was indexed by another version of Footnote", _INDEX_AGAIN, retry=True
        ),
        FailureCode.NOT_SAVED: FailureInfo(
            "can't be saved",
            "Free up disk space, or choose another folder with the setting data_dir.",
            retry=True,
        ),
        FailureCode.INVALID_ARCHIVE: FailureInfo(
            "is an archive that can't be unpacked", "Unpack it and add its files."
        ),
        FailureCode.TOO_MANY_UPLOADS: FailureInfo(
            "exceeds the number of files that can be uploaded",
            "Remove some files, or raise the setting max_uploads.",
            retry=True,
        ),
        FailureCode.TOO_MANY_OWN_UPLOADS: FailureInfo(
            "exceeds the number of files that one person can upload",
            "Remove some of your files, or raise the setting max_uploads_each.",
            retry=True,
        ),
        FailureCode.UPLOADS_TOO_LARGE: FailureInfo(
            "exceeds the space for all uploads",
            "Remove some files, or raise the setting max_uploads_mb.",
            retry=True,
        ),
        FailureCode.OWN_UPLOADS_TOO_LARGE: FailureInfo(
            "exceeds the space for one person's uploads",
            "Remove some of your files, or raise the setting max_uploads_each_mb.",
            retry=True,
        ),
        FailureCode.OTHER: FailureInfo("can't be read", _SAVE_AGAIN, retry=True),
    }
)
"""Message, advice and retry of every code; no other module writes a text about a file that can't be read."""


def unreadable_pages(numbers: Sequence[int]) -> "ParseFailure | None":
    """
    Return what a person is told about pages without readable text; None if there are none.

    >>> unreadable_pages([2, 3, 4, 7]).message
    'has pages without readable text (pages 2–4, 7)'
    """
    if not numbers:
        return None
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    named = ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
    if len(named) > MAX_DETAIL - 50:
        named = f"{numbers[0]}–{numbers[-1]}, {len(numbers):,} in all"
    return ParseFailure(FailureCode.UNREADABLE_PAGES, f"page{'s' * (len(numbers) > 1)} {named}")


@dataclass(frozen=True, slots=True)
class ParseFailure:
    """
    Why a file can't be read. Decisions are made by its code and limit, never by its texts.

    Args:
        code: What happened.
        detail: What is particular about this file, such as "page 3 can't be read"; may be empty.
        limit: The value of the limit that was exceeded, in the unit of its field; None if there was none.
    """

    code: FailureCode
    detail: str = ""
    limit: float | None = None

    @property
    def message(self) -> str:
        """What happened, with the detail; continues "The file ..."."""
        if self.code is FailureCode.OTHER and self.detail:
            return self.detail  # the whole message of an earlier version, which stored no code
        return f"{self.info.message} ({self.detail})" if self.detail else self.info.message

    @property
    def advice(self) -> str:
        """What to do, as a sentence."""
        return self.info.advice

    @property
    def info(self) -> FailureInfo:
        """The code's entry in :data:`FAILURES`."""
        return FAILURES[self.code]

    def __str__(self) -> str:
        return f"The file {self.message}. {self.advice}"


def failure_codes() -> tuple[FailureCode, ...]:
    """Return all codes in the order of the documentation."""
    return tuple(FailureCode)


def failure_of(error: OSError | ValueError) -> ParseFailure:
    """
    Return why the operating system gave no access to a file.

    Args:
        error: What opening or listing raised; a ValueError for a path with a NUL in it.
    """
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return ParseFailure(FailureCode.MISSING)
        case PermissionError():
            return ParseFailure(FailureCode.NO_PERMISSION)
        case _:
            return ParseFailure(FailureCode.INACCESSIBLE, getattr(error, "strerror", None) or str(error))
