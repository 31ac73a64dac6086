"""
Restore a reader's trainable weights from its exported folder.

Example::

    python -m training.restore_from_ir qa/answering/readers/weights --out reader.safetensors

The precision lost by rounding to 8 bits isn't restored.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from index.inference import load_openvino
from training.model import save_weights

Values = npt.NDArray[np.float32]

_LAYERS = {
    "aten::embedding/Gather": "weight",
    "aten::linear/MatMul": "weight",
    "aten::linear/Add": "bias",
    "aten::layer_norm/Multiply_1": "weight",
    "aten::layer_norm/Add": "bias",
}
"""The weight of a node's layer that is an input of the node, by the end of the node's name."""
_SMOOTHING = "nncf_smooth_quant"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder written by training.export")
    parser.add_argument("--out", type=Path, required=True, help="safetensors to write")
    options = parser.parse_args()
    weights = restored(options.folder)
    save_weights(weights, options.out)
    print(f"{options.out}: {len(weights)} weights")


def restored(folder: Path) -> dict[str, Tensor]:
    """Return the weights of an exported reader by their names in :class:`~training.model.Reader`."""
    weights: dict[str, Tensor] = {}
    for node in load_openvino().Core().read_model(folder / "reader.xml").get_ordered_ops():
        layer, _, kind = node.get_friendly_name().removeprefix("__module.").rpartition("/aten::")
        if name := _LAYERS.get(f"aten::{kind}"):
            weights[f"{layer}.{name}"] = torch.tensor(_weight(node))
    return weights


def _weight(node: Any) -> Values:
    """Return the constant input of a node, with the smoothing of the other input undone."""
    constants = [_constant(source) for source in _sources(node)[:2]]
    (values,) = [each for each in constants if each is not None]
    if node.get_type_name() == "MatMul":
        return values * _smoothing(_sources(node)[0])
    return values if node.get_type_name() == "Gather" else values.reshape(-1)


def _constant(node: Any) -> Values | None:
    """Return the value of a node of constants; None if it depends on the model's input."""
    if node.get_type_name() == "Constant":
        return np.asarray(node.get_data(), np.float32)
    if node.get_type_name() not in ("Convert", "Multiply"):
        return None
    factors = [_constant(source) for source in _sources(node)]
    known = [factor for factor in factors if factor is not None]
    return np.asarray(np.prod(np.broadcast_arrays(*known), axis=0)) if len(known) == len(factors) else None


def _smoothing(activation: Any) -> Values:
    """Return the factors that an activation was multiplied by before rounding. *Shape:* ``(units,)``."""
    while activation.get_type_name() == "FakeQuantize":
        activation = _sources(activation)[0]
    unsmoothed = np.ones(1, np.float32)
    if not activation.get_friendly_name().endswith(_SMOOTHING):
        return unsmoothed
    factors = _constant(_sources(activation)[1])
    return unsmoothed if factors is None else factors.reshape(-1)


def _sources(node: Any) -> list[Any]:
    return [each.get_source_output().get_node() for each in node.inputs()]


if __name__ == "__main__":
    main()
