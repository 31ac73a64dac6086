"""
Export trained weights as the reader's folder: OpenVINO IR with int8 weights, the tokenizer and a manifest.

Example::

    python -m training.export reader.safetensors --name reader-2 --out qa/answering/readers/weights

With ``--quantize MIX`` the activations have 8 bits, too; their ranges come from a training file. The
calibration is copied from the weights in use (``--calibration``); fit it again with ``training.calibrate``.
"""

import argparse
import hashlib
import itertools
import json
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from index.inference import load_openvino
from qa.answering.readers.cross_encoder import WEIGHTS
from training.data import read_groups
from training.model import WINDOW, Reader, base_folder, load_weights
from training.train import QUESTION, Batch, Encoder, tensors

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = ("start", "end", "here", "inside")
CALIBRATED_WITH = 300  # examples
FILES = ("reader.xml", "reader.bin", "tokenizer.json")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path, help="safetensors")
    parser.add_argument("--name", required=True, help="the reader's name, for people")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--calibration", type=Path, default=WEIGHTS / "manifest.json", help="a manifest")
    parser.add_argument("--quantize", type=Path, metavar="MIX", help="training file by training.prepare")
    options = parser.parse_args()
    calibration = json.loads(options.calibration.read_text(encoding="utf-8"))["calibration"]
    reader = Reader(base_folder()).eval()
    load_weights(reader, options.weights)
    export(reader, options.name, options.out, calibration, options.quantize)
    for name in FILES:
        print(f"{name}: {(options.out / name).stat().st_size:,} bytes")


def export(
    reader: Reader, name: str, out: Path, calibration: dict[str, float], mix: Path | None = None
) -> None:
    """
    Write the model, the tokenizer and the manifest with their hashes.

    Args:
        reader: The trained network.
        name: The reader's name, for people.
        out: The folder; existing files of these names are replaced.
        calibration: Weights of the reader's calibration.
        mix: A training file that gives the ranges of 8-bit activations; None quantizes only the weights.
    """
    out.mkdir(parents=True, exist_ok=True)
    load_openvino().save_model(_int8(_converted(reader), mix), out / "reader.xml", compress_to_fp16=True)
    shutil.copyfile(base_folder() / "tokenizer.json", out / "tokenizer.json")
    manifest = {
        "name": name,
        "window": WINDOW,
        "question": QUESTION,
        "files": {file: hashlib.sha256((out / file).read_bytes()).hexdigest() for file in FILES},
        "calibration": calibration,
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _converted(reader: Reader) -> Any:
    """Return the network as an OpenVINO model of any batch and length, with named outputs."""
    library = load_openvino()
    example = {name: torch.ones(2, 32, dtype=torch.long) for name in INPUTS}
    shapes = [(name, [-1, -1], library.Type.i64) for name in INPUTS]
    model = library.convert_model(reader, example_input=example, input=shapes)
    for tensor, name in zip(model.outputs, OUTPUTS, strict=True):
        tensor.get_tensor().set_names({name})
    return model


def _int8(model: Any, mix: Path | None) -> Any:
    """Return the model with 8-bit weights, reread from disk because it shares the network's memory."""
    import nncf

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "full.xml"
        load_openvino().save_model(model, path, compress_to_fp16=False)
        whole = load_openvino().Core().read_model(path)
        if mix is None:
            return nncf.compress_weights(whole, mode=nncf.CompressWeightsMode.INT8_SYM)
        examples = nncf.Dataset(list(_batches(mix)))
        kind = nncf.ModelType.TRANSFORMER
        return nncf.quantize(whole, examples, model_type=kind, preset=nncf.QuantizationPreset.MIXED)


def _batches(mix: Path) -> Iterator[dict[str, Any]]:
    """Yield training examples as the network's inputs, one at a time."""
    encoder = Encoder(Tokenizer.from_file(str(base_folder() / "tokenizer.json")), random.Random(0))
    for group in itertools.islice(read_groups(mix), CALIBRATED_WITH):
        rows = encoder.group(group)[:1]
        yield {name: array.numpy() for name, array in tensors(Batch(len(rows[0].pieces), [rows])).items()}


if __name__ == "__main__":
    main()
