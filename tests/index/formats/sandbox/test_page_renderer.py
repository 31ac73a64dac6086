"""Pages of PDFs: boxes of the cited words and nothing else, images, and hostile files."""

import hashlib
import io
import itertools
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

from index import Document, Limits, PageLocation, PageRenderer, PageUnavailable, Span
from index.errors import UnreadableFile
from index.failures import FailureCode, ParseFailure
from index.formats.pdf.reader import read_pdf
from index.formats.pdf.render import MAX_PIXELS, PdfPages
from index.formats.sandbox.page_renderer import character_ranges
from index.formats.types import Box
from index.text.canonical import canonicalise
from tests.failures import fails_with
from tests.fakes import misbehaving_page_worker
from tests.fakes.pdf import Page, text_under
from tests.index.formats.pdf.test_reader import COLUMN, tiny

SECOND = [
    "Another column speaks of the mountains",
    "and of the passes that lead over them,",
    "of mules and of snow, and it ends with",
    "the tunnel that was dug under them all.",
]


@pytest.fixture(scope="module")
def viewer():
    viewer = PageRenderer()
    yield viewer
    viewer.close()


@pytest.fixture
def store(tmp_path):
    """Write a PDF and return its document."""
    numbers = itertools.count()

    def stored(page: Page | bytes) -> Document:
        path = tmp_path / f"{next(numbers)}.pdf"
        path.write_bytes(page if isinstance(page, bytes) else page.bytes())
        return indexed(path)

    return stored


def indexed(path: Path) -> Document:
    data = path.read_bytes()
    canonical = canonicalise(read_pdf(data, Limits()))
    doc_id = hashlib.sha256(canonical.text.encode()).hexdigest()
    digest = hashlib.sha256(data).hexdigest()
    return Document(
        doc_id,
        "A PDF",
        (str(path),),
        canonical.media_type,
        canonical.text,
        canonical.pages,
        canonical.runs,
        digest,
    )


def span_of(document: Document, words: str) -> Span:
    start = document.text.index(words)
    return Span(document.doc_id, start, start + len(words))


def under(document: Document, places: tuple[PageLocation, ...]) -> list[list[str]]:
    """Return for each page the words that pdfium finds in each box."""
    data = Path(document.paths[0]).read_bytes()
    return [[text_under(data, place.number, box).strip() for box in place.points] for place in places]


