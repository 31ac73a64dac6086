"""
User accounts of the chat: names, password hashes and administrators in ``users.toml``.

Only administrators change the library, which all accounts share. In a file of an earlier version, which names
none, the first user is the administrator.

The only module that imports argon2 and writes TOML.
"""

import contextlib
import fcntl
import hashlib
import ipaddress
import os
import re
import threading
import time
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from index.files import make_private_dir
from qa.auth.login_limiter import LoginLimiter
from qa.auth.private_files import read, write
from qa.errors import InvalidCredentials, InvalidUsersFile, PasswordsRequired

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_PASSWORD, MAX_PASSWORD = 8, 1000
"""Characters of a password."""
MAX_NAME = 128
"""Characters of a name, before and after it is normalised; a longer one is not looked up or counted."""

_NAME = re.compile(r"[\w.@+-]{1,64}")


@dataclass(slots=True)
class _Users:
    """The content of the file: hashes by name, in the order they were added, and administrators."""

    hashes: dict[str, str] = field(default_factory=dict)
    admins: set[str] = field(default_factory=set)


class Accounts:
    """
    Checks passwords; thread-safe.

    Wrong ones are counted by :class:`~qa.auth.login_limiter.LoginLimiter`. The file is read again when it has
    changed.

    Args:
        path: The ``users.toml`` file.
        clock: A monotonic clock, in seconds.
        hasher: Computes the hashes; the default has argon2's own cost parameters.

    Raises:
        InvalidUsersFile: If the file is missing, malformed or has no users; from :meth:`check` and
            :meth:`credential_version`, too.
    """

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = time.monotonic,
        hasher: "PasswordHasher | None" = None,
    ) -> None:
        self._path = path
        self._limiter = LoginLimiter(clock)
        self._hasher = hasher or _default_hasher()
        self._dummy_hash = self._hasher.hash(os.urandom(16))
        self._lock = threading.Lock()
        self._users: tuple[tuple[int, ...], _Users] | None = None
        """The version of the file that was read last, and its content."""
        if not self._hashes():
            raise InvalidUsersFile(f"{path} has no users. Run: footnote user NAME --auth {path}")

    def check(self, name: str, password: str, address: str = "") -> bool:
        """
        Return whether a password is right; a wrong one is counted.

        An unknown name takes as long as a known one. While the login is delayed, every password is refused.
        One check runs at a time: a hash takes much memory on purpose, and two checks must not share one free
        try.

        Args:
            name: As typed.
            password: As typed.
            address: The client's address.
        """
        name = _normal_or_empty(name)
        if not name:
            return False
        with self._lock:
            if self._limiter.seconds_left(address, name):
                return False
            stored = self._hashes().get(name)
            if self._verify(name, stored or self._dummy_hash, password) and stored is not None:
                self._limiter.record_success(address, name)
                return True
            self._limiter.record_failure(address, name)
            return False

    def lockout_seconds(self, name: str, address: str = "") -> float:
        """Return the seconds until a password for that name is checked again; unknown names count, too."""
        with self._lock:
            return self._limiter.seconds_left(address, _normal_or_empty(name))

    def credential_version(self, name: str) -> str | None:
        """
        Return a value that changes with the user's password; None if there is no such user.

        Sessions are bound to it. It doesn't help in guessing: it is a digest of the salted hash.
        """
        stored = self._hashes().get(name)  # without the lock, which is held while a hash is computed
        return None if stored is None else hashlib.sha256(stored.encode()).hexdigest()[:16]

    def is_admin(self, name: str) -> bool:
        """Return whether a user may change the library."""
        return name in self._current().admins

    def _verify(self, name: str, stored: str, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

        try:
            return len(password) <= MAX_PASSWORD and self._hasher.verify(stored, _password_bytes(password))
        except VerifyMismatchError:
            return False
        except (VerificationError, InvalidHashError) as error:
            raise InvalidUsersFile(
                f"{self._path} has a damaged hash for {name!r}. Run: footnote user {name}"
            ) from error

    def _hashes(self) -> Mapping[str, str]:
        return self._current().hashes

    def _current(self) -> _Users:
        with _translate_errors(self._path):
            status = self._path.stat()
            version = (status.st_mtime_ns, status.st_size, status.st_ino)
            if self._users is None or self._users[0] != version:
                self._users = (version, _read_users(self._path))
            return self._users[1]


def set_password(path: Path, name: str, password: str, hasher: "PasswordHasher | None" = None) -> None:
    """
    Add a user, or replace the password of an existing one; the first user is an administrator.

    Raises:
        InvalidCredentials: If the name or the password is not valid.
        InvalidUsersFile: If the file can't be read or written.
    """
    name = _checked_name(name)
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InvalidCredentials(
            f"The password has {len(password):,} characters, expected {MIN_PASSWORD} to {MAX_PASSWORD:,}. "
            "Choose another one."
        )
    hashed = (hasher or _default_hasher()).hash(_password_bytes(password))
    with _edit_users(path) as users:
        if not users.hashes:
            users.admins.add(name)
        users.hashes[name] = hashed


def set_admin(path: Path, name: str, admin: bool) -> None:
    """
    Make a user an administrator, or no longer one.

    Raises:
        InvalidCredentials: If there is no such user, or no other administrator.
        InvalidUsersFile: If the file can't be read or written.
    """
    name = _checked_name(name)
    with _edit_users(path) as users:
        _check_exists(users, name, path)
        if admin:
            users.admins.add(name)
        else:
            _check_not_last_admin(users, name)
            users.admins.discard(name)


def is_user(path: Path, name: str) -> bool:
    """
    Return whether there is a user with that name.

    Raises:
        InvalidUsersFile: If the file can't be read.
    """
    with _translate_errors(path):
        return path.exists() and normalise_name(name) in _read_users(path).hashes


def remove(path: Path, name: str) -> None:
    """
    Remove a user.

    Raises:
        InvalidCredentials: If there is no such user, or only others who are no administrators.
        InvalidUsersFile: If the file can't be read or written.
    """
    name = _checked_name(name)
    with _edit_users(path) as users:
        _check_exists(users, name, path)
        if len(users.hashes) > 1:
            _check_not_last_admin(users, name)
        users.hashes.pop(name)
        users.admins.discard(name)


def require_auth_for_host(host: str, auth: Path | None) -> None:
    """
    Refuse to serve other computers without user accounts.

    Raises:
        PasswordsRequired: If *host* isn't loopback and there is no *auth*.
    """
    if auth is None and not is_loopback(host):
        raise PasswordsRequired(
            f"Other computers could reach the chat on {host}, so it needs user accounts. "
            "Run: footnote user NAME, then start the chat with the --auth option that it prints"
        )


def is_loopback(host: str) -> bool:
    """Return whether an address is this computer's own; of names only ``localhost``, as none is looked up."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def normalise_name(name: str) -> str:
    """Return the name in NFKC, as it is stored: keyboards differ in how they compose letters."""
    return unicodedata.normalize("NFKC", name)


def _normal_or_empty(name: str) -> str:
    """Return a typed name in NFKC, in which one letter can become eighteen; "" if it is too long."""
    name = normalise_name(name) if len(name) <= MAX_NAME else ""
    return name if len(name) <= MAX_NAME else ""


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(normalise_name(name)):
        raise InvalidCredentials(
            f"{name[:80]!r} is not a valid user name. Use 1 to 64 letters, digits and . _ @ + -, such as ann"
        )
    return normalise_name(name)


def _check_exists(users: _Users, name: str, path: Path) -> None:
    if name not in users.hashes:
        known = ", ".join(sorted(users.hashes)) or "none"
        raise InvalidCredentials(f'There is no user "{name}" in {path}. Users: {known}')


def _check_not_last_admin(users: _Users, name: str) -> None:
    if users.admins == {name}:
        raise InvalidCredentials(
            f"{name} is the only administrator. Make somebody else one first: footnote user NAME --admin"
        )


def _password_bytes(password: str) -> bytes:
    """Return the password in NFKC, as NIST SP 800-63B 3.1.1.2 advises."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace")


