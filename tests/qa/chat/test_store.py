"""The conversation store: owners, persistence, and damaged or interrupted databases."""

import json
import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import FootnoteError, Span
from qa.answer_json import from_json, to_json
from qa.chat.migrations import MIGRATIONS
from qa.chat.store import MAX_TITLE, ConversationStore, ConversationSummary, normalise_for_search
from qa.errors import ConversationDeleted, ConversationsDamaged, ConversationsUnavailable
from qa.records import Answer, Footnote, Position, Sentence
from qa.stored_answer import (
    MAX_NEAREST,
    StoredAnswer,
    StoredFootnote,
    StoredTurn,
    damaged_placeholder,
    replace_surrogates,
    to_stored,
)
from tests.conftest import ROOT
from tests.fakes.answers import answer, document_passage
from tests.fakes.passages import document
from tests.texts import texts

KILLS = int(os.environ.get("FOOTNOTE_KILLS", "50")) // 5
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Clock:
    """A clock that moves only when it is set."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "conversations.sqlite"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(path: Path, clock: Clock) -> Iterator[ConversationStore]:
    with closing(ConversationStore(path, clock)) as conversations:
        yield conversations


def make_answer(question: str, text: str = "Because.") -> StoredAnswer:
    """An answer of one sentence with one footnote."""
    return replace(to_stored(answer(text)), question=question)


def ask(store: ConversationStore, *questions: str, owner: str = "ann") -> str:
    """A conversation in which these questions were asked."""
    conversation = store.create(owner)
    for question in questions:
        store.add(owner, conversation, make_answer(question))
    return conversation


def questions(turns: list[StoredTurn]) -> list[str]:
    return [turn.answer.question for turn in turns]


def titles(store: ConversationStore, search: str = "", owner: str = "ann") -> list[str]:
    return [listed.title for listed in store.list_conversations(owner, search)]


# Stored answers


@given(texts(), texts().filter(bool), texts(), st.data())
def test_hyp_a_stored_footnote_is_verified(before, words, after, data):
    """Anywhere in a document, it has the cited words and is the same after serialisation."""
    source = document(before + words + after)
    short = data.draw(st.integers(0, len(words) - 1)), len(words)
    span, inner = (
        Span(source.doc_id, len(before) + start, len(before) + short[1]) for start in (0, short[0])
    )
    footnote = Footnote(1, source, span, 0.9, inner)
    [note] = to_stored(Answer("Why?", (Sentence(words, (1,)),), (footnote,))).notes

    assert note.cited_text == words
    assert note.is_in(source)
    assert note.span == span
    assert note.answer == (inner.start, inner.end)
    assert from_json(to_json(StoredAnswer("Why?", notes=(note,)))).notes == (note,)


@given(texts(), texts(), texts())
def test_hyp_a_serialised_answer_is_read_unchanged(question, text, title):
    """Every field, in any script."""
    shown = replace(
        to_stored(answer(text + ".", title=title, short=text)),
        question=question,
        standalone=title,
        disagreement=(Position(text, (1,)), Position(title, ())),
        note=title,
        timings_ms={"read": 1.5},
        snapshot="s",
    )

    assert from_json(to_json(shown)) == shown


def test_a_footnote_of_a_changed_document_is_not_verified():
    """Neither in another document nor in the same one with other words."""
    [note] = to_stored(answer("The sea is wide.")).notes
    source = document("The sea is wide.")

    assert note.is_in(source)
    assert not note.is_in(document("The sea is wide. And deep."))
    assert not note.is_in(replace(source, text="The sea is deep."))


def test_a_refusal_is_stored_with_its_best_passages():
    """Of the others, and of an answer's, only the places are stored."""
    found = tuple(document_passage(f"Passage {n}") for n in range(MAX_NEAREST + 2))
    refusal = to_stored(Answer("Why?", refused=True, reason="No.", passages=found))

    answered = to_stored(replace(answer("Because."), passages=found))

    assert [passage.text for passage in refusal.nearest] == ["Passage 0", "Passage 1", "Passage 2", "", ""]
    assert refusal.text == ""
    assert [passage.text for passage in answered.nearest] == [""] * len(found)
    assert answered.nearest[0].end == len("Passage 0")


@pytest.mark.parametrize(
    "wrong",
    [{"end": 3}, {"start": 2, "end": 2}, {"answer": (0, 5)}, {"answer": (2, 2)}, {"start": -1, "end": 3}],
)
def test_an_inconsistent_footnote_is_an_error(wrong):
    """Its words are as long as its span, and the short answer is inside it."""
    note = StoredFootnote(1, "d", 0, 4, "Wide", "Title", "/a.txt", None, 0.9)

    with pytest.raises(ValueError, match=r"\["):
        replace(note, **wrong)


