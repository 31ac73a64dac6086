"""An embedder for any sentence-transformers model in a local folder; also the reference in tests."""

import hashlib
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from index.embedders.base import Vectors
from index.errors import FootnoteError
from index.inference import replace_surrogates

BATCH_SIZE = 32


class SentenceTransformerEmbedder:
    """
    A local sentence-transformers model on torch in float32; nothing is downloaded.

    Args:
        folder: The model's folder, with ``modules.json`` and weights in safetensors format.
        threads: Number of torch's threads; 0 for its default.

    Raises:
        FootnoteError: If there is no such folder, or no model in it.
    """

    def __init__(self, folder: str | Path, threads: int = 0) -> None:
        self._folder = Path(os.path.expanduser(folder))  # unlike Path.expanduser it ignores unknown users
        self._threads = threads
        if not (self._folder / "modules.json").is_file():
            raise FootnoteError(
                f"{folder} is not a sentence-transformers model (it has no modules.json). "
                "Models are not downloaded; set embedder to a folder that contains one."
            )

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._folder.resolve().name

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the weights and configuration files, and the precision."""
        combined = hashlib.sha256()
        for path in sorted(self._folder.rglob("*")):
            if path.suffix in (".safetensors", ".json", ".txt") and path.is_file():
                with path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                combined.update(f"{path.relative_to(self._folder).as_posix()} {digest}\n".encode())
        return f"{combined.hexdigest()}-f32"

    @cached_property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension())

    @cached_property
    def window(self) -> int:
        """Maximum number of tokens, without special tokens."""
        special = self._model.tokenizer.num_special_tokens_to_add(pair=False)
        return int(self._model.get_max_seq_length() or self._model.tokenizer.model_max_length) - int(special)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each whole text, without special tokens."""
        if not texts:
            return []
        clean = [replace_surrogates(text) for text in texts]
        encoded = self._model.tokenizer(clean, add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """
        Embed texts.

        Returns:
            Unit-length float32 rows, in the order of the texts. *Shape:* ``(len(texts), dimension)``
        """
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        rows: Vectors = self._model.encode(
            [replace_surrogates(text) for text in texts],
            batch_size=BATCH_SIZE,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return rows.astype(np.float32, copy=False)

    @cached_property
    def _model(self) -> Any:
        os.environ["HF_HUB_OFFLINE"] = "1"  # must be set before the first import
        import torch
        from sentence_transformers import SentenceTransformer

        if self._threads:
            torch.set_num_threads(self._threads)
        try:
            return SentenceTransformer(
                str(self._folder),
                device="cpu",
                local_files_only=True,
                model_kwargs={"use_safetensors": True, "dtype": torch.float32},
            )
        except Exception as exc:  # a damaged folder raises many kinds of error from several libraries
            reason = str(exc).splitlines()[0] if str(exc) else type(exc).__name__
            raise FootnoteError(f"The model in {self._folder} can't be loaded: {reason}") from exc
