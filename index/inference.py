"""
Run models on OpenVINO: loading, batching, padding and tokenising.

No other module imports OpenVINO.
"""

import hashlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import FootnoteError, ModelDamaged

CLS_TOKEN, SEP_TOKEN = 101, 102  # [CLS] and [SEP] in BERT's vocabulary
LENGTH_STEP = 16
"""Padded lengths are multiples of this, because OpenVINO compiles the model again for each new shape."""

Tokens = npt.NDArray[np.int32]


def load_openvino() -> Any:
    """Import OpenVINO without its telemetry, which would write to the home directory and use the network."""
    # A module that is None in sys.modules can't be imported; OpenVINO then works without telemetry.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def compile_model(model: Any, precision: str, threads: int, streams: int = 1) -> Any:
    """
    Compile a model for the processor.

    Args:
        model: A graph, or the path of one.
        precision: ``f32`` or ``bf16``; the processor's own preference is ignored.
        threads: Number of threads of all streams together; 0 for all cores.
        streams: Number of passes that can run at the same time.

    Raises:
        FootnoteError: If the processor doesn't support the precision.
    """
    core = load_openvino().Core()
    supported = _capabilities(core)
    if precision not in ("f32", "bf16") or (precision == "bf16" and "BF16" not in supported):
        raise FootnoteError(
            f"precision is {precision}, but this processor only supports {', '.join(supported)}. "
            "Set it to f32."
        )
    hints = {
        "INFERENCE_PRECISION_HINT": precision,
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,  # by default some processors round activations to 8 bits
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": streams,
    }
    return core.compile_model(model, "CPU", hints)


def best_precision() -> str:
    """Return ``bf16`` if the processor supports it, where it is about twice as fast; otherwise ``f32``."""
    return "bf16" if "BF16" in _capabilities(load_openvino().Core()) else "f32"


def _capabilities(core: Any) -> list[str]:
    return list(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))


def read_verified(path: Path, digest: str, remedy: str) -> bytes:
    """
    Return the content of a file whose SHA-256 is known.

    Args:
        path: The file.
        digest: Its SHA-256 in hex.
        remedy: The sentence that says how to restore the file, for the error message.

    Raises:
        ModelDamaged: If the file can't be read or has another hash.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise ModelDamaged(f"{path} can't be read ({exc.strerror}). {remedy}") from exc
    actual = hashlib.sha256(data).hexdigest()
    if actual != digest:
        raise ModelDamaged(f"{path} has sha256 {actual[:12]}…, expected {digest[:12]}…. {remedy}")
    return data


def load_tokenizer(data: bytes) -> Any:
    """Return the tokenizer of a ``tokenizer.json``, without its truncation and padding."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_buffer(data)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def replace_surrogates(text: str) -> str:
    """Replace each lone surrogate, which tokenizers reject, by a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def length_batches(lengths: Sequence[int], max_tokens: int) -> Iterator[list[int]]:
    """
    Yield batches of inputs of similar length, shortest first, so that little of each batch is padding.

    Args:
        lengths: Number of tokens of each input.
        max_tokens: Maximum number of tokens in a padded batch; a longer input is a batch of its own.

    Yields:
        Positions in *lengths*.
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
    """Return *length* rounded up to a multiple of the length step."""
    return -(-length // LENGTH_STEP) * LENGTH_STEP


def pad_batch(rows: Sequence[Sequence[int]], min_length: int = 0) -> tuple[Tokens, Tokens]:
    """
    Pad rows of token IDs with zeros to one length.

    Args:
        rows: Token IDs of each input.
        min_length: Minimum length of the result.

    Returns:
        The padded rows, and a mask with 1 for tokens and 0 for padding. *Shape:* ``(rows, length)`` each
    """
    width = round_up_length(max(min_length, *map(len, rows)))
    ids = np.zeros((len(rows), width), np.int32)
    mask = np.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask
