"""
Average the weights of several runs, or of several checkpoints of one, that started from the same weights.

Example::

    python -m training.average run1/reader.safetensors run2/reader.safetensors --out reader.safetensors
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from training.model import save_weights


def main() -> None:
    """Run the command."""
    from safetensors.torch import load_file

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path, nargs="+", help="safetensors files")
    parser.add_argument("--out", type=Path, required=True, help="safetensors file to write")
    options = parser.parse_args()
    save_weights(averaged([load_file(path) for path in options.weights]), options.out)


def averaged(weights: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Return the mean of each weight of the first over those that have it; older readers lack a head."""
    return {
        name: torch.stack([each[name].float() for each in weights if name in each]).mean(0)
        for name in weights[0]
    }


if __name__ == "__main__":
    main()
