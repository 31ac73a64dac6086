"""The order in which owners share a few workers."""

from collections import Counter, deque

from hypothesis import given
from hypothesis import strategies as st

from qa.chat.fair_queue import FairQueue, Shares

MANY = 1000


def queue(shares: Shares, *items: str) -> FairQueue[str]:
    """Return a queue of items such as ``a1``, whose owner is ``a``."""
    made: FairQueue[str] = FairQueue(shares)
    for item in items:
        assert made.add(item[0], item)
    return made


def started(of: FairQueue[str]) -> list[str]:
    """Start and return all items that may run now."""
    found = []
    while item := of.start():
        found.append(item)
    return found


def test_items_of_one_owner_start_in_order():
    """The limit of running items applies; each that ends makes way for the next."""
    waiting = queue(Shares(2, 2, MANY, MANY), "a1", "a2", "a3", "a4")

    assert started(waiting) == ["a1", "a2"]
    waiting.finish("a")
    assert started(waiting) == ["a3"]
    assert waiting.positions() == {"a4": 1}


def test_a_new_owner_is_next():
    """It is ahead of all waiting items of an owner with running items."""
    waiting = queue(Shares(1, 1, MANY, MANY), *(f"a{number}" for number in range(50)))
    assert started(waiting) == ["a0"]
    waiting.add("b", "b0")

    assert waiting.positions()["b0"] == 1
    waiting.finish("a")
    assert started(waiting) == ["b0"]


def test_owners_take_turns():
    """The number of items of each doesn't matter, and the positions show the order in advance."""
    waiting = queue(Shares(1, 1, MANY, MANY), "a1", "a2", "a3", "b1", "b2", "c1")
    positions = list(waiting.positions())
    order = []
    while item := waiting.start():
        order.append(item)
        waiting.finish(item[0])

    assert order == positions == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_an_owner_gets_only_its_share_of_the_workers():
    """One worker stays free for other owners."""
    waiting = queue(Shares(4, 3, MANY, MANY), *(f"a{number}" for number in range(9)))

    assert started(waiting) == ["a0", "a1", "a2"]
    waiting.add("b", "b0")
    assert started(waiting) == ["b0"]


def test_a_removed_item_is_never_started():
    """A running item is not removed."""
    waiting = queue(Shares(1, 1, MANY, MANY), "a1", "a2", "a3")
    started(waiting)

    assert [waiting.remove(item) for item in ("a1", "a2", "a2")] == [False, True, False]
    waiting.finish("a")
    assert started(waiting) == ["a3"]


def test_waiting_is_limited_for_each_and_in_total():
    """Beyond either limit, an item isn't added."""
    waiting = queue(Shares(1, 1, 3, 2), "a1", "a2")

    assert [waiting.add(item[0], item) for item in ("a3", "b1", "c1")] == [False, True, False]
    assert (len(waiting), waiting.count_waiting("a"), waiting.oldest("a"), waiting.oldest("c")) == (
        3,
        2,
        "a1",
        None,
    )


@given(st.lists(st.sampled_from("abc"), max_size=40), st.integers(1, 4), st.integers(1, 4), st.randoms())
def test_hyp_every_item_starts_once_within_the_limits(owners, at_once, each, random):
    """This holds in any order of events, and owners without running items come first."""
    waiting: FairQueue[str] = FairQueue(Shares(at_once, each, MANY, MANY))
    coming = deque(f"{owner}{number}" for number, owner in enumerate(owners))
    running: list[str] = []
    done: list[str] = []
    while coming or len(waiting):
        if coming and random.random() < 0.6:
            item = coming.popleft()
            waiting.add(item[0], item)
        elif running:
            ended = running.pop(random.randrange(len(running)))
            waiting.finish(ended[0])
            done.append(ended)
        at_work = Counter(item[0] for item in running)
        idle = {item[0] for item in waiting.positions()} - set(at_work)
        if begun := waiting.start():
            assert begun[0] in idle or not idle
            running.append(begun)
            assert len(running) <= at_once
            assert at_work[begun[0]] < each

    assert sorted(done + running) == sorted(f"{owner}{number}" for number, owner in enumerate(owners))
    assert waiting._served == {}
