"""
Office files as packages of parts (Open Packaging Conventions, ECMA-376 part 2): which parts are read as XML,
and that none of them has a document type.

A document type can define entities: text that expands a billion times over, or names a file of this machine.
The standard forbids it (8.1.4), and the libraries that read Office files keep entities closed or limit them;
this refuses such a file before they see it.
"""

import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import IO, Any

from index.errors import UnreadableFile
from index.failures import FailureCode

PIECE = 1 << 16

# What only lies in a package and is shown by other programs: pictures, and web pages pasted into a document.
# Both may have a document type; drawing programs write entities into theirs.
PASSIVE_RELATIONS = frozenset(["image", "aFChunk"])
PASSIVE_TYPES = ("image/", "text/html", "application/xhtml+xml", "message/")
NEVER_PASSIVE = (".xml", ".rels", ".vml")


def refuse_document_types(archive: zipfile.ZipFile) -> None:
    """
    Check every part that a library may read as XML, whatever its name.

    Raises:
        UnreadableFile: If one has a document type.
    """
    members = archive.infolist()
    _refuse(archive, (member for member in members if _names_others(member)))
    passive = _passive_names(archive)
    _refuse(archive, (member for member in members if _name(member.filename) not in passive))


def _names_others(member: zipfile.ZipInfo) -> bool:
    """Whether a part tells of others: what relates to them, or their types."""
    return member.filename.endswith((".rels", "[Content_Types].xml"))


def _refuse(archive: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo]) -> None:
    for member in members:
        if any(_has_document_type(archive, member, parser) for parser in _parsers()):
            raise UnreadableFile(FailureCode.XML_ENTITIES)


def _parsers() -> Iterator[Any]:
    """
    Both parsers that read Office files.

    python-docx and python-pptx parse with lxml, openpyxl parses sheets with expat. Each takes what the other
    refuses: lxml takes UTF-7 and UTF-32, expat takes a comment of any length.
    """
    from xml.etree import ElementTree

    from lxml import etree  # type: ignore[import-untyped]

    yield etree.XMLParser(target=_Prologue(), resolve_entities=False, no_network=True)
    yield ElementTree.XMLParser(target=_Prologue())  # noqa: S314 (it stops before any entity)


class _PrologueEnd(Exception):
    """Enough was read: the document type, or the root element without one before it."""

    def __init__(self, has_document_type: bool) -> None:
        self.has_document_type = has_document_type


class _Prologue:
    """A parser's target that reads no further than what decides; the method names are the parsers'."""

    def doctype(self, *declared: object) -> None:
        raise _PrologueEnd(has_document_type=True)

    def start(self, tag: str, attributes: object) -> None:
        raise _PrologueEnd(has_document_type=False)

    def close(self) -> None:
        pass


def _has_document_type(archive: zipfile.ZipFile, member: zipfile.ZipInfo, parser: Any) -> bool:
    """Whether *parser* meets a document type; what it can't parse, no library can read with it."""
    with archive.open(member) as part:
        try:
            _feed(part, parser)
        except _PrologueEnd as end:
            return end.has_document_type
        except (SyntaxError, ValueError, LookupError):  # of lxml and of expat; or an unknown encoding
            return False
    return False


def _feed(part: IO[bytes], parser: Any) -> None:
    while piece := part.read(PIECE):
        parser.feed(piece)
    parser.close()


def _passive_names(archive: zipfile.ZipFile) -> set[str]:
    """
    Return the names of parts that are pictures or pasted pages by every relation to them and every type.

    A library finds a part by a relation or by its content type. Names are compared without their folders, so
    that no way of writing a path makes a part look passive that isn't.
    """
    relations: dict[str, set[str]] = defaultdict(set)
    types: dict[str, set[str]] = defaultdict(set)
    for member in filter(_names_others, archive.infolist()):
        for element in _elements(archive, member):
            if kind := element.get("Type"):
                relations[_name(element.get("Target", ""))].add(kind.rpartition("/")[2])
            else:
                name = element.get("PartName") or f".{element.get('Extension', '')}"
                types[_name(name)].add(element.get("ContentType", "").lower())
    return {
        name
        for name, kinds in relations.items()
        if kinds <= PASSIVE_RELATIONS
        and not name.endswith(NEVER_PASSIVE)
        and all(kind.startswith(PASSIVE_TYPES) for kind in types[name] | types[PurePosixPath(name).suffix])
    }


def _name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].lower()


def _elements(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Any]:
    """The entries of a part that was checked; none if it isn't XML, which is then said by the library."""
    from lxml import etree

    try:
        root = etree.fromstring(
            archive.read(member), etree.XMLParser(resolve_entities=False, no_network=True)
        )
    except etree.XMLSyntaxError:
        return iter(())
    entries: Iterator[Any] = root.iterchildren("{*}Relationship", "{*}Default", "{*}Override")
    return entries
