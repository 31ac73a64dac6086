"""The multilingual model: the weights that come with Footnote, and vectors of questions and sentences."""

import json
from typing import Any

import numpy as np
import pytest

from index.embedders.multilingual import MAX_TOKENS, WORDS, MultilingualEmbedder, unpack
from index.errors import ModelDamaged
from tests.texts import HARD

ANSWERS = {
    "Wie hoch ist der Mont Blanc?": "Mont Blanc is 4,808 metres high.",
    "¿Quién escribió el informe?": "Der Bericht wurde von Ana Ruiz verfasst.",
    "À quelle heure ferme le musée ?": "Il museo chiude alle sei di sera.",
}


@pytest.fixture(scope="module")
def embedder():
    return MultilingualEmbedder("f32")


def test_a_question_is_nearest_to_its_answer_in_another_language(embedder):
    """No word but a name is shared."""
    questions = embedder.embed_questions(list(ANSWERS))
    sentences = embedder.embed_sentences(list(ANSWERS.values()))
    similarity = questions @ sentences.T

    assert similarity.argmax(axis=1).tolist() == [0, 1, 2]
    assert similarity.diagonal().min() > np.sort(similarity.ravel())[-4] + 0.05


def test_vectors_do_not_depend_on_the_batch(embedder):
    """They are of unit length, for any text, alone and among others."""
    texts = [*HARD, "", "x " * (2 * MAX_TOKENS)]
    together = embedder.embed_sentences(texts)

    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for text, vector in zip(texts, together, strict=True):
        assert np.allclose(embedder.embed_sentences([text])[0], vector, atol=1e-4)
    assert embedder.embed_questions([]).shape == (0, 384)


def test_text_beyond_the_window_is_ignored(embedder):
    """What follows the last token that fits changes nothing."""
    long = "The lake is deep. " * MAX_TOKENS
    short, longer = embedder.embed_sentences([long, long + "Bread needs salt."])
    assert np.allclose(short, longer)


def test_damaged_weights_are_an_error(tmp_path):
    """They are checked before they are used."""
    for name in ("multilingual.safetensors", "multilingual_tokenizer.json"):
        (tmp_path / name).write_bytes(b"damaged")
    (tmp_path / "manifest.json").write_text(
        json.dumps({"multilingual.safetensors": "0" * 64, "multilingual_tokenizer.json": "0" * 64})
    )
    with pytest.raises(ModelDamaged, match="Install Footnote again"):
        MultilingualEmbedder("f32", folder=tmp_path).embed_questions(["Why?"])


def test_packed_weights():
    """The first 16 weights of a block are in the low halves of its bytes."""
    nibbles = np.zeros((2, 1, 16), np.uint8)
    nibbles[1, 0, 0] = 9 | (6 << 4)
    packed: dict[str, Any] = {
        f"{WORDS}.scales": np.array([[1], [0.5]], np.float16),
        f"{WORDS}.nibbles": nibbles,
    }

    weights = unpack(packed, WORDS)
    assert weights.shape == (2, 32)
    assert weights[0].tolist() == [-8] * 32
    assert (weights[1, 0], weights[1, 16], weights[1, 1]) == (0.5, -1.0, -4.0)
    assert unpack(packed, WORDS, np.array([[1, 0, 1]])).shape == (1, 3, 32)
