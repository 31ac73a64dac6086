"""Cutting documents into chunks."""

import hashlib
import itertools
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Block, BlockKind, Chunk
from index.text.canonical import CanonicalText
from index.text.chunking import Chunking, chunk
from index.text.sentences import logical_lines, paragraphs, sentences
from index.text.structure import BlockList
from tests.fakes import chunking as reference
from tests.fakes.embedder import HashingEmbedder
from tests.texts import texts

EMBEDDER = HashingEmbedder()


def cut(canonical: CanonicalText, chunking: Chunking, window: int = 254):
    doc_id = hashlib.sha256(canonical.text.encode()).hexdigest()
    ranges = sentences(canonical.text)
    return list(chunk(doc_id, canonical, EMBEDDER.count_tokens, window, chunking, sentences=ranges))


def plain(text: str, *headings: Block, title: str | None = None) -> CanonicalText:
    return CanonicalText(text=text, title=title, media_type="text/plain", blocks=BlockList.of(headings))


@given(texts(), st.integers(32, 100), st.integers(0, 20))
def test_hyp_chunks_cover_all_text(text, tokens, overlap):
    """Every character that isn't white space is in a chunk, whatever the text."""
    covered = set()
    for c in cut(plain(text), Chunking(tokens, overlap)):
        covered |= set(range(c.span.start, c.span.end))

    assert {offset for offset, character in enumerate(text) if not character.isspace()} <= covered


@given(texts(), st.integers(32, 100), st.integers(0, 20))
def test_hyp_no_chunk_exceeds_the_window(text, tokens, overlap):
    """A chunk with its heading fits the embedder's window, and its stored size is right."""
    canonical = plain(text, title="A title of a few words")
    chunks = cut(canonical, Chunking(tokens, overlap), window=64)
    counts = EMBEDDER.count_tokens([c.embedded_text(text[c.span.start : c.span.end]) for c in chunks])

    assert counts == [c.tokens for c in chunks]
    assert all(count <= 64 for count in counts)


@given(texts())
def test_hyp_chunks_without_overlap_are_disjoint(text):
    """Each chunk starts at or after the end of the one before."""
    chunks = cut(plain(text), Chunking(40, 0))

    assert all(a.span.end <= b.span.start for a, b in itertools.pairwise(chunks))


def test_a_line_of_a_megabyte_is_split():
    """The embedder would silently ignore the part of a long line beyond its window."""
    text = "word " * 200_000
    chunks = cut(plain(text), Chunking(200, 0))

    assert max(c.tokens for c in chunks) <= 200
    assert len(text.strip()) == chunks[-1].span.end


def test_an_overlong_word_is_split():
    """WordPiece counts a word of a million letters as one token, so its length is limited too."""
    text = "x" * 1_000_000
    ranges = [(0, len(text))]
    chunks = list(
        chunk("0" * 64, plain(text), lambda texts: [1] * len(texts), 254, Chunking(200, 0), sentences=ranges)
    )

    assert max(len(c.span) for c in chunks) <= 10_000
    assert len(text) == sum(len(c.span) for c in chunks)


def test_a_split_word_keeps_accents_with_their_letters():
    """A combining mark stays in the chunk of its base."""
    text = "e\u0301" * 500
    starts = [c.span.start for c in cut(plain(text), Chunking(32, 0))]

    assert all(text[start] == "e" for start in starts)


def test_a_chunk_ends_before_a_heading():
    """A section begins a new chunk, which has the titles above it as its heading path."""
    body = "Some words that fill a section well enough to stand alone. " * 4
    text = f"Alpha\n\n{body}\n\nBeta\n\n{body}"
    beta = text.index("Beta")
    canonical = plain(
        text, Block(BlockKind.HEADING, 0, 5, 1), Block(BlockKind.HEADING, beta, beta + 4, 1), title="Book"
    )
    chunks = cut(canonical, Chunking(100, 0))

    assert beta in [c.span.start for c in chunks]
    assert [("Book",)] * 2 == [c.heading for c in chunks]


