"""
Take the pictures in docs/screenshots from the seed corpus.

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
FOLDER = ROOT / "docs" / "screenshots"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
ANSWERED, REFUSED = "How far is Ulleungdo from the mainland?", "How much did the missiles cost?"
ON_A_PAGE, DISPUTED = (
    "When was the armistice signed?",
    "How many missiles did the North launch that Wednesday?",
)


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
    turn.locator("button.fn-marker").first.click()
    page.locator("#source[data-open]").wait_for()


def on_a_page(page: Any) -> None:
    """The same with a page of a PDF."""
    answered(page, ON_A_PAGE)
    page.evaluate("document.querySelector('#source img').decode()")


def refused(page: Any) -> None:
    """A refusal under an answer, and the nearest passage in its source."""
    turn = ask(page, REFUSED)
    turn.locator(".fn-card li button").first.click()
    page.locator("#source[data-open]").wait_for()


def disputed(page: Any) -> None:
    """Sources that disagree."""
    answered(page, DISPUTED)
    page.locator(".fn-positions").wait_for()


def begun(page: Any) -> None:
    """An empty chat with its questions to begin with."""
    page.locator(".fn-welcome").wait_for()


def indexing(page: Any) -> None:
    """The library while it is at work."""
    page.get_by_role("button", name="Manage documents").click()
    page.get_by_role("button", name="Re-index everything").click()
    page.locator("#library .fn-indexing").get_by_text(" of ").first.wait_for()


PICTURES: dict[str, tuple[Callable[[Any], None], dict[str, Any]]] = {
    "answer-light": (answered, {}),
    "answer-dark": (answered, {"color_scheme": "dark"}),
    "begin": (begun, {}),
    "refusal": (refused, {}),
    "disagreement": (disputed, {}),
    "pdf": (on_a_page, {}),
    "phone": (answered, {"viewport": PHONE}),
    "library": (indexing, {}),
}


def main(names: list[str]) -> None:
    """Those of these names, or all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FOOTNOTE_DATA_DIR"] = str(Path(folder) / "data")  # not among one's own conversations
        index_dir = Path(folder) / "index"
        footnote("index", str(CORPUS), "--quiet", index_dir=index_dir)
        with serving(index_dir) as address:
            for name in names or PICTURES:
                show, context = PICTURES[name]
                take(address, name, show, **context)


if __name__ == "__main__":
    main(sys.argv[1:])
