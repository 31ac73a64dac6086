"""Retrieval in a conversation: the vectors lean to what was said, and a new topic stays new."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from index import Chunking, ExternalDocument, IndexDir, Snapshot, build_from_sources
from index.text.canonical import CanonicalText
from index.text.sentences import sentences
from qa.answering.retrieval import HISTORY_WEIGHT, MIN_HISTORY_SIMILARITY, Retriever, mix_history
from tests.fakes.embedder import HashingEmbedder

DIMENSION = 4096
TEXTS = {
    "lighthouse": "At the lighthouse the lamp is cleaned every month, because salt clouds it.",
    "mine": "At the coppermine the lamp is cleaned every week, because dust clouds it.",
}
QUESTION = "How often is the lamp cleaned?"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory) -> Iterator[Snapshot]:
    """Two documents that answer one question, of different places."""
    folder = tmp_path_factory.mktemp("index")
    sources = [
        ExternalDocument(
            path=name, canonical=CanonicalText(text=text, title=name, media_type="text/plain"), digest=name
        )
        for name, text in TEXTS.items()
    ]
    build_from_sources(
        folder,
        sources,
        name="lamps",
        embedder=HashingEmbedder(DIMENSION),
        chunking=Chunking(),
        progress=lambda step: None,
    )
    with IndexDir(folder).open_current() as opened:
        yield opened


@pytest.fixture
def retriever() -> Retriever:
    """As shipped, over a small embedder that knows every word apart."""
    return Retriever(HashingEmbedder(DIMENSION), dense_weight=0.5, candidates=10)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("Is the lighthouse lamp old? It was lit because salt ships sank.", "lighthouse"),
        ("Is the coppermine lamp old? It was lit because dust hid the way.", "mine"),
    ],
)
def test_of_two_passages_the_one_that_was_spoken_of_comes_first(snapshot, retriever, said, place):
    """The question's own words fit both alike."""
    found = retriever.retrieve(snapshot, QUESTION, 2, history=[said])

    assert found[0].title == place


def test_what_has_nothing_to_do_with_the_question_changes_nothing(snapshot, retriever):
    """A new topic is searched as if nothing had been said: the same passages with the same scores."""
    alone = retriever.retrieve(snapshot, QUESTION, 2)

    assert alone == retriever.retrieve(snapshot, QUESTION, 2, history=["Horses ran yesterday", ""])


def test_what_was_said_is_embedded_once(snapshot, retriever):
    """A question later in the conversation costs its own embedding, and that of what is new."""
    embedder = retriever.embedder
    assert isinstance(embedder, HashingEmbedder)

    retriever.retrieve(snapshot, QUESTION, 2, history=["Is the mine deep?"])
    before = embedder.embedded
    retriever.retrieve(snapshot, QUESTION, 2, history=["Is the mine deep?", "And old?"])

    assert embedder.embedded - before == 2


def test_a_vector_leans_by_its_share_to_the_mean_of_what_is_akin():
    """What was said at right angles to the question is left out of the mean."""
    question, akin, strange = np.eye(3, dtype=np.float32)[:3]
    near = (0.6 * question + 0.8 * akin).astype(np.float32)

    leant = mix_history(question, [near, strange])

    expected = question + HISTORY_WEIGHT * near
    np.testing.assert_allclose(leant, expected / np.linalg.norm(expected), rtol=1e-6)


units = (
    arrays(np.float32, 4, elements=st.floats(-1, 1, width=32))
    .filter(lambda vector: bool(np.linalg.norm(vector) > 0.1))
    .map(lambda vector: vector / np.linalg.norm(vector))
)


@given(question=units, said=st.lists(units, max_size=4))
def test_hyp_the_question_outweighs_whatever_was_said(question, said):
    """What is searched has unit length and never turns far from the question."""
    leant = mix_history(question, said)

    assert abs(float(np.linalg.norm(leant)) - 1) < 1e-5
    assert float(leant @ question) > 0.95


@given(question=units, said=st.lists(units, max_size=4))
def test_hyp_what_is_not_akin_is_not_leant_to(question, said):
    """Nothing said that is below the bound moves the question at all."""
    strange = [vector for vector in said if vector @ question < MIN_HISTORY_SIMILARITY]

    assert mix_history(question, strange) is question


def test_passages_come_with_their_sentences(snapshot, retriever):
    """As the index has them, counted from the passage's start."""
    found = retriever.retrieve(snapshot, QUESTION, 2)

    assert [tuple(sentences(passage.text)) for passage in found] == [passage.sentences for passage in found]
    assert all(passage.sentences for passage in found)