def test_heading_paths_follow_heading_levels():
    """A path has only the headings of the sections that contain the chunk."""
    body = "Some words that fill a section well enough to stand alone. " * 12
    text = f"One\n\n{body}\n\nOne A\n\n{body}\n\nTwo\n\n{body}"
    headings = [Block(BlockKind.HEADING, text.index(t), text.index(t) + len(t), level) for t, level in
                (("One", 1), ("One A", 2), ("Two", 1))]  # fmt: skip
    paths = [c.heading for c in cut(plain(text, *headings), Chunking(60, 0))]

    assert ("One", "One A") in paths
    assert ("Two",) == paths[-1]


def test_overlap_repeats_whole_sentences():
    """Each chunk begins with the last sentences of the one before."""
    text = " ".join(f"Sentence number {n} has seven words." for n in range(40))
    chunks = cut(plain(text), Chunking(60, 16))

    assert all(b.span.start < a.span.end for a, b in itertools.pairwise(chunks))
    assert all(text[c.span.start :].startswith("Sentence number") for c in chunks)


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_blank_text_has_no_chunks(text):
    """Blank text is no error."""
    assert [] == cut(plain(text), Chunking())


def test_a_huge_title_is_not_repeated_in_every_chunk():
    """WordPiece counts it as one token, but a copy in each chunk would fill the memory."""

    def count_words(texts):
        return [len(text.split()) for text in texts]

    canonical = plain("A short sentence stands here. " * 200, title="a" * 100_000)
    ranges = sentences(canonical.text)
    chunks = list(chunk("0" * 64, canonical, count_words, 254, Chunking(), sentences=ranges))

    assert len(chunks) > 1
    assert {c.heading for c in chunks} == {()}


def count_letters(texts):
    """Count no tokens in text without letters, as real tokenizers do with control characters."""
    return [len(re.findall(r"[^\W\d_]+", text)) for text in texts]


