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
from tests.web.server import ask, browsing, highlighted, origin_of, serving, texts_in_boxes

pytestmark = pytest.mark.browser

MANY_SCRIPTS = "👩‍👩‍👧 ﬁne e\u0301lite شكرا 日本語"
"""A joined emoji, a ligature, a combining accent, Arabic and Japanese."""
SENTENCES = {
    "txt": f"The lighthouse of Velden ({MANY_SCRIPTS})\nwas lit by the keeper Ines Moura.",
    "md": f"The glass bridge of Orin ({MANY_SCRIPTS})\nwas drawn by the engineer Paul Okoro.",
    "html": f"The amber mill of Tarn ({MANY_SCRIPTS})\nwas founded by the miller Mei Lindqvist.",
    "docx": f"The night ferry of Ulm ({MANY_SCRIPTS})\nwas steered by the captain Sara Adeyemi.",
}
QUESTIONS = {
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
    f"winter of 1874 with {'شكرا'[::-1]} oil from seals.",  # reversed, since text is drawn left to right
    "The right column speaks of the prices",
    "of rope, of tar and of salted herring,",
    "which rose in nearly every spring and",
    "fell again as soon as the boats were back",
    "with what they had caught in the north.",
]
CITED_ON_THE_PAGE = (
    "The first 灯台 of Port Haven was lit by the keeper 渡辺健 👩 in the cold winter of 1874 with "
    "شكرا oil from seals."
)
LIGHT_QUESTION = "When was the first light of Port Haven lit?"
STORM_QUESTION = "How many boats did the great storm of Velden sink?"
DISAGREEING = {
    "chronicle.txt": "The great storm of Velden sank 23 boats in March.",
    "letter.txt": "The great storm of Velden sank 17 boats, or so the harbour master wrote.",
}


def docx_bytes(text: str) -> bytes:
    document, data = docx.Document(), io.BytesIO()
    document.add_heading("Ferries", 1)
    document.add_paragraph(text)  # python-docx turns the line break into Word's
    document.save(data)
    return data.getvalue()


def two_column_pdf() -> bytes:
    """Return a PDF of two columns, in a font that has a glyph for every letter, though not its own."""
    font = TTFont("Every", "Vera.ttf")
    font.face.name = b"Every"  # two fonts of the same face name can't be registered
    for code in {ord(letter) for letter in "".join(LEFT + RIGHT)}:
        font.face.charToGlyph.setdefault(code, font.face.charToGlyph[ord("o")])
        font.face.charWidths.setdefault(code, font.face.charWidths[ord("o")])
    pdfmetrics.registerFont(font)
    pdf = Page().lines(60, 700, LEFT, font="Every").lines(320, 700, RIGHT, font="Every").bytes()
    return pdf.replace(b"<1F469>", b"<D83DDC69>")  # in a PDF the Unicode value of a glyph is UTF-16


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    html = f"<h1>Mills</h1><p>{SENTENCES['html']}</p>".replace("\n", "<br>")
    files = {
        "light.txt": SENTENCES["txt"],
        "bridge.md": f"# Bridges\n\n{SENTENCES['md']}\n",
        "mill.html": html,
    }
    folder = write_tree(tmp_path_factory.mktemp("corpus"), files | DISAGREEING)
    (folder / "ferry.docx").write_bytes(docx_bytes(SENTENCES["docx"]))
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


@pytest.mark.parametrize("extension", SENTENCES)
def test_cited_words_are_marked_in_every_format(page, extension):
    """They contain a line break and code points of many scripts; only plain text keeps the line break."""
    turn = ask(page, QUESTIONS[extension])
    marked = [highlighted(page, quote) for quote in turn.locator("button.fn-quote").all()]

    assert stored_citations(page) == marked
    assert marked[0] == (
        SENTENCES[extension] if extension == "txt" else SENTENCES[extension].replace("\n", " ")
    )


def test_boxes_in_columns_enclose_the_cited_words(page, corpus):
    """A quote from the end of one column to the top of the next is boxed without other words."""
    turn = ask(page, LIGHT_QUESTION)
    highlighted(page, turn.locator("button.fn-quote").first)
    page.locator("#source img").evaluate("picture => picture.decode()")
    boxed = unicodedata.normalize("NFKC", " ".join(texts_in_boxes(page, str(corpus / "haven.pdf"), 1)))

    assert stored_citations(page)[0] == CITED_ON_THE_PAGE
    assert boxed == CITED_ON_THE_PAGE


def test_disagreeing_sources_are_side_by_side(page):
    """Each position has its words, its title and its footnote, which opens the source at those words."""
    turn = ask(page, STORM_QUESTION)
    positions = turn.get_by_role("group", name="What each source says").locator(".fn-position")
    boxes = [position.bounding_box() for position in positions.all()]
    marked = {
        position.locator(".fn-source").inner_text(): highlighted(page, position.locator(".fn-marker"))
        for position in positions.all()
    }

    assert turn.locator(".fn-disagreement").inner_text() == "Your sources disagree"
    assert marked == {name.partition(".")[0]: words for name, words in DISAGREEING.items()}
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
