"""
multilingual-e5-small (MIT), which compares questions and sentences in several languages.

The index doesn't use it, because it is slower than the English embedder: it compares a question with the
sentences of the passages that were found. The weights have 4 bits and come with Footnote
(``weights/README.md``). The model is that of *Multilingual E5 Text Embeddings* (arXiv:2402.05672).
"""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.embedders.base import Vectors
from index.embedders.bert_graph import Arrays, encoder
from index.inference import (
    best_precision,
    compile_model,
    length_batches,
    load_openvino,
    load_tokenizer,
    pad_batch,
    read_verified,
    replace_surrogates,
)

DIMENSIONS = 384
MAX_TOKENS = 128
"""Maximum number of tokens of a text; sentences are shorter."""
BATCH_TOKENS = 2048
"""Maximum number of padded tokens in one pass."""
WORDS = "embeddings.word_embeddings.weight"
END_TOKEN = 2  # </s>
FOLDER = Path(__file__).parent / "weights"
_REMEDY = "Install Footnote again."


class MultilingualEmbedder:
    """
    Unit vectors of questions and of sentences; the weights are loaded with the first text.

    Args:
        precision: ``f32``, ``bf16`` on a processor that supports it, or ``auto`` for the faster one of them.
        threads: Number of threads; 0 for all cores.
        folder: Folder with the files of ``weights``.
    """

    def __init__(self, precision: str = "auto", threads: int = 0, folder: Path = FOLDER) -> None:
        self._precision = precision
        self._threads = threads
        self._folder = folder

    def embed_questions(self, questions: Sequence[str]) -> Vectors:
        """
        Return the vectors of questions.

        Returns:
            Unit-length float32 rows. *Shape:* ``(len(questions), 384)``

        Raises:
            ModelDamaged: If the weights are missing or not the expected ones.
        """
        return self._embed([f"query: {question}" for question in questions])

    def embed_sentences(self, sentences: Sequence[str]) -> Vectors:
        """
        Return the vectors of sentences, whose inner product with a question's says how well they answer it.

        The product of unrelated texts is about 0.75, that of a question and its answer about 0.9.

        Returns:
            Unit-length float32 rows. *Shape:* ``(len(sentences), 384)``

        Raises:
            ModelDamaged: If the weights are missing or not the expected ones.
        """
        return self._embed([f"passage: {sentence}" for sentence in sentences])

    def _embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), DIMENSIONS), np.float32)
        if not texts:
            return rows
        encodings = self._tokenizer.encode_batch([replace_surrogates(text) for text in texts])
        inputs = [_within_window(encoding.ids) for encoding in encodings]
        request = self._compiled.create_infer_request()
        for numbers in length_batches([len(ids) for ids in inputs], BATCH_TOKENS):
            ids, mask = pad_batch([inputs[number] for number in numbers])
            rows[numbers] = request.infer([unpack(self._packed, WORDS, ids), mask])[0]
        return rows

    @cached_property
    def _hashes(self) -> dict[str, str]:
        return dict(json.loads((self._folder / "manifest.json").read_text(encoding="utf-8")))

    def _read(self, name: str) -> bytes:
        return read_verified(self._folder / name, self._hashes[name], _REMEDY)

    @cached_property
    def _tokenizer(self) -> Any:
        return load_tokenizer(self._read("multilingual_tokenizer.json"))

    @cached_property
    def _packed(self) -> Mapping[str, npt.NDArray[Any]]:
        from safetensors.numpy import load

        return dict(load(self._read("multilingual.safetensors")))

    @cached_property
    def _compiled(self) -> Any:
        names = dict.fromkeys(name.removesuffix(".scales").removesuffix(".nibbles") for name in self._packed)
        # The word embeddings are the largest part and stay packed: a text needs few of them.
        arrays = {
            name: self._packed[name] if name in self._packed else unpack(self._packed, name)
            for name in names
            if name != WORDS
        }
        precision = best_precision() if self._precision == "auto" else self._precision
        return compile_model(_pooled_encoder(arrays), precision, self._threads)


def _within_window(ids: list[int]) -> list[int]:
    """Return token IDs without those that don't fit the window; the last one is always that of the end."""
    return ids if len(ids) <= MAX_TOKENS else [*ids[: MAX_TOKENS - 1], END_TOKEN]


def unpack(
    packed: Mapping[str, npt.NDArray[Any]], name: str, rows: npt.NDArray[np.int32] | None = None
) -> npt.NDArray[np.float32]:
    """
    Return 4-bit weights as numbers.

    Args:
        packed: Blocks of 32 weights. ``NAME.scales`` has the scale of each block, *shape* ``(rows, blocks)``,
            float16. ``NAME.nibbles`` has its weights plus 8, the first 16 in the low and the other 16 in the
            high half of each byte, *shape* ``(rows, blocks, 16)``, uint8.
        name: The name of the weights.
        rows: Numbers of the rows to return, in any shape; None for all.

    Returns:
        Float32. *Shape:* that of *rows*, then ``32 * blocks``
    """
    scales, nibbles = packed[f"{name}.scales"], packed[f"{name}.nibbles"]
    if rows is not None:
        scales, nibbles = scales[rows], nibbles[rows]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32)
    weights = (values - 8) * scales.astype(np.float32)[..., None]
    return weights.reshape(*weights.shape[:-2], -1)


def _pooled_encoder(arrays: Arrays) -> Any:
    """Return a model from word embeddings and mask to unit vectors: the output averaged over tokens."""
    library = load_openvino()
    ops = library.opset15
    words = ops.parameter([-1, -1, DIMENSIONS], np.float32, name="words")
    mask = ops.parameter([-1, -1], np.int32, name="mask")
    is_token = ops.unsqueeze(ops.convert(mask, "f32"), [2])
    total = ops.reduce_sum(ops.multiply(encoder(ops, arrays, words, mask), is_token), [1])
    return library.Model([ops.normalize_l2(total, [1], 1e-12, "max")], [words, mask])
