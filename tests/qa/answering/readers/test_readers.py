"""The reader: it points at words that are there, the same ones every time, and knows when they aren't."""

import itertools
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import FootnoteError, ModelDamaged
from qa.answering.readers import default_reader
from qa.answering.readers.cross_encoder import WEIGHTS, CrossEncoderReader, weights_remedy
from qa.answering.readers.hugging_face import HuggingFaceReader
from tests.fakes.hugging_face import save_tiny_model
from tests.fakes.passages import document, passage
from tests.fakes.reader import WordReader

LAKE = (
    "The lake lies 1,240 metres above the sea. It was first mapped in 1887 by Anna Keller. "
    "The Aare, the Lutschine and the Simme flow into it. No boat may use it at night."
)
BREAD = "Bread needs flour, water, salt and time. Let the dough rest for eighteen hours before baking it."


@pytest.fixture(scope="module")
def reader() -> CrossEncoderReader:
    return CrossEncoderReader()


def read(reader, question: str, text: str):
    (reading,) = reader.read(question, [passage(document(text))])
    return reading


READERS = {
    "words": lambda folder: WordReader(),
    "built-in": lambda folder: default_reader(),
    "hugging-face": lambda folder: HuggingFaceReader(
        save_tiny_model(folder / "model"), cache_dir=folder / "cache", calibration_dir=folder
    ),
}


@pytest.mark.parametrize("kind", READERS, scope="module")
class TestEveryReader:
    @pytest.fixture(scope="class")
    def reader(self, kind, tmp_path_factory):
        return READERS[kind](tmp_path_factory.mktemp("reader"))

    def test_no_passages_give_no_readings(self, reader):
        """Reading no passages is not an error."""
        assert [] == reader.read("Who mapped the lake?", [])

    def test_readings_come_in_the_order_of_the_passages(self, reader):
        """Batching by length doesn't change the order."""
        passages = [passage(document(text)) for text in (LAKE, BREAD, "Short.", LAKE + BREAD)]

        assert passages == [one.passage for one in reader.read("Who mapped the lake?", passages)]

    def test_a_passage_reads_the_same_alone_and_in_a_batch(self, reader):
        """Only its probability depends on the other passages."""
        lake = passage(document(LAKE))
        company = [passage(document(BREAD)), lake, passage(document("A word. " * 300))]
        (alone,) = reader.read("Who mapped the lake?", [lake])
        together = reader.read("Who mapped the lake?", company)[1]

        assert {(q.start, q.end, q.answer) for q in alone.quotes} == {
            (q.start, q.end, q.answer) for q in together.quotes
        }

    @pytest.mark.parametrize(
        "text", [LAKE, " ", " \n\u200b ", "x" * 3000, "水。" * 500, "e\u0301 👩‍👩‍👧 שלום. " * 40, LAKE * 60]
    )
    def test_quotes_are_inside_the_passage_and_never_overlap(self, reader, text):
        """This holds for blank, long and single-word passages and for other scripts."""
        part = passage(document("…" + text + "…"), 1, 1 + len(text))
        (reading,) = reader.read("Who mapped the lake?", [part])
        ranges = sorted((quote.start, quote.end) for quote in reading.quotes)

        assert all(0 <= start < end <= len(text) for start, end in ranges)
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(ranges))
        assert all(q.answer is None or q.start <= q.answer[0] < q.answer[1] <= q.end for q in reading.quotes)
        assert all(0 <= quote.probability <= 1 for quote in reading.quotes)

    def test_a_blank_passage_has_no_quotes(self, reader):
        """Its probability is no higher than that of a passage that doesn't answer."""
        (reading,) = reader.read("Who mapped the lake?", [passage(document("… \n …"), 1, 4)])

        assert reading.quotes == ()
        assert reading.probability == 0

    @pytest.mark.parametrize(
        "question", ["Who mapped the lake?", "Lake Orin was first mapped in 1887 by Anna Keller."]
    )
    def test_the_best_quote_comes_first(self, reader, question):
        """Probabilities never rise, even if the raw scores do."""
        reading = read(
            reader,
            question,
            "Lake Orin lies 1,240 metres above the sea. It was first mapped in 1887 by Anna Keller.",
        )
        found = [quote.probability for quote in reading.quotes]

        assert found == sorted(found, reverse=True)
        assert found[0] == reading.probability


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who mapped the lake first?", "Anna Keller"),
        ("When was the lake mapped?", "1887"),
        ("How high does the lake lie?", "1,240 metres above the sea"),
        ("Which rivers flow into the lake?", "The Aare, the Lutschine and the Simme"),
    ],
)
def test_the_short_answer_is_in_the_cited_sentence(reader, question, answer):
    """The words asked for are inside their whole sentence."""
    best = read(reader, question, LAKE).quotes[0]

    assert best.answer_text in answer
    assert answer in best.text
    assert best.text.endswith(".")


def test_a_quote_is_a_sentence_of_the_index(reader):
    """A quote is a whole sentence as the index splits them."""
    lake = passage(document(LAKE))
    whole = replace(lake, sentences=((0, len(LAKE)),))
    (reading,) = reader.read("Who mapped the lake?", [whole])

    assert [(0, len(LAKE))] == [(quote.start, quote.end) for quote in reading.quotes]


