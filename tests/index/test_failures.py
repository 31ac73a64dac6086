"""Failures: every code has its texts, and decisions need no text."""

import errno
import os
from pathlib import Path

import pytest

from index import Limits, failure_codes
from index.failures import FAILURES, FailureCode, FailureInfo, ParseFailure, failure_of


@pytest.mark.parametrize("code", failure_codes())
def test_every_code_has_its_texts(code):
    """A message that continues "The file ...", an advice of one sentence, and whether to retry."""
    info = FAILURES[code]

    assert info.message
    assert info.message[0].islower()
    assert not info.message.endswith(".")
    assert info.advice[0].isupper()
    assert info.advice.endswith(".")
    assert isinstance(info.retry, bool)
    assert str(ParseFailure(code)) == f"The file {info.message}. {info.advice}"


def test_the_table_has_no_other_codes():
    """All codes are listed, in the order of the enumeration."""
    assert tuple(FAILURES) == failure_codes() == tuple(FailureCode)


def test_no_parser_fails_without_a_specific_code():
    """Only the catalog, which may hold a message of an earlier version, uses the code for the rest."""
    users = {
        path.name
        for path in (Path(__file__).parents[2] / "index").glob("**/*.py")
        if "FailureCode.OTHER" in path.read_text("utf-8")
    }

    assert users == {"failures.py", "catalog.py"}


@pytest.mark.parametrize(
    ("code", "setting"),
    [
        (FailureCode.TOO_LARGE, "max_file_mb"),
        (FailureCode.TOO_LARGE_UNPACKED, "max_expanded_mb"),
        (FailureCode.TOO_MUCH_TEXT, "max_characters"),
        (FailureCode.TOO_MANY_PAGES, "max_pages"),
        (FailureCode.TIMEOUT, "parse_seconds"),
        (FailureCode.MEMORY, "parse_memory_mb"),
    ],
)
def test_a_limit_names_its_setting(code, setting):
    """The advice tells which setting to raise."""
    assert ParseFailure(code).advice == f"Split it, or raise the setting {setting}."


@pytest.mark.parametrize("info", [info for info in FAILURES.values() if info.limit])
def test_a_limit_is_a_field_of_limits(info: FailureInfo):
    """Otherwise the limit that was exceeded couldn't be compared with today's."""
    assert getattr(Limits(), info.limit) > 0


def test_a_detail_follows_the_message():
    """It tells what is particular about the file."""
    failure = ParseFailure(FailureCode.DAMAGED, "page 3 can't be read")

    assert failure.message == "is damaged (page 3 can't be read)"


def test_a_message_without_a_code_is_shown_whole():
    """Catalogs of earlier versions hold only the message."""
    failure = ParseFailure(FailureCode.OTHER, "is damaged or not a PDF")

    assert str(failure).startswith("The file is damaged or not a PDF. ")


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (ParseFailure(FailureCode.EMPTY), False),
        (ParseFailure(FailureCode.NO_PERMISSION), True),
        (ParseFailure(FailureCode.OTHER, "took longer than 60 s"), True),
        (ParseFailure(FailureCode.TIMEOUT, "", 59), True),
        (ParseFailure(FailureCode.TIMEOUT, "", 60), False),
        (ParseFailure(FailureCode.TIMEOUT, "", 61), False),
    ],
)
def test_only_what_may_succeed_is_retried(failure, expected):
    """An unchanged file is read again if a permission or a raised limit may make it readable."""
    assert Limits(seconds=60).allow_retry(failure) is expected


@pytest.mark.parametrize(
    ("error", "code", "detail"),
    [
        (OSError(errno.ENOENT, os.strerror(errno.ENOENT)), FailureCode.MISSING, ""),
        (OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)), FailureCode.MISSING, ""),
        (OSError(errno.EACCES, os.strerror(errno.EACCES)), FailureCode.NO_PERMISSION, ""),
        (OSError(errno.EIO, os.strerror(errno.EIO)), FailureCode.INACCESSIBLE, os.strerror(errno.EIO)),
        (ValueError("embedded null byte"), FailureCode.INACCESSIBLE, "embedded null byte"),
    ],
)
def test_an_operating_system_error_has_a_code(error, code, detail):
    """The reason is taken from the error's number."""
    assert failure_of(error) == ParseFailure(code, detail)
