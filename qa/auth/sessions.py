"""
Signed session cookies; the only module that imports itsdangerous.

A guest's cookie is never accepted as an account's, so that a cookie from before ``--auth`` gives no access.
"""

import hashlib
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from qa.auth.private_files import write_if_absent
from qa.auth.revoked_sessions import RevokedSessions
from qa.errors import InvalidSessionKey

GUEST_DAYS, ACCOUNT_DAYS = 400, 30
"""Days a cookie is valid; each visit renews it."""
MAX_COOKIE = 1000
"""Characters of a cookie; a longer one is refused."""
KEY_BYTES = 32
GUEST_PREFIX = "guest:"
"""The beginning of a guest's id; earlier versions stored conversations under it."""
_COOKIE_CHARACTERS = re.compile(r"[\w.-]+", re.ASCII)
"""The characters of a cookie; base64 decoding would ignore others, so that one cookie had many spellings."""

SessionKind = Literal["guest", "account"]


class Sessions:
    """
    Encodes an owner's id as a signed cookie, and decodes it.

    Args:
        key_file: The signing key; created at the first use, readable by its owner alone. Deleting it ends
            every session.
        kind: Whether owners are accounts, who log in, or guests.
        clock: Seconds since the epoch.
        revoked: Ids of sessions that have ended; None if nobody can log out.

    Raises:
        InvalidSessionKey: If the key can't be created, or isn't valid.
    """

    def __init__(
        self,
        key_file: Path,
        kind: SessionKind,
        clock: Callable[[], float] = time.time,
        revoked: RevokedSessions | None = None,
    ) -> None:
        self.seconds = (ACCOUNT_DAYS if kind == "account" else GUEST_DAYS) * 24 * 3600
        """Seconds a cookie is valid; also its ``Max-Age``."""
        self._kind = kind
        self._revoked = revoked
        self._serializer = _serializer(_key(key_file), kind, clock)

    def encode_cookie(self, owner: str, version: str = "", session: str = "") -> str:
        """
        Return a cookie for an owner: signed but not encrypted, of letters, digits and ``- _ .`` only.

        Args:
            owner: The owner's id.
            version: The owner's credential version; the cookie is valid only while it is unchanged.
            session: Id of the session that is renewed; "" begins a new one. Guests have none.
        """
        if self._kind == "guest":
            return str(self._serializer.dumps([owner, version] if version else owner))
        return str(self._serializer.dumps([owner, version, session or secrets.token_urlsafe(16)]))

    def decode_cookie(
        self, cookie: str | None, version_of: Callable[[str], str | None] = lambda owner: ""
    ) -> str | None:
        """
        Return the owner of a cookie; None if it is missing, forged, expired, outdated or its session ended.

        Args:
            cookie: As the browser sent it.
            version_of: Returns an owner's current credential version; None refuses the owner.
        """
        found = self._payload(cookie)
        if found is None:
            return None
        owner, version, session = found
        if version != version_of(owner) or (self._revoked is not None and session in self._revoked):
            return None
        return owner

    def session_of(self, cookie: str | None) -> str:
        """Return the id of an account's session, even if it has ended; "" if there is none."""
        found = self._payload(cookie)
        return found[2] if found else ""

    def end(self, cookie: str | None) -> None:
        """
        End the session of a cookie: neither this cookie nor a renewed one is valid from now on.

        Raises:
            SessionsUnavailable: If that can't be recorded.
        """
        session = self.session_of(cookie)
        if session and self._revoked is not None:
            self._revoked.add(session, self.seconds)

    def _payload(self, cookie: str | None) -> tuple[str, str, str] | None:
        """Return owner, credential version and session of a cookie that is signed and not expired."""
        from itsdangerous import BadData

        if not cookie or len(cookie) > MAX_COOKIE or not _COOKIE_CHARACTERS.fullmatch(cookie):
            return None
        try:
            match self._serializer.loads(cookie, max_age=self.seconds):
                case str(owner) if self._kind == "guest":
                    return owner, "", ""
                case [str(owner), str(version)] if self._kind == "guest":
                    return owner, version, ""
                case [str(owner), str(version), str(session)] if self._kind == "account":
                    return owner, version, session
        except BadData:
            pass
        return None


LOCAL_OWNER = "local"
"""The owner of everything that was stored without accounts, whichever browser it was asked in."""


def new_guest_id() -> str:
    """Return a new, unguessable id for a guest's browser."""
    return f"{GUEST_PREFIX}{secrets.token_urlsafe(16)}"


def account_id(name: str) -> str:
    """Return the owner id of an account; no guest has the same."""
    return f"account:{name}"


def account_name(owner: str) -> str | None:
    """Return the account name of an owner; None without accounts."""
    kind, _, name = owner.partition(":")
    return name if kind == "account" else None


def _key(path: Path) -> bytes:
    try:
        key = write_if_absent(path, secrets.token_hex(KEY_BYTES).encode())
    except OSError as error:
        raise InvalidSessionKey(f"The session key in {path} can't be used ({error.strerror})") from error
    if len(key) < 2 * KEY_BYTES:
        raise InvalidSessionKey(f"{path} is not a session key. Delete it; everyone then has to log in again.")
    return key


def _serializer(key: bytes, kind: SessionKind, clock: Callable[[], float]) -> Any:
    from itsdangerous import TimestampSigner, URLSafeTimedSerializer

    class Signer(TimestampSigner):
        """Uses the given clock."""

        def get_timestamp(self) -> int:
            return int(clock())

    return URLSafeTimedSerializer(
        key,
        salt=f"footnote {kind}",
        signer=Signer,
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