def test_unknown_fields_are_ignored():
    """A newer version may have written more."""
    shown = make_answer("Why?")
    values = json.loads(to_json(shown))
    values["mood"] = "good"
    values["citations"][0]["colour"] = {"name": "red"}

    assert from_json(json.dumps(values)) == shown


def test_missing_fields_have_defaults():
    """Only the question is required."""
    assert from_json('{"question": "Why?"}') == StoredAnswer("Why?")


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"question": 3}', "[" * 100_000, '{"question": "a']
)
def test_invalid_json_is_a_value_error(text):
    """There is no other kind of error."""
    with pytest.raises(ValueError, match="AnswerSchema"):
        from_json(text)


# Storing


def test_turns_survive_a_restart(path: Path, clock: Clock):
    """Every turn with its footnotes, in order, from a new connection."""
    with closing(ConversationStore(path, clock)) as store:
        conversation = ask(store, "Who?", "Where?")
        before = store.turns("ann", conversation)
    with closing(ConversationStore(path, clock)) as store:
        after = store.turns("ann", conversation)

    assert before == after
    assert [(make_answer("Who?"), NOON.isoformat()), (make_answer("Where?"), NOON.isoformat())] == [
        (turn.answer, turn.asked_at) for turn in after
    ]


def test_adding_returns_the_turn_as_it_is_read(store: ConversationStore):
    """Number, time and all."""
    conversation = store.create("ann")
    turn = store.add("ann", conversation, make_answer("Who?"))

    assert store.turns("ann", conversation) == [turn]


def test_conversations_are_sorted_by_their_last_question(store: ConversationStore, clock: Clock):
    """Each has its first question as its title and its number of turns."""
    old, new = ask(store, "Old?"), ask(store, "New?")
    clock.time += timedelta(minutes=5)
    store.add("ann", old, make_answer("And?"))

    assert [(listed.id, listed.title, listed.turns) for listed in store.list_conversations("ann")] == [
        (old, "Old?", 2),
        (new, "New?", 1),
    ]
    assert store.list_conversations("ann")[0].changed_at == "2026-11-24T12:05:00+00:00"


def test_an_empty_conversation_is_not_listed(store: ConversationStore):
    """It has an address, and nothing to show."""
    conversation = store.create("ann")

    assert store.list_conversations("ann") == []
    assert store.turns("ann", conversation) == []


def test_an_unused_conversation_is_deleted_after_a_day(store: ConversationStore, clock: Clock):
    """One with a turn stays."""
    empty, used, young = store.create("ann"), ask(store, "Who?"), None
    clock.time += timedelta(hours=23)
    young = store.create("ann")
    clock.time += timedelta(hours=2)
    store.create("ann")

    with pytest.raises(ConversationDeleted):
        store.add("ann", empty, make_answer("Late?"))
    assert store.add("ann", young, make_answer("In time?"))
    assert questions(store.turns("ann", used)) == ["Who?"]


def test_a_question_is_stored_before_its_answer(store: ConversationStore):
    """The answer replaces it; in a deleted conversation it is dropped."""
    conversation = store.create("ann")
    pending = store.add("ann", conversation, StoredAnswer("Who?", unfinished=True))
    assert store.turns("ann", conversation) == [pending]

    finished = store.finish("ann", conversation, pending.id, make_answer("Who?"))
    assert store.turns("ann", conversation) == [finished]
    assert finished == StoredTurn(pending.id, make_answer("Who?"), pending.asked_at)
    with pytest.raises(ConversationDeleted):
        store.finish("bob", conversation, pending.id, make_answer("Who?"))


# Branches


def test_a_replaced_turn_stays_as_another_branch(store: ConversationStore):
    """The conversation shows the new turn, and the former one with its later turns when it is chosen."""
    conversation = ask(store, "One?", "Two?", "Three?")
    first, second, third = store.turns("ann", conversation)
    fresh = store.add("ann", conversation, make_answer("Two, in other words?"), replaces=second.id)
    assert (fresh.branch, fresh.branches) == (2, 2)
    assert store.turns("ann", conversation) == [first, fresh]

    store.choose_branch("ann", conversation, fresh.id, 1)
    assert store.turns("ann", conversation) == [first, replace(second, branches=2), third]

    store.choose_branch("ann", conversation, second.id, 2)
    assert store.turns("ann", conversation) == [first, fresh]


