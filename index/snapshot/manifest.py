"""The manifest of a snapshot, and the check that it was built with the current settings."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from index.errors import IndexDamaged, IndexMismatch

FORMAT_VERSION = 2
"""Version of the files of a snapshot; a snapshot of another version is rebuilt, never migrated."""

ROLLBACK_ADVICE = "Go back one snapshot with `footnote index --rollback`"
REBUILD_ADVICE = f"{ROLLBACK_ADVICE}, or rebuild it with `footnote index FOLDER`."
"""Advice for a snapshot that no longer says what it was built from."""

EXTRACTION_VERSION = 11
"""
Raised whenever the same file would give another text, other sentences, other chunks or other search terms.
The next ``footnote index`` then reads every file again, and embeds the chunks that are new.
"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """
    Everything that determines the chunks and vectors of a snapshot; equal recipes can share them.

    Args:
        embedder: Display name of the embedder.
        fingerprint: SHA-256 of its weights, and its precision.
        dimension: Length of a vector.
        chunk_tokens: Target size of a chunk in tokens.
        chunk_overlap: Maximum number of tokens that neighbouring chunks share.
        extraction: The :data:`EXTRACTION_VERSION` that read the files; 1 for snapshots that don't store it.
    """

    embedder: str
    fingerprint: str
    dimension: int
    chunk_tokens: int
    chunk_overlap: int
    extraction: int = 1

    @property
    def is_outdated(self) -> bool:
        """Return whether an earlier version read the files, so that the next build reads them again."""
        return self.extraction < EXTRACTION_VERSION


@dataclass(frozen=True, slots=True)
class File:
    """One file of a snapshot: its size in bytes and its SHA-256 in hex."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """
    The content of ``manifest.json``.

    Args:
        recipe: How the snapshot was built.
        documents: Number of documents.
        chunks: Number of chunks, which is the number of rows in the vector file.
        vectors: Kind of the vector file: ``flat`` or ``fp16``.
        roots: The files and folders that were indexed.
        built_at: Time of the build in UTC, ISO 8601.
        files: Every other file of the snapshot, by its path within it.
    """

    recipe: Recipe
    documents: int
    chunks: int
    vectors: str
    roots: tuple[str, ...]
    built_at: str
    files: Mapping[str, File]

    def to_json(self) -> str:
        """Return the text of ``manifest.json``: sorted keys, two spaces, a final line break."""
        content = {"footnote_snapshot": FORMAT_VERSION, **asdict(self)}
        return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """
        Parse the text of ``manifest.json``.

        Raises:
            IndexMismatch: If it has another format version.
            IndexDamaged: If it isn't a manifest.
        """
        try:
            content = json.loads(text)
            version = content.pop("footnote_snapshot")
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise IndexDamaged("The snapshot's manifest.json is damaged. " + REBUILD_ADVICE) from error
        if version != FORMAT_VERSION:
            raise IndexMismatch(
                f"The index has format {version}, but this Footnote reads format {FORMAT_VERSION}. "
                "Run: footnote index"
            )
        try:
            content["recipe"] = Recipe(**content["recipe"])
            content["roots"] = tuple(content["roots"])
            content["files"] = {name: File(**file) for name, file in content["files"].items()}
            return cls(**content)
        except (TypeError, KeyError, AttributeError) as error:
            raise IndexDamaged("The snapshot's manifest.json lacks fields. " + REBUILD_ADVICE) from error


def parse_roots(text: str) -> tuple[str, ...] | None:
    """Return the roots in a manifest of any format version; None if it is damaged."""
    try:
        roots = json.loads(text)["roots"]
    except (ValueError, TypeError, KeyError):
        return None
    valid = isinstance(roots, list) and all(isinstance(root, str) for root in roots)
    return tuple(roots) if valid else None


def check_recipe(recipe: Recipe, expected: Recipe) -> None:
    """
    Check that a snapshot was built with the current settings.

    The extraction version may differ: a snapshot of an earlier version can still be searched.

    Raises:
        IndexMismatch: If they differ; the message names the first difference.
    """
    for field, actual, wanted in (
        ("embedder", recipe.embedder, expected.embedder),
        ("embedder's weights and precision", _shorten(recipe.fingerprint), _shorten(expected.fingerprint)),
        ("dimension", recipe.dimension, expected.dimension),
        ("chunk_tokens", recipe.chunk_tokens, expected.chunk_tokens),
        ("chunk_overlap", recipe.chunk_overlap, expected.chunk_overlap),
    ):
        if actual != wanted:
            raise IndexMismatch(
                f"The index was made with {field} {actual}, but the settings say {wanted}. "
                "Run `footnote index` again, or change the setting back."
            )


def _shorten(fingerprint: str) -> str:
    """Return the first digits of the weights' hash, and the whole precision."""
    weights, _, precision = fingerprint.rpartition("-")
    return f"{weights[:12]}-{precision}"
