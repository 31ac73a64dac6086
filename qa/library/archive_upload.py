"""Uploads of several files in one zip archive."""

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePath

from index import FailureCode, ParseFailure
from qa.archives import ArchiveLimits, archive_files, open_archive
from qa.errors import InvalidArchive
from qa.library.uploads import IncomingFile, RejectedUpload, UploadLimits, label_of


def is_archive(name: str) -> bool:
    """Return whether a file is an archive to unpack."""
    return PurePath(name).suffix.lower() == ".zip"


def unpacked(archive: IncomingFile, limits: UploadLimits) -> Iterator[IncomingFile | RejectedUpload]:
    """
    Yield the files of an archive, in a folder with its name, or why one or all of them can't be read.

    Each is open until the next is yielded. Archives within the archive are files like any other.
    """
    bounds = ArchiveLimits(max_files=limits.max_files, max_bytes=limits.max_total_bytes)
    folder = PurePath(archive.name).stem
    try:
        with open_archive(archive.file, bounds) as opened:
            for name, info in archive_files(opened):
                yield from _read(opened, info, f"{folder}/{name}", archive.owner)
    except InvalidArchive as error:
        yield RejectedUpload(label_of(archive.name), ParseFailure(FailureCode.INVALID_ARCHIVE, str(error)))


def _read(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, owner: str
) -> Iterator[IncomingFile | RejectedUpload]:
    # Copied first, so that a file that is damaged in the archive isn't stored in part.
    with tempfile.TemporaryFile() as file:
        try:
            with archive.open(info) as content:
                shutil.copyfileobj(content, file)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
            yield RejectedUpload(label_of(name), ParseFailure(FailureCode.DAMAGED, "in the archive"))
            return
        file.seek(0)
        yield IncomingFile(name, file, owner)
