"""Chunks: spans by construction, whole, and never wider than the embedder sees."""

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
def test_hyp_chunks_cover_every_character_that_is_not_white_space(text, tokens, overlap):
    """Whatever the text, nothing that could be quoted is left out of the index."""
    covered = set()
    for one in cut(plain(text), Chunking(tokens, overlap)):
        covered |= set(range(one.span.start, one.span.end))

    assert {at for at, letter in enumerate(text) if not letter.isspace()} <= covered


@given(texts(), st.integers(32, 100), st.integers(0, 20))
def test_hyp_no_chunk_exceeds_the_window(text, tokens, overlap):
    """A chunk with its heading fits what the embedder sees, and says its true size."""
    canonical = plain(text, title="A title of a few words")
    chunks = cut(canonical, Chunking(tokens, overlap), window=64)
    true = EMBEDDER.count_tokens([c.embedded_text(text[c.span.start : c.span.end]) for c in chunks])

    assert [one.tokens for one in chunks] == true
    assert all(count <= 64 for count in true)


@given(texts())
def test_hyp_without_overlap_chunks_never_share_a_character(text):
    """They stand in order, one behind the other."""
    chunks = cut(plain(text), Chunking(40, 0))

    assert all(a.span.end <= b.span.start for a, b in itertools.pairwise(chunks))


def test_a_single_line_of_a_megabyte_is_cut():
    """No line is so long that a part of it is silently not embedded."""
    text = "word " * 200_000
    chunks = cut(plain(text), Chunking(200, 0))

    assert max(one.tokens for one in chunks) <= 200
    assert len(text.strip()) == chunks[-1].span.end


def test_a_word_longer_than_the_tokenizer_reads_is_cut():
    """WordPiece counts a word of a million letters as one unknown token; it is cut all the same."""
    text = "x" * 1_000_000
    whole = [(0, len(text))]
    chunks = list(
        chunk("0" * 64, plain(text), lambda texts: [1] * len(texts), 254, Chunking(200, 0), sentences=whole)
    )

    assert max(len(one.span) for one in chunks) <= 10_000
    assert len(text) == sum(len(one.span) for one in chunks)


def test_a_cut_inside_a_word_parts_no_accent_from_its_letter():
    """The combining mark stays with its base."""
    text = "e\u0301" * 500
    starts = [one.span.start for one in cut(plain(text), Chunking(32, 0))]

    assert all(text[start] == "e" for start in starts)


def test_a_chunk_ends_before_a_heading():
    """A new section begins a new chunk, with the titles above it as its heading."""
    body = "Some words that fill a section well enough to stand alone. " * 4
    text = f"Alpha\n\n{body}\n\nBeta\n\n{body}"
    beta = text.index("Beta")
    canonical = plain(
        text, Block(BlockKind.HEADING, 0, 5, 1), Block(BlockKind.HEADING, beta, beta + 4, 1), title="Book"
    )
    chunks = cut(canonical, Chunking(100, 0))

    assert beta in [one.span.start for one in chunks]
    assert [("Book",)] * 2 == [one.heading for one in chunks]


def test_a_deeper_heading_stands_under_the_one_above_it():
    """The path holds only the headings that a place stands under."""
    body = "Some words that fill a section well enough to stand alone. " * 12
    text = f"One\n\n{body}\n\nOne A\n\n{body}\n\nTwo\n\n{body}"
    marks = [Block(BlockKind.HEADING, text.index(t), text.index(t) + len(t), level) for t, level in
             (("One", 1), ("One A", 2), ("Two", 1))]  # fmt: skip
    paths = [one.heading for one in cut(plain(text, *marks), Chunking(60, 0))]

    assert ("One", "One A") in paths
    assert ("Two",) == paths[-1]


def test_overlap_repeats_whole_sentences():
    """The end of one chunk is the beginning of the next."""
    text = " ".join(f"Sentence number {n} has seven words." for n in range(40))
    chunks = cut(plain(text), Chunking(60, 16))

    assert all(b.span.start < a.span.end for a, b in itertools.pairwise(chunks))
    assert all(text[one.span.start :].startswith("Sentence number") for one in chunks)


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_nothing_gives_no_chunk(text):
    """A blank text has no chunk, and that is no error."""
    assert [] == cut(plain(text), Chunking())


def test_a_title_that_is_one_endless_word_is_not_repeated_with_every_chunk():
    """WordPiece counts it as one unknown word, and a copy of it for each chunk would fill the memory."""

    def count_words(texts):
        return [len(text.split()) for text in texts]

    canonical = plain("A short sentence stands here. " * 200, title="a" * 100_000)
    ranges = sentences(canonical.text)
    chunks = list(chunk("0" * 64, canonical, count_words, 254, Chunking(), sentences=ranges))

    assert len(chunks) > 1
    assert {one.heading for one in chunks} == {()}


