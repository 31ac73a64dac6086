"""
The generated pages of the documentation, and the assembly of its site.

``python -m docs.generate`` writes the generated pages, which are kept in the repository and held to the code
by ``tests/test_docs.py``. ``python -m docs.generate --site`` also puts the sources of the site together in
``build/docs`` and checks what was built from them; `make docs` runs it.
"""

from collections.abc import Callable
from pathlib import Path

from docs.generate import answer_json, architecture, cli, decisions, errors, python_api, settings

ROOT = Path(__file__).parents[2]

PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/cli.md": cli.page,
    "docs/reference/settings.md": settings.page,
    "docs/reference/python-api.md": python_api.page,
    "docs/reference/errors.md": errors.page,
    "docs/reference/answer-json.md": answer_json.page,
    "docs/adr/index.md": decisions.page,
    "docs/explanation/layers.svg": architecture.drawing,
}
"""Each generated page, and the function that returns its text."""


def write_pages() -> None:
    """Write every generated page."""
    for path, page in PAGES.items():
        (ROOT / path).write_text(page(), "utf-8")


def outdated_pages() -> list[str]:
    """Return the generated pages that differ from what the code says now."""
    return [path for path, page in PAGES.items() if _text(ROOT / path) != page()]


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""
