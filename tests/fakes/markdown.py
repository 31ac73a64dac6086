"""Documents written as Markdown, with the blocks and sentences that the real parser gives them."""

from index import Document, ExternalDocument
from index.formats.common.blocks import first_heading
from index.formats.markup.markdown import markdown_blocks
from index.text.canonical import CanonicalText, ParsedFile, canonicalise
from index.text.sentences import sentences


def canonical(text: str, title: str = "") -> CanonicalText:
    """Return *text* as parsed; *title* instead of its own, if given."""
    blocks = markdown_blocks(text)
    parsed = canonicalise(ParsedFile("text/markdown", first_heading(blocks), blocks))
    return CanonicalText(parsed.text, title or parsed.title, parsed.media_type, parsed.blocks)


def document(text: str, title: str = "", path: str = "notes.md") -> Document:
    """Return *text* as a document."""
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
    """Return *text* as what an index is built from."""
    return ExternalDocument(path=path, canonical=canonical(text, title), digest=path)
