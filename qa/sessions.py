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

from qa.errors import BadSessionKey
from qa.private import put_first

GUEST_DAYS, ACCOUNT_DAYS = 400, 30
"""How long a cookie is good for; signed again at a visit, it lasts that much longer."""
LONGEST = 1000
"""Characters of a cookie that are looked at."""
KEY_BYTES = 32
_SIGNED = re.compile(r"[\w.-]+", re.ASCII)
"""The signs of a cookie; others would be passed over where the signature is read."""

Kind = Literal["guest", "account"]


class Sessions:
    """
    Signs an owner's id, and reads it again if nobody touched it.

    Args:
        key_file: Where the key lies; made at the first use, readable by its owner alone. Deleting it ends
            every session.
        kind: Of whom: ``account`` where passwords are asked for, otherwise ``guest``.
        clock: Seconds since the epoch.

    Raises:
        BadSessionKey: If the key can't be made, or isn't one.
    """

    def __init__(self, key_file: Path, kind: Kind, clock: Callable[[], float] = time.time) -> None:
        self.seconds = (ACCOUNT_DAYS if kind == "account" else GUEST_DAYS) * 24 * 3600
        """How long a cookie is good for, to be said to the browser, too."""
        self._serializer = _serializer(_key(key_file), kind, clock)

    def sign(self, owner: str, stamp: str = "") -> str:
        """
        A cookie that holds *owner*, readable by anyone: letters, digits and ``- _ .``

        With a *stamp* it is good only as long as :meth:`read` is told the same.
        """
        return str(self._serializer.dumps([owner, stamp] if stamp else owner))

    def read(
        self, cookie: str | None, stamp_of: Callable[[str], str | None] = lambda owner: ""
    ) -> str | None:
        """
        The owner; None if there is no cookie, it was forged or altered, it is too old, or its stamp is.

        Args:
            cookie: As the browser sent it.
            stamp_of: The stamp an owner's cookie must have now: "" for one without; None if none is good.
        """
        from itsdangerous import BadData

        if not cookie or len(cookie) > LONGEST or not _SIGNED.fullmatch(cookie):
            return None
        try:
            signed = self._serializer.loads(cookie, max_age=self.seconds)
        except BadData:
            return None
        owner, stamp = signed if isinstance(signed, list) else (signed, "")
        return owner if isinstance(owner, str) and stamp == stamp_of(owner) else None


def guest() -> str:
    """The id of an owner nobody has been before."""
    return f"guest:{secrets.token_urlsafe(16)}"


def account(name: str) -> str:
    """The id of the owner who logged in by that name; no guest has the same."""
    return f"account:{name}"


def name_of(owner: str) -> str | None:
    """The name an owner logged in by; None of a guest."""
    kind, _, name = owner.partition(":")
    return name if kind == "account" else None


def _key(path: Path) -> bytes:
    try:
        key = put_first(path, secrets.token_hex(KEY_BYTES).encode())
    except OSError as error:
        raise BadSessionKey(f"the key of the sessions in {path} can't be used ({error.strerror})") from error
    if len(key) < 2 * KEY_BYTES:
        raise BadSessionKey(f"{path} holds no key of the sessions; delete it, and everybody logs in again")
    return key


def _serializer(key: bytes, kind: Kind, clock: Callable[[], float]) -> Any:
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
