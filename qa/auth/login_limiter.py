"""
Rate limit for logins: failures by address and by account, in tables of bounded size.

A failure from one address never delays another address. An account counts the addresses that failed, so that
only an attack from many addresses slows its login down, and not for addresses that have logged in before.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

FIRST_DELAY = 60.0
"""Seconds after the last free try; each further failure doubles them."""
MAX_DELAY = 3600.0
MAX_ACCOUNT_DELAY = 300.0
"""Seconds for an account at unknown addresses; shorter, since its owner may be at one of them."""
FREE_TRIES = 5
"""Failures of one address at one account; with the last of them the delays begin."""
FREE_ADDRESS_TRIES = 20
"""Failures of one address at all accounts together; several people may share an address."""
FREE_ACCOUNT_TRIES = 20
"""Addresses that failed at one account."""
FAILURE_TTL = 24 * 3600.0
"""Seconds without a failure after which earlier ones no longer count."""
MAX_TRACKED = 10_000
"""Entries of each table; when it is full, the least recently used one is dropped."""


@dataclass(frozen=True, slots=True)
class FailedLogins:
    """
    Failures in a row.

    Args:
        count: Number of failures.
        last_at: Time of the last one, in seconds of the clock.
        delayed_until: End of the delay, in seconds of the clock.
    """

    count: int = 0
    last_at: float = 0.0
    delayed_until: float = 0.0


class FailureTable(Generic[Key]):
    """
    Failures by key, with an exponential delay once the free tries are used up.

    Args:
        free_tries: The failure with this number is the first to cause a delay.
        max_delay: Upper bound of the delay, in seconds.
    """

    def __init__(self, free_tries: int, max_delay: float = MAX_DELAY) -> None:
        self._free_tries = free_tries
        self._max_delay = max_delay
        self._failures: OrderedDict[Key, FailedLogins] = OrderedDict()

    def __len__(self) -> int:
        """Return how many keys are in the table."""
        return len(self._failures)

    def count(self, key: Key, now: float) -> int:
        """Return the number of failures that still count."""
        found = self._failures.get(key)
        return 0 if found is None or now - found.last_at > FAILURE_TTL else found.count

    def seconds_left(self, key: Key, now: float) -> float:
        """Return the remaining delay in seconds; 0 if there is none."""
        found = self._failures.get(key)
        return 0.0 if found is None else max(0.0, found.delayed_until - now)

    def add(self, key: Key, now: float) -> None:
        """Count a failure."""
        number = self.count(key, now) + 1
        doublings = number - self._free_tries
        # The bound of 16 keeps the power finite; the delay is at its maximum long before.
        delay = min(FIRST_DELAY * 2.0 ** min(doublings, 16), self._max_delay) if doublings >= 0 else 0.0
        self._failures[key] = FailedLogins(number, now, now + delay)
        self._failures.move_to_end(key)
        if len(self._failures) > MAX_TRACKED:
            self._failures.popitem(last=False)

    def clear(self, key: Key) -> None:
        """Forget the failures of one key."""
        self._failures.pop(key, None)


class LoginLimiter:
    """
    Decides whether a login may be tried; not thread-safe.

    Failures are held in memory only: anyone who can restart the chat needs no password.

    Args:
        clock: A monotonic clock, in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._by_pair: FailureTable[tuple[str, str]] = FailureTable(FREE_TRIES)
        self._by_address: FailureTable[str] = FailureTable(FREE_ADDRESS_TRIES)
        self._by_account: FailureTable[str] = FailureTable(FREE_ACCOUNT_TRIES, MAX_ACCOUNT_DELAY)
        self._known_pairs: OrderedDict[tuple[str, str], None] = OrderedDict()
        """Pairs of address and account that have logged in; the least recent one is first."""

    def __len__(self) -> int:
        """Return how many entries all tables have together."""
        return len(self._by_pair) + len(self._by_address) + len(self._by_account) + len(self._known_pairs)

    def seconds_left(self, address: str, account: str) -> float:
        """Return the seconds until a password for that account is checked from that address; 0 if now."""
        now, pair = self._clock(), (address, account)
        own = self._by_pair.seconds_left(pair, now)
        if pair in self._known_pairs:
            return own
        of_all = (self._by_address.seconds_left(address, now), self._by_account.seconds_left(account, now))
        return max(own, *of_all)

    def record_failure(self, address: str, account: str) -> None:
        """Count a wrong password."""
        now, pair = self._clock(), (address, account)
        if not self._by_pair.count(pair, now):
            self._by_account.add(account, now)
        self._by_pair.add(pair, now)
        self._by_address.add(address, now)

    def record_success(self, address: str, account: str) -> None:
        """Clear the failures of the pair; those of the address stay, as it may be guessing other accounts."""
        pair = (address, account)
        self._by_pair.clear(pair)
        self._known_pairs[pair] = None
        self._known_pairs.move_to_end(pair)
        if len(self._known_pairs) > MAX_TRACKED:
            self._known_pairs.popitem(last=False)
