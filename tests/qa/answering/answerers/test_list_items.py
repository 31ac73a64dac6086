"""The items of lists that a format doesn't mark."""

from hypothesis import given
from hypothesis import strategies as st

from index.records import Block, BlockKind, Document
from qa.answering.answerers.list_items import with_items


def plain_text(*paragraphs: str, kind: BlockKind = BlockKind.PLAIN_TEXT) -> Document:
    """Return a document with a block for each paragraph."""
    blocks, text = [], ""
    for paragraph in paragraphs:
        blocks.append(Block(kind, len(text), len(text) + len(paragraph)))
        text += f"{paragraph}\n\n"
    return Document("d", "Notes", (), "text/plain", text, blocks=blocks)


def items(document: Document) -> list[str]:
    """Return the words of the list items around the whole document, on one line each."""
    found = with_items(document, 0, len(document.text)).blocks
    return [
        " ".join(document.text[one.start : one.end].split())
        for one in found
        if one.kind is BlockKind.LIST_ITEM
    ]


def test_numbered_lines_are_items():
    """A line without a number goes on, and deeper numbers belong to the item above them."""
    read = plain_text(
        "Each is made by:\n  9. The crew, on\n     board;\n 10. The mate:\n       a. at night\n"
    )

    assert ["9. The crew, on board;", "10. The mate: a. at night"] == items(read)


def test_bullets_are_items_and_a_dash_within_is_not():
    """Only the beginning of a line marks an item."""
    assert ["* Bread - white", "* Salt"] == items(plain_text("* Bread - white\n* Salt"))


def test_short_lines_under_a_colon_are_items():
    """Prose that is wrapped is not a list."""
    listed = plain_text("It has these steps:", "   First, mixing\n   Kneading\n   and baking")
    prose = plain_text("He said this:", "The bread was good, and all of the salt in it came\nfrom the sea.")

    assert ["First, mixing", "Kneading", "and baking"] == items(listed)
    assert [] == items(prose)


def test_paragraphs_that_say_the_same_are_items():
    """Four in a row are a list, three are not."""
    names = ("Ada", "Bo", "Cy", "Di")
    paragraphs = [f"{name} led the ferry from May." for name in names]

    assert paragraphs == items(plain_text("It had leaders.", *paragraphs, kind=BlockKind.PARAGRAPH))
    assert [] == items(plain_text(*paragraphs[:3], "The end", kind=BlockKind.PARAGRAPH))


@given(st.lists(st.sampled_from(["1. a", " - b", "Words:", "x\ny", "\tz\n2) w", "Q) no"]), max_size=8))
def test_hyp_pieces_keep_every_word(paragraphs):
    """The pieces are in order, don't overlap, and have every word of the text."""
    read = plain_text(*paragraphs)
    found = with_items(read, 0, len(read.text)).blocks
    pieces = " ".join(read.text[one.start : one.end] for one in found)

    assert read.text.split() == pieces.split()
    assert all(one.end <= other.start for one, other in zip(found, list(found)[1:], strict=False))
