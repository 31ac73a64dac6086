"""
Zip archives from other people: only regular files, below limits, and never a path outside.

Archives within an archive are files like any other; they aren't opened.
"""

import shutil
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from qa.errors import InvalidArchive

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """
    Limits on one archive.

    Args:
        max_files: Number of files.
        max_bytes: Size of all files, unpacked.
        max_ratio: Size unpacked for each byte packed, of an archive that unpacks to more than *free_bytes*.
        free_bytes: Size up to which the ratio doesn't matter.
    """

    max_files: int = 1000
    max_bytes: int = 2000 * MB
    max_ratio: int = 100
    free_bytes: int = 10 * MB


@contextmanager
def open_archive(source: Path | IO[bytes], limits: ArchiveLimits) -> Iterator[zipfile.ZipFile]:
    """
    Open an archive; nothing of it is unpacked yet.

    Raises:
        InvalidArchive: If it isn't a zip archive, is password-protected or exceeds a limit; from the block,
            too, if a file in it is damaged.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            _check(archive, limits)
            yield archive
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError) as error:
        raise InvalidArchive(f"damaged: {error}") from error


def archive_files(archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    """
    Return the regular files of an archive in order, each with its path.

    A path is relative, has no ``..`` in it, and is unique; links, hidden files, and what macOS adds are left
    out, as in an indexed folder.
    """
    found: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        path = PurePosixPath(info.filename.replace("\\", "/"))
        parts = path.parts
        if _is_folder(info) or kind not in (0, stat.S_IFREG) or not parts or path.is_absolute():
            continue
        if any(part.startswith(".") or ":" in part or not part.isprintable() for part in parts):
            continue
        if parts[0] == "__MACOSX":
            continue
        found.setdefault("/".join(parts), info)
    return list(found.items())


def unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    """Write the regular files of an archive below *folder*."""
    for name, info in archive_files(archive):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(info) as source, target.open("xb") as file:
            shutil.copyfileobj(source, file)


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith("/")  # ZipInfo.is_dir fails for an empty name


def _check(archive: zipfile.ZipFile, limits: ArchiveLimits) -> None:
    members = [info for info in archive.infolist() if not _is_folder(info)]
    # The declared sizes are enough: zipfile never reads more of a member than it declares.
    size = sum(info.file_size for info in members)
    packed = max(1, sum(info.compress_size for info in members))
    if len(members) > limits.max_files:
        raise InvalidArchive(f"{len(members):,} files; the limit is {limits.max_files:,}")
    if size > limits.max_bytes or (size > limits.free_bytes and size / packed > limits.max_ratio):
        raise InvalidArchive(f"too large: it unpacks from {packed / MB:,.1f} MB to {size / MB:,.0f} MB")
    if any(info.flag_bits & 1 for info in members):  # bit 0 marks an encrypted member
        raise InvalidArchive("password-protected")
