"""
Turns trained weights into the folder the reader is served from: OpenVINO IR with int8 weights, a manifest.

Example::

    python -m training.export reader.safetensors --name reader-2 --out qa/readers/weights

The calibration is that of the weights in use (``--calibration``); fit it anew with ``training.calibrate``.
"""

import argparse
import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch

from index.embedders.ov import openvino
from qa.readers.crossencoder import WEIGHTS
from training.model import WINDOW, Reader, base_folder, load_weights
from training.train import QUESTION

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUTS = ("start", "end", "here")
FILES = ("reader.xml", "reader.bin", "tokenizer.json")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path, help="safetensors")
    parser.add_argument("--name", required=True, help="the reader's name, for people")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--calibration", type=Path, default=WEIGHTS / "manifest.json", help="a manifest")
    options = parser.parse_args()
    calibration = json.loads(options.calibration.read_text(encoding="utf-8"))["calibration"]
    reader = Reader(base_folder()).eval()
    load_weights(reader, options.weights)
    export(reader, options.name, options.out, calibration)
    for name in FILES:
        print(f"{name}: {(options.out / name).stat().st_size:,} bytes")


def export(reader: Reader, name: str, out: Path, calibration: dict[str, float]) -> None:
    """
    Write the model, the tokenizer and the manifest that says their hashes.

    Args:
        reader: The trained network.
        name: For people.
        out: The folder; files of these names in it are replaced.
        calibration: Weights of the logistic that gives probabilities.
    """
    out.mkdir(parents=True, exist_ok=True)
    openvino().save_model(_int8(_converted(reader)), out / "reader.xml", compress_to_fp16=True)
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
    """The network as an OpenVINO model of any batch and length, its outputs named."""
    library = openvino()
    example = {name: torch.ones(2, 32, dtype=torch.long) for name in INPUTS}
    shapes = [(name, [-1, -1], library.Type.i64) for name in INPUTS]
    model = library.convert_model(reader, example_input=example, input=shapes)
    for tensor, name in zip(model.outputs, OUTPUTS, strict=True):
        tensor.get_tensor().set_names({name})
    return model


def _int8(model: Any) -> Any:
    """Weights in 8 bits; read from disk first, as a converted model shares the network's memory."""
    import nncf

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "full.xml"
        openvino().save_model(model, path, compress_to_fp16=False)
        whole = openvino().Core().read_model(path)
        return nncf.compress_weights(whole, mode=nncf.CompressWeightsMode.INT8_SYM)


if __name__ == "__main__":
    main()
