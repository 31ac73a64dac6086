"""
Take the pictures in docs/screenshots from the seed corpus.

Example: .venv/bin/python -m tests.web.screenshots
"""

import tempfile
from pathlib import Path
from typing import Any

from tests.bench.process import footnote
from tests.web.server import ask, browsing, serving

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "screenshots"
WIDE, PHONE = {"width": 1000, "height": 660}, {"width": 390, "height": 844}
ANSWERED, REFUSED = "When was the armistice signed?", "How much did the missiles cost?"


def take(address: str, name: str, question: str, **context: Any) -> None:
    """One picture of one turn, with whatever is folded in it open."""
    with browsing(device_scale_factor=2, **context) as page:
        page.goto(address)
        turn = ask(page, question)
        page.locator("#status").get_by_text("documents").wait_for()
        for summary in turn.locator("summary").all():
            summary.click()
        page.locator(".turn").last.hover()
        page.screenshot(path=FOLDER / f"{name}.png")


def main() -> None:
    """All of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        index_dir = Path(folder)
        footnote("index", str(ROOT / "seeds" / "corpus"), "--quiet", index_dir=index_dir)
        with serving(index_dir) as address:
            for scheme in ("light", "dark"):
                take(address, f"answer-{scheme}", ANSWERED, viewport=WIDE, color_scheme=scheme)
            take(address, "refusal", REFUSED, viewport=WIDE)
            take(address, "phone", ANSWERED, viewport=PHONE)


if __name__ == "__main__":
    main()
