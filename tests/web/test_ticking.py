"""Waiting for something slow, without having to."""

import threading
from collections.abc import Generator

import pytest

from qa.web.ticking import ticking


def after(let_go: threading.Event, seen: list[int]) -> Generator[int, None, None]:
    """1 when it is let go, and then 2."""
    for number in (1, 2):
        let_go.wait(10)
        seen.append(number)
        yield number


def failing() -> Generator[int, None, None]:
    yield 1
    raise LookupError("gone")


def test_silence_is_told_and_then_what_comes():
    """None while nothing comes; everything that comes, in order, and the end."""
    let_go = threading.Event()
    waiting = ticking(after(let_go, []), seconds=0.001)
    first = next(waiting)
    let_go.set()

    assert first is None
    assert [item for item in waiting if item is not None] == [1, 2]


def test_what_goes_wrong_is_raised_where_it_is_waited_for():
    """After what came before it."""
    waiting = ticking(failing(), seconds=10)

    assert next(waiting) == 1
    with pytest.raises(LookupError):
        next(waiting)


def test_what_nobody_waits_for_goes_no_further_than_its_next_item():
    """It is closed there."""
    let_go, seen = threading.Event(), list[int]()
    waiting = ticking(after(let_go, seen), seconds=0.001)
    next(waiting)
    waiting.close()
    let_go.set()
    for thread in threading.enumerate():
        if thread.name == "answering":
            thread.join(10)

    assert seen == [1]
