"""Open archives (docx, pptx, xlsx and epub are ZIP files) under a limit; members never become paths."""

import io
import zipfile

from index.errors import UnreadableFile
from index.failures import FailureCode
from index.formats.types import MB, Limits

MAX_MEMBERS = 100_000
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
"""Name of the stream of a password-protected docx, xlsx or pptx, in the container of an old format."""


def open_archive(data: bytes, limits: Limits) -> zipfile.ZipFile:
    """
    Open an archive whose members add up to no more than the limit.

    Raises:
        UnreadableFile: If the data is not an archive, is encrypted, or expands past the limit.
    """
    if data.startswith(OLD_OFFICE):
        is_encrypted = ENCRYPTED_OFFICE in data
        raise UnreadableFile(FailureCode.ENCRYPTED if is_encrypted else FailureCode.OLD_OFFICE)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as error:
        raise UnreadableFile(FailureCode.DAMAGED, f"its archive can't be opened; {error}") from None
    members = archive.infolist()
    # The declared sizes are enough: zipfile never reads more of a member than it declares.
    expanded = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or expanded > limits.max_expanded_bytes:
        size = f"{expanded / MB:,.0f} MB in {len(members):,} parts"
        detail = f"{size}; the limit is {limits.max_expanded_bytes / MB:,.0f} MB"
        raise limits.exceeded(FailureCode.TOO_LARGE_UNPACKED, detail)
    if any(member.flag_bits & 1 for member in members):  # bit 0 marks an encrypted member
        raise UnreadableFile(FailureCode.ENCRYPTED)
    return archive


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """
    Return the bytes of a member.

    Raises:
        UnreadableFile: If the member is missing or damaged.
    """
    try:
        return archive.read(name)
    except KeyError:
        raise UnreadableFile(FailureCode.DAMAGED, f"its part {name!r} is missing") from None
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError) as error:
        detail = f"its part {name!r} can't be unpacked; {error}"
        raise UnreadableFile(FailureCode.DAMAGED, detail) from None
