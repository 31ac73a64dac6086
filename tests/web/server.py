"""The real chat in a process of its own, and the browser that looks at it."""

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


ANSWERED = ".fn-turn:not([data-running])"


@dataclass(frozen=True)
class Running:
    """
    A chat that runs, with everything it started, in a session of its own.

    Args:
        process: The ``footnote`` command.
        address: What it printed: without accounts, the key that begins a session is in it.
    """

    process: "subprocess.Popen[str]"
    address: str

    @property
    def origin(self) -> str:
        """Its address alone."""
        return origin_of(self.address)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.origin.rpartition(":")[2])

    def kill(self) -> None:
        """End it and its workers at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def running(index_dir: Path, *flags: str, port: int = 0, max_files: int | None = None) -> Iterator[Running]:
    """
    ``footnote chat`` over an index, on a free port unless one is given.

    With *max_files* it may open no more files at once.
    """
    served = ["--quiet", "--port", str(port), "--index-dir", str(index_dir), *flags]
    limited = ["sh", "-c", f'ulimit -n {max_files}; exec "$@"', "sh"] if max_files else []
    command = [*limited, sys.executable, "-m", "qa", "chat", *served]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None
        yield Running(process, process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def serving(index_dir: Path, *flags: str, port: int = 0) -> Iterator[str]:
    """The same, by the address that it printed."""
    with running(index_dir, *flags, port=port) as chat:
        yield chat.address


def origin_of(address: str) -> str:
    """Return a printed address without the key."""
    return address.partition("/?")[0]


def get_cookies(address: str) -> str:
    """What a browser sends as its cookies after a first visit."""
    with httpx.Client(follow_redirects=True) as client:
        client.get(address)
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


@contextlib.contextmanager
def browsing(**context: Any) -> Iterator[Any]:
    """A page in Debian's chromium."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)  # however busy the machine is
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_context(**context).new_page()
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def hold(page: Any, pattern: str, times: int | None = None) -> list[Any]:
    """Let requests wait; each is put into the list, from which it can be continued or answered."""
    held: list[Any] = []

    def keep(route: Any) -> None:
        held.append(route)

    page.route(pattern, keep, times=times)
    return held


def ask(page: Any, question: str) -> Any:
    """Type a question, and wait for the turn that answers it."""
    page.evaluate("document.querySelector('#newest-turn .fn-turn')?.setAttribute('data-version', '')")
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")
    turn = page.locator(f"#newest-turn {ANSWERED}:not([data-version])")
    turn.wait_for()
    page.locator("#ask").wait_for()
    return turn


def highlighted(page: Any, opener: Any) -> str:
    """Click on what opens a footnote, and give the words that are marked in the pane then."""
    opener.click()
    page.locator(f"[data-footnote='{opener.get_attribute('data-footnote')}'][aria-current]").first.wait_for()
    return "".join(page.locator("#source mark.fn-cited").all_text_contents())


def rectangles(page: Any) -> list[tuple[float, float, float, float]]:
    """The boxes that are seen, as shares of the picture: left, top, right, bottom."""
    found: list[tuple[float, float, float, float]] = page.evaluate(
        """() => {
            const all = document.querySelector("#source img").getBoundingClientRect();
            return [...document.querySelectorAll("#source svg:not([hidden]) rect")].map((rect) => {
                const box = rect.getBoundingClientRect();
                return [(box.left - all.left) / all.width, (box.top - all.top) / all.height,
                        (box.right - all.left) / all.width, (box.bottom - all.top) / all.height];
            });
        }"""
    )
    return found


def words_under(page: Any, path: str, number: int) -> list[str]:
    """What pdfium finds in the file where the browser shows boxes; its pages are those of the fake."""
    points = [
        (left * 595, (1 - bottom) * 842, right * 595, (1 - top) * 842)
        for left, top, right, bottom in rectangles(page)
    ]
    return [text_under(Path(path).read_bytes(), number, box).strip() for box in points]


def axe(page: Any) -> list[str]:
    """Rules that are broken seriously, with the elements that break them."""
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    return [
        f"{fault['id']}: {node['html']} {node['failureSummary']}"
        for fault in found
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"]
    ]
