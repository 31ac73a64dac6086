"""People who ask a running chat at once, by the requests that its page makes."""

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Waited:
    """
    How one question went.

    Args:
        seconds: Until the whole answer was there.
        positions: Where it stood in line, from 0, as the chat said meanwhile.
        answered: Whether a kept answer came, and no fault.
    """

    seconds: float
    positions: tuple[int, ...]
    answered: bool


class Asker:
    """One person, with a cookie and a page of their own; *account* is a name and its password."""

    def __init__(self, address: str, account: tuple[str, str] | None = None) -> None:
        self._client = httpx.Client(base_url=address, timeout=600)
        if account:
            self._client.post("/login", data=dict(zip(("name", "password"), account, strict=True)))
        self._client.get("/")
        config = self._client.get("/config").json()
        self._prefix = config.get("api_prefix", "")
        ask = next(part["id"] for part in config["components"] if part["props"].get("elem_id") == "ask")
        self._event = next(
            event["id"] for event in config["dependencies"] if [ask, "click"] in event["targets"]
        )

    def asking(self, question: str) -> Generator[dict[str, Any], None, None]:
        """Ask in a new conversation; gives all that the chat says of it, up to its end."""
        session = uuid.uuid4().hex
        asked = {
            "data": [question, "", "", "", "As usual", "10"],
            "fn_index": self._event,
            "session_hash": session,
        }
        self._client.post(f"{self._prefix}/queue/join", json=asked).raise_for_status()
        heard = f"{self._prefix}/queue/data?session_hash={session}"
        with self._client.stream("GET", heard) as reply:
            for line in reply.iter_lines():
                if not line.startswith("data:"):
                    continue
                said = json.loads(line.removeprefix("data:"))
                yield said
                if said["msg"] in {"process_completed", "unexpected_error"}:
                    return

    def ask(self, question: str) -> Waited:
        """Ask in a new conversation, and wait for the end of the answer."""
        begun, said = time.perf_counter(), list[dict[str, Any]]()
        with contextlib.suppress(httpx.HTTPError):  # then no answer came
            said += self.asking(question)
        taken = time.perf_counter() - begun
        positions = tuple(one["rank"] for one in said if one["msg"] == "estimation")
        kept = any("data-turn" in json.dumps(one.get("output")) for one in said)
        return Waited(taken, positions, kept and said[-1].get("success", False))

    def close(self) -> None:
        """Leave the page."""
        self._client.close()


def at_once(address: str, people: int, questions: Sequence[str]) -> list[Waited]:
    """So many begin at one moment, and each asks the questions one after the other, beginning elsewhere."""
    ready = threading.Barrier(people)
    askers = [Asker(address) for _ in range(people)]

    def asking(number: int) -> list[Waited]:
        ready.wait()
        at = number % len(questions)
        return [askers[number].ask(question) for question in (*questions[at:], *questions[:at])]

    with ThreadPoolExecutor(people) as pool:
        waited = [one for each in pool.map(asking, range(people)) for one in each]
    for asker in askers:
        asker.close()
    return waited
