"""
multilingual-e5-small (MIT), which compares questions and sentences in several languages.

It isn't used for the index, whose vectors are those of a smaller and faster English model: sentences of found
passages are compared when a question is asked. The weights, in 4 bits, come with Footnote
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
        inputs = [[*encoding.ids[: MAX_TOKENS - 1], END_TOKEN][: len(encoding.ids)] for encoding in encodings]
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
        names = dict.fromkeys(name.removesuffix(".scales").removesuffix(".quarters") for name in self._packed)
        # The word embeddings are the largest part and stay packed: a text needs few of them.
        arrays = {
            name: self._packed[name] if name in self._packed else unpack(self._packed, name)
            for name in names
            if name != WORDS
        }
        precision = best_precision() if self._precision == "auto" else self._precision
        return compile_model(_pooled_encoder(arrays), precision, self._threads)


def unpack(
    packed: Mapping[str, npt.NDArray[Any]], name: str, rows: npt.NDArray[np.int32] | None = None
) -> npt.NDArray[np.float32]:
    """
    Return 4-bit weights as numbers.

    Args:
        packed: For each block of 32 weights its half-precision scale in ``NAME.scales``, and in
            ``NAME.quarters`` 16 bytes: the first 16 weights in their low and the others in their high halves,
            each plus 8.
        name: Of the weights.
        rows: The rows to return, in any shape; None for all.

    Returns:
        *Shape:* that of *rows*, then the columns
    """
    chosen = slice(None) if rows is None else rows
    scales = packed[f"{name}.scales"][chosen].astype(np.float32)[..., None]
    quarters = packed[f"{name}.quarters"][chosen]
    values = np.concatenate([quarters & 15, quarters >> 4], axis=-1).astype(np.float32)
    weights = (values - 8) * scales
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
