"""Tables as documents, read by the parsers of their formats."""

import io
from collections.abc import Sequence

from index import Document, ExternalDocument, Limits
from index.formats.parsing import parse_bytes
from index.text.canonical import CanonicalText


def canonical(name: str, data: bytes) -> CanonicalText:
    """Return a file's bytes as parsed."""
    return parse_bytes(data, "." + name.rpartition(".")[2], Limits())


def document(name: str, data: bytes) -> Document:
    """Return a file's bytes as a document."""
    parsed = canonical(name, data)
    return Document(
        doc_id="d" * 64,
        title=parsed.title or name.rpartition(".")[0],
        paths=(name,),
        media_type=parsed.media_type,
        text=parsed.text,
        pages=parsed.pages,
        blocks=parsed.blocks,
    )


def source(name: str, data: bytes) -> ExternalDocument:
    """Return a file's bytes as what an index is built from."""
    return ExternalDocument(path=name, canonical=canonical(name, data), digest=name)


def workbook(rows: Sequence[Sequence[object]], merged: Sequence[str] = ()) -> bytes:
    """Return an Excel workbook of one sheet; *merged* are ranges such as ``B1:C1``."""
    import openpyxl

    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    for cells in merged:
        book.active.merge_cells(cells)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
