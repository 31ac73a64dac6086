"""User accounts: logging in, the limit on guesses, and the users file."""

import os
import stat
import threading
import tomllib
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from qa.auth import accounts
from qa.auth.accounts import (
    Accounts,
    is_loopback,
    is_user,
    remove,
    require_auth_for_host,
    set_admin,
    set_password,
)
from qa.errors import InvalidCredentials, InvalidUsersFile, PasswordsRequired
from tests.fakes.clock import Clock

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
WORD = "correct horse"


class CountingHasher(PasswordHasher):
    """A cheap hasher that counts verifications and records their parameters."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 (argon2's name)
        self.verified.append(str(hash).rsplit("$", 2)[0])
        return super().verify(hash, password)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A users file with ann and bob."""
    path = tmp_path / "conf" / "users.toml"
    set_password(path, "ann", WORD, CHEAP)
    set_password(path, "bob", "another word", CHEAP)
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def users(path: Path, clock: Clock) -> Accounts:
    return Accounts(path, clock, CHEAP)


def guess(users: Accounts, name: str, times: int) -> None:
    for _ in range(times):
        assert not users.check(name, "a wrong word")


# Logging in


def test_only_the_right_name_and_password_are_accepted(users: Accounts):
    """Any other combination is refused."""
    assert users.check("ann", WORD)
    assert users.check("bob", "another word")
    assert [
        users.check(name, word)
        for name, word in [
            ("ann", "another word"),
            ("bob", WORD),
            ("Ann", WORD),
            ("ann", ""),
            ("", WORD),
            ("eve", WORD),
        ]
    ] == [False] * 6


def test_an_unknown_name_takes_as_long_as_a_known_one(path: Path, clock: Clock):
    """Timing tells nothing: each check verifies one hash with the same parameters."""
    hasher = CountingHasher()
    users = Accounts(path, clock, hasher)
    known, unknown = users.check("ann", "a wrong word"), users.check("eve", "a wrong word")

    assert (known, unknown) == (False, False)
    assert [hasher.verified[0]] * 2 == hasher.verified


def test_the_dummy_hash_is_of_random_bytes(path: Path, clock: Clock):
    """No password matches the hash that unknown names are checked against."""
    assert Accounts(path, clock, CHEAP)._dummy_hash != Accounts(path, clock, CHEAP)._dummy_hash


@pytest.mark.parametrize("word", ["Zoe\u0308 wohnt hier", "Zoë wohnt hier", "Ｚｏë wohnt hier"])
def test_a_password_is_the_same_however_it_is_composed(path: Path, users: Accounts, word):
    """NFKC: a phone and a laptop type one letter as different code points."""
    set_password(path, "zo\u00eb", "Zoë wohnt hier", CHEAP)

    assert users.check("zoe\u0308", word)


@given(st.text(min_size=accounts.MIN_PASSWORD, max_size=60), st.text(max_size=60))
def test_hyp_only_the_same_password_is_accepted(tmp_path_factory, word, other):
    """Any text is a password, and only text that is equal in NFKC matches it."""
    path = tmp_path_factory.mktemp("users") / "users.toml"
    set_password(path, "ann", word, CHEAP)
    users = Accounts(path, Clock(), CHEAP)

    assert users.check("ann", word)
    assert users.check("ann", other) == (accounts._password_bytes(other) == accounts._password_bytes(word))


def test_the_default_cost_is_argon2s_own(tmp_path: Path):
    """RFC 9106's second choice: 64 MiB, three passes, argon2id."""
    set_password(tmp_path / "users.toml", "ann", WORD)

    assert '"$argon2id$v=19$m=65536,t=3,p=4$' in (tmp_path / "users.toml").read_text()


def test_a_changed_file_is_read_again(path: Path, users: Accounts):
    """A new name and a new password count from now on, and a removed name is out."""
    set_password(path, "eve", WORD, CHEAP)
    set_password(path, "ann", "yet another word", CHEAP)
    remove(path, "bob")

    assert users.check("eve", WORD)
    assert users.check("ann", "yet another word")
    assert not users.check("ann", WORD)
    assert not users.check("bob", "another word")
    assert [name for name in ("ann", "bob", "eve") if users.credential_version(name)] == ["ann", "eve"]


# Guessing


def test_the_fifth_wrong_password_locks_the_name(users: Accounts, clock: Clock):
    """For a minute even the right password is refused; then it is accepted and the count restarts."""
    guess(users, "ann", 4)
    assert users.lockout_seconds("ann") == 0
    assert users.check("ann", WORD)

    guess(users, "ann", 5)
    assert users.lockout_seconds("ann") == 60
    assert not users.check("ann", WORD)

    clock.now += 59
    assert users.lockout_seconds("ann") == 1
    assert not users.check("ann", WORD)

    clock.now += 1
    assert users.check("ann", WORD)
    guess(users, "ann", 4)
    assert users.check("ann", WORD)