def test_a_question_follows_the_branch_that_is_shown(store: ConversationStore):
    """Each branch goes on by itself, and shows again what it showed last."""
    conversation = ask(store, "One?", "Two?")
    one, _ = store.turns("ann", conversation)
    store.add("ann", conversation, make_answer("Uno?"), replaces=one.id)
    due = store.add("ann", conversation, make_answer("Due?"))
    store.add("ann", conversation, make_answer("Due, anzi?"), replaces=due.id)
    store.choose_branch("ann", conversation, one.id, 1)
    store.add("ann", conversation, make_answer("Three?"))
    assert questions(store.turns("ann", conversation)) == ["One?", "Two?", "Three?"]

    store.choose_branch("ann", conversation, one.id, 2)
    assert questions(store.turns("ann", conversation)) == ["Uno?", "Due, anzi?"]


def test_a_question_without_an_answer_is_no_branch(store: ConversationStore):
    """Asking it again replaces it, unless other questions followed."""
    conversation = store.create("ann")
    stopped = store.add("ann", conversation, StoredAnswer("One?", unfinished=True))
    again = store.add("ann", conversation, StoredAnswer("One?", unfinished=True), replaces=stopped.id)
    assert store.turns("ann", conversation) == [again]

    store.add("ann", conversation, make_answer("Two?"))
    fresh = store.add("ann", conversation, make_answer("One?"), replaces=again.id)
    assert (fresh.branch, fresh.branches) == (2, 2)


@pytest.mark.parametrize("number", [-1, 0, 3, 10**30])
def test_an_unknown_branch_changes_nothing(store: ConversationStore, number):
    """Nor does the branch of an unknown turn."""
    conversation = ask(store, "One?")
    [one] = store.turns("ann", conversation)
    store.add("ann", conversation, make_answer("Uno?"), replaces=one.id)
    before = store.turns("ann", conversation)
    store.choose_branch("ann", conversation, one.id, number)
    store.choose_branch("ann", conversation, number, 1)

    assert store.turns("ann", conversation) == before


def test_only_a_turn_of_the_conversation_can_be_replaced(store: ConversationStore):
    """A turn of another conversation is as good as a deleted one."""
    conversation, other = ask(store, "One?"), ask(store, "Other?")
    [turn] = store.turns("ann", other)

    with pytest.raises(ConversationDeleted):
        store.add("ann", conversation, make_answer("Two?"), replaces=turn.id)
    assert questions(store.turns("ann", conversation)) == ["One?"]


@given(st.lists(st.tuples(st.sampled_from(["add", "replace", "choose"]), st.integers(0, 9)), max_size=12))
def test_hyp_no_branch_is_lost(tmp_path_factory, steps):
    """Whatever is asked, replaced and chosen: every question can be shown again."""
    path = tmp_path_factory.mktemp("branches") / "conversations.sqlite"
    with closing(ConversationStore(path)) as store:
        conversation = ask(store, "0?")
        for count, (step, number) in enumerate(steps, start=1):
            shown = store.turns("ann", conversation)
            turn = shown[number % len(shown)]
            if step == "choose":
                store.choose_branch("ann", conversation, turn.id, number % turn.branches + 1)
            else:
                replaced = turn.id if step == "replace" else None
                store.add("ann", conversation, make_answer(f"{count}?"), replaces=replaced)
        found: set[str] = set()
        _visit(store, conversation, 0, found)
        expected = {"0?", *(f"{n}?" for n, (step, _) in enumerate(steps, start=1) if step != "choose")}

    assert found == expected


def _visit(store: ConversationStore, conversation: str, place: int, found: set[str]) -> None:
    """Show every branch from a place on, and collect the questions."""
    shown = store.turns("ann", conversation)
    found.update(questions(shown))
    if place < len(shown):
        for number in range(1, shown[place].branches + 1):
            store.choose_branch("ann", conversation, shown[place].id, number)
            _visit(store, conversation, place + 1, found)


def test_the_title_is_the_first_question_until_it_is_set(store: ConversationStore):
    """An edited first question changes it; an empty title resets it."""
    conversation = ask(store, "Frist?")
    [turn] = store.turns("ann", conversation)
    store.add("ann", conversation, make_answer("First?"), replaces=turn.id)
    assert titles(store) == ["First?"]

    store.rename("ann", conversation, " My \n own\tname ")
    assert titles(store) == ["My own name"]

    store.rename("ann", conversation, " ")
    assert titles(store) == ["First?"]


