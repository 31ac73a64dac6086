"""Retrieval in a conversation: the vectors lean to what was history, and a new topic stays new."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from index import IndexDir, Snapshot
from index.text.sentences import sentences
from qa.answering.retrieval import HISTORY_WEIGHT, MIN_HISTORY_SIMILARITY, Retriever, mix_history
from tests.fakes.embedder import HashingEmbedder
from tests.fakes.markdown import source
from tests.fakes.pipeline import EMBEDDER, write_index

TEXTS = {
    "lighthouse": "At the lighthouse the lamp is cleaned every month, because salt clouds it.",
    "mine": "At the coppermine the lamp is cleaned every week, because dust clouds it.",
}
QUESTION = "How often is the lamp cleaned?"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory) -> Iterator[Snapshot]:
    """Two documents that answer one question, of different places."""
    folder = tmp_path_factory.mktemp("index")
    write_index(folder, [source(name, text) for name, text in TEXTS.items()])
    with IndexDir(folder).open_current() as opened:
        yield opened


@pytest.fixture
def retriever() -> Retriever:
    """As shipped, over a small embedder that knows every word apart."""
    return Retriever(EMBEDDER, dense_weight=0.5, candidates=10)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Is the lighthouse lamp old? It was lit because salt ships sank.", "lighthouse"),
        ("Is the coppermine lamp old? It was lit because dust hid the way.", "mine"),
    ],
)
def test_the_history_ranks_its_passage_first(snapshot, retriever, text, place):
    """The question's own words fit both passages equally."""
    found = retriever.retrieve(snapshot, QUESTION, 2, history=[text])

    assert found[0].title == place


def test_an_unrelated_history_changes_nothing(snapshot, retriever):
    """A new topic has the same passages with the same scores as without a history."""
    alone = retriever.retrieve(snapshot, QUESTION, 2)

    assert alone == retriever.retrieve(snapshot, QUESTION, 2, history=["Horses ran yesterday", ""])


def test_the_history_is_embedded_once(snapshot, retriever):
    """A later question embeds only itself and the new texts."""
    embedder = retriever.embedder
    assert isinstance(embedder, HashingEmbedder)

    retriever.retrieve(snapshot, QUESTION, 2, history=["Is the mine deep?"])
    before = embedder.embedded
    retriever.retrieve(snapshot, QUESTION, 2, history=["Is the mine deep?", "And old?"])

    assert embedder.embedded - before == 2


def test_a_vector_is_shifted_to_the_mean_of_related_ones():
    """A text at right angles to the question is left out of the mean."""
    question, related, unrelated = np.eye(3, dtype=np.float32)[:3]
    near = (0.6 * question + 0.8 * related).astype(np.float32)

    mixed = mix_history(question, [near, unrelated])

    expected = question + HISTORY_WEIGHT * near
    np.testing.assert_allclose(mixed, expected / np.linalg.norm(expected), rtol=1e-6)


units = (
    arrays(np.float32, 4, elements=st.floats(-1, 1, width=32))
    .filter(lambda vector: bool(np.linalg.norm(vector) > 0.1))
    .map(lambda vector: vector / np.linalg.norm(vector))
)


@given(question=units, history=st.lists(units, max_size=4))
def test_hyp_the_question_outweighs_the_history(question, history):
    """The vector has unit length and stays close to the question."""
    mixed = mix_history(question, history)

    assert abs(float(np.linalg.norm(mixed)) - 1) < 1e-5
    assert float(mixed @ question) > 0.95


@given(question=units, history=st.lists(units, max_size=4))
def test_hyp_unrelated_vectors_are_ignored(question, history):
    """Vectors below the minimum similarity don't change the question."""
    unrelated = [vector for vector in history if vector @ question < MIN_HISTORY_SIMILARITY]

    assert mix_history(question, unrelated) is question


def test_passages_come_with_their_sentences(snapshot, retriever):
    """Their ranges are those of the index, counted from the passage's start."""
    found = retriever.retrieve(snapshot, QUESTION, 2)

    assert [tuple(sentences(passage.text)) for passage in found] == [passage.sentences for passage in found]
    assert all(passage.sentences for passage in found)


def test_passages_come_with_their_titles(tmp_path, retriever):
    """The format marks them; their ranges count from the passage's start."""
    write_index(
        tmp_path, [source("rules.md", "# Lamps\n\nThe lamp is cleaned.\n\n## Oil\n\nIt burns oil.\n")]
    )
    with IndexDir(tmp_path).open_current() as opened:
        (found,) = retriever.retrieve(opened, QUESTION, 1)

    assert ["Lamps", "Oil"] == [found.text[start:end] for start, end in found.titles]
