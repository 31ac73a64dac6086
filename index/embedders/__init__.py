"""The embedders, and the choice of the one that the settings name."""

from index.embedders.base import Embedder
from index.embedders.openvino import NAME, OpenVinoEmbedder
from index.embedders.sentence_transformers import SentenceTransformerEmbedder
from index.errors import FootnoteError


def make_embedder(name: str, precision: str = "f32", threads: int = 0) -> Embedder:
    """
    Return the embedder of that name.

    Args:
        name: ``all-MiniLM-L6-v2``, or the folder of a sentence-transformers model.
        precision: ``f32`` or ``bf16``; a sentence-transformers model runs in ``f32`` only.
        threads: Number of threads; 0 for all cores.

    Raises:
        FootnoteError: If there is no such folder, or it can't run at *precision*.
    """
    if name == NAME:
        return OpenVinoEmbedder(precision, threads)
    if precision != "f32":
        raise FootnoteError(
            f"embedder_precision is {precision}, but the model in {name} runs in f32. Set it to f32."
        )
    return SentenceTransformerEmbedder(name, threads)
