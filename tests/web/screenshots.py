"""
Take the screenshots in docs/screenshots, from the seed corpus.

Example: .venv/bin/python -m tests.web.screenshots [NAME ...]
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.process import footnote
from tests.web.server import ask, browsing, serving

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "seeds" / "corpus"
OUTPUT_DIR = ROOT / "docs" / "screenshots"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
ANSWERED, REFUSED = "How many missiles did South Korea launch?", "How much did the missiles cost?"
ON_A_PAGE, DISPUTED = (
    "When was the armistice signed?",
    "How many missiles did the North launch that Wednesday?",
)


def take_screenshot(address: str, name: str, show: Callable[[Any], None], **context: Any) -> None:
    """Take a screenshot of a new chat after *show*."""
    with browsing(device_scale_factor=2, **{"viewport": WIDE, **context}) as page:
        page.goto(address)
        page.locator("#question textarea").wait_for()
        show(page)
        page.mouse.move(0, 0)
        page.screenshot(path=OUTPUT_DIR / f"{name}.png", animations="disabled")


def show_answer(page: Any, question: str = ANSWERED) -> None:
    """Show an answer and the source of its first footnote."""
    turn = ask(page, question)
    turn.locator("button.fn-marker").first.click()
    page.locator("#source[data-open]").wait_for()


def show_page(page: Any) -> None:
    """Show an answer and its source on a page of a PDF."""
    show_answer(page, ON_A_PAGE)
    page.evaluate("document.querySelector('#source img').decode()")


def show_refusal(page: Any) -> None:
    """Show a refusal and the source of its closest passage."""
    turn = ask(page, REFUSED)
    turn.locator(".fn-card li button").first.click()
    page.locator("#source[data-open]").wait_for()
    page.evaluate("document.querySelector('#source img').decode()")


def show_disagreement(page: Any) -> None:
    """Show sources that disagree."""
    show_answer(page, DISPUTED)
    page.locator(".fn-positions").wait_for()


def show_welcome(page: Any) -> None:
    """Show an empty chat with its suggestions."""
    page.locator(".fn-welcome").wait_for()


def show_table(page: Any) -> None:
    """Show a table of the library, without a footnote."""
    page.get_by_role("button", name="Open missile-classes").click()
    page.locator("#source table").wait_for()


def show_indexing(page: Any) -> None:
    """Show the library while it is indexing."""
    page.get_by_role("button", name="Manage documents").click()
    page.get_by_role("button", name="Re-index everything").click()
    page.locator("#library .fn-indexing").get_by_text(" of ").first.wait_for()


SCREENSHOTS: dict[str, tuple[Callable[[Any], None], dict[str, Any]]] = {
    "answer-light": (show_answer, {}),
    "answer-dark": (show_answer, {"color_scheme": "dark"}),
    "begin": (show_welcome, {}),
    "refusal": (show_refusal, {}),
    "disagreement": (show_disagreement, {}),
    "pdf": (show_page, {}),
    "phone": (show_answer, {"viewport": PHONE}),
    "phone-dark": (show_answer, {"viewport": PHONE, "color_scheme": "dark"}),
    "table": (show_table, {}),
    "library": (show_indexing, {}),
}


def main(names: list[str]) -> None:
    """Take the named screenshots, or all of them."""
    OUTPUT_DIR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        # Keep the user's own conversations out of the pictures.
        os.environ["FOOTNOTE_DATA_DIR"] = str(Path(folder) / "data")
        index_dir = Path(folder) / "index"
        footnote("index", str(CORPUS), "--quiet", index_dir=index_dir)
        with serving(index_dir) as address:
            for name in names or SCREENSHOTS:
                show, context = SCREENSHOTS[name]
                take_screenshot(address, name, show, **context)
        os.environ["FOOTNOTE_DATA_DIR"] = str(Path(folder) / "no-data")
        with serving(Path(folder) / "no-index") as address:
            take_screenshot(address, "empty", show_welcome)


if __name__ == "__main__":
    main(sys.argv[1:])
