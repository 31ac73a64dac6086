"""Clients that ask a running chat at the same time, with the requests that its page makes."""

import contextlib
import re
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import httpx

from qa.web.strings import QUEUED

_QUEUE_POSITION = re.escape(QUEUED).replace(re.escape("{position}"), r"(\d+)")


@dataclass(frozen=True, slots=True)
class LoadResult:
    """
    The result of one question.

    Args:
        seconds: Time until the answer was complete.
        positions: Its positions in the queue, from 1, as the chat reported them.
        answered: Whether the answer was complete and stored.
    """

    seconds: float
    positions: tuple[int, ...]
    answered: bool


class LoadClient:
    """
    A client with its own cookie and page.

    Args:
        address: The address that the chat printed, with its key if it has one.
        account: User name and password.
    """

    def __init__(self, address: str, account: tuple[str, str] | None = None) -> None:
        base = address.partition("/?")[0]
        self._client = httpx.Client(base_url=base, timeout=600, follow_redirects=True, trust_env=False)
        if account:
            self._client.post("/login", data=dict(zip(("name", "password"), account, strict=True)))
        self._client.get(address).raise_for_status()

    def start(self, question: str) -> str:
        """Ask a question in a new conversation, and return the HTML that the page shows first."""
        return self._client.post("/turns", data={"question": question}).raise_for_status().text

    def poll(self, html: str) -> str:
        """Wait for the next version of an unfinished answer, and return its HTML."""
        return self._client.get(_stream(html)).raise_for_status().text

    def cancel(self, html: str) -> None:
        """Cancel a question that is queued or being answered."""
        self._client.post("/turns/cancel", data=_turn(html)).raise_for_status()

    def ask(self, question: str) -> LoadResult:
        """Ask a question in a new conversation, and wait until the answer is complete."""
        started, positions, html = time.perf_counter(), list[int](), ""
        with contextlib.suppress(httpx.HTTPError):  # counts as a question without an answer
            html = self.start(question)
            while "data-running" in html:
                html = self.poll(html)
                positions += map(int, re.findall(_QUEUE_POSITION, html))
        answered = "data-turn" in html and "/turns/rate" in html
        return LoadResult(time.perf_counter() - started, tuple(positions), answered)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def ask_concurrently(address: str, clients: int, questions: Sequence[str]) -> list[LoadResult]:
    """Ask questions from several clients at once; each starts at another question of the list."""
    ready = threading.Barrier(clients)
    connected = [LoadClient(address) for _ in range(clients)]

    def ask_all(number: int) -> list[LoadResult]:
        ready.wait()
        first = number % len(questions)
        return [connected[number].ask(question) for question in (*questions[first:], *questions[:first])]

    with ThreadPoolExecutor(clients) as pool:
        results = [result for group in pool.map(ask_all, range(clients)) for result in group]
    for client in connected:
        client.close()
    return results


def _stream(html: str) -> str:
    """Return the address at which the page requests more of a running answer."""
    match = re.search(r'hx-get="(/turns/stream[^"]*)"', html)
    return unescape(match[1]) if match else ""


def _turn(html: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(_stream(html)).query))
