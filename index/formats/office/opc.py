"""
Refuse Office files in which a part has a document type.

An Office file is a package of parts (Open Packaging Conventions, ECMA-376 part 2). A document type can define
entities that expand a billion times, or that name a file of this machine. The standard forbids it (8.1.4).
The libraries that read Office files don't resolve entities, or limit them; this check comes before them.
"""

import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import IO, Any

from index.errors import UnreadableFile
from index.failures import FailureCode

PIECE = 1 << 16

# Parts that only other programs display: images, and web pages pasted into a document. Both may have a
# document type; drawing programs write entities into theirs.
PASSIVE_RELATIONS = frozenset(["image", "aFChunk"])
PASSIVE_TYPES = ("image/", "text/html", "application/xhtml+xml", "message/")
NEVER_PASSIVE = (".xml", ".rels", ".vml")


def refuse_document_types(archive: zipfile.ZipFile) -> None:
    """
    Check every part that a library may read as XML, under any name.

    Raises:
        UnreadableFile: If one has a document type.
    """
    members = archive.infolist()
    _refuse(archive, (member for member in members if _names_others(member)))
    passive = _passive_names(archive)
    _refuse(archive, (member for member in members if _name(member.filename) not in passive))


def _names_others(member: zipfile.ZipInfo) -> bool:
    """Return whether a part lists others: their relations or content types."""
    return member.filename.endswith((".rels", "[Content_Types].xml"))


def _refuse(archive: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo]) -> None:
    for member in members:
        if any(_has_document_type(archive, member, parser) for parser in _parsers()):
            raise UnreadableFile(FailureCode.XML_ENTITIES)


def _parsers() -> Iterator[Any]:
    """
    Yield both parsers that read Office files.

    python-docx and python-pptx parse with lxml, openpyxl parses sheets with expat. Each accepts what the
    other refuses: lxml accepts UTF-7 and UTF-32, expat a comment of any length.
    """
    from xml.etree import ElementTree

    from lxml import etree  # type: ignore[import-untyped]

    yield etree.XMLParser(target=_Prologue(), resolve_entities=False, no_network=True)
    yield ElementTree.XMLParser(target=_Prologue())  # noqa: S314 (it stops before any entity)


class _PrologueEnd(Exception):
    """Enough was read: a document type, or a root element without one."""

    def __init__(self, has_document_type: bool) -> None:
        self.has_document_type = has_document_type


class _Prologue:
    """Target of a parser that stops at the document type or root; the parsers call its methods."""

    def doctype(self, *declared: object) -> None:
        raise _PrologueEnd(has_document_type=True)

    def start(self, tag: str, attributes: object) -> None:
        raise _PrologueEnd(has_document_type=False)

    def close(self) -> None:
        pass


def _has_document_type(archive: zipfile.ZipFile, member: zipfile.ZipInfo, parser: Any) -> bool:
    """Return whether *parser* finds a document type; what it can't parse, a library can't read with it."""
    with archive.open(member) as part:
        try:
            _feed(part, parser)
        except _PrologueEnd as end:
            return end.has_document_type
        except (SyntaxError, ValueError, LookupError):  # of lxml and of expat; or an unknown encoding
            return False
    return False


def _feed(part: IO[bytes], parser: Any) -> None:
    """Parse a part piece by piece, since its start is enough in most cases."""
    while piece := part.read(PIECE):
        parser.feed(piece)
    parser.close()


def _passive_names(archive: zipfile.ZipFile) -> set[str]:
    """
    Return the names of parts that are images or pasted pages by all their relations and types.

    A library finds a part by a relation or by its content type. Names are compared without folders, so that
    no spelling of a path makes another part look passive.
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
    """Return the last component of a path, in lower case."""
    return path.replace("\\", "/").rpartition("/")[2].lower()


def _elements(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Any]:
    """Return the entries of a part that was checked; none if it isn't XML, which the library reports."""
    from lxml import etree

    try:
        root = etree.fromstring(
            archive.read(member), etree.XMLParser(resolve_entities=False, no_network=True)
        )
    except etree.XMLSyntaxError:
        return iter(())
    entries: Iterator[Any] = root.iterchildren("{*}Relationship", "{*}Default", "{*}Override")
    return entries
