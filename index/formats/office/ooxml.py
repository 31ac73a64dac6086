"""Names of Office Open XML, and access to its attributes."""

import io
from typing import Any

from index.formats.common.archive import open_archive
from index.formats.office.opc import refuse_document_types
from index.formats.types import Limits

OOXML = "application/vnd.openxmlformats-officedocument."
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def verified_archive(data: bytes, limits: Limits) -> io.BytesIO:
    with open_archive(data, limits) as archive:
        refuse_document_types(archive)
    return io.BytesIO(data)


def attribute(element: Any | None, name: str = "val") -> str:
    """An attribute of Word's; empty where it, or the element, is missing: a list never costs the document."""
    return "" if element is None else str(element.get(f"{W}{name}") or "")