def count_more_together(texts):
    """Count more tokens in a text than in all its parts, which WordPiece never does."""
    return [len(text.split()) ** 2 // 4 for text in texts]


COUNTERS = [EMBEDDER.count_tokens, count_letters, count_more_together]
WRAPPED = (
    "Words that were broken at a width of sixty characters, or a\nlittle fewer, go on in the next line as\n"
)
pieces = st.one_of(texts(), st.sampled_from([WRAPPED, "- item\n", "\n\n", "\x01\n", "A b. " * 40, "\n \n"]))


@st.composite
def canonicals(draw):
    """Draw a text of several paragraphs with headings, some of them inside a paragraph."""
    text = "".join(draw(st.lists(pieces, max_size=12))).replace("\r", "")
    candidates = [*paragraphs(text), *sentences(text)]
    ranges = draw(st.lists(st.sampled_from(candidates), unique=True, max_size=6)) if candidates else []
    levels = draw(st.lists(st.integers(1, 4), min_size=len(ranges), max_size=len(ranges)))
    headings = [
        Block(BlockKind.HEADING, start, end, level)
        for (start, end), level in zip(sorted(ranges), levels, strict=True)
    ]
    return plain(text, *headings, title=draw(st.sampled_from([None, "A title"])))


def actual_and_expected(
    canonical: CanonicalText, counter, window: int, chunking: Chunking
) -> tuple[list[Chunk], list[Chunk]]:
    """Return the chunks of the implementation and those of the reference."""
    arguments = ("0" * 64, canonical, counter, window, chunking)
    actual = chunk(*arguments, sentences=sentences(canonical.text))
    return list(actual), reference.chunk(*arguments)


@given(canonicals(), st.sampled_from(COUNTERS), st.integers(40, 80), st.integers(32, 60), st.integers(0, 25))
def test_hyp_chunks_equal_the_reference(canonical, counter, window, tokens, overlap):
    """Spans, headings, sizes and order are the same, however tokens are counted."""
    actual, expected = actual_and_expected(canonical, counter, window, Chunking(tokens, overlap))

    assert expected == actual


@given(canonicals())
def test_hyp_sentences_are_those_of_each_paragraph(canonical):
    """A paragraph has the same sentences alone, and its logical lines have no gaps."""
    text = canonical.text

    for start, end in paragraphs(text):
        alone = [(start + a, start + b) for a, b in sentences(text[start:end])]
        lines = logical_lines(text, start, end)
        assert alone == [sentence for sentence in sentences(text) if start <= sentence[0] < end]
        assert [start, *(stop for _, stop in lines)] == [*(first for first, _ in lines), end]


LONG_TEXTS = {
    "prose": "The arctic tern flies far and nests in Greenland. It is small.\n\n" * 4_000,
    "one sentence": "word " * 50_000,
    "one word": "x" * 250_000,
    "short lines": "a\n" * 100_000,
    "wrapped lines": WRAPPED * 2_500,
    "a table": "Country: France; Capital: Paris\n" * 8_000,
    "control characters": ("Words enough. " * 60 + "\n\n" + "\x01\n" * 4_000 + "\n") * 6,
}


@pytest.mark.parametrize("kind", LONG_TEXTS)
@pytest.mark.parametrize("overlap", [0, 20])
def test_chunks_of_long_texts_equal_the_reference(kind, overlap):
    """The texts are longer than a batch and than the lookahead."""
    canonical = plain(LONG_TEXTS[kind])
    actual, expected = actual_and_expected(canonical, count_letters, 254, Chunking(200, overlap))

    assert expected == actual


def test_units_without_tokens_are_not_repeated():
    """Each chunk once repeated thousands of control characters, which have no tokens."""
    text = "\x01\n" * 20_000
    chunks = list(
        chunk("0" * 64, plain(text), count_letters, 254, Chunking(200, 0), sentences=sentences(text))
    )

    assert all(a.span.end <= b.span.start for a, b in itertools.pairwise(chunks))
    assert len(chunks) < 10


PEAK_MEMORY = """
import sys
from index.text.canonical import CanonicalText
from index.text.chunking import Chunking, chunk
from index.embedders import make_embedder
from index.records import Block, BlockKind
from index.text.sentences import iter_paragraphs, iter_sentences
from index.text.structure import BlockList, RangeList

def status(name):
    return next(int(line.split()[1]) / 1000 for line in open("/proc/self/status") if line.startswith(name))

embedder = make_embedder("all-MiniLM-L6-v2", "f32", 1)
embedder.count_tokens(["this loads the tokenizer"] * 100)
text = sys.argv[1] * (int(sys.argv[2]) // len(sys.argv[1]))
before = status("VmRSS")
heading = Block(BlockKind.HEADING, 0, int(sys.argv[3]), 1)
document = CanonicalText(text, None, "text/plain", BlockList.of([heading]))
sentences = RangeList.of(
    sentence for paragraph in iter_paragraphs(text) for sentence in iter_sentences(text, *paragraph)
)
chunks = chunk(
    "0" * 64, document, embedder.count_tokens, embedder.window, Chunking(), sentences=sentences
)
print(sum(1 for _ in chunks), status("VmHWM") - before)
"""


@pytest.mark.parametrize(
    ("repeated", "characters", "heading"),
    [
        ("The arctic tern flies seventy thousand kilometres a year. It nests.\n\n", 5_000_000, 10),
        ("a\n", 1_000_000, 10),
        ("words. ", 1_500_000, 300_000),
    ],
    ids=["prose", "short lines", "a huge heading"],
)
def test_memory_does_not_grow_with_the_text(repeated, characters, heading):
    """Measured with the real tokenizer in a child process; held in memory, each text took over 250 MB."""
    command = [sys.executable, "-c", PEAK_MEMORY, repeated, str(characters), str(heading)]
    chunks, megabytes = map(float, subprocess.check_output(command, text=True).split())

    assert chunks > 1_000
    assert megabytes < 60
