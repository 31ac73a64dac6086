"""The real chat in a separate process, and the browser that opens it."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx

from tests.fakes.pdf import text_under

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


FIRST_ANSWER = 240_000
"""Milliseconds until an answer: the first one loads the models, which takes minutes on a busy machine."""
ANSWERED = ".fn-turn:not([data-running])"
NEWEST = "#turns > .fn-turn:last-child"


@dataclass(frozen=True)
class RunningChat:
    """
    A running chat, with all processes it has started, in its own process session.

    Args:
        process: The ``footnote`` command.
        address: The address that it printed; without accounts it has the key that starts a session.
    """

    process: "subprocess.Popen[str]"
    address: str

    @property
    def origin(self) -> str:
        """The address without the key."""
        return origin_of(self.address)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.origin.rpartition(":")[2])

    def kill(self) -> None:
        """Kill the chat and its workers at once, as a power failure would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def running(
    index_dir: Path, *flags: str, port: int = 0, max_files: int | None = None
) -> Iterator[RunningChat]:
    """
    Run ``footnote chat`` over an index, on a free port unless *port* is given.

    With *max_files* it can open no more files at once.
    """
    arguments = ["--quiet", "--port", str(port), "--index-dir", str(index_dir), *flags]
    prefix = ["sh", "-c", f'ulimit -n {max_files}; exec "$@"', "sh"] if max_files else []
    command = [*prefix, sys.executable, "-m", "qa", "chat", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None
        yield RunningChat(process, process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def serving(index_dir: Path, *flags: str, port: int = 0) -> Iterator[str]:
    """Run ``footnote chat``, and yield the address that it printed."""
    with running(index_dir, *flags, port=port) as chat:
        yield chat.address


def origin_of(address: str) -> str:
    """Return a printed address without the key."""
    return address.partition("/?")[0]


def get_cookies(address: str) -> str:
    """Return the cookies that a browser sends after its first visit."""
    with httpx.Client(follow_redirects=True) as client:
        client.get(address)
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


@contextlib.contextmanager
def browsing(**context: Any) -> Iterator[Any]:
    """Open a page in Debian's chromium."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)  # however busy the machine is
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_context(**context).new_page()
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def hold(page: Any, pattern: str, times: int | None = None) -> list[Any]:
    """Hold matching requests; each is added to the returned list, and can be continued or fulfilled."""
    held: list[Any] = []

    def keep(route: Any) -> None:
        held.append(route)

    page.route(pattern, keep, times=times)
    return held


def ask(page: Any, question: str) -> Any:
    """Ask a question, and return its turn when it is answered."""
    number = page.locator("#turns > .fn-turn").count() + 1
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")
    turn = page.locator(f"#turns > {ANSWERED}:nth-child({number})")
    turn.wait_for(timeout=FIRST_ANSWER)
    page.locator("#ask").wait_for()
    return turn


def highlighted(page: Any, opener: Any) -> str:
    """Click on what opens a footnote, and return the text that is marked in the source."""
    opener.click()
    page.locator(f"[data-footnote='{opener.get_attribute('data-footnote')}'][aria-current]").first.wait_for()
    return "".join(page.locator("#source mark.fn-cited").all_text_contents())


def visible_boxes(page: Any) -> list[tuple[float, float, float, float]]:
    """Return the visible boxes as fractions of the image: left, top, right, bottom."""
    boxes: list[tuple[float, float, float, float]] = page.evaluate(
        """() => {
            const all = document.querySelector("#source img").getBoundingClientRect();
            return [...document.querySelectorAll("#source svg:not([hidden]) rect")].map((rect) => {
                const box = rect.getBoundingClientRect();
                return [(box.left - all.left) / all.width, (box.top - all.top) / all.height,
                        (box.right - all.left) / all.width, (box.bottom - all.top) / all.height];
            });
        }"""
    )
    return boxes


def texts_in_boxes(page: Any, path: str, number: int) -> list[str]:
    """Return the text that pdfium finds in the file under each visible box; pages are those of the fake."""
    points = [
        (left * 595, (1 - bottom) * 842, right * 595, (1 - top) * 842)
        for left, top, right, bottom in visible_boxes(page)
    ]
    return [text_under(Path(path).read_bytes(), number, box).strip() for box in points]


def axe_violations(page: Any) -> list[str]:
    """Return the serious violations, with the elements that violate the rules."""
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text("utf-8"))
    violations = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    return [
        f"{violation['id']}: {node['html']} {node['failureSummary']}"
        for violation in violations
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]