def test_a_heading_is_not_part_of_the_answer_below_it(reader):
    """The short answer and its sentence never cross a blank line."""
    text = (
        "Clashes in the west\n\n"
        "June 1999: naval vessels fought near Yeonpyeong, and a boat of the North was sunk.\n"
        "29 June 2002: a South Korean patrol boat was sunk in the same waters; six of its sailors died.\n"
        "November 2009: patrol boats exchanged fire near Daecheong.\n"
        "26 March 2010: the South Korean corvette Cheonan sank near Baengnyeong, and 46 sailors lost their "
        "lives. An international inquiry blamed a torpedo from the North, which denied it.\n"
        "23 November 2010: the North's artillery shelled Yeonpyeong itself. Two marines and two civilians "
        "were killed."
    )
    quotes = read(reader, "Which clashes happened near Yeonpyeong?", text).quotes

    assert quotes
    assert all("\n\n" not in quote.text and "\n\n" not in (quote.answer_text or "") for quote in quotes)


def test_a_passage_about_something_else_is_unlikely(reader):
    """A passage without the answer gets a low probability, one with it a high one."""
    lake, bread = (passage(document(text)) for text in (LAKE, BREAD))
    there, elsewhere = reader.read("Who mapped the lake first?", [lake, bread])

    assert there.probability > 0.5
    assert elsewhere.probability < 0.1


def test_repeated_words_are_cited_where_they_were_read(reader):
    """Both sentences have the same name; only one answers."""
    text = "Anna Keller was born in Thun. The lake was first mapped by Anna Keller. She liked bread."
    best = read(reader, "By whom was the lake mapped?", text).quotes[0]

    assert best.answer is not None
    assert text.rindex("Anna Keller") == best.answer[0]


def test_the_fast_precision_reads_any_length_alike(reader):
    """The lengths are around those at which a processor switches its kernels."""
    exact = CrossEncoderReader("f32")
    for count in range(1, 30):
        text = "Anna Keller mapped it" + " early" * count + "."
        (one,), (other,) = (
            each.score("Who mapped it?", [passage(document(text))]) for each in (exact, reader)
        )

        assert abs(one.has_answer_logit - other.has_answer_logit) < 0.5
        assert abs(one.candidates[0].margin - other.candidates[0].margin) < 1


def test_an_answer_far_behind_the_window_is_found(reader):
    """A long passage is read in overlapping windows, with exact offsets."""
    text = BREAD * 60 + " " + LAKE + " " + BREAD * 60
    best = read(reader, "Who mapped the lake first?", text).quotes[0]

    assert best.answer_text == "Anna Keller"
    assert text.index("Anna Keller") == best.answer[0]


def test_offsets_are_exact_after_emoji_accents_and_arabic(reader):
    """Offsets are code points, whatever the tokenizer counts."""
    text = "👩‍👩‍👧 Cafe\u0301 ﬁne. مرحبا بالعالم. The lake was mapped by Anna Keller in 1887."
    best = read(reader, "Who mapped the lake?", text).quotes[0]

    assert best.answer_text == "Anna Keller"


def copied_weights(tmp_path: Path) -> Path:
    return Path(shutil.copytree(WEIGHTS, tmp_path / "weights"))


@pytest.mark.parametrize("name", ["reader.bin", "reader.xml", "tokenizer.json"])
def test_an_altered_weights_file_is_refused_in_one_line(tmp_path, name):
    """A single changed byte is detected."""
    folder = copied_weights(tmp_path)
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)

    with pytest.raises(ModelDamaged, match=rf"^[^\n]*{name} has sha256[^\n]+$"):
        read(CrossEncoderReader(folder=folder), "Who?", LAKE)


def test_a_missing_manifest_is_refused_in_one_line(tmp_path):
    """The message names the command that restores it."""
    with pytest.raises(ModelDamaged, match=r"manifest\.json can't be read\. Run: "):
        read(CrossEncoderReader(folder=tmp_path), "Who?", LAKE)


def test_damaged_weights_are_restored_from_git_in_a_clone(tmp_path):
    """An installed Footnote has no Git, so the advice is to reinstall."""
    module = tmp_path / "qa" / "answering" / "readers" / "cross_encoder.py"
    assert weights_remedy(module) == "Reinstall Footnote."

    (tmp_path / ".git").mkdir()
    assert weights_remedy(module) == "Run: git checkout -- qa/answering/readers/weights"


def test_an_unknown_precision_is_refused():
    """No other precision is used instead."""
    with pytest.raises(FootnoteError, match="precision is f8"):
        read(CrossEncoderReader("f8"), "Who?", LAKE)


def test_the_manifest_names_every_file_but_itself():
    """No file is loaded unchecked."""
    files = json.loads((WEIGHTS / "manifest.json").read_text())["files"]

    assert files.keys() == {path.name for path in WEIGHTS.iterdir()} - {"manifest.json", "README.md"}


def test_code_is_never_quoted(reader):
    """The index gives code no sentences, so that only the text around it is an answer."""
    text = "The default port is set in the file.\n\n>>> server.default_port\nThe default port is 8080."
    prose = ((0, text.index("\n")),)
    whole = passage(document(text))

    [with_code] = reader.read("What is the default port?", [replace(whole, sentences=None)])
    [without] = reader.read("What is the default port?", [replace(whole, sentences=prose)])

    assert any(quote.start > prose[0][1] for quote in with_code.quotes)
    assert all((quote.start, quote.end) in prose for quote in without.quotes)
    assert () == reader.read("What is the default port?", [replace(whole, sentences=())])[0].quotes
