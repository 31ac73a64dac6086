"""Documents made from Markdown, with the blocks and sentences of the real parser."""

from index import Document, ExternalDocument
from index.formats.common.blocks import first_heading
from index.formats.markup.markdown import markdown_blocks
from index.text.canonical import CanonicalText, ParsedFile, canonicalise
from index.text.sentences import sentences


def canonical(text: str, title: str = "") -> CanonicalText:
    """Return the parsed *text*, with *title* instead of its own if it isn't empty."""
    blocks = markdown_blocks(text)
    parsed = canonicalise(ParsedFile("text/markdown", first_heading(blocks), blocks))
    return CanonicalText(parsed.text, title or parsed.title, parsed.media_type, parsed.blocks)


def document(text: str, title: str = "", path: str = "notes.md") -> Document:
    """Return a document of the Markdown *text*."""
    parsed = canonical(text, title)
    return Document(
        doc_id="d" * 64,
        title=parsed.title or "",
        paths=(path,),
        media_type=parsed.media_type,
        text=parsed.text,
        blocks=parsed.blocks,
        sentences=tuple(sentences(parsed.text)),
    )


def source(path: str, text: str, title: str = "") -> ExternalDocument:
    """Return the Markdown *text* as a document to build an index from."""
    return ExternalDocument(path=path, canonical=canonical(text, title), digest=path)