def count_letters(texts):
    """No tokens for what holds no letter, as real tokenizers count control characters."""
    return [len(re.findall(r"[^\W\d_]+", text)) for text in texts]


def count_more_together(texts):
    """More tokens for a text than for its parts, as no WordPiece does."""
    return [len(text.split()) ** 2 // 4 for text in texts]


COUNTERS = [EMBEDDER.count_tokens, count_letters, count_more_together]
WRAPPED = (
    "Words that were broken at a width of sixty characters, or a\nlittle fewer, go on in the next line as\n"
)
pieces = st.one_of(texts(), st.sampled_from([WRAPPED, "- item\n", "\n\n", "\x01\n", "A b. " * 40, "\n \n"]))


@st.composite
def canonicals(draw):
    """A text of few or many paragraphs, some of which are headings; some headings are within one."""
    text = "".join(draw(st.lists(pieces, max_size=12))).replace("\r", "")
    starts = [*paragraphs(text), *sentences(text)]
    marked = draw(st.lists(st.sampled_from(starts), unique=True, max_size=6)) if starts else []
    levels = draw(st.lists(st.integers(1, 4), min_size=len(marked), max_size=len(marked)))
    headings = [
        Block(BlockKind.HEADING, start, end, level)
        for (start, end), level in zip(sorted(marked), levels, strict=True)
    ]
    return plain(text, *headings, title=draw(st.sampled_from([None, "A title"])))


def both(
    canonical: CanonicalText, counter, window: int, chunking: Chunking
) -> tuple[list[Chunk], list[Chunk]]:
    """What the stream gives, and what the reference gives."""
    arguments = ("0" * 64, canonical, counter, window, chunking)
    streamed = chunk(*arguments, sentences=sentences(canonical.text))
    return list(streamed), reference.chunk(*arguments)


@given(canonicals(), st.sampled_from(COUNTERS), st.integers(40, 80), st.integers(32, 60), st.integers(0, 25))
def test_hyp_the_stream_gives_the_reference_s_chunks(canonical, counter, window, tokens, overlap):
    """The same spans, headings and sizes, in the same order, however tokens are counted."""
    streamed, expected = both(canonical, counter, window, Chunking(tokens, overlap))

    assert streamed == expected


@given(canonicals())
def test_hyp_the_stream_gives_the_reference_s_sentences(canonical):
    """Paragraphs, lines and sentences, each one by one."""
    text = canonical.text

    assert paragraphs(text) == reference.paragraphs(text)
    assert sentences(text) == reference.sentences(text)
    for start, end in paragraphs(text):
        assert logical_lines(text, start, end) == reference.logical_lines(text, start, end)


LONG = {
    "prose": "The arctic tern flies far and nests in Greenland. It is small.\n\n" * 4_000,
    "one sentence": "word " * 50_000,
    "one word": "x" * 250_000,
    "short lines": "a\n" * 100_000,
    "wrapped lines": WRAPPED * 2_500,
    "a table": "Country: France; Capital: Paris\n" * 8_000,
    "control characters": ("Words enough. " * 60 + "\n\n" + "\x01\n" * 4_000 + "\n") * 6,
}


@pytest.mark.parametrize("kind", LONG)
@pytest.mark.parametrize("overlap", [0, 20])
def test_a_long_text_gives_the_reference_s_chunks(kind, overlap):
    """Longer than what is counted at a time, or looked at ahead."""
    streamed, expected = both(plain(LONG[kind]), count_letters, 254, Chunking(200, overlap))

    assert streamed == expected


def test_what_counts_as_nothing_is_not_repeated():
    """A line of control characters has no tokens; every chunk repeated thousands of them."""
    text = "\x01\n" * 20_000
    chunks = list(
        chunk("0" * 64, plain(text), count_letters, 254, Chunking(200, 0), sentences=sentences(text))
    )

    assert all(a.span.end <= b.span.start for a, b in itertools.pairwise(chunks))
    assert len(chunks) < 10


PEAK = """
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
embedder.count_tokens(["the tokenizer is loaded"] * 100)
text = sys.argv[1] * (int(sys.argv[2]) // len(sys.argv[1]))
before = status("VmRSS")
heading = Block(BlockKind.HEADING, 0, int(sys.argv[3]), 1)
document = CanonicalText(text, None, "text/plain", BlockList.of([heading]))
sentences = RangeList.of(one for place in iter_paragraphs(text) for one in iter_sentences(text, *place))
made = chunk(
    "0" * 64, document, embedder.count_tokens, embedder.window, Chunking(), sentences=sentences
)
print(sum(1 for _ in made), status("VmHWM") - before)
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
    """With the real tokenizer, in a process of its own; at once, each of these took over 250 MB."""
    command = [sys.executable, "-c", PEAK, repeated, str(characters), str(heading)]
    chunks, megabytes = map(float, subprocess.check_output(command, text=True).split())

    assert chunks > 1_000
    assert megabytes < 60