def _read_users(path: Path) -> _Users:
    """Return the users; anything else in the file is an error, as it would silently do nothing."""
    try:
        content = tomllib.loads(read(path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidUsersFile(f"{path} is not valid TOML: {error}") from None
    users, admins = content.pop("users", {}), content.pop("admins", None)
    if content or not isinstance(users, dict):
        raise InvalidUsersFile(
            f"{path} contains more than admins and a table [users]. "
            "Create a new file with: footnote user NAME"
        )
    without_hash = [name for name, hashed in users.items() if not str(hashed).startswith("$argon2")]
    if without_hash:
        raise InvalidUsersFile(
            f"{path} has no argon2 hash for {without_hash[0]!r}. Run: footnote user {without_hash[0]}"
        )
    hashes = {normalise_name(name): str(hashed) for name, hashed in users.items()}
    return _Users(hashes, set(list(hashes)[:1]) if admins is None else _checked_admins(path, admins, hashes))


def _checked_admins(path: Path, admins: object, hashes: Mapping[str, str]) -> set[str]:
    names = [normalise_name(str(name)) for name in admins] if isinstance(admins, list) else None
    if names is None or not hashes.keys() >= set(names):
        raise InvalidUsersFile(
            f'{path}: admins must be a list of names of users, such as ["ann"]. Correct it in a text editor.'
        )
    return set(names)


@contextlib.contextmanager
def _edit_users(path: Path) -> Iterator[_Users]:
    """Yield the users and write them back at the end; holds a lock against other processes."""
    import tomli_w

    with _translate_errors(path), _lock(path.parent):
        users = _read_users(path) if path.exists() else _Users()
        yield users
        content = {"admins": sorted(users.admins), "users": users.hashes}
        write(path, tomli_w.dumps(content).encode())


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    make_private_dir(folder)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _translate_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise InvalidUsersFile(f"{path} doesn't exist. Run: footnote user NAME --auth {path}") from error
    except OSError as error:
        raise InvalidUsersFile(f"{path} can't be used ({error.strerror})") from error


def _default_hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()