def test_a_long_title_is_cut(store: ConversationStore):
    """A very long question is shortened."""
    ask(store, "x" * 5000)

    assert titles(store) == ["x" * (MAX_TITLE - 1) + "…"]


def test_deleted_text_is_in_none_of_the_files(store: ConversationStore, path: Path):
    """It is not listed, not shown and not on the disk."""
    conversation = ask(store, "Where is the zanzibarbarian?")
    containing = [file for file in path.parent.iterdir() if b"zanzibarbarian" in file.read_bytes()]
    store.delete("ann", conversation)
    store.delete_forever("ann", conversation)

    assert containing
    assert store.list_conversations("ann") == store.trash("ann") == []
    assert store.turns("ann", conversation) == []
    assert [file for file in path.parent.iterdir() if b"zanzibarbarian" in file.read_bytes()] == []


def test_nothing_is_added_to_a_deleted_conversation(store: ConversationStore):
    """It is not created again; the message says what to do."""
    conversation = ask(store, "Who?")
    store.delete("ann", conversation)

    with pytest.raises(ConversationDeleted, match="Start a new one"):
        store.add("ann", conversation, make_answer("And?"))
    assert store.turns("ann", conversation) == []


# The trash


def test_a_deleted_conversation_can_be_restored(store: ConversationStore, clock: Clock):
    """With its turns; until then it is only in the trash."""
    conversation, other = ask(store, "One?", "Two?"), ask(store, "Other?")
    turns = store.turns("ann", conversation)
    clock.time += timedelta(hours=1)
    store.delete("ann", conversation)
    clock.time += timedelta(hours=1)
    store.delete("ann", other)
    store.delete("ann", conversation)  # again, which doesn't prolong its time
    assert [(each.title, each.deleted_at) for each in store.trash("ann")] == [
        ("Other?", "2026-11-24T14:00:00+00:00"),
        ("One?", "2026-11-24T13:00:00+00:00"),
    ]
    assert titles(store) == titles(store, "two") == []
    assert store.turns("ann", conversation) == []

    store.restore("ann", conversation)
    assert store.turns("ann", conversation) == turns
    assert titles(store) == ["One?"]


def test_the_trash_is_emptied_after_a_month(path: Path, clock: Clock):
    """When the file is opened; a conversation that isn't in the trash has no age."""
    with closing(ConversationStore(path, clock)) as store:
        kept, early, late = (ask(store, f"{word}?") for word in ("zebra", "gnu", "okapi"))
        store.delete("ann", early)
        clock.time += timedelta(days=2)
        store.delete("ann", late)
    clock.time += timedelta(days=29)
    with closing(ConversationStore(path, clock)) as store:
        trash = [each.id for each in store.trash("ann")]
        kept_turns = store.turns("ann", kept)

    assert trash == [late]
    assert questions(kept_turns) == ["zebra?"]
    assert [file for file in path.parent.iterdir() if b"gnu" in file.read_bytes()] == []


def test_an_answer_that_arrives_in_the_trash_is_kept(store: ConversationStore):
    """The conversation may be restored a moment later."""
    conversation = store.create("ann")
    pending = store.add("ann", conversation, StoredAnswer("Why?", unfinished=True))
    store.delete("ann", conversation)
    store.finish("ann", conversation, pending.id, make_answer("Why?"))
    store.restore("ann", conversation)

    assert [turn.answer.unfinished for turn in store.turns("ann", conversation)] == [False]


def test_only_what_is_in_the_trash_is_deleted_forever(store: ConversationStore):
    """A wrong id in the address deletes no conversation in use."""
    conversation = ask(store, "Who?")
    store.delete_forever("ann", conversation)

    assert titles(store) == ["Who?"]


def test_pinned_conversations_are_listed_first(store: ConversationStore):
    """Until they are no longer pinned."""
    first, _ = ask(store, "One?"), ask(store, "Two?")
    store.pin("ann", first, True)
    assert [(each.title, each.pinned) for each in store.list_conversations("ann")] == [
        ("One?", True),
        ("Two?", False),
    ]

    store.pin("ann", first, False)
    assert titles(store) == ["Two?", "One?"]


