"""Chunks: spans by construction, whole, and never wider than the embedder sees."""

import hashlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.records import Block, BlockKind
from index.text.canonical import CanonicalText
from index.text.chunking import Chunking, chunk
from index.text.sentences import sentences
from index.text.structure import BlockList
from tests.fakes.embedder import HashingEmbedder
from tests.texts import texts

EMBEDDER = HashingEmbedder()


def cut(canonical: CanonicalText, chunking: Chunking, window: int = 254):
    doc_id = hashlib.sha256(canonical.text.encode()).hexdigest()
    ranges = sentences(canonical.text)
    return chunk(doc_id, canonical, EMBEDDER.count_tokens, window, chunking, sentences=ranges)


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
    chunks = chunk(
        "0" * 64,
        plain(text),
        lambda texts: [1] * len(texts),
        254,
        Chunking(200, 0),
        sentences=[(0, len(text))],
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
    chunks = chunk("0" * 64, canonical, count_words, 254, Chunking(), sentences=sentences(canonical.text))

    assert len(chunks) > 1
    assert {one.heading for one in chunks} == {()}
