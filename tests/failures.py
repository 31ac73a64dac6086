"""Expect a file to fail with a certain code."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from index.errors import UnreadableFile
from index.failures import FailureCode


@contextmanager
def fails_with(*codes: FailureCode, detail: str = "") -> Iterator[None]:
    """Expect an UnreadableFile of one of these codes, with *detail* in its details."""
    with pytest.raises(UnreadableFile) as caught:
        yield
    assert caught.value.failure.code in codes
    assert detail in caught.value.failure.detail
    assert "\n" not in str(caught.value)
