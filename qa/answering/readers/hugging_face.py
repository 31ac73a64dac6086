"""
A reader for any extractive question-answering model of Hugging Face in a local folder.

The model is converted to OpenVINO once; torch and transformers are only imported for that. A question and a
passage are encoded together by the model's own tokenizer, and the logits of the first token stand for "no
answer", as in models that were trained on SQuAD 2.0.
"""

import hashlib
import json
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import FootnoteError
from index.inference import (
    best_precision,
    compile_model,
    length_batches,
    load_openvino,
    read_verified,
    replace_surrogates,
    round_up_length,
)
from qa.answering.readers.base import PassageReading
from qa.answering.readers.calibration import Calibration, CalibrationFeatures
from qa.answering.readers.scoring import (
    PassageScores,
    WindowOutput,
    calibration_features,
    merge_windows,
    to_reading,
)
from qa.answering.readers.span_decoding import ScoredSpan, best_spans
from qa.records import Passage

FORMAT = "1"
"""Version of the converted files; another version is converted again."""
WINDOW = 384
"""Maximum number of tokens of question and passage: the length at which such models are usually trained."""
MAX_QUESTION = 64
"""Maximum number of tokens of a question."""
MAX_SPANS = 8
"""Maximum number of short spans of each window."""
BATCH_TOKENS = 1024
DEFAULT_CALIBRATION = Calibration(bias=0.0, margin=0.5, here=0.0, similarity=0.0)
"""
For a model that ``footnote eval calibrate`` has not seen.

A span as likely as "no answer" gets a probability of one half. A margin is the sum of two logits, so that
half of it is on the scale of one.
"""
_SOURCES = ("config.json", "*.safetensors", "*.safetensors.index.json", "tokenizer*", "vocab*", "merges.txt")
"""Files of the folder that decide what the model computes."""
_FILES = ("reader.xml", "reader.bin", "tokenizer.json")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConvertedModel:
    """
    The manifest of a converted model.

    Args:
        inputs: Names of the model's inputs, in order.
        window: Maximum number of tokens of question and passage, special tokens included.
        padding: Token that fills shorter rows.
        files: SHA-256 of each file, in hex.
    """

    inputs: tuple[str, ...]
    window: int
    padding: int
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Window:
    """One window of one passage, as the tokenizer encoded it with the question."""

    passage: int
    encoding: Any
    first: int  # the passage's first token
    end: int  # one past its last


