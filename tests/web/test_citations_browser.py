"""Citations of every format in the whole chat: the marked words are the cited words."""

import io
import unicodedata
from pathlib import Path
from typing import Any

import docx
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from tests.bench.process import footnote
from tests.fakes.folder import write_tree
from tests.fakes.pdf import Page
from tests.web.server import ask, browsing, highlighted, origin_of, serving, words_under

pytestmark = pytest.mark.browser

HARD = "👩‍👩‍👧 ﬁne e\u0301lite شكرا 日本語"
"""Joined emoji, a ligature, a combining accent, Arabic and Japanese."""
SAID = {
    "txt": f"The lighthouse of Velden ({HARD})\nwas lit by the keeper Ines Moura.",
    "md": f"The glass bridge of Orin ({HARD})\nwas drawn by the engineer Paul Okoro.",
    "html": f"The amber mill of Tarn ({HARD})\nwas founded by the miller Mei Lindqvist.",
    "docx": f"The night ferry of Ulm ({HARD})\nwas steered by the captain Sara Adeyemi.",
}
ASKED = {
    "txt": "Who lit the lighthouse of Velden?",
    "md": "Who drew the glass bridge of Orin?",
    "html": "Who founded the amber mill of Tarn?",
    "docx": "Who steered the night ferry of Ulm?",
}
LEFT = [
    "The left column speaks of the weather",
    "and of the wind along the whole coast,",
    "where nobody had ever kept a record",
    "before the harbour office was opened.",
    "The ﬁrst 灯台 of Port Haven was lit by",
    "the keeper 渡辺健 👩 in the cold",
]
RIGHT = [
    f"winter of 1874 with {'شكرا'[::-1]} oil from seals.",  # as a page is drawn: from left to right
    "The right column speaks of the prices",
    "of rope, of tar and of salted herring,",
    "which rose in nearly every spring and",
    "fell again as soon as the boats were back",
    "with what they had caught in the north.",
]
ON_THE_PAGE = (
    "The first 灯台 of Port Haven was lit by the keeper 渡辺健 👩 in the cold winter of 1874 with "
    "شكرا oil from seals."
)
LIT = "When was the first light of Port Haven lit?"
SUNK = "How many boats did the great storm of Velden sink?"
DISPUTED = {
    "chronicle.txt": "The great storm of Velden sank 23 boats in March.",
    "letter.txt": "The great storm of Velden sank 17 boats, or so the harbour master wrote.",
}


def docx_bytes(said: str) -> bytes:
    document, data = docx.Document(), io.BytesIO()
    document.add_heading("Ferries", 1)
    document.add_paragraph(said)  # its line break becomes one of Word's
    document.save(data)
    return data.getvalue()


def two_column_pdf() -> bytes:
    """Return a PDF of two columns, in a font that has a glyph for every letter, though not its own."""
    font = TTFont("Every", "Vera.ttf")
    font.face.name = b"Every"  # of two fonts with one face only the first is registered
    for letter in {ord(letter) for letter in "".join(LEFT + RIGHT)}:
        font.face.charToGlyph.setdefault(letter, font.face.charToGlyph[ord("o")])
        font.face.charWidths.setdefault(letter, font.face.charWidths[ord("o")])
    pdfmetrics.registerFont(font)
    drawn = Page().lines(60, 700, LEFT, font="Every").lines(320, 700, RIGHT, font="Every").bytes()
    return drawn.replace(b"<1F469>", b"<D83DDC69>")  # a PDF says in UTF-16 what a sign means


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    html = f"<h1>Mills</h1><p>{SAID['html']}</p>".replace("\n", "<br>")
    written = {"light.txt": SAID["txt"], "bridge.md": f"# Bridges\n\n{SAID['md']}\n", "mill.html": html}
    folder = write_tree(tmp_path_factory.mktemp("corpus"), written | DISPUTED)
    (folder / "ferry.docx").write_bytes(docx_bytes(SAID["docx"]))
    (folder / "haven.pdf").write_bytes(two_column_pdf())
    return folder


@pytest.fixture(scope="module")
def page(corpus, tmp_path_factory):
    index_dir = tmp_path_factory.mktemp("index")
    assert footnote("index", str(corpus), "--quiet", index_dir=index_dir).code == 0
    with serving(index_dir) as address, browsing() as page:
        page.address = origin_of(address)
        page.goto(address)
        page.locator(".fn-welcome").wait_for()
        yield page


def stored_citations(page: Any) -> list[str]:
    """Return the texts that the last answer of the stored conversation cites."""
    exported = page.request.get(page.url.replace("/?", "/conversations/export?") + "&format=json").json()
    return [citation["cited_text"] for citation in exported["turns"][-1]["citations"]]


@pytest.mark.parametrize("form", SAID)
def test_cited_words_are_marked_in_every_format(page, form):
    """They contain a line break and code points of many scripts; only plain text keeps the line break."""
    turn = ask(page, ASKED[form])
    marked = [highlighted(page, quote) for quote in turn.locator("button.fn-quote").all()]

    assert stored_citations(page) == marked
    assert marked[0] == (SAID[form] if form == "txt" else SAID[form].replace("\n", " "))


def test_boxes_in_columns_enclose_the_cited_words(page, corpus):
    """A quote from the end of one column to the top of the next is boxed without other words."""
    turn = ask(page, LIT)
    highlighted(page, turn.locator("button.fn-quote").first)
    page.locator("#source img").evaluate("picture => picture.decode()")
    under = unicodedata.normalize("NFKC", " ".join(words_under(page, str(corpus / "haven.pdf"), 1)))

    assert stored_citations(page)[0] == ON_THE_PAGE
    assert under == ON_THE_PAGE


def test_disagreeing_sources_are_side_by_side(page):
    """Each position has its words, its title and its footnote, which opens the source at those words."""
    turn = ask(page, SUNK)
    sides = turn.get_by_role("group", name="What each source says").locator(".fn-position")
    boxes = [side.bounding_box() for side in sides.all()]
    marked = {
        side.locator(".fn-source").inner_text(): highlighted(page, side.locator(".fn-marker"))
        for side in sides.all()
    }

    assert turn.locator(".fn-disagreement").inner_text() == "Your sources disagree"
    assert marked == {name.partition(".")[0]: words for name, words in DISPUTED.items()}
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