def test_conversations_of_guests_are_adopted(store: ConversationStore):
    """Those of accounts stay their own."""
    mine, others = ask(store, "Mine?", owner="guest:a"), ask(store, "Eve's?", owner="account:eve")
    ask(store, "Theirs?", owner="guest:b")
    store.adopt("local", "guest:")

    assert titles(store, owner="local") == ["Theirs?", "Mine?"]
    assert questions(store.turns("local", mine)) == ["Mine?"]
    assert store.turns("local", others) == []


def test_a_wrong_answer_can_be_corrected(store: ConversationStore):
    """The right answer stays as long as the rating."""
    conversation = ask(store, "One?")
    [turn] = store.turns("ann", conversation)
    store.rate("ann", turn.id, "down", "Wrong island.", "Greenland")
    assert [(each.comment, each.correction) for each in store.rated("ann")] == [
        ("Wrong island.", "Greenland")
    ]

    store.rate("ann", turn.id, "up", "Right island.", "Greenland")
    assert [each.correction for each in store.rated("ann")] == [""]


def test_ratings_are_stored_changed_and_removed(store: ConversationStore):
    """Removing a rating removes its comment."""
    conversation = ask(store, "One?", "Two?")
    one, two = (turn.id for turn in store.turns("ann", conversation))
    store.rate("ann", one, "down", "Wrong island.")
    store.rate("ann", two, "up")
    judged = [(turn.id, turn.rating, turn.comment) for turn in store.rated("ann")]
    assert judged == [(one, "down", "Wrong island."), (two, "up", "")]

    store.rate("ann", one, "up")
    store.rate("ann", two, None, "never mind")
    assert [(turn.id, turn.rating, turn.comment) for turn in store.rated("ann")] == [(one, "up", "")]
    assert store.turns("ann", conversation)[1].comment == ""


def test_the_turns_before_a_turn_are_found_in_its_branch(store: ConversationStore):
    """Also when the conversation shows another branch; other owners find none."""
    conversation = ask(store, "One?", "Two?", "Three?")
    one, two, three = store.turns("ann", conversation)
    fresh = store.add("ann", conversation, make_answer("Uno?"), replaces=one.id)

    assert questions(store.before("ann", three.id)) == ["One?", "Two?"]
    assert store.before("ann", one.id) == store.before("ann", fresh.id) == store.before("bob", two.id) == []


# Searching


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("eel", ["Where do eels spawn?"]),
        ("EELS  spawn", ["Where do eels spawn?"]),
        ("sargasso", ["Where do eels spawn?"]),
        ("spawn sargasso", ["Where do eels spawn?"]),
        ("munchen", ["Wer war in MÜNCHEN?"]),
        ("müNCHEN", ["Wer war in MÜNCHEN?"]),
        ("100%", ["Is 100% pure?"]),
        ("%", ["Is 100% pure?"]),
        ("_", []),
        ("'; DROP TABLE turns --", []),
        ("eels munchen", []),
        ("日本", ["日本はどこ?"]),
        ("\0", ["日本はどこ?", "Is 100% pure?", "Wer war in MÜNCHEN?", "Where do eels spawn?"]),
    ],
)
def test_a_search_finds_every_word_in_questions_and_answers(store: ConversationStore, search, found):
    """Capitals and accents make no difference, and no sign is a wildcard."""
    store.add("ann", store.create("ann"), make_answer("Where do eels spawn?", "In the Sargasso Sea."))
    ask(store, "Wer war in MÜNCHEN?", "Is it far?")
    ask(store, "Is 100% pure?")
    ask(store, "日本はどこ?")

    assert titles(store, search) == found


def test_a_search_finds_titles(store: ConversationStore):
    """The current title is searched, and no earlier one."""
    conversation = ask(store, "Who?")
    store.rename("ann", conversation, "Über Eels")
    assert titles(store, "uber eels") == ["Über Eels"]

    store.rename("ann", conversation, "Birds")
    assert titles(store, "eels") == []


@given(texts(), texts(), texts())
def test_hyp_any_part_of_a_question_finds_it(before, words, after):
    """Any text can be searched without an error."""
    with tempfile.TemporaryDirectory() as folder, closing(ConversationStore(Path(folder) / "c")) as store:
        conversation = ask(store, before + " " + words + " " + after)

        assert [listed.id for listed in store.list_conversations("ann", words)] == [conversation]


@given(st.text())
def test_hyp_folding_twice_is_folding_once(text):
    """What was folded is searched as it is."""
    assert normalise_for_search(normalise_for_search(text)) == normalise_for_search(text)


# Whose it is


