"""The sources of the site, assembled from ``docs`` and the pages at the root of the repository."""

import os
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

ROOT_PAGES = {
    "SECURITY.md": "security.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "qa/answering/readers/weights/README.md": "reader-weights.md",
}
"""Pages outside of ``docs`` that the site has too, and their place in it."""

LINK = re.compile(r"(!?\[[^\]]*\]\()([^)\s#]+)(#[^)\s]*)?(\))")


def assemble(root: Path, target: Path) -> None:
    """Copy the pages and pictures of the site to *target*, with the links between them adjusted."""
    shutil.rmtree(target, ignore_errors=True)
    places = dict(_places(root))
    for source, place in places.items():
        copy = target / place
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            copy.write_text(_with_links(source.read_text("utf-8"), source, places), "utf-8")
        else:
            shutil.copy(source, copy)


def _places(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield each source file and its place in the site."""
    docs = root / "docs"
    for path in sorted(docs.rglob("*")):
        if path.suffix in (".md", ".svg", ".png", ".json"):
            yield path, path.relative_to(docs).as_posix()
    for name, place in ROOT_PAGES.items():
        yield root / name, place


def _with_links(text: str, source: Path, places: dict[Path, str]) -> str:
    """Links are relative to a file of the repository; those that lead elsewhere in the site are changed."""

    def changed(found: re.Match[str]) -> str:
        before, address, anchor, after = found.groups()
        place = places.get((source.parent / address).resolve())
        if place is None:
            return found[0]
        start = Path(places[source]).parent
        return f"{before}{os.path.relpath(place, start)}{anchor or ''}{after}"

    return LINK.sub(changed, text)


class _Resources(HTMLParser):
    """Collects what a page loads by itself; a link that a person clicks is none of it."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        loaded = values.get("href" if tag == "link" else "src")
        if loaded:
            self.addresses.append(loaded)


def external_resources(site: Path) -> list[str]:
    """Return what the pages and style sheets of a built site load from elsewhere, with the file."""
    found = []
    for path in sorted(site.rglob("*.html")):
        resources = _Resources()
        resources.feed(path.read_text("utf-8"))
        found += [f"{path}: {address}" for address in resources.addresses if _is_external(address)]
    for path in sorted(site.rglob("*.css")):
        addresses = re.findall(r"url\(['\"]?([^'\")]+)|@import ['\"]([^'\"]+)", path.read_text("utf-8"))
        found += [f"{path}: {address}" for pair in addresses for address in pair if _is_external(address)]
    return found


def _is_external(address: str) -> bool:
    return address.startswith(("http:", "https:", "//"))