def test_each_further_wrong_password_doubles_the_lock(users: Accounts, clock: Clock):
    """Up to an hour."""
    guess(users, "ann", 4)
    locks = []
    for _ in range(9):
        guess(users, "ann", 1)
        locks.append(users.lockout_seconds("ann"))
        clock.now += locks[-1]

    assert locks == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_a_locked_name_locks_no_other(users: Accounts):
    """Bob gets in while somebody guesses at ann."""
    guess(users, "ann", 5)

    assert users.check("bob", "another word")


def test_a_name_that_is_not_there_is_locked_alike(users: Accounts):
    """Else the lock would tell who is there; other spellings of one name share their tries."""
    guess(users, "e\u0301ve", 3)
    guess(users, "\u00e9ve", 2)

    assert users.lockout_seconds("\u00e9ve") == users.lockout_seconds("e\u0301ve") == 60


def test_nothing_is_hashed_while_a_name_is_locked(path: Path, clock: Clock):
    """Guessing on costs the machine nothing, and doesn't make the lock longer."""
    hasher = CountingHasher()
    users = Accounts(path, clock, hasher)
    guess(users, "ann", 50)

    assert len(hasher.verified) == 5
    assert users.lockout_seconds("ann") == 60


def test_threads_share_the_tries(path: Path, clock: Clock):
    """However many threads guess at the same time, five passwords are checked."""
    hasher = CountingHasher()
    users = Accounts(path, clock, hasher)
    threads = [threading.Thread(target=guess, args=(users, "ann", 5)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(hasher.verified) == 5


def test_another_address_is_not_delayed(users: Accounts):
    """Ann gets in while somebody guesses at her account elsewhere."""
    for name in ("ann", *(f"name {n}" for n in range(200))):
        for _ in range(6):
            users.check(name, "a wrong word", "192.0.2.1")

    assert not users.check("ann", WORD, "192.0.2.1")
    assert users.check("ann", WORD, "192.0.2.2")
    assert users.check("bob", "another word", "192.0.2.2")


@pytest.mark.parametrize("name", ["x" * 129, "x" * 1_200_000, "\ufdfa" * 100])
def test_a_long_name_is_neither_hashed_nor_counted(path: Path, clock: Clock, name):
    """A name is refused if it is too long, even after normalisation, which can lengthen it."""
    hasher = CountingHasher()
    users = Accounts(path, clock, hasher)

    assert not users.check(name, WORD)
    assert users.lockout_seconds(name) == 0
    assert (len(users._limiter), hasher.verified) == (0, [])


# The file


def test_the_file_contains_hashes_and_is_private(path: Path):
    """It has no password in it and mode 0600, and no temporary file remains."""
    users = tomllib.loads(path.read_text())["users"]

    assert sorted(users) == ["ann", "bob"]
    assert all(hashed.startswith("$argon2id$") for hashed in users.values())
    assert WORD not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["users.toml"]


def test_one_password_has_another_hash_each_time(tmp_path: Path):
    """Two people with the same one don't show it."""
    for name in ("ann", "bob"):
        set_password(tmp_path / "users.toml", name, WORD, CHEAP)
    users = tomllib.loads((tmp_path / "users.toml").read_text())["users"]

    assert users["ann"] != users["bob"]


def test_concurrent_writers_lose_no_user(tmp_path: Path):
    """Two processes that add users at the same time write one after the other."""
    path = tmp_path / "users.toml"
    threads = [threading.Thread(target=set_password, args=(path, f"n{n}", WORD, CHEAP)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(tomllib.loads(path.read_text())["users"]) == sorted(f"n{n}" for n in range(12))


def test_a_symbolic_link_is_preserved(path: Path, tmp_path: Path):
    """The file that the link points to is changed."""
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    set_password(link, "eve", WORD, CHEAP)

    assert link.is_symlink()
    assert "eve" in path.read_text()


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "a\nb", "../x", "a/b", "x" * 65, "\x1b[31m", "a\ud800", "a'b", "$x"]
)
def test_a_name_that_would_need_quotes_is_refused(path: Path, name):
    """In one line that says what a name may be; the file is as it was."""
    before = path.read_bytes()

    with pytest.raises(InvalidCredentials, match=r"is not a valid user name\. Use 1 to 64 letters") as caught:
        set_password(path, name, WORD, CHEAP)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["ann", "Zoë", "李雷", "a.b_c@d+e-f", "x" * 64, "7"])
def test_a_name_may_be_in_any_script(path: Path, users: Accounts, name):
    """With the signs that addresses have."""
    set_password(path, name, WORD, CHEAP)

    assert users.check(name, WORD)


@pytest.mark.parametrize(("word", "found"), [("", "0"), ("1234567", "7"), ("x" * 1001, "1,001")])
def test_a_password_too_short_or_too_long_is_refused(path: Path, word, found):
    """The message says how many characters it has, and not which."""
    with pytest.raises(
        InvalidCredentials,
        match=f"^The password has {found} characters, expected 8 to 1,000. Choose another one.$",
    ):
        set_password(path, "ann", word, CHEAP)


def test_who_is_not_there_cannot_be_removed(path: Path):
    """The message says who is."""
    with pytest.raises(InvalidCredentials, match=r"users\.toml\. Users: ann, bob$"):
        remove(path, "eve")


# Administrators


def test_the_first_user_is_an_administrator(path: Path, users: Accounts):
    """Others are when they are made one; a new password changes no role."""
    assert [users.is_admin(name) for name in ("ann", "bob", "eve", "")] == [True, False, False, False]

    set_admin(path, "bob", True)
    set_password(path, "bob", "a third word", CHEAP)
    assert users.is_admin("bob")

    set_admin(path, "ann", False)
    assert not users.is_admin("ann")


def test_in_an_earlier_file_the_first_user_is_one(path: Path, users: Accounts):
    """The first that was added, whatever the names; the next change writes it down."""
    hashed = tomllib.loads(path.read_text())["users"]["ann"]
    path.write_text(f'[users]\nzoe = "{hashed}"\nann = "{hashed}"\n')
    assert [users.is_admin(name) for name in ("zoe", "ann")] == [True, False]

    set_password(path, "bob", "another word", CHEAP)
    assert tomllib.loads(path.read_text())["admins"] == ["zoe"]


def test_an_administrator_always_remains(path: Path):
    """Otherwise nobody could change the library any more; the last user of all can be removed."""
    for change in (lambda: set_admin(path, "ann", False), lambda: remove(path, "ann")):
        with pytest.raises(InvalidCredentials, match=r"^ann is the only administrator\. Make somebody else"):
            change()
    remove(path, "bob")
    remove(path, "ann")

    assert not is_user(path, "ann")


def test_only_a_user_can_be_an_administrator(path: Path):
    """The message says who there is."""
    with pytest.raises(InvalidCredentials, match=r"users\.toml\. Users: ann, bob$"):
        set_admin(path, "eve", True)


# The file


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"users = ", "is not valid TOML"),
        (b"\xff\xfe", "is not valid TOML"),
        (b"a = " + b"[" * 5000, "is not valid TOML"),
        (b'[users]\nann = "secret"', "has no argon2 hash for 'ann'. Run: footnote user ann$"),
        (b"[users.ann]\nage = 3", "has no argon2 hash for 'ann'"),
        (b"users = 3", "contains more than admins and a table"),
        (b"[user]\n", "contains more than admins and a table"),
        (b'admins = "ann"', r"users.toml: admins must be a list of names of users"),
        (b'admins = ["eve"]', r"users.toml: admins must be a list of names of users"),
        (b"admins = [[]]", r"users.toml: admins must be a list of names of users"),
        (b"[users]\n", "has no users. Run: footnote user NAME --auth "),
        (b"", "has no users. Run: footnote user NAME --auth "),
        (b"#" * 2**20 + b"\n", "can't be used .it is not a regular file of at most"),
    ],
)
def test_an_invalid_file_is_one_line(path: Path, content, message):
    """It is reported at the start; a password in place of a hash is not repeated."""
    path.write_bytes(content)

    with pytest.raises(InvalidUsersFile, match=message) as caught:
        Accounts(path, hasher=CHEAP)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_damaged_hash_is_one_line(path: Path, clock: Clock):
    """It is reported when that user logs in; others can still log in."""
    text = path.read_text()
    path.write_text(text.replace(tomllib.loads(text)["users"]["bob"], "$argon2id$broken"))
    users = Accounts(path, clock, CHEAP)

    assert users.check("ann", WORD)
    with pytest.raises(InvalidUsersFile, match=r"has a damaged hash for 'bob'\. Run: footnote user bob$"):
        users.check("bob", "another word")


