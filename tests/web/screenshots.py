"""
Take the pictures in docs/screenshots from the seed corpus.

Example: .venv/bin/python -m tests.web.screenshots
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.process import footnote
from tests.web.server import ask, browsing, serving

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "seeds" / "corpus"
FOLDER = ROOT / "docs" / "screenshots"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
ANSWERED, REFUSED = "How far is Ulleungdo from the mainland?", "How much did the missiles cost?"
ON_A_PAGE, DISPUTED = "When was the armistice signed?", "How many missiles were launched?"


def take(address: str, name: str, show: Callable[[Any], None], **context: Any) -> None:
    """One picture of what *show* does with an empty chat."""
    with browsing(device_scale_factor=2, **{"viewport": WIDE, **context}) as page:
        page.goto(address)
        page.locator("#status").get_by_text("documents").wait_for()
        show(page)
        page.mouse.move(0, 0)
        page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")


def answered(page: Any, question: str = ANSWERED) -> None:
    """A question, its answer, and the source of its first footnote."""
    turn = ask(page, question)
    turn.locator("button.marker").first.click()
    page.locator("#source[data-open]").wait_for()


def on_a_page(page: Any) -> None:
    """The same with a page of a PDF."""
    answered(page, ON_A_PAGE)
    page.wait_for_function("document.querySelector('#source img')?.naturalWidth > 0")


def refused(page: Any) -> None:
    """A refusal under an answer, and the nearest passage in its source."""
    turn = ask(page, REFUSED)
    turn.locator(".card li button").first.click()
    page.locator("#source[data-open]").wait_for()


def disputed(page: Any) -> None:
    """Sources that disagree."""
    answered(page, DISPUTED)
    page.locator(".sides").wait_for()


def begun(page: Any) -> None:
    """An empty chat with its questions to begin with."""
    page.locator(".welcome").wait_for()


def indexing(page: Any) -> None:
    """The library while it is at work."""
    page.get_by_role("button", name="Manage documents").click()
    page.get_by_role("button", name="Rebuild all").click()
    page.locator("#library .work").wait_for()


def main() -> None:
    """All of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FOOTNOTE_DATA_DIR"] = str(Path(folder) / "data")  # not among one's own conversations
        index_dir = Path(folder) / "index"
        footnote("index", str(CORPUS), "--quiet", index_dir=index_dir)
        with serving(index_dir) as address:
            take(address, "answer-light", answered)
            take(address, "answer-dark", answered, color_scheme="dark")
            take(address, "begin", begun)
            take(address, "refusal", refused)
            take(address, "disagreement", disputed)
            take(address, "pdf", on_a_page)
            take(address, "phone", answered, viewport=PHONE)
            take(address, "library", indexing)


if __name__ == "__main__":
    main()
