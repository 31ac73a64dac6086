"""
The encoder of BERT as an OpenVINO graph, built from the arrays of a weights file.

It replaces torch, transformers and a model converter, whose import takes longer than answering a question.
The model is that of *Attention Is All You Need* (arXiv:1706.03762) and *BERT* (arXiv:1810.04805).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = Mapping[str, npt.NDArray[np.float32]]
Node = Any  # a node of the graph; OpenVINO has no types for it

HEADS = 12
EPSILON = 1e-12  # of the layer norms
MASKED = np.float32(-1e9)  # added to the attention scores of padding, so that its softmax is exactly 0


def encoder(ops: Any, arrays: Arrays, ids: Node, mask: Node, types: Node | None = None) -> Node:
    """
    Return the node of the last hidden state.

    Args:
        ops: OpenVINO's operations.
        arrays: Weights, named as in ``BertModel``.
        ids: Token IDs. *Shape:* ``(batch, length)``, integer. If *arrays* has no word embeddings, those of
            the tokens instead. *Shape:* ``(batch, length, hidden)``, float32
        mask: 1 for a token, 0 for padding. *Shape:* ``(batch, length)``, integer
        types: 0 for tokens of the first text, 1 for the second; None if there is only one. *Shape:* as *ids*

    Returns:
        A node. *Shape:* ``(batch, length, hidden)``, float32
    """
    graph = _Graph(ops, arrays)
    hidden = graph.embeddings(ids, types)
    padding = graph.padding(mask)
    layers = sum(name.endswith(".intermediate.dense.bias") for name in arrays)
    for layer in range(layers):
        hidden = graph.layer(f"encoder.layer.{layer}", hidden, padding)
    return hidden


def linear(ops: Any, arrays: Arrays, name: str, node: Node) -> Node:
    """Return ``node @ weight.T + bias`` with the arrays *name*.weight and *name*.bias."""
    product = ops.matmul(node, ops.constant(arrays[f"{name}.weight"]), transpose_a=False, transpose_b=True)
    return ops.add(product, ops.constant(arrays[f"{name}.bias"]))


class _Graph:
    def __init__(self, ops: Any, arrays: Arrays) -> None:
        self.ops = ops
        self.arrays = arrays

    def embeddings(self, ids: Node, types: Node | None) -> Node:
        """Return the normalised sum of word, position and token type embeddings."""
        ops = self.ops
        length = ops.gather(ops.shape_of(ids, output_type="i32"), [1], 0)
        positions = ops.slice(self._embedding_weights("position"), [0], length, [1], [0])
        type_ids = ops.constant(np.zeros((1, 1), np.int32)) if types is None else types
        has_words = "embeddings.word_embeddings.weight" in self.arrays
        words = ops.gather(self._embedding_weights("word"), ids, 0) if has_words else ids
        total = ops.add(
            ops.add(words, positions), ops.gather(self._embedding_weights("token_type"), type_ids, 0)
        )
        return self._norm("embeddings.LayerNorm", total)

    def padding(self, mask: Node) -> Node:
        """
        Return the mask that is added to the attention scores.

        Returns:
            0 for a token, a large negative number for padding. *Shape:* ``(batch, 1, 1, length)``
        """
        ops = self.ops
        is_padding = ops.subtract(np.float32(1), ops.convert(mask, "f32"))
        return ops.unsqueeze(ops.multiply(is_padding, MASKED), [1, 2])

    def layer(self, name: str, hidden: Node, padding: Node) -> Node:
        """Return attention and feed-forward network, each with a residual connection and a layer norm."""
        ops = self.ops
        attention = self._linear(f"{name}.attention.output.dense", self._attention(name, hidden, padding))
        hidden = self._norm(f"{name}.attention.output.LayerNorm", ops.add(attention, hidden))
        # "erf" is the exact GELU, as in BERT; the tanh approximation would give other vectors.
        intermediate = ops.gelu(self._linear(f"{name}.intermediate.dense", hidden), "erf")
        output = self._linear(f"{name}.output.dense", intermediate)
        return self._norm(f"{name}.output.LayerNorm", ops.add(output, hidden))

    def _attention(self, name: str, hidden: Node, padding: Node) -> Node:
        ops = self.ops
        query, key, value = (
            self._split_heads(self._linear(f"{name}.attention.self.{part}", hidden))
            for part in ("query", "key", "value")
        )
        context = ops.scaled_dot_product_attention(query, key, value, padding)
        return ops.reshape(ops.transpose(context, [0, 2, 1, 3]), [0, 0, -1], special_zero=True)

    def _split_heads(self, node: Node) -> Node:
        """
        Split the hidden dimension into attention heads.

        Returns:
            *Shape:* ``(batch, heads, length, hidden / heads)``
        """
        ops = self.ops
        return ops.transpose(ops.reshape(node, [0, 0, HEADS, -1], special_zero=True), [0, 2, 1, 3])

    def _linear(self, name: str, node: Node) -> Node:
        return linear(self.ops, self.arrays, name, node)

    def _norm(self, name: str, node: Node) -> Node:
        ops = self.ops
        normalised = ops.mvn(node, [-1], normalize_variance=True, eps=EPSILON, eps_mode="inside_sqrt")
        scaled = ops.multiply(normalised, ops.constant(self.arrays[f"{name}.weight"]))
        return ops.add(scaled, ops.constant(self.arrays[f"{name}.bias"]))

    def _embedding_weights(self, name: str) -> Node:
        return self.ops.constant(self.arrays[f"embeddings.{name}_embeddings.weight"])
