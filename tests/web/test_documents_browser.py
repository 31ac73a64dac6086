"""Documents of many kinds in the whole chat: how they are named, read and shown, and their problems."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import odfdo
import openpyxl
import pptx
import pytest
from PIL import Image
from playwright.sync_api import expect
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

from tests.bench.process import footnote
from tests.fakes.pdf import Page
from tests.index.formats.pdf.test_reader import CIPHERED, COLUMN
from tests.web.server import ask, browsing, origin_of, serving

# The tests share one page and depend on their order: the later ones change files.
pytestmark = pytest.mark.browser

ARABIC = "القاهرة هي عاصمة جمهورية مصر العربية وأكبر مدنها."
JAPANESE = ["宇宙塵をたべ、または空気や", "塩水を呼吸しながら、それぞれ", "新鮮な本体論もかんがへました。"]
MILL, WELL = "How much rye does the Silver Mill grind?", "How deep is the Silver Well of Velden?"
DUG, UNKNOWN = "When was it dug?", "Who won the chess championship of Denmark?"
TEXTS = {
    "well.txt": "The Silver Well of Velden is 40 metres deep. It was dug in 1702.",
    "gate.rtf": r"{\rtf1\ansi The Iron Gate of Velden weighs twelve tonnes.\par}",
    "mouth.txt": "The mouth of the river is wide.",
}


def slides() -> bytes:
    deck, data = pptx.Presentation(), io.BytesIO()
    for title, text in (
        ("Velden at work", "A survey of the town."),
        ("Its people", "They are many."),
        ("Its mills", "The Silver Mill grinds 40 tonnes of rye a day."),
    ):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, text
    deck.save(data)
    return data.getvalue()


def sheet() -> bytes:
    book, data = openpyxl.Workbook(), io.BytesIO()
    for row in (("Harbour", "Depth"), ("Orin", 12), ("Velden", 9)):
        book.active.append(row)
    book.save(data)
    return data.getvalue()


def open_document() -> bytes:
    document, data = odfdo.Document("text"), io.BytesIO()
    document.body.clear()
    document.body.append(odfdo.Paragraph("The Stone Bridge of Velden has seven arches."))
    document.save(data)
    return data.getvalue()


def pages_with_a_cipher() -> bytes:
    page = Page().lines(72, 700, COLUMN)
    for _ in range(2):
        page.turn_page().lines(72, 700, CIPHERED)
    return page.bytes()


def struck_sign() -> bytes:
    page = Page()
    page.canvas.setTitle("10811.exe")
    for x, sign in ((72, "x"), (83, "/"), (84, "="), (96, "0")):
        page.canvas.drawString(x, 700, sign)
    return page.lines(72, 600, COLUMN).bytes()


def vertical_text() -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3", isVertical=True))
    page = Page()
    page.canvas.setFont("HeiseiMin-W3", 14)
    for number, column in enumerate(JAPANESE):
        page.canvas.drawString(400 - 24 * number, 700, column)
    return page.bytes()


def column_beside_a_figure() -> bytes:
    page = Page().lines(72, 700, COLUMN * 2).lines(330, 610, [line[::-1] for line in COLUMN])
    for number in range(18):
        page.lines(335 + 70 * (number % 3), 696 - 15 * (number // 3), ["label"], size=8)
    return page.bytes()


def picture() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(data, "PNG")
    return data.getvalue()


def archive_without_parts() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return data.getvalue()


FILES = {
    "work.pptx": slides,
    "harbours.xlsx": sheet,
    "bridge.odt": open_document,
    "cipher.pdf": pages_with_a_cipher,
    "sign.pdf": struck_sign,
    "vertical.pdf": vertical_text,
    "figure.pdf": column_beside_a_figure,
    "photo.png": picture,
    "broken.docx": archive_without_parts,
    "secret.xlsx": lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(1000),
    "legacy.txt": lambda: ARABIC.encode("cp1256"),
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for name, text in TEXTS.items():
        (folder / name).write_text(text, "utf-8")
    for name, content in FILES.items():
        (folder / name).write_bytes(content())
    return folder


@pytest.fixture(scope="module")
def page(corpus, tmp_path_factory):
    index_dir = tmp_path_factory.mktemp("index")
    assert footnote("index", str(corpus), "--quiet", index_dir=index_dir).code == 0
    with serving(index_dir) as address, browsing(viewport={"width": 1280, "height": 800}) as page:
        page.address = origin_of(address)
        page.goto(address)
        yield page


def open_document_named(page: Any, title: str) -> Any:
    """Open a document from the sidebar, as text, and return the viewer."""
    page.get_by_role("button", name=f"Open {title}", exact=True).click()
    viewer = page.locator("#source")
    expect(viewer.locator("h2")).to_have_text(title)
    if viewer.get_by_role("button", name="Show as text").count():
        viewer.get_by_role("button", name="Show as text").click()
    viewer.locator(".fn-text").wait_for()
    return viewer


def problem(page: Any, name: str) -> Any:
    return page.locator("#library tbody tr").filter(has_text=name).locator(".fn-problem")


def test_slides_are_called_slides(page):
    """In the footnote, above the source and within it."""
    turn = ask(page, MILL)
    expect(turn.locator(".fn-footnotes")).to_contain_text("Velden at work, slide 3")
    turn.locator("button.fn-marker").first.click()
    viewer = page.locator("#source[data-open]")
    expect(viewer.locator("header p")).to_contain_text("slide 3")
    label = "element => getComputedStyle(element, '::before').content"
    labels = [each.evaluate(label) for each in viewer.locator("[data-page]").all()]

    assert '"Slide 3"' in labels


def test_footnote_names_its_file(page):
    """Beside the title that the document has for a person."""
    expect(page.locator(".fn-footnotes .fn-file").first).to_have_text("work.pptx")


def test_table_is_a_grid_with_its_header(page):
    """A screen reader says a column's name before each cell, so that the header isn't one of its rows."""
    viewer = open_document_named(page, "harbours")

    expect(viewer.get_by_role("row")).to_have_count(2)
    label = "element => getComputedStyle(element, '::before').content"
    headers = [each.evaluate(label) for each in viewer.locator("th").all()]
    assert headers == ['"Harbour"', '"Depth"']
    expect(viewer.get_by_role("cell").filter(has_text="Velden")).to_be_visible()


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("sign", "x ≠ 0"),
        ("vertical", "".join(JAPANESE)),
        ("figure", " ".join(COLUMN * 2)),
        ("legacy", ARABIC),
        ("bridge", "The Stone Bridge of Velden has seven arches."),
        ("gate", "The Iron Gate of Velden weighs twelve tonnes."),
    ],
    ids=["sign", "vertical", "figure", "legacy", "odt", "rtf"],
)
def test_text_is_read_as_it_looks(page, title, text):
    """Under a useful name, although some files have another title."""
    shown = open_document_named(page, title).locator(".fn-text").text_content()

    assert "".join(text.split()) in "".join(shown.split())


def test_unreadable_files_and_pages_are_named(page):
    """Each in its row, with what to do; only once, and without the name of an exception."""
    page.get_by_role("button", name="Manage documents").click()
    expect(problem(page, "cipher.pdf")).to_contain_text("has pages without readable text (pages 2–3)")
    expect(problem(page, "cipher.pdf")).to_contain_text('pip install "footnote[ocr]"')
    expect(problem(page, "photo.png")).to_contain_text(
        "is a picture, and recognising its words is not installed"
    )
    expect(problem(page, "secret.xlsx")).to_contain_text(
        "Save it without a password as .docx, .xlsx or .pptx"
    )
    expect(problem(page, "broken.docx")).to_contain_text("Save it again in the original program")
    texts = page.locator("#library .fn-problem").all_inner_texts()
    page.get_by_role("button", name="Close", exact=True).click()

    assert not [text for text in texts if "Error" in text]
    assert not [text for text in texts if len(set(sentences := text.split(". "))) < len(sentences)]


def test_cipher_of_a_font_is_not_quoted(page):
    """The pages beside it are; nobody would find its words."""
    viewer = open_document_named(page, "cipher")

    assert "rivers" in viewer.locator(".fn-text").text_content()
    assert CIPHERED[0].split()[0] not in viewer.locator(".fn-text").text_content()


def test_source_fills_the_window(page):
    """At the second press of its button; a third shows the conversation again."""
    open_document_named(page, "gate")
    button = page.get_by_role("button", name="Change the width of the source")
    widths = []
    for _ in range(3):
        button.click()
        widths.append(page.locator("#source").bounding_box()["width"])

    assert widths[1] == 1280
    assert widths[2] < widths[0] < widths[1]


def test_changed_and_removed_files_say_so(page, corpus):
    """A text is shown as it was indexed, below a notice."""
    (corpus / "gate.rtf").write_text(r"{\rtf1\ansi It was sold.\par}", "utf-8")
    (corpus / "legacy.txt").unlink()

    expect(open_document_named(page, "gate").locator(".fn-source-notice")).to_have_text(
        "The source has changed since it was indexed."
    )
    expect(open_document_named(page, "legacy").locator(".fn-source-notice")).to_have_text(
        "The source was removed since it was indexed."
    )


def test_same_file_from_two_places_is_listed_once(page):
    """It was uploaded and is in a folder."""
    page.get_by_role("button", name="Manage documents").click()
    rows = page.locator("#library tbody tr").filter(has_text="mouth")
    expect(rows).to_have_count(1)
    page.locator("#library input[type=file]").first.set_input_files(
        [{"name": "mouth.txt", "mimeType": "text/plain", "buffer": TEXTS["mouth.txt"].encode()}]
    )
    expect(page.locator("#library .fn-result")).to_be_visible()

    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Close", exact=True).click()


def test_exported_answers_are_evaluated(page, tmp_path):
    """The evaluation gives the same answers and refusal, also to a follow-up and after a correction."""
    page.get_by_role("link", name="New conversation").click()
    page.locator(".fn-welcome").wait_for()
    for question in (WELL, DUG, MILL, UNKNOWN):
        turn = ask(page, question)
        if question == DUG:
            turn.get_by_role("button", name="This answer is wrong").click()
            turn.get_by_label("The right answer (optional)").fill("1702")
            turn.get_by_role("button", name="Save", exact=True).click()
            turn.get_by_role("button", name="Update", exact=True).wait_for()
        else:
            turn.get_by_role("button", name="This answer is right").click()
            turn.get_by_role("button", name="Save", exact=True).wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export rated answers").click()
    exported = tmp_path / "footnote-questions.zip"
    download.value.save_as(exported)
    page.get_by_role("button", name="Rename, export or delete this conversation").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON").click()
    shown = json.loads(Path(download.value.path()).read_text("utf-8"))["turns"]
    result = footnote("eval", str(exported), "--quiet", "--out", str(tmp_path), index_dir=tmp_path / "index")
    lines = (tmp_path / "results.jsonl").read_text("utf-8").splitlines()
    evaluated = [json.loads(line)["answer"] for line in lines]

    assert result.code == 0
    assert [turn["refused"] for turn in shown] == [False, False, False, True]
    assert [content_of(answer) for answer in evaluated] == [content_of(turn) for turn in shown]


def content_of(answer: dict[str, Any]) -> list[object]:
    """Return the text of an answer, and the words that each sentence cites with their places."""
    citation = ("cited_text", "document_title", "start_char_index", "end_char_index", "start_page_number")
    sentences = [[sentence["text"], sentence["markers"]] for sentence in answer["sentences"]]
    citations = [[each[name] for name in citation] for each in answer["citations"]]
    return [answer["question"], answer["answer"], answer["refused"], sentences, citations]
