"""Read EPUB books: the chapters in the order of the spine, each as an HTML page."""

import posixpath
import zipfile
from collections.abc import Iterator
from itertools import chain
from typing import Any
from urllib.parse import unquote

from index.errors import UnreadableFile
from index.failures import FailureCode
from index.formats.common.archive import open_archive, read_member
from index.formats.markup.html import decode_html, html_blocks
from index.formats.types import Limits
from index.text.canonical import ParsedFile

CONTAINER, ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"


def read_epub(data: bytes, limits: Limits) -> ParsedFile:
    """Read a book; its title is the one in its metadata."""
    with open_archive(data, limits) as archive:
        package_path = _package_path(archive)
        package = _xml(read_member(archive, package_path))
        names = _spine(archive, package, package_path)
        chapters = (html_blocks(decode_html(read_member(archive, name))) for name in names)
        blocks = tuple(chain.from_iterable(chapters))
    title = package.findtext(".//{*}metadata/{*}title") or ""
    return ParsedFile("application/epub+zip", " ".join(title.split()) or None, blocks)


def _package_path(archive: zipfile.ZipFile) -> str:
    """Return the name of the member that lists the contents."""
    root = _xml(read_member(archive, CONTAINER)).find(".//{*}rootfile")
    path = root.get("full-path") if root is not None else None
    if not path:
        raise UnreadableFile(FailureCode.DAMAGED, "it doesn't list the book's contents")
    return str(path)


def _spine(archive: zipfile.ZipFile, package: Any, package_path: str) -> Iterator[str]:
    """Yield the member names of chapters in reading order."""
    items = {item.get("id"): item for item in package.iterfind(".//{*}manifest/{*}item")}
    encryption = archive.read(ENCRYPTION).decode(errors="replace") if ENCRYPTION in archive.namelist() else ""
    for reference in package.iterfind(".//{*}spine/{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or "nav" in (item.get("properties") or "").split():
            continue
        name = posixpath.normpath(
            posixpath.join(posixpath.dirname(package_path), unquote(item.get("href") or ""))
        )
        if f'"{name}"' in encryption:
            raise UnreadableFile(FailureCode.COPY_PROTECTED)
        if "html" in (item.get("media-type") or ""):
            yield name


def _xml(data: bytes) -> Any:
    """Return the root of an XML part; entities stay unresolved and nothing is fetched."""
    from lxml import etree  # type: ignore[import-untyped]

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableFile(FailureCode.DAMAGED, str(error)) from None
