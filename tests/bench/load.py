"""People who ask a running chat at once, by the requests that its page makes."""

import contextlib
import json
import re
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class LoadResult:
    """
    How one question went.

    Args:
        seconds: Until the whole answer was there.
        positions: Where it stood in line, from 1, as the chat said meanwhile.
        answered: Whether a kept answer came, and no fault.
    """

    seconds: float
    positions: tuple[int, ...]
    answered: bool


class LoadClient:
    """
    One person, with a cookie and a page of their own.

    Args:
        address: As the chat printed it, with the key if it has one.
        account: A name and its password.
    """

    def __init__(self, address: str, account: tuple[str, str] | None = None) -> None:
        base = address.partition("/?")[0]
        self._client = httpx.Client(base_url=base, timeout=600, follow_redirects=True, trust_env=False)
        if account:
            self._client.post("/login", data=dict(zip(("name", "password"), account, strict=True)))
        config = _config(self._client.get(address).raise_for_status().text)
        self._prefix = config.get("api_prefix", "")
        ask = next(part["id"] for part in config["components"] if part["props"].get("elem_id") == "ask")
        self._event = next(
            event["id"] for event in config["dependencies"] if [ask, "click"] in event["targets"]
        )

    def begin(self, question: str) -> str:
        """Ask in a new conversation; what the page shows of it at once."""
        asked = {"data": [question, "", "", "", "", "Balanced", "10"], "fn_index": self._event}
        reply = self._client.post(f"{self._prefix}/run/predict", json=asked).raise_for_status()
        return str(reply.json()["data"][-1])

    def coming(self, shown: str) -> str:
        """What the page shows next of an answer on its way; the reply comes when there is more to see."""
        reply = self._client.get("/turns/stream", params={**_turn(shown), "version": _data("version", shown)})
        return reply.raise_for_status().text

    def stop(self, shown: str) -> None:
        """Give up an answer that is on its way, or leave the line."""
        self._client.post("/turns/cancel", data=_turn(shown)).raise_for_status()

    def ask(self, question: str) -> LoadResult:
        """Ask in a new conversation, and wait for the end of the answer."""
        begun, places, shown = time.perf_counter(), list[int](), ""
        with contextlib.suppress(httpx.HTTPError):  # then no answer came
            shown = self.begin(question)
            while "data-running" in shown:
                shown = self.coming(shown)
                places += map(int, re.findall(r"number (\d+) in line", shown))
        kept = "data-turn" in shown and "judging" in shown
        return LoadResult(time.perf_counter() - begun, tuple(places), kept)

    def close(self) -> None:
        """Leave the page."""
        self._client.close()


def at_once(address: str, people: int, questions: Sequence[str]) -> list[LoadResult]:
    """So many begin at one moment, and each asks the questions one after the other, beginning elsewhere."""
    ready = threading.Barrier(people)
    askers = [LoadClient(address) for _ in range(people)]

    def asking(number: int) -> list[LoadResult]:
        ready.wait()
        at = number % len(questions)
        return [askers[number].ask(question) for question in (*questions[at:], *questions[:at])]

    with ThreadPoolExecutor(people) as pool:
        waited = [one for each in pool.map(asking, range(people)) for one in each]
    for asker in askers:
        asker.close()
    return waited


def _config(page: str) -> Any:
    """What Gradio's script is told of the page."""
    written = page.partition("window.gradio_config = ")[2]
    return json.JSONDecoder().raw_decode(written)[0]


def _turn(shown: str) -> dict[str, str]:
    return {"conversation": _data("conversation-id", shown), "turn": _data("running", shown)}


def _data(name: str, shown: str) -> str:
    found = re.search(f'data-{name}="([^"]*)"', shown)
    return found[1] if found else ""
