"""
Who a browser belongs to, in a cookie it can't forge: the only door to itsdangerous.

A guest's cookie is never taken for an account's, so that one from before ``--auth`` opens nothing.
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
"""How long a cookie is good for; signed again at a visit, it lasts that much longer."""
MAX_COOKIE = 1000
"""Characters of a cookie that are looked at."""
KEY_BYTES = 32
_COOKIE_CHARACTERS = re.compile(r"[\w.-]+", re.ASCII)
"""The signs of a cookie; others would be passed over where the signature is read."""

SessionKind = Literal["guest", "account"]


class Sessions:
    """
    Signs an owner's id, and reads it again if nobody touched it.

    Args:
        key_file: Where the key lies; made at the first use, readable by its owner alone. Deleting it ends
            every session.
        kind: Of whom: ``account_id`` where passwords are asked for, otherwise ``new_guest_id``.
        clock: Seconds since the epoch.
        revoked: Ids of the accounts' sessions that were ended; None if nobody can log out.

    Raises:
        InvalidSessionKey: If the key can't be made, or isn't one.
    """

    def __init__(
        self,
        key_file: Path,
        kind: SessionKind,
        clock: Callable[[], float] = time.time,
        revoked: RevokedSessions | None = None,
    ) -> None:
        self.seconds = (ACCOUNT_DAYS if kind == "account" else GUEST_DAYS) * 24 * 3600
        """How long a cookie is good for, to be said to the browser, too."""
        self._kind = kind
        self._revoked = revoked
        self._serializer = _serializer(_key(key_file), kind, clock)

    def encode_cookie(self, owner: str, version: str = "", session: str = "") -> str:
        """
        A cookie that holds *owner*, readable by anyone: letters, digits and ``- _ .``

        Args:
            owner: Whose it is.
            version: The cookie is good only as long as :meth:`decode_cookie` is told the same.
            session: Id of an account's session that goes on; "" begins another one.
        """
        if self._kind == "guest":
            return str(self._serializer.dumps([owner, version] if version else owner))
        return str(self._serializer.dumps([owner, version, session or secrets.token_urlsafe(16)]))

    def decode_cookie(
        self, cookie: str | None, version_of: Callable[[str], str | None] = lambda owner: ""
    ) -> str | None:
        """
        The owner; None if there is no cookie, it was forged or altered, it is too old, its stamp is, or its
        session was ended.

        Args:
            cookie: As the browser sent it.
            version_of: The stamp an owner's cookie must have now: "" for one without; None if none is good.
        """
        found = self._payload(cookie)
        if found is None:
            return None
        owner, version, session = found
        if version != version_of(owner) or (self._revoked is not None and session in self._revoked):
            return None
        return owner

    def session_of(self, cookie: str | None) -> str:
        """Return the id of an account's session, also of one that was ended; "" if there is none."""
        found = self._payload(cookie)
        return found[2] if found else ""

    def end(self, cookie: str | None) -> None:
        """
        End the session that a cookie belongs to: neither it nor a renewed one is good any more.

        Raises:
            SessionsUnavailable: If that can't be written.
        """
        session = self.session_of(cookie)
        if session and self._revoked is not None:
            self._revoked.add(session, self.seconds)

    def _payload(self, cookie: str | None) -> tuple[str, str, str] | None:
        """Return owner, stamp and session of a cookie that was signed here and isn't too old."""
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


def new_guest_id() -> str:
    """The id of an owner nobody has been before."""
    return f"guest:{secrets.token_urlsafe(16)}"


def account_id(name: str) -> str:
    """The id of the owner who logged in by that name; no guest has the same."""
    return f"account:{name}"


def account_name(owner: str) -> str | None:
    """The name an owner logged in by; None of a guest."""
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
        """With the clock that was handed in."""

        def get_timestamp(self) -> int:
            return int(clock())

    return URLSafeTimedSerializer(
        key,
        salt=f"footnote {kind}",
        signer=Signer,
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