def test_other_owners_conversations_look_missing(store: ConversationStore):
    """Every method behaves as with an id that does not exist."""
    conversation = ask(store, "My secret?")
    before = store.turns("ann", conversation)
    for owner in ("bob", "", "ann ", "ANN", "%", "ann' OR '1'='1"):
        for id_ in (conversation, "no such id"):
            assert store.turns(owner, id_) == []
            with pytest.raises(ConversationDeleted) as caught:
                store.add(owner, id_, make_answer("Mine now?"))
            assert str(caught.value) == "This conversation was deleted. Start a new one."
            with pytest.raises(ConversationDeleted):
                store.add(owner, id_, make_answer("Mine now?"), replaces=before[0].id)
            store.choose_branch(owner, id_, before[0].id, 1)
            store.rename(owner, id_, "Mine")
            store.pin(owner, id_, True)
            store.delete(owner, id_)
            store.delete_forever(owner, id_)
            store.restore(owner, id_)
            assert store.trash(owner) == []
        store.rate(owner, before[0].id, "down", "Bad.")
        assert store.rated(owner) == []
        assert store.list_conversations(owner) == []
        assert store.list_conversations(owner, "secret") == []

    assert store.turns("ann", conversation) == before
    assert titles(store) == ["My secret?"]


def test_ids_are_never_the_same_and_cannot_be_guessed(store: ConversationStore):
    """At least 128 random bits each."""
    ids = {store.create("ann") for _ in range(200)}

    assert len(ids) == 200
    assert {len(id_) for id_ in ids} == {22}  # of 6 bits


def test_any_input_of_a_browser_is_accepted(store: ConversationStore):
    """Lone surrogates, NUL and numbers beyond SQLite's cause no error."""
    conversation = store.create("ann\ud800")
    turn = store.add("ann\ud800", conversation, make_answer("Why\udfff\0?"))
    for number in (10**30, -(10**30), turn.id):
        store.rate("ann\ud800", number, "up", "\ud800 well\0")
    store.choose_branch("ann\ud800", "\ud800", 10**30, 10**30)
    store.rename("ann\ud800", conversation, "\ud800\0")

    assert [turn.comment for turn in store.rated("ann\ud800")] == ["? well\0"]
    assert questions(store.turns("ann\ud800", conversation)) == [replace_surrogates("Why\udfff\0?")]


def test_the_files_are_private(store: ConversationStore, path: Path):
    """The database and SQLite's files next to it have mode 0600."""
    ask(store, "Who?")

    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {
        "conversations.sqlite": 0o600,
        "conversations.sqlite-shm": 0o600,
        "conversations.sqlite-wal": 0o600,
    }


# Many at once


