"""Text that is recognised in pictures: its places, its limits, and what is said without the extra."""

import io
import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from index.errors import UnreadableFile
from index.failures import FailureCode
from index.formats import FailedFile, Limits, ParseSuccess, read_files
from index.formats.common import ocr
from index.formats.common.ocr import RecognisedLine
from index.formats.pdf.headings import FontSizes
from index.formats.pdf.reader import _blocks
from index.formats.pdf.render import PicturePages
from index.formats.pdf.scans import read_pictures, recognised_page
from index.formats.sandbox.page_renderer import recognised_locations
from index.formats.sandbox.protocol import pack, unpack
from index.records import Document, Span
from index.snapshot.catalog import Catalog, CatalogWriter, IndexedFile
from index.text.canonical import CanonicalText, ParsedFile, canonicalise

LIMITS = replace(Limits(), max_ocr_pages=10)


def line(text: str, top: float, left: float = 0.1, width: float = 0.4) -> RecognisedLine:
    """Return a line whose words share its width by their letters."""
    share, words, position = width / max(1, len(text)), [], 0
    for word in text.split():
        start = text.index(word, position)
        position = start + len(word)
        words.append((start, position, (left + start * share, top, left + position * share, top + 0.02)))
    return RecognisedLine(text, (left, top, left + width, top + 0.02), tuple(words))


def canonical_of(lines: list[RecognisedLine]) -> CanonicalText:
    read = recognised_page(lines, 1, 600, 800)
    blocks = tuple(_blocks(read.page, FontSizes.from_pages([read.page])))
    return canonicalise(ParsedFile("image/*", None, blocks, ((600, 800),), words=read.words))


LINES = [
    line("The pilots met at the har-", 0.10),
    line("bour before the storm began.", 0.125),
    line("Nobody knew when it would end.", 0.15),
]


def picture(text: str = "Rent is due on May 5.") -> bytes:
    image = Image.new("RGB", (900, 200), "white")
    ImageDraw.Draw(image).text((40, 60), text, fill="black", font=ImageFont.load_default(48))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


class TestRecognisedText:
    def test_lines_become_paragraphs_and_words_keep_their_places(self):
        """A word that is broken at the end of a line is joined, and has a box on both lines."""
        canonical = canonical_of(LINES)
        [page] = canonical.pages
        boxed = [canonical.text[word.start : word.end] for word in page.words]

        assert canonical.text.startswith("The pilots met at the harbour before the storm began.")
        assert ["har", "bour"] == boxed[5:7]
        assert canonical.text.replace(" ", "").replace("\n", "") == "".join(boxed)

    @given(st.lists(st.text("ab é🙂.", min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=6))
    def test_hyp_words_are_in_order_and_are_no_white_space(self, texts):
        """Boxes are in order, don't overlap in the text, and each holds letters."""
        canonical = canonical_of([line(text, 0.1 + 0.03 * number) for number, text in enumerate(texts)])
        words = [word for page in canonical.pages for word in page.words]

        assert words == sorted(words, key=lambda word: word.start)
        assert all(one.end <= other.start for one, other in itertools.pairwise(words))
        assert all(canonical.text[word.start : word.end].strip() for word in words)

    def test_a_span_has_one_box_for_each_line(self):
        """The boxes of its words are merged, also across a broken word."""
        canonical = canonical_of(LINES)
        start = canonical.text.index("pilots")

        [place] = recognised_locations(canonical.pages, Span("0" * 64, start, canonical.text.index("storm")))

        assert 2 == len(place.boxes)
        assert place.boxes[0][0] > 0.1
        assert place.points[0][3] == pytest.approx((1 - place.boxes[0][1]) * 800)

    def test_words_survive_the_sandbox_and_the_catalog(self, tmp_path):
        """Places are stored as millionths of the page."""
        canonical = canonical_of(LINES)
        document = Document(
            "0" * 64, "A scan", ("/a.png",), "image/*", canonical.text, canonical.pages, canonical.runs
        )
        writer = CatalogWriter(tmp_path / "catalog.sqlite")
        writer.add_file(IndexedFile("/a.png", 1, 1, "", document.doc_id))
        writer.add_document(document, ())
        writer.number_chunks()
        writer.finish()

        stored = Catalog(tmp_path / "catalog.sqlite").document(document.doc_id)

        assert unpack(pack(canonical)) == canonical
        assert stored is not None
        assert [(word.start, word.end) for word in stored.pages[0].words] == [
            (word.start, word.end) for word in canonical.pages[0].words
        ]
        assert stored.pages[0].words[0].left == pytest.approx(canonical.pages[0].words[0].left, abs=1e-6)


class TestPictures:
    def test_each_frame_of_a_tiff_is_a_page(self):
        """Faxes and scanners write several pages into one file."""
        frames = [Image.new("L", (300, 200), shade) for shade in (250, 200, 150)]
        buffer = io.BytesIO()
        frames[0].save(buffer, "TIFF", save_all=True, append_images=frames[1:])

        read = read_pictures(buffer.getvalue(), LIMITS, lambda image: [line(str(image.size), 0.1)])

        assert [1, 2, 3] == [one.page.number for one in read]
        assert read[0].page.width == pytest.approx(144)

    def test_a_picture_is_drawn_as_a_page(self):
        """The viewer shows it as it shows a page of a PDF."""
        drawn = Image.open(io.BytesIO(PicturePages(picture()).render(1, scale=1)))

        assert (432, 96) == drawn.size
        with pytest.raises(UnreadableFile, match="page 2"):
            PicturePages(picture()).render(2, scale=1)

    def test_without_recognition_the_message_says_how_to_get_it(self, tmp_path):
        """The picture isn't an unknown file, and what can be done is named."""
        path = tmp_path / "scan.png"
        path.write_bytes(picture())
        with pytest.raises(UnreadableFile, match=r"footnote\[ocr\]") as caught:
            read_pictures(path.read_bytes(), Limits())
        assert caught.value.failure.code is FailureCode.PICTURE
        if not ocr.is_available():
            assert [FailureCode.PICTURE] == [
                one.failure.code for one in read_files([path], Limits()) if isinstance(one, FailedFile)
            ]


@pytest.mark.skipif(not ocr.is_available(), reason="the extra ocr isn't installed")
class TestRealModels:
    def test_printed_words_are_recognised_with_their_boxes(self, tmp_path):
        """This runs the worker with the models in their package."""
        path = tmp_path / "scan.png"
        path.write_bytes(picture())

        [parsed] = read_files([path], Limits())

        assert isinstance(parsed, ParseSuccess)
        assert "Rent is due on May 5." in parsed.canonical.text
        assert all(0 < word.left < word.right < 1 for word in parsed.canonical.pages[0].words)
