"""The rate limit for logins, by address and by account."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.auth import login_limiter
from qa.auth.login_limiter import LoginLimiter
from tests.fakes.clock import Clock

HERE, THERE = "192.0.2.1", "198.51.100.1"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> LoginLimiter:
    return LoginLimiter(clock)


def fail(limiter: LoginLimiter, address: str, account: str, times: int = 1) -> None:
    for _ in range(times):
        limiter.record_failure(address, account)


def test_the_fifth_failure_at_an_account_delays_its_address(limiter):
    """No other address, and no other account."""
    fail(limiter, HERE, "ann", 5)

    assert limiter.seconds_left(HERE, "ann") == 60
    assert limiter.seconds_left(THERE, "ann") == limiter.seconds_left(HERE, "bob") == 0


def test_each_further_failure_doubles_the_delay(limiter, clock):
    """Up to an hour."""
    fail(limiter, HERE, "ann", 4)
    delays = []
    for _ in range(9):
        fail(limiter, HERE, "ann")
        delays.append(limiter.seconds_left(HERE, "ann"))
        clock.now += delays[-1]

    assert delays == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_an_address_that_tries_many_accounts_is_delayed_at_all(limiter):
    """At twenty failures, one for each account."""
    for number in range(20):
        assert limiter.seconds_left(HERE, "ann") == 0
        fail(limiter, HERE, f"name {number}")

    assert limiter.seconds_left(HERE, "ann") == 60
    assert limiter.seconds_left(THERE, "ann") == 0


def test_who_has_logged_in_there_before_is_not_delayed_by_others(limiter):
    """Neither by those at the same address, nor by an attack on the account from elsewhere."""
    limiter.record_success(HERE, "ann")
    for number in range(30):
        fail(limiter, HERE, f"name {number}")
        fail(limiter, f"203.0.113.{number}", "ann")

    assert limiter.seconds_left(HERE, "ann") == 0
    assert limiter.seconds_left(HERE, "bob") > 0
    assert limiter.seconds_left(THERE, "ann") > 0
    fail(limiter, HERE, "ann", 5)
    assert limiter.seconds_left(HERE, "ann") == 60


def test_one_address_never_delays_an_account_elsewhere(limiter, clock):
    """Even if it guesses for weeks, as fast as it may."""
    for _ in range(1000):
        fail(limiter, HERE, "ann")
        clock.now += limiter.seconds_left(HERE, "ann")

    assert limiter.seconds_left(THERE, "ann") == 0


def test_many_addresses_delay_an_account_for_five_minutes(limiter):
    """Twenty of them, so that as many guesses as there are addresses don't help."""
    delays = []
    for number in range(40):
        fail(limiter, f"203.0.113.{number}", "ann")
        delays.append(limiter.seconds_left(THERE, "ann"))

    assert delays[:19] == [0] * 19
    assert delays[19:23] == [60, 120, 240, 300]
    assert limiter.seconds_left(THERE, "bob") == 0


def test_a_login_forgets_the_failures_at_its_account_alone(limiter):
    """Those of the address stay: it could log in now and then, and guess on."""
    fail(limiter, HERE, "ann", 4)
    limiter.record_success(HERE, "ann")
    fail(limiter, HERE, "ann", 4)
    assert limiter.seconds_left(HERE, "ann") == 0
    fail(limiter, HERE, "bob", 4)
    fail(limiter, HERE, "eve", 4)
    fail(limiter, HERE, "joe", 4)

    assert limiter.seconds_left(HERE, "tom") == 60


def test_failures_are_forgotten_after_a_day(limiter, clock):
    """Without a failure in between."""
    fail(limiter, HERE, "ann", 5)
    clock.now += login_limiter.FAILURE_TTL + 1
    fail(limiter, HERE, "ann", 4)

    assert limiter.seconds_left(HERE, "ann") == 0


def test_the_tables_are_bounded(limiter):
    """Inventing names and addresses doesn't fill the memory, and the newest entry is still there."""
    for number in range(login_limiter.MAX_TRACKED + 100):
        fail(limiter, f"address {number}", f"name {number}")
        limiter.record_success(f"address {number}", f"other {number}")
    fail(limiter, HERE, "ann", 5)

    assert len(limiter) == 4 * login_limiter.MAX_TRACKED
    assert limiter.seconds_left(HERE, "ann") == 60


@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("xyz"), st.booleans()), max_size=60))
def test_hyp_addresses_do_not_affect_each_other(tries):
    """Whatever is tried from A, the delay of B depends only on the tries from B."""
    both, only_b = LoginLimiter(Clock()), LoginLimiter(Clock())
    for address, account, right in tries:
        for limiter in (both, only_b) if address == "B" else (both,):
            (limiter.record_success if right else limiter.record_failure)(address, account)

    assert [both.seconds_left("B", account) for account in "xyz"] == [
        only_b.seconds_left("B", account) for account in "xyz"
    ]