class HuggingFaceReader:
    """
    Reads with a ``AutoModelForQuestionAnswering`` model (BERT, RoBERTa, DeBERTa, ModernBERT and others).

    Args:
        folder: The model's folder: ``config.json``, weights in safetensors format, and its tokenizer.
        cache_dir: Folder of the converted models.
        calibration_dir: Folder of the calibrations that :meth:`write_calibration` wrote.
        precision: ``f32``, ``bf16`` on a processor that has it, or ``auto``: the faster of the two.
        threads: Threads of one pass; 0 means all cores.

    Raises:
        FootnoteError: If there is no such folder, or no model in it.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        cache_dir: Path,
        calibration_dir: Path,
        precision: str = "f32",
        threads: int = 0,
    ) -> None:
        self._folder = Path(os.path.expanduser(folder))  # unlike Path.expanduser it ignores unknown users
        self._cache_dir = cache_dir
        self._calibration_dir = calibration_dir
        self._precision = precision
        self._threads = threads
        if not (self._folder / "config.json").is_file() or not list(self._folder.glob("*.safetensors")):
            raise FootnoteError(
                f"{folder} is not a question-answering model (config.json or *.safetensors is missing). "
                "Models are not downloaded; set reader to a folder that contains one."
            )

    @property
    def name(self) -> str:
        """Return the folder's name."""
        return self._folder.resolve().name

    @cached_property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the model's files, in hex."""
        combined = hashlib.sha256(FORMAT.encode())
        for path in sorted({path for pattern in _SOURCES for path in self._folder.glob(pattern)}):
            with path.open("rb") as file:
                combined.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
        return combined.hexdigest()

    def read(self, question: str, passages: Sequence[Passage]) -> list[PassageReading]:
        """
        Read every passage, of any length.

        Raises:
            FootnoteError: If the model can't be converted, or the processor lacks the precision.
        """
        read = self.score(question, passages)
        features = self.scores(question, read)
        return [
            to_reading(scored, of_passage, self._calibration)
            for scored, of_passage in zip(read, features, strict=True)
        ]

    def score(self, question: str, passages: Sequence[Passage]) -> list[PassageScores]:
        """Return the raw scores of passages; a passage's has-answer logit is its best margin."""
        rows = list(self._windows(question, passages))
        outputs: dict[int, list[WindowOutput]] = {number: [] for number in range(len(passages))}
        request = self._compiled.create_infer_request()
        decoded: dict[int, WindowOutput] = {}
        for numbers in length_batches([len(row.encoding.ids) for row in rows], BATCH_TOKENS):
            decoded |= self._infer(request, {number: rows[number] for number in numbers})
        for number, row in enumerate(rows):
            outputs[row.passage].append(decoded[number])
        return [
            merge_windows(passage, outputs[number]) if outputs[number] else PassageScores(passage, -50.0, ())
            for number, passage in enumerate(passages)
        ]

    def scores(self, question: str, read: Sequence[PassageScores]) -> list[list[CalibrationFeatures]]:
        """Return the calibration features of each candidate of passages that were read together."""
        return calibration_features(question, read)

    def write_calibration(self, calibration: Calibration) -> Path:
        """Store the calibration of this model, which every later reader of the model uses."""
        from dataclasses import asdict

        path = self._calibration_path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(calibration), indent=2) + "\n", encoding="utf-8")
        self.__dict__.pop("_calibration", None)
        return path

    def _windows(self, question: str, passages: Sequence[Passage]) -> Iterator[_Window]:
        tokenizer = self._tokenizer
        question = self._cut(replace_surrogates(question))
        texts = [replace_surrogates(passage.text) for passage in passages]
        pairs = [(question, text) for text in texts]
        for number, encoded in enumerate(tokenizer.encode_batch(pairs)):
            for encoding in (encoded, *encoded.overflowing):
                places = [at for at, sequence in enumerate(encoding.sequence_ids) if sequence == 1]
                if places:
                    yield _Window(number, encoding, places[0], places[-1] + 1)

    def _cut(self, question: str) -> str:
        """Return a question without what is behind the maximum number of tokens."""
        limit = min(MAX_QUESTION, self._model.window // 3)
        offsets = self._question_tokenizer.encode(question, add_special_tokens=False).offsets
        return question if len(offsets) <= limit else question[: offsets[limit - 1][1]]

    def _infer(self, request: Any, rows: dict[int, _Window]) -> dict[int, WindowOutput]:
        """Run the model over one batch and return each window's output by its number."""
        width = round_up_length(max(len(row.encoding.ids) for row in rows.values()))
        arrays = {name: np.zeros((len(rows), width), np.int64) for name in self._model.inputs}
        arrays["input_ids"][:] = self._model.padding
        for at, row in enumerate(rows.values()):
            values = {
                "input_ids": row.encoding.ids,
                "attention_mask": row.encoding.attention_mask,
                "token_type_ids": row.encoding.type_ids,
            }
            for name, array in arrays.items():
                array[at, : len(row.encoding.ids)] = values[name]
        output = request.infer(list(arrays.values()))
        starts, ends = output["start"], output["end"]
        return {number: _decode(row, starts[at], ends[at]) for at, (number, row) in enumerate(rows.items())}

    @property
    def _calibration_path(self) -> Path:
        return self._calibration_dir / f"{self.fingerprint[:16]}.json"

    @property
    def calibration(self) -> Calibration:
        """Return the calibration in use."""
        return self._calibration

    @cached_property
    def _calibration(self) -> Calibration:
        try:
            return Calibration(**json.loads(self._calibration_path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return DEFAULT_CALIBRATION
        except (OSError, ValueError, TypeError) as error:
            raise FootnoteError(
                f"{self._calibration_path} can't be read. Delete it and calibrate again."
            ) from error

    @cached_property
    def _converted_dir(self) -> Path:
        folder = self._cache_dir / self.fingerprint[:16]
        if not (folder / "manifest.json").is_file():
            _log.warning("Converting the reader in %s. This is done once.", self._folder)
            convert(self._folder, folder)
        return folder

    @cached_property
    def _model(self) -> ConvertedModel:
        manifest = json.loads((self._converted_dir / "manifest.json").read_text(encoding="utf-8"))
        return ConvertedModel(**manifest | {"inputs": tuple(manifest["inputs"])})

    @cached_property
    def _question_tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_buffer(self._read("tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_buffer(self._read("tokenizer.json"))
        # A long passage is read in windows that share a quarter of their tokens.
        tokenizer.enable_truncation(
            self._model.window, stride=self._model.window // 3, strategy="only_second"
        )
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _compiled(self) -> Any:
        library = load_openvino()
        weights = library.Tensor(np.frombuffer(self._read("reader.bin"), np.uint8))
        precision = best_precision() if self._precision == "auto" else self._precision
        graph = library.Core().read_model(self._read("reader.xml"), weights)
        return compile_model(graph, precision, self._threads)

    def _read(self, name: str) -> bytes:
        remedy = f"Delete the folder {self._converted_dir}; the reader is then converted again."
        return read_verified(self._converted_dir / name, self._model.files.get(name, ""), remedy)


def _decode(row: _Window, starts: Any, ends: Any) -> WindowOutput:
    """Return one window's output in characters of the passage, with margins over "no answer"."""
    no_answer = float(starts[0] + ends[0])
    inside = slice(row.first, row.end)
    offsets = row.encoding.offsets[inside]
    spans = [
        ScoredSpan(offsets[span.start][0], offsets[span.end - 1][1], span.score - no_answer)
        for span in best_spans(starts[inside], ends[inside], MAX_SPANS)
    ]
    # Tokens without characters, such as a lone byte of an emoji, can't be cited.
    spans = [span for span in spans if span.start < span.end]
    return WindowOutput(
        spans,
        np.array([start for start, _ in offsets], np.int64),
        np.zeros(len(offsets), np.float32),
        max((span.score for span in spans), default=-50.0),
    )


def convert(source: Path, target: Path) -> None:
    """
    Convert a model to OpenVINO, atomically.

    Nothing is unpickled and no code of the folder is run.

    Args:
        source: Folder of the model.
        target: The folder to write; it isn't there after an error.

    Raises:
        FootnoteError: If the folder holds no extractive question-answering model that can be converted.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the tracer, about each branch in the model's code
            _convert_into(source, part)
        part.rename(target)
    except FootnoteError:
        raise
    except OSError as error:
        if not target.is_dir():  # otherwise another process was faster
            raise FootnoteError(f"The reader in {source} can't be converted: {error.strerror}.") from error
    except Exception as error:
        # transformers, torch and OpenVINO raise errors of every kind for a model that they can't load.
        reason = str(error).strip().partition("\n")[0]
        raise FootnoteError(f"The reader in {source} can't be converted: {reason}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _convert_into(source: Path, target: Path) -> None:
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar, set_verbosity_error

    disable_progress_bar()  # type: ignore[no-untyped-call]
    set_verbosity_error()  # type: ignore[no-untyped-call]
    options = {"local_files_only": True, "trust_remote_code": False}
    model, report = AutoModelForQuestionAnswering.from_pretrained(
        source, use_safetensors=True, output_loading_info=True, dtype=torch.float32, **options
    )
    if missing := [name for name in report["missing_keys"] if name.startswith("qa_outputs")]:
        raise FootnoteError(
            f"{source} is not a question-answering model ({', '.join(sorted(missing))} is missing). "
            "Set reader to a model that was trained to find answers."
        )
    tokenizer = AutoTokenizer.from_pretrained(source, use_fast=True, **options)
    tokenizer.backend_tokenizer.save(str(target / "tokenizer.json"))
    types = getattr(model.config, "type_vocab_size", 0) > 1
    inputs = ("input_ids", "attention_mask", *(["token_type_ids"] if types else []))
    library = load_openvino()
    graph = library.convert_model(
        _span_logits(model, inputs),
        example_input=tuple(torch.ones(2, 16, dtype=torch.long) for _ in inputs),
        input=[([-1, -1], library.Type.i64)] * len(inputs),
    )
    for tensor, name in zip(graph.outputs, ("start", "end"), strict=True):
        tensor.get_tensor().set_names({name})
    library.save_model(graph, target / "reader.xml", compress_to_fp16=False)
    # RoBERTa's positions begin behind its padding token, so that it has fewer of them than it says.
    positions = getattr(model.config, "max_position_embeddings", WINDOW) - 2
    padding = model.config.pad_token_id or 0
    manifest = {
        "inputs": inputs,
        "window": min(WINDOW, positions, tokenizer.model_max_length),
        "padding": padding,
        "files": {name: hashlib.sha256((target / name).read_bytes()).hexdigest() for name in _FILES},
    }
    (target / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _span_logits(model: Any, inputs: Sequence[str]) -> Any:
    """Return a module from the inputs, by position, to start and end logits."""
    import torch

    class SpanLogits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model.eval()

        def forward(self, *arrays: Any) -> tuple[Any, Any]:
            output = self.model(**dict(zip(inputs, arrays, strict=True)))
            return output.start_logits, output.end_logits

    return SpanLogits()
