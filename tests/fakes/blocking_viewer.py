"""A page renderer that blocks until the test releases it, and records its calls."""

import threading

from index import Document, PageRenderer
from index.formats.types import PageUnavailable


class BlockingViewer(PageRenderer):
    """Blocks in ``render`` until ``let_go``; *drawn* lists the numbers of the pages in order of the calls."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[int] = []
        self.begun = threading.Semaphore(0)
        self._let_go = threading.Semaphore(0)

    def render(self, document: Document, number: int, scale: float = 1) -> bytes | PageUnavailable:
        self.drawn.append(number)
        self.begun.release()
        self._let_go.acquire(timeout=60)
        return b"picture"

    def let_go(self, pages: int) -> None:
        self._let_go.release(pages)