def test_a_missing_file_says_what_to_run(tmp_path: Path):
    """A file that other users may write is refused, too: they could add themselves."""
    path = tmp_path / "users.toml"

    with pytest.raises(
        InvalidUsersFile, match=f"^{path} doesn't exist. Run: footnote user NAME --auth {path}$"
    ):
        Accounts(path, hasher=CHEAP)

    set_password(path, "ann", WORD, CHEAP)
    path.chmod(0o664)
    with pytest.raises(InvalidUsersFile, match=r"other users can change it\. Run: chmod 600"):
        Accounts(path, hasher=CHEAP)


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_a_path_that_is_not_a_file_is_one_line(tmp_path: Path, kind):
    """Opening a pipe does not block."""
    path = tmp_path / "users.toml"
    path.mkdir() if kind == "folder" else os.mkfifo(path, 0o600)

    with pytest.raises(InvalidUsersFile, match="can't be used"):
        Accounts(path, hasher=CHEAP)


# Who must be asked


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "LOCALHOST", "::1"])
def test_loopback_needs_no_password(host):
    """In every usual form of the address."""
    assert is_loopback(host)
    require_auth_for_host(host, None)


@pytest.mark.parametrize(
    "host",
    [
        "0.0.0.0",
        "::",
        "192.168.1.2",
        "10.0.0.1",
        "8.8.8.8",
        "my-laptop",
        "localhost.example.org",
        "0",
        "127.1",
        "",
        " ",
    ],
)
def test_others_are_never_served_without_a_password(host):
    """Any other address or name, even one that only might lead out; with a file it is fine."""
    with pytest.raises(PasswordsRequired, match=r"so it needs user accounts\. Run: footnote user NAME"):
        require_auth_for_host(host, None)
    require_auth_for_host(host, Path("users.toml"))
