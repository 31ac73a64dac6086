"""Namespaces and attributes of Office Open XML, and archives that are safe to open."""

import io
from typing import Any

from index.formats.common.archive import open_archive
from index.formats.office.opc import refuse_document_types
from index.formats.types import Limits

OOXML = "application/vnd.openxmlformats-officedocument."
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def verified_archive(data: bytes, limits: Limits) -> io.BytesIO:
    """
    Return an Office file for its library to open.

    Raises:
        UnreadableFile: If it exceeds a limit, is encrypted, or has a document type.
    """
    with open_archive(data, limits) as archive:
        refuse_document_types(archive)
    return io.BytesIO(data)


def attribute(element: Any | None, name: str = "val") -> str:
    """Return an attribute in Word's namespace; empty if it, or the element, is missing."""
    return "" if element is None else str(element.get(f"{W}{name}") or "")
