"""A page renderer that blocks until the test releases it, and records its calls."""

import threading

from index import Document, PageRenderer
from index.formats.types import PageUnavailable


class BlockingRenderer(PageRenderer):
    """Blocks in ``render`` until ``release``; *rendered* lists the page numbers in order of the calls."""

    def __init__(self) -> None:
        super().__init__()
        self.rendered: list[int] = []
        self.started = threading.Semaphore(0)
        self._released = threading.Semaphore(0)

    def render(self, document: Document, number: int, scale: float = 1) -> bytes | PageUnavailable:
        self.rendered.append(number)
        self.started.release()
        self._released.acquire(timeout=60)
        return b"picture"

    def release(self, pages: int) -> None:
        self._released.release(pages)
