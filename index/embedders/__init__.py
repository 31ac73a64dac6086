"""The embedders; which one a setting means is decided here."""

from index.embedders.base import Embedder
from index.embedders.openvino import NAME, OpenVinoEmbedder
from index.embedders.sentence_transformers import SentenceTransformerEmbedder
from index.errors import FootnoteError


def default_embedder(precision: str = "f32", threads: int = 0) -> Embedder:
    """all-MiniLM-L6-v2 on OpenVINO, without torch."""
    return OpenVinoEmbedder(precision, threads)


def make_embedder(name: str, precision: str = "f32", threads: int = 0) -> Embedder:
    """
    The embedder a person configures.

    Args:
        name: ``all-MiniLM-L6-v2``, or the folder of a sentence-transformers model.
        precision: ``f32`` or ``bf16``; a model of one's own runs in ``f32``.
        threads: Threads of one pass; 0 for all cores.

    Raises:
        FootnoteError: If there is no such folder, or it can't run at *precision*.
    """
    if name == NAME:
        return default_embedder(precision, threads)
    if precision != "f32":
        raise FootnoteError(
            f"embedder_precision is {precision}, but the model in {name} runs in f32. Set it to f32."
        )
    return SentenceTransformerEmbedder(name, threads)
