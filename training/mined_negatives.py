"""
Hard negatives: retrieved passages that lack the answer.

Any :class:`Retriever` can rank the passages. The default one fuses MiniLM's vectors with BM25 over a training
file's own passages, without an index on disk and with a slightly higher dense weight than Footnote's
retrieval; BM25 alone takes seconds instead of minutes.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

DENSE_WEIGHT = 0.65


class Retriever(Protocol):
    """Ranks a fixed list of passages."""

    def top(self, questions: Sequence[str], k: int) -> list[list[int]]:
        """Return the indices of the *k* best passages of each question, best first."""
        ...


class LexicalRetriever:
    """
    Ranks by BM25.

    Args:
        passages: The passages to rank.
    """

    def __init__(self, passages: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import CountVectorizer

        self._counter = CountVectorizer(stop_words="english")
        self._words = _bm25(self._counter.fit_transform(passages))

    def top(self, questions: Sequence[str], k: int) -> list[list[int]]:
        """Return the indices of the *k* best passages of each question, best first."""
        return _best(self.scores(questions), k)

    def scores(self, questions: Sequence[str]) -> NDArray[np.float32]:
        """Return the BM25 scores. *Shape:* ``(questions, passages)``."""
        return np.asarray((self._counter.transform(questions) @ self._words).toarray())


class FusedRetriever:
    """
    Ranks by the weighted sum of dense and BM25 scores, each scaled to 0..1 per question.

    Args:
        passages: The passages to rank.
    """

    def __init__(self, passages: Sequence[str]) -> None:
        from transformers import AutoModel

        from training.model import base_folder

        self._encoder = AutoModel.from_pretrained(base_folder()).eval()
        self._tokenizer = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
        self._vectors = self._embed(passages)
        self._lexical = LexicalRetriever(passages)

    def top(self, questions: Sequence[str], k: int) -> list[list[int]]:
        """Return the indices of the *k* best passages of each question, best first."""
        dense = _unit_range(self._embed(questions) @ self._vectors.T)
        lexical = _unit_range(self._lexical.scores(questions))
        return _best(DENSE_WEIGHT * dense + (1 - DENSE_WEIGHT) * lexical, k)

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors, computed in batches of similar length. *Shape:* ``(texts, dimension)``."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        vectors = np.empty((len(texts), self._encoder.config.hidden_size), dtype=np.float32)
        for start in range(0, len(order), 32):
            places = order[start : start + 32]
            vectors[places] = self._embed_batch([texts[place] for place in places])
        return vectors

    def _embed_batch(self, texts: list[str]) -> NDArray[np.float32]:
        import torch

        self._tokenizer.enable_truncation(256)
        self._tokenizer.enable_padding()
        read = self._tokenizer.encode_batch(texts)
        ids = torch.tensor([each.ids for each in read])
        mask = torch.tensor([each.attention_mask for each in read])
        with torch.inference_mode():
            hidden = self._encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return np.asarray(torch.nn.functional.normalize(mean, dim=1).numpy(), dtype=np.float32)


def _bm25(counts, k1: float = 1.2, b: float = 0.75):  # type: ignore[no-untyped-def]  # scipy has no types
    """Return the BM25 weights (words, passages) of word counts (passages, words)."""
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    holding = np.asarray((counts > 0).sum(axis=0)).ravel()
    rarity = np.log(1 + (counts.shape[0] - holding + 0.5) / (holding + 0.5))
    weights = counts.tocoo().astype(np.float32)
    rise = k1 * (1 - b + b * lengths / lengths.mean())[weights.row]
    weights.data = weights.data * (k1 + 1) / (weights.data + rise) * rarity[weights.col]
    return weights.T.tocsr()


def _best(scores: NDArray[np.float32], k: int) -> list[list[int]]:
    ranked: list[list[int]] = np.argsort(-scores, axis=1, kind="stable")[:, :k].tolist()
    return ranked


def _unit_range(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    low, high = scores.min(axis=1, keepdims=True), scores.max(axis=1, keepdims=True)
    return np.asarray((scores - low) / np.maximum(high - low, 1e-6), dtype=np.float32)


def without_answer(
    ranked: Sequence[int], passages: Sequence[str], context: str, answers: Sequence[str]
) -> list[str]:
    """
    Return the ranked passages that don't contain the answer.

    Args:
        ranked: Indices of *passages*, best first.
        passages: All passages.
        context: The whole text that the question was written on; its own pieces are left out.
        answers: Every wording of the answer; a passage that contains one is left out.
    """
    low = [answer.lower() for answer in answers]
    found = [passages[place] for place in ranked]
    return [text for text in found if text not in context and not any(word in text.lower() for word in low)]
