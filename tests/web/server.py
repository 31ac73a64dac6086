"""The real chat in a process of its own, and the browser that looks at it."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


ANSWERED = ".turn:not([data-draft])"


@contextlib.contextmanager
def serving(index_dir: Path, *flags: str, port: int = 0) -> Iterator[str]:
    """``footnote chat`` over an index, on a free port unless one is given; gives its address."""
    served = ["--quiet", "--port", str(port), "--index-dir", str(index_dir), *flags]
    command = [sys.executable, "-m", "qa", "chat", *served]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def browsing(**context: Any) -> Iterator[Any]:
    """A page in Debian's chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_context(**context).new_page()
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def ask(page: Any, question: str) -> Any:
    """Type a question, and wait for the turn that answers it."""
    page.evaluate("document.querySelector('#newest .turn')?.setAttribute('data-seen', '')")
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")
    turn = page.locator(f"#newest {ANSWERED}:not([data-seen])")
    turn.wait_for()
    page.locator("#ask").wait_for()
    return turn


def highlighted(page: Any, opener: Any) -> str:
    """Click on what opens a footnote, and give the words that are marked in the pane then."""
    opener.click()
    page.locator(f"[data-note='{opener.get_attribute('data-note')}'][aria-current]").first.wait_for()
    return "".join(page.locator("#source mark.cited").all_text_contents())