def test_threads_can_add_turns_concurrently(store: ConversationStore):
    """Each finds its own turns, complete and in order."""
    conversations = [store.create(f"owner {n}") for n in range(16)]

    def add_turns(n: int) -> None:
        for turn in range(10):
            store.add(f"owner {n}", conversations[n], make_answer(f"{n}.{turn}?"))
            store.list_conversations(f"owner {n}", "because")

    threads = [threading.Thread(target=add_turns, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [questions(store.turns(f"owner {n}", conversations[n])) for n in range(16)] == [
        [f"{n}.{turn}?" for turn in range(10)] for n in range(16)
    ]


def test_a_new_file_is_made_by_one_of_many(path: Path):
    """Opened by several at the very same moment, it is made once and serves them all."""
    start = threading.Barrier(8)
    listed: list[list[ConversationSummary]] = []

    def begin() -> None:
        start.wait()
        with closing(ConversationStore(path)) as store:
            ask(store, "Who?")
            listed.append(store.list_conversations("ann"))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [8] == sorted({len(containing) for containing in listed})[-1:]
    assert len(listed) == 8


_TALK = """
import sys
from pathlib import Path
from qa.chat.store import ConversationStore
from qa.stored_answer import StoredAnswer
print("ready", flush=True)
sys.stdin.readline()
store = ConversationStore(Path(sys.argv[1]))
conversation = sys.argv[3] if len(sys.argv) > 3 else store.create(sys.argv[2])
done = len(store.turns(sys.argv[2], conversation))
while True:
    store.add(sys.argv[2], conversation, StoredAnswer(f"{done}?", note="x" * 9000))
    done += 1
    print(done, conversation, flush=True)
"""


def _talking(path: Path, *words: str) -> subprocess.Popen[str]:
    """A process that asks and asks; it has everything loaded and waits for a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", _TALK, str(path), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def _go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def _killed(process: subprocess.Popen[str]) -> str:
    """What it had still to say."""
    os.killpg(process.pid, signal.SIGKILL)
    return process.communicate()[0]


def test_processes_can_write_concurrently(path: Path):
    """They create the file together, and none blocks or loses a turn."""
    processes = [_talking(path, owner) for owner in ("ann", "bob")]
    for process in processes:
        _go(process)
    conversations = []
    for process in processes:
        assert process.stdout is not None
        lines = [process.stdout.readline().split() for _ in range(30)]
        assert [int(done) for done, _ in lines] == list(range(1, 31))
        conversations.append(lines[0][1])
    for process in processes:
        _killed(process)
    with closing(ConversationStore(path)) as store:
        kept_turns = [
            questions(store.turns(*who))[:30] for who in zip(("ann", "bob"), conversations, strict=True)
        ]

    assert kept_turns == [[f"{n}?" for n in range(30)]] * 2


def test_a_kill_loses_no_stored_turn(path: Path):
    """After each kill the file is intact and has every turn that was reported."""
    with closing(ConversationStore(path)) as store:
        conversation = store.create("ann")
    moments = random.Random(7)
    turns = 0
    for _ in range(KILLS):
        process = _talking(path, "ann", conversation)
        _go(process)
        assert process.stdout is not None
        if moments.random() < 0.8:  # the others die at the very beginning, while they open the file
            process.stdout.readline()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=moments.uniform(0, 0.1))
        reported = [line.split() for line in _killed(process).splitlines() if line.endswith(conversation)]
        with closing(ConversationStore(path)) as store:
            kept_turns = questions(store.turns("ann", conversation))
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert kept_turns == [f"{n}?" for n in range(len(kept_turns))]
        assert len(kept_turns) >= max([turns, *(int(done) for done, _ in reported)])
        turns = len(kept_turns)

    assert turns > KILLS  # or nothing was tested


# Damage


def test_a_damaged_answer_affects_only_itself(store: ConversationStore, path: Path):
    """Its question is shown with a message; other turns are unchanged."""
    conversation = ask(store, "One?", "Two?", "Three?")
    one, two, three = store.turns("ann", conversation)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE turns SET answer = substr(answer, 1, 50) WHERE id = ?", (two.id,))

    assert store.turns("ann", conversation) == [one, replace(two, answer=damaged_placeholder("Two?")), three]


@pytest.mark.parametrize(
    "content", [b"no database, but some text " * 200, b"\xff" * 9000, b"SQLite format 3\0"]
)
def test_a_file_that_is_not_a_database_is_one_line(path: Path, content):
    """The message says what to do, and the file is unchanged."""
    path.parent.mkdir()
    path.write_bytes(content)

    with pytest.raises(
        ConversationsDamaged, match=r"are damaged .* To start over, move that file away"
    ) as caught:
        ConversationStore(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


@pytest.mark.parametrize("seed", [*range(30), 51])
def test_damage_anywhere_is_reported_or_harmless(path: Path, seed):
    """Either the turns are returned or the error is a message for a person."""
    with closing(ConversationStore(path)) as store:
        for n in range(6):
            conversation = ask(store, *(f"{n}.{turn}?" for turn in range(5)))
    _damage(path, random.Random(seed))
    errors: list[FootnoteError] = []
    try:
        _use(path, conversation)
    except FootnoteError as error:
        errors.append(error)

    assert [error for error in errors if "\n" in str(error)] == []


def _use(path: Path, conversation: str) -> None:
    with closing(ConversationStore(path)) as store:
        store.list_conversations("ann")
        store.turns("ann", conversation)
        store.add("ann", conversation, make_answer("And?"))
        store.rated("ann")
        store.choose_branch("ann", conversation, 1, 1)
        store.delete("ann", conversation)
        store.trash("ann")
        store.delete_forever("ann", conversation)


def _damage(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    if chance.random() < 0.2:
        del content[chance.randrange(len(content)) :]
    for _ in range(chance.choice([1, 10, 100])):
        at = chance.randrange(len(content)) if content else 0
        content[at : at + 16] = chance.randbytes(16)
    path.write_bytes(content)


def test_a_file_of_a_later_version_is_one_line(path: Path):
    """It is not changed, so that the later version can still use it."""
    ConversationStore(path).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO migrations VALUES ('m999_moods')")

    with pytest.raises(
        ConversationsUnavailable,
        match=r"by a newer version of Footnote \(it has m999_moods, this one knows m",
    ):
        ConversationStore(path)


def test_a_path_that_is_a_folder_is_one_line(path: Path):
    """And so is one whose parent is a file."""
    path.mkdir(parents=True)
    (path.parent / "file").touch()

    with pytest.raises(ConversationsUnavailable, match=r"unable to open database file\)\. Make the file"):
        ConversationStore(path)
    with pytest.raises(
        ConversationsUnavailable, match=r"can't be opened .*\. Make the file and its folder writable\.$"
    ):
        ConversationStore(path.parent / "file" / "conversations.sqlite")


# The form on disk

EXPECTED = {
    "migrations": ["name TEXT"],
    "conversations": [
        "id TEXT",
        "owner TEXT",
        "title TEXT",
        "words TEXT",
        "begun_at TEXT",
        "deleted_at TEXT",
        "pinned INTEGER",
        "collection TEXT",
    ],
    "collections": ["id TEXT", "owner TEXT", "name TEXT", "members TEXT"],
    "turns": [
        "id INTEGER",
        "conversation TEXT",
        "asked_at TEXT",
        "question TEXT",
        "answer TEXT",
        "words TEXT",
        "thumb TEXT",
        "remark TEXT",
        "parent INTEGER",
        "chosen INTEGER",
        "correction TEXT",
    ],
}


def test_the_schema_is_as_documented(store: ConversationStore, path: Path):
    """Table by table, in WAL mode, with every migration recorded once."""
    with closing(sqlite3.connect(path)) as database:
        found = {
            table: [f"{name} {kind}" for _, name, kind, *_ in database.execute(f"PRAGMA table_info({table})")]
            for table in EXPECTED
        }
        done = [name for (name,) in database.execute("SELECT name FROM migrations")]
        mode = database.execute("PRAGMA journal_mode").fetchone()[0]

    assert found == EXPECTED
    assert done == [migration.__name__ for migration in MIGRATIONS]
    assert mode == "wal"


def test_a_database_of_the_first_version_is_read(path: Path):
    """It is migrated, shows its turns with footnotes, comments and refusals, and takes further ones."""
    path.parent.mkdir()
    shutil.copyfile(ROOT / "tests/data/conversations-1.sqlite", path)
    owner = f"guest:{'a' * 22}"
    with closing(ConversationStore(path)) as store:
        [summary] = store.list_conversations(owner)
        store.add(owner, summary.id, to_stored(answer("In June.")))
        first, follow_up, refused, added = store.turns(owner, summary.id)

    [footnote] = first.answer.notes
    assert (summary.title, summary.turns) == ("Where does the arctic tern nest?", 3)
    assert (first.answer.short, footnote.cited_text) == ("Greenland", "It nests in Greenland in June.")
    assert (first.rating, first.comment) == ("up", "Good.")
    assert (follow_up.answer.standalone, follow_up.answer.short) == ("And when? (arctic tern nest)", "June")
    assert refused.answer.refused
    assert [passage.title for passage in refused.answer.nearest] == ["birds", "Eels"]
    assert added.answer.notes[0].cited_text == "In June."


def test_a_database_without_branches_is_read(path: Path):
    """Each turn follows the one before it, also after a gap; conversations of guests are adopted."""
    path.parent.mkdir()
    shutil.copyfile(ROOT / "tests/data/conversations-2.sqlite", path)
    with closing(ConversationStore(path)) as store:
        store.adopt("local", "guest:")
        lake, eels = store.list_conversations("local")
        turns = store.turns("local", eels.id)
        store.add("local", eels.id, make_answer("When?"), replaces=turns[1].id)
        edited = store.turns("local", eels.id)
        rated = store.turns("local", lake.id)
        accounts = titles(store, owner="account:eve")

    assert questions(turns) == ["Where do eels spawn?", "And when exactly?", "And how deep?"]
    assert {(turn.branch, turn.branches) for turn in turns} == {(1, 1)}
    assert [(turn.answer.question, turn.branch, turn.branches) for turn in edited] == [
        ("Where do eels spawn?", 1, 1),
        ("When?", 2, 2),
    ]
    assert (lake.title, rated[0].comment, rated[0].correction) == ("The lake", "Wrong lake.", "")
    assert accounts == ["Who am I?"]


def test_migrations_are_numbered_and_say_why():
    """Names are ``m001_...`` without a gap, and each has a docstring."""
    assert [migration.__name__[:5] for migration in MIGRATIONS] == [
        f"m{number:03}_" for number in range(1, len(MIGRATIONS) + 1)
    ]
    assert all(migration.__doc__ for migration in MIGRATIONS)
