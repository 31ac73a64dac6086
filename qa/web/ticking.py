"""
Something slow in a thread of its own, so that whoever waits for it can stop waiting.

A cancelled event of Gradio ends when its generator yields next, and until then the page can't ask anew; an
answer may be silent for a minute.
"""

import contextlib
import queue
import threading
from collections.abc import Generator
from typing import TypeVar

Item = TypeVar("Item")


def ticking(items: Generator[Item, None, None], seconds: float = 0.2) -> Generator[Item | None, None, None]:
    """
    What *items* yields, and None whenever that takes longer than *seconds*.

    Closed early, it lets *items* go on to its next item, and no further.
    """
    come: queue.SimpleQueue[tuple[bool, Item | BaseException | None]] = queue.SimpleQueue()
    unwanted = threading.Event()
    threading.Thread(target=_run, args=(items, come, unwanted), name="answering", daemon=True).start()
    try:
        while True:
            try:
                goes_on, item = come.get(timeout=seconds)
            except queue.Empty:
                yield None
                continue
            if isinstance(item, BaseException):
                raise item
            if not goes_on:
                return
            yield item
    finally:
        unwanted.set()


def _run(
    items: Generator[Item, None, None],
    come: "queue.SimpleQueue[tuple[bool, Item | BaseException | None]]",
    unwanted: threading.Event,
) -> None:
    with contextlib.closing(items):
        try:
            for item in items:
                if unwanted.is_set():
                    return
                come.put((True, item))
        except Exception as error:  # raised again where it is waited for
            come.put((False, error))
            return
    come.put((False, None))
