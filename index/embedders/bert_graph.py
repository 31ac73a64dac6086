"""
BERT's encoder, written out in the operations of a graph, straight from the arrays of a weights file.

It takes the place of torch, transformers and a converter, whose import takes longer than a question's answer.
*Attention Is All You Need*, arXiv:1706.03762; *BERT*, arXiv:1810.04805.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = Mapping[str, npt.NDArray[np.float32]]
Node = Any  # a node of the graph: the library that makes them has no types

HEADS = 12
EPSILON = 1e-12  # of the layer norms
MASKED = np.float32(-1e9)  # added to the attention of padding: its share becomes exactly 0


def encoder(ops: Any, arrays: Arrays, ids: Node, mask: Node, types: Node | None = None) -> Node:
    """
    The last hidden state.

    Args:
        ops: The graph library's operations.
        arrays: Weights, named as in ``BertModel``.
        ids: Word pieces. *Shape:* ``(batch, length)``, integer
        mask: 1 for a piece, 0 for padding. *Shape:* ``(batch, length)``, integer
        types: 0 for the first text, 1 for the second; None when there is only one. *Shape:* as *ids*

    Returns:
        A node. *Shape:* ``(batch, length, hidden)``, float32
    """
    graph = _Graph(ops, arrays)
    hidden = graph.embeddings(ids, types)
    padding = graph.padding(mask)
    for layer in range(_layers(arrays)):
        hidden = graph.layer(f"encoder.layer.{layer}", hidden, padding)
    return hidden


def linear(ops: Any, arrays: Arrays, name: str, node: Node) -> Node:
    """``node @ weight.T + bias`` with the arrays *name*.weight and *name*.bias."""
    product = ops.matmul(node, ops.constant(arrays[f"{name}.weight"]), transpose_a=False, transpose_b=True)
    return ops.add(product, ops.constant(arrays[f"{name}.bias"]))


class _Graph:
    def __init__(self, ops: Any, arrays: Arrays) -> None:
        self.ops = ops
        self.arrays = arrays

    def embeddings(self, ids: Node, types: Node | None) -> Node:
        """Word, position and token type added up, then normed."""
        ops = self.ops
        length = ops.gather(ops.shape_of(ids, output_type="i32"), [1], 0)
        positions = ops.slice(self._table("position"), [0], length, [1], [0])
        kinds = ops.constant(np.zeros((1, 1), np.int32)) if types is None else types
        words = ops.gather(self._table("word"), ids, 0)
        summed = ops.add(ops.add(words, positions), ops.gather(self._table("token_type"), kinds, 0))
        return self._norm("embeddings.LayerNorm", summed)

    def padding(self, mask: Node) -> Node:
        """What is added to the attention scores. *Shape:* ``(batch, 1, 1, length)``"""
        ops = self.ops
        absent = ops.subtract(np.float32(1), ops.convert(mask, "f32"))
        return ops.unsqueeze(ops.multiply(absent, MASKED), [1, 2])

    def layer(self, name: str, hidden: Node, padding: Node) -> Node:
        """Attention, then the feed-forward net; each is added to what came in, and normed."""
        ops = self.ops
        attended = self._linear(f"{name}.attention.output.dense", self._attention(name, hidden, padding))
        hidden = self._norm(f"{name}.attention.output.LayerNorm", ops.add(attended, hidden))
        wide = ops.gelu(self._linear(f"{name}.intermediate.dense", hidden), "erf")
        return self._norm(
            f"{name}.output.LayerNorm", ops.add(self._linear(f"{name}.output.dense", wide), hidden)
        )

    def _attention(self, name: str, hidden: Node, padding: Node) -> Node:
        ops = self.ops
        query, key, value = (
            self._split(self._linear(f"{name}.attention.self.{part}", hidden))
            for part in ("query", "key", "value")
        )
        mixed = ops.scaled_dot_product_attention(query, key, value, padding)
        return ops.reshape(ops.transpose(mixed, [0, 2, 1, 3]), [0, 0, -1], special_zero=True)

    def _split(self, node: Node) -> Node:
        """(batch, length, hidden) -> (batch, heads, length, hidden / heads)."""
        ops = self.ops
        return ops.transpose(ops.reshape(node, [0, 0, HEADS, -1], special_zero=True), [0, 2, 1, 3])

    def _linear(self, name: str, node: Node) -> Node:
        return linear(self.ops, self.arrays, name, node)

    def _norm(self, name: str, node: Node) -> Node:
        ops = self.ops
        normed = ops.mvn(node, [-1], normalize_variance=True, eps=EPSILON, eps_mode="inside_sqrt")
        scaled = ops.multiply(normed, ops.constant(self.arrays[f"{name}.weight"]))
        return ops.add(scaled, ops.constant(self.arrays[f"{name}.bias"]))

    def _table(self, name: str) -> Node:
        return self.ops.constant(self.arrays[f"embeddings.{name}_embeddings.weight"])


def _layers(arrays: Arrays) -> int:
    return sum(name.endswith(".intermediate.dense.bias") for name in arrays)