def ink(png: bytes) -> set[tuple[int, int]]:
    """Return the dark pixels of an image."""
    picture = Image.open(io.BytesIO(png)).convert("L")
    return {(i % picture.width, i // picture.width) for i, grey in enumerate(picture.tobytes()) if grey < 128}


def on_picture(box: Box, size: tuple[int, int]) -> Box:
    """Return a box in pixels."""
    (left, top, right, bottom), (width, height) = box, size
    return left * width, top * height, right * width, bottom * height


def within(dark: set[tuple[int, int]], box: Box) -> set[tuple[int, int]]:
    """Return the pixels in a box, which is one pixel wider because ink is blurred."""
    left, top, right, bottom = box
    return {(x, y) for x, y in dark if left - 2 < x < right + 1 and top - 2 < y < bottom + 1}


def bounds(dark: set[tuple[int, int]]) -> Box:
    across, down = zip(*dark, strict=True)
    return min(across), min(down), max(across) + 1, max(down) + 1


def size_of(png: bytes) -> tuple[int, int]:
    width, height = Image.open(io.BytesIO(png)).size
    return width, height


def unavailable(code: FailureCode, detail: str = "") -> PageUnavailable:
    return PageUnavailable(ParseFailure(code, detail))


class TestWords:
    def test_each_word_has_its_own_place(self, viewer, store):
        """On the second page too, in reading order, and nothing is missing."""
        document = store(Page().lines(72, 700, SECOND).turn_page().lines(72, 700, COLUMN))
        words = viewer.find_words(document, 2)
        data, size = Path(document.paths[0]).read_bytes(), document.pages[1]

        assert [document.text[word.start : word.end] for word in words] == " ".join(COLUMN).split()
        for word in words:
            box = (word.left, 1 - word.bottom, word.right, 1 - word.top)
            left, bottom, right, top = (
                edge * side for edge, side in zip(box, (size.width, size.height) * 2, strict=True)
            )
            found = text_under(data, 2, (left - 0.5, bottom, right + 0.5, top)).strip()
            assert found == document.text[word.start : word.end]

    def test_page_without_words_has_none(self, viewer, store):
        """And a page that isn't there has a reason."""
        document = store(Page().lines(72, 700, COLUMN).turn_page().turn_page())

        assert viewer.find_words(document, 2) == ()
        assert viewer.find_words(document, 9) == unavailable(FailureCode.NO_SUCH_PAGE, "page 9")

    def test_changed_file_has_no_words(self, viewer, store):
        """Their places would be wrong."""
        document = store(Page().lines(72, 700, COLUMN))
        Path(document.paths[0]).write_bytes(Page().lines(72, 700, SECOND).bytes())

        assert viewer.find_words(document, 1) == unavailable(FailureCode.CHANGED)


class TestPlaces:
    def test_a_span_over_two_lines_has_two_boxes(self, viewer, store):
        """Each box contains only the words of its line."""
        document = store(Page().lines(72, 700, COLUMN))
        places = viewer.locate(document, span_of(document, "stand on their banks, of bridges and"))

        assert under(document, places) == [["stand on their banks,", "of bridges and"]]

    def test_a_span_over_two_columns_has_boxes_in_both(self, viewer, store):
        """Text at the same height in the other column is in no box."""
        document = store(Page().lines(60, 760, COLUMN).lines(320, 760, SECOND))
        places = viewer.locate(document, span_of(document, "harbour was filled in\n\nAnother column"))

        assert under(document, places) == [["harbour was filled in", "Another column"]]

    def test_columns_of_one_line_have_separate_boxes(self, viewer, store):
        """Two parts far apart at one height don't include the text between them."""
        page = Page()
        for x, cell in zip((72, 200, 320), ("Ada", "1815", "London"), strict=True):
            page.lines(x, 700, [cell]).lines(x, 687, [cell.lower()])
        document = store(page)
        places = viewer.locate(document, span_of(document, "Ada 1815 London"))

        assert under(document, places) == [["Ada", "1815", "London"]]

    def test_a_span_over_two_pages_has_boxes_on_both(self, viewer, store):
        """They are in reading order, each with the number and size of its page."""
        document = store(Page().lines(72, 700, COLUMN).turn_page().lines(72, 700, SECOND))
        places = viewer.locate(document, span_of(document, "filled in\n\nAnother column"))

        assert under(document, places) == [["filled in"], ["Another column"]]
        assert [(place.number, place.width, place.height) for place in places] == [
            (1, 595, 842),
            (2, 595, 842),
        ]

    def test_a_hyphenated_word_has_two_boxes(self, viewer, store):
        """Its hyphen isn't part of the cited word and is in no box."""
        document = store(Page().lines(72, 700, ["It was an inter-", "national affair."]))
        places = viewer.locate(document, span_of(document, "international"))

        assert under(document, places) == [["inter", "national"]]

    def test_a_ligature_has_a_whole_box(self, viewer, store):
        """Two letters of the text may be one glyph of the file."""
        font = Path(pdfmetrics.__file__).parent.parent / "fonts" / "Vera.ttf"
        pdfmetrics.registerFont(TTFont("Vera", str(font)))
        document = store(Page().lines(72, 700, ["The of\ufb01ce is closed."], font="Vera"))
        places = viewer.locate(document, span_of(document, "office is"))

        assert under(document, places) in ([["office is"]], [["of\ufb01ce is"]])
        assert len(places[0].boxes) == 1

    def test_japanese_has_boxes(self, viewer, store):
        """The characters have no spaces between them."""
        pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
        document = store(Page().lines(72, 700, ["日本語の文書を読む。"], font="HeiseiMin-W3"))
        places = viewer.locate(document, span_of(document, "文書"))

        assert under(document, places) == [["文書"]]

    def test_a_surrogate_pair_has_a_box(self, viewer, store):
        """One code point is two units of the file, and the next characters aren't shifted."""
        document = store(tiny("<41> <D835DC00>", "xA y"))
        sign, rest = (viewer.locate(document, span_of(document, words)) for words in ("\U0001d400", "y"))

        assert under(document, rest) == [["y"]]
        assert sign[0].boxes[0][2] <= rest[0].boxes[0][0]
        assert len(sign[0].boxes) == 1

    @given(st.data())
    def test_hyp_boxes_contain_the_cited_words(self, data):
        """For any cited words, the text in their boxes is the same."""
        page = Page().lines(60, 760, COLUMN).lines(320, 760, SECOND).bytes()
        canonical = canonicalise(read_pdf(page, Limits()))
        words = list(re.finditer(r"\S+", canonical.text))
        first = data.draw(st.integers(0, len(words) - 1))
        last = data.draw(st.integers(first, len(words) - 1))
        cited = Span("d", words[first].start(), words[last].end())
        ((_, ranges),) = character_ranges(canonical.runs, cited)
        pages = PdfPages(page)
        place = pages.locate(1, ranges)
        pages.close()
        found = " ".join(text_under(page, 1, box).strip() for box in place.points)

        assert [word[0] for word in words[first : last + 1]] == found.split()

    @pytest.mark.parametrize(
        ("rotation", "size"), [(0, (500, 380)), (90, (380, 500)), (180, (500, 380)), (270, (380, 500))]
    )
    def test_boxes_are_where_the_image_shows_the_words(self, viewer, store, rotation, size):
        """On a rotated and cropped page, all ink is in boxes close around it."""
        page = Page(cropBox=(50, 200, 550, 580))
        page.canvas.setPageRotation(rotation)
        document = store(page.lines(72, 500, COLUMN))
        (place,) = viewer.locate(document, Span(document.doc_id, 0, len(document.text)))
        png = viewer.render(document, 1, 1.0)
        dark, edges = ink(png), [on_picture(box, size) for box in place.boxes]

        assert size == size_of(png)
        assert len(COLUMN) == len(edges)
        assert dark
        assert dark == set().union(*(within(dark, box) for box in edges))
        for box in edges:
            assert box == pytest.approx(bounds(within(dark, box)), abs=2)

    def test_words_outside_the_cropped_page_have_no_box(self, viewer, store):
        """They aren't visible, but they are in the text."""
        document = store(
            Page(cropBox=(0, 0, 595, 400)).lines(72, 700, ["hidden words"]).lines(72, 300, ["seen"])
        )
        (place,) = viewer.locate(document, span_of(document, "hidden words"))

        assert place.boxes == ()
        assert len(place.points) == 1

    def test_a_document_without_pages_has_no_places(self, viewer):
        """A text file is displayed as text."""
        plain = Document("d", "T", ("/nowhere.txt",), "text/plain", "words")

        assert viewer.locate(plain, Span("d", 0, 5)) == unavailable(FailureCode.NO_PAGES)
        assert viewer.render(plain, 1) == unavailable(FailureCode.NO_SUCH_PAGE, "page 1")

    def test_a_span_outside_the_document_is_an_error(self, viewer, store):
        """An invalid span is never displayed."""
        document = store(Page().lines(72, 700, COLUMN))

        with pytest.raises(ValueError, match="span ends at"):
            viewer.locate(document, Span(document.doc_id, 0, 10_000))


class TestPictures:
    def test_an_image_has_the_size_of_the_page_times_scale(self, viewer, store):
        """This is also true of a page without words."""
        document = store(Page().lines(72, 700, COLUMN).turn_page().turn_page())

        assert size_of(viewer.render(document, 2, 2.0)) == (1190, 1684)

    def test_an_image_has_no_more_pixels_than_the_limit(self, viewer, store):
        """This is true for any page size and scale."""
        document = store(Page().lines(72, 700, COLUMN))
        width, height = size_of(viewer.render(document, 1, 1e6))

        assert width * height <= MAX_PIXELS * 1.01

    @pytest.mark.parametrize("scale", [0.0, -1.0, float("inf"), float("nan")])
    def test_an_invalid_scale_is_refused(self, scale):
        """It would give no image, or an infinite one."""
        pages = PdfPages(Page().lines(72, 700, COLUMN).bytes())

        with fails_with(FailureCode.UNDRAWABLE_PAGE):
            pages.render(1, scale)

    def test_colours_are_rendered(self, viewer, store):
        """A page without colours is an image in shades of grey."""
        black, red = Page().lines(72, 700, COLUMN), Page().lines(72, 700, COLUMN)
        red.canvas.setFillColorRGB(1, 0, 0)
        red.canvas.rect(72, 300, 100, 100, stroke=0, fill=1)
        grey, coloured = (Image.open(io.BytesIO(viewer.render(store(one), 1, 1.0))) for one in (black, red))

        assert (grey.mode, coloured.mode) == ("L", "RGB")
        assert coloured.getpixel((100, 500)) == (255, 0, 0)

    def test_annotations_are_not_drawn(self, viewer, store):
        """A note over the words or the frame of a link isn't part of the page."""
        plain, noted = Page().lines(72, 700, COLUMN), Page().lines(72, 700, COLUMN)
        noted.canvas.linkURL("http://198.51.100.7/", (60, 600, 400, 720), thickness=9, color=None)
        noted.canvas.textAnnotation("A note", Rect=[60, 600, 400, 720])

        assert ink(viewer.render(store(plain), 1)) == ink(viewer.render(store(noted), 1))

    def test_a_missing_page_is_unavailable(self, viewer, store):
        """Page numbers come from a browser and may be anything."""
        document = store(Page().lines(72, 700, COLUMN))

        assert viewer.render(document, 0) == unavailable(FailureCode.NO_SUCH_PAGE, "page 0")
        assert viewer.render(document, 2) == unavailable(FailureCode.NO_SUCH_PAGE, "page 2")


class TestChanges:
    def test_a_changed_file_is_unavailable(self, viewer, store):
        """Once its content is restored it is displayed again."""
        document = store(Page().lines(72, 700, COLUMN))
        path, span = Path(document.paths[0]), span_of(document, "rivers")
        data, before = path.read_bytes(), viewer.locate(document, span)
        path.write_bytes(Page().lines(72, 700, SECOND).bytes())
        changed = viewer.locate(document, span), viewer.render(document, 1)
        path.write_bytes(data)

        assert changed == (unavailable(FailureCode.CHANGED),) * 2
        assert viewer.locate(document, span) == before

    def test_a_deleted_file_is_unavailable(self, viewer, store):
        """The file was deleted since it was indexed."""
        document = store(Page().lines(72, 700, COLUMN))
        os.unlink(document.paths[0])

        assert viewer.locate(document, span_of(document, "rivers")) == unavailable(FailureCode.MISSING)

    def test_an_unchanged_copy_is_rendered(self, viewer, store, tmp_path):
        """A document may have several files; one unchanged file is enough."""
        document = store(Page().lines(72, 700, COLUMN))
        copies = replace(document, paths=(str(tmp_path / "gone.pdf"), *document.paths))
        span = span_of(document, "rivers")

        assert viewer.locate(copies, span) == viewer.locate(document, span)

    @pytest.mark.parametrize("name", ["/etc/passwd", "/dev/zero", "a\x00.pdf", "/"])
    def test_other_files_are_not_read(self, viewer, store, name):
        """A path in an index may lead anywhere by now."""
        document = store(Page().lines(72, 700, COLUMN))
        led = replace(document, paths=(name,))

        assert isinstance(viewer.render(led, 1), PageUnavailable)


class TestHarm:
    @pytest.mark.parametrize(
        ("what", "code"),
        [
            ("hang", FailureCode.TIMEOUT),
            ("abort", FailureCode.CRASHED),
            ("eat", FailureCode.MEMORY),
            ("nonsense", FailureCode.CRASHED),
        ],
    )
    def test_a_failing_file_does_not_affect_the_next_page(self, what, code):
        """The next page is rendered in a new process."""
        limits = Limits(seconds=1, memory_bytes=600_000_000)
        viewer = PageRenderer(limits, (sys.executable, misbehaving_page_worker.__file__))
        pages = Page().lines(72, 700, COLUMN).bytes()
        canonical = canonicalise(read_pdf(pages, Limits()))
        fields = (canonical.media_type, canonical.text, canonical.pages, canonical.runs, "0" * 64)
        harmful, harmless = (Document("d", "T", (path,), *fields) for path in (what, "fine"))
        outcomes = viewer.render(harmful, 1), viewer.render(harmless, 1)
        viewer.close()

        assert isinstance(outcomes[0], PageUnavailable)
        assert (outcomes[0].failure.code, outcomes[1]) == (code, b"picture")

    def test_a_closed_renderer_is_unavailable(self, store):
        """A page that is requested while the chat ends is no crash."""
        viewer = PageRenderer()
        viewer.start()
        viewer.close()

        assert viewer.render(store(Page().lines(72, 700, COLUMN)), 1) == unavailable(FailureCode.STOPPED)

    @given(st.data())
    def test_hyp_damage_is_an_error_or_harmless(self, data):
        """Changed bytes give an image or an UnreadableFile, and nothing else."""
        whole = bytearray(Page().lines(72, 700, COLUMN).bytes())
        for _ in range(data.draw(st.integers(1, 20))):
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
        try:
            pages = PdfPages(bytes(whole))
            png = pages.render(1, 0.1)
            pages.close()
        except UnreadableFile:
            return
        assert png.startswith(b"\x89PNG")
