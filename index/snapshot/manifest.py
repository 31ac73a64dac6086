"""Pure: what a snapshot says of itself, and whether it is the one the settings ask for."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from index.errors import IndexDamaged, IndexMismatch

FORMAT_VERSION = 2
"""Version of the snapshot's layout; another one means a rebuild, never a migration."""

ROLLBACK_ADVICE = "Go back one snapshot with `footnote index --rollback`"
REBUILD_ADVICE = f"{ROLLBACK_ADVICE}, or rebuild it with `footnote index FOLDER`."
"""What helps where a snapshot no longer says what it was made of."""

EXTRACTION_VERSION = 5
"""
Which text, sentences, chunks and words files give. Raised whenever the same bytes give others: then the next
``footnote index`` reads every file again, and embeds the chunks that are new.
"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """
    Everything that decides a snapshot's vectors and chunks; two snapshots of one recipe can share work.

    Args:
        embedder: The embedder's name, for people.
        fingerprint: Its weights' SHA-256 and precision.
        dimension: Length of a vector.
        chunk_tokens: Word pieces a chunk aims at.
        chunk_overlap: Word pieces a chunk repeats.
        extraction: :data:`EXTRACTION_VERSION` of the Footnote that read the files; 1 before it was kept.
    """

    embedder: str
    fingerprint: str
    dimension: int
    chunk_tokens: int
    chunk_overlap: int
    extraction: int = 1

    @property
    def is_outdated(self) -> bool:
        """Whether an earlier Footnote read the files, which the next build therefore reads again."""
        return self.extraction < EXTRACTION_VERSION


@dataclass(frozen=True, slots=True)
class File:
    """One file of a snapshot: its size in bytes and its SHA-256 in hex."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """
    What a snapshot says of itself.

    Args:
        recipe: How it was made.
        documents: Number of distinct contents.
        chunks: Number of chunks, and of rows in the vector file.
        vectors: Kind of the vector file: ``flat`` or ``fp16``.
        roots: The files and folders it was asked to hold.
        built_at: UTC, ISO 8601.
        files: Every other file in the snapshot, by its path below it.
    """

    recipe: Recipe
    documents: int
    chunks: int
    vectors: str
    roots: tuple[str, ...]
    built_at: str
    files: Mapping[str, File]

    def to_json(self) -> str:
        """As ``manifest.json`` has it: sorted keys, two spaces, a last line break."""
        content = {"footnote_snapshot": FORMAT_VERSION, **asdict(self)}
        return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """
        Read ``manifest.json``.

        Raises:
            IndexMismatch: If it is of another format version.
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


def roots_of(text: str) -> tuple[str, ...] | None:
    """What a snapshot of any format version was asked to hold; None if its manifest doesn't say."""
    try:
        roots = json.loads(text)["roots"]
    except (ValueError, TypeError, KeyError):
        return None
    known = isinstance(roots, list) and all(isinstance(root, str) for root in roots)
    return tuple(roots) if known else None


def check_recipe(found: Recipe, expected: Recipe) -> None:
    """
    Make sure that a snapshot was made as the settings say now; one of another extraction still serves.

    Raises:
        IndexMismatch: If not, naming the first difference.
    """
    for field, one, other in (
        ("embedder", found.embedder, expected.embedder),
        ("embedder's weights and precision", _short(found.fingerprint), _short(expected.fingerprint)),
        ("dimension", found.dimension, expected.dimension),
        ("chunk_tokens", found.chunk_tokens, expected.chunk_tokens),
        ("chunk_overlap", found.chunk_overlap, expected.chunk_overlap),
    ):
        if one != other:
            raise IndexMismatch(
                f"The index was made with {field} {one}, but the settings say {other}. "
                "Run `footnote index` again, or change the setting back."
            )


def _short(fingerprint: str) -> str:
    """The first digits of the weights' hash, and the precision whole."""
    weights, _, precision = fingerprint.rpartition("-")
    return f"{weights[:12]}-{precision}"
