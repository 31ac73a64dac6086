"""
Run models on OpenVINO: loading, batching, padding and tokenising. The only module that
imports OpenVINO.
"""

import hashlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import FootnoteError, ModelDamaged

CLS_TOKEN, SEP_TOKEN = 101, 102  # [CLS], [SEP]
LENGTH_STEP = 16  # padded lengths are multiples of it: each new shape costs a compilation

Pieces = npt.NDArray[np.int32]


def load_openvino() -> Any:
    """The library, kept from writing to the home folder and from calling out, which importing it would do."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None makes its import fail
    import openvino

    return openvino


def compile_model(model: Any, precision: str, threads: int, streams: int = 1) -> Any:
    """
    *model*, a graph or the path of one, made ready to run at *precision*: never what the processor prefers.

    *streams* passes can be under way at once, and share the *threads*.

    Raises:
        FootnoteError: If the processor lacks the precision.
    """
    core = load_openvino().Core()
    able = _capabilities(core)
    if precision not in ("f32", "bf16") or (precision == "bf16" and "BF16" not in able):
        raise FootnoteError(
            f"precision is {precision}, but this processor only supports {', '.join(able)}. Set it to f32."
        )
    hints = {
        "INFERENCE_PRECISION_HINT": precision,
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,  # by default some processors round activations to 8 bits
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": streams,
    }
    return core.compile_model(model, "CPU", hints)


def best_precision() -> str:
    """``bf16`` on a processor that computes in it, which is about twice as fast there, otherwise ``f32``."""
    return "bf16" if "BF16" in _capabilities(load_openvino().Core()) else "f32"


def _capabilities(core: Any) -> list[str]:
    return list(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))


def read_verified(path: Path, digest: str, remedy: str) -> bytes:
    """
    The bytes of *path*, if their SHA-256 is *digest*.

    Raises:
        ModelDamaged: If it can't be read, or is another file; *remedy* is what to type.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise ModelDamaged(f"{path} can't be read ({exc.strerror}). Run: {remedy}") from exc
    found = hashlib.sha256(data).hexdigest()
    if found != digest:
        raise ModelDamaged(f"{path} has sha256 {found[:12]}…, expected {digest[:12]}…. Run: {remedy}")
    return data


def load_tokenizer(data: bytes) -> Any:
    """The tokenizer a ``tokenizer.json`` describes, cutting and padding nothing."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_buffer(data)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def replace_surrogates(text: str) -> str:
    """*text* with each lone surrogate, which no tokenizer takes, replaced by one question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def length_batches(lengths: Sequence[int], max_tokens: int) -> Iterator[list[int]]:
    """
    The numbers of *lengths* in batches of like length, shortest first, each of at most *max_tokens* once
    padded.

    One that is longer than *max_tokens* alone is a batch of its own.
    """
    batch: list[int] = []
    for number in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and round_up_length(lengths[number]) * (len(batch) + 1) > max_tokens:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def round_up_length(length: int) -> int:
    """*length* rounded up to the next step."""
    return -(-length // LENGTH_STEP) * LENGTH_STEP


def pad_batch(rows: Sequence[Sequence[int]], min_length: int = 0) -> tuple[Pieces, Pieces]:
    """
    Rows and mask: the rows filled up with zeros, and 1 where they weren't. *Shape:* ``(rows, length)``.

    Args:
        rows: Word pieces.
        min_length: The length is at least that.
    """
    width = round_up_length(max(min_length, *map(len, rows)))
    ids = np.zeros((len(rows), width), np.int32)
    mask = np.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask
