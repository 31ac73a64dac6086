"""Collections, and conversations that are limited to one."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from qa.bootstrap import make_answer_jobs, make_library
from qa.chat.answer_jobs import AskRequest
from qa.chat.collections import MAX_MEMBERS, Collection, CollectionStore
from qa.chat.store import ConversationStore
from qa.stored_answer import StoredAnswer
from tests.fakes.folder import write_tree
from tests.fakes.services import small_services

CORPUS = {
    "red/apples.txt": "Apples are red and grow on trees.",
    "pears.txt": "Pears are green and grow on trees.",
    "plums.txt": "Plums are blue and grow on trees.",
}


@pytest.fixture
def store(tmp_path) -> Iterator[ConversationStore]:
    with closing(ConversationStore(tmp_path / "conversations.sqlite")) as conversations:
        yield conversations


@pytest.fixture
def collections(store) -> CollectionStore:
    return store.collections


def test_collections_are_saved_changed_and_deleted(collections):
    """They are sorted by name; a deleted one can be saved again with its id."""
    trees = collections.save("ann", " My\n trees ", ["/b.txt", "/a", "/a"])
    bees = collections.save("ann", "bees", [])
    assert collections.of_owner("ann") == [
        Collection(bees, "bees", ()),
        Collection(trees, "My trees", ("/a", "/b.txt")),
    ]

    collections.save("ann", "All trees", ["/a"], trees)
    collections.delete("ann", bees)
    assert collections.of_owner("ann") == [Collection(trees, "All trees", ("/a",))]

    assert collections.save("ann", "bees", [], bees) == bees
    assert [each.name for each in collections.of_owner("ann")] == ["All trees", "bees"]


def test_a_collection_has_a_name_and_bounds(collections):
    """A blank name gets one, and long ones are cut."""
    collections.save("ann", " \u200b" * 0 + " ", map(str, range(MAX_MEMBERS + 5)))
    collections.save("ann", "x" * 500, [])
    found = collections.of_owner("ann")

    assert [len(each.name) for each in found] == [10, 80]
    assert len(found[0].members) == MAX_MEMBERS


def test_other_owners_collections_look_missing(store, collections):
    """They can be neither read, replaced, deleted nor used."""
    mine = collections.save("ann", "Mine", ["/a"])
    conversation = store.create("bob")
    collections.save("bob", "His now", ["/b"], mine)
    collections.delete("bob", mine)
    collections.limit_conversation("bob", conversation, mine)
    collections.limit_conversation("bob", "no such id", mine)

    assert collections.of_owner("ann") == [Collection(mine, "Mine", ("/a",))]
    assert collections.of_owner("bob") == []
    assert collections.of_conversation("bob", conversation) is None


def test_a_conversation_is_limited_until_that_ends(store, collections):
    """Deleting the collection ends the limit, too, but saving it again doesn't."""
    trees, conversation = collections.save("ann", "Trees", ["/a"]), store.create("ann")
    store.add("ann", conversation, StoredAnswer("Why?"))
    collections.limit_conversation("ann", conversation, trees)
    [summary] = store.list_conversations("ann")
    assert summary.collection == trees
    assert collections.of_conversation("ann", conversation) == Collection(trees, "Trees", ("/a",))

    collections.delete("ann", trees)
    assert collections.of_conversation("ann", conversation) is None
    collections.save("ann", "Trees", ["/a"], trees)
    assert collections.of_conversation("ann", conversation) is not None

    collections.limit_conversation("ann", conversation, "")
    assert collections.of_conversation("ann", conversation) is None


@pytest.mark.parametrize(
    ("members", "selected", "titles"),
    [
        (("red",), (), {"apples"}),
        (("pears.txt",), (), {"pears"}),
        (("red",), ("pears.txt",), {"pears"}),
        ((), (), set()),
    ],
)
def test_questions_are_limited_to_the_collection(tmp_path, store, members, selected, titles):
    """A selection for one question comes first; an empty collection has no answer."""
    services = small_services(tmp_path)
    corpus = write_tree(tmp_path / "corpus", CORPUS)
    services.indexer.build([corpus])
    library = make_library(services)
    jobs = make_answer_jobs(services, store, library)
    paths = [[str(corpus / name) for name in names] for names in (members, selected)]
    collection = store.collections.save("ann", "Some", paths[0])
    request = AskRequest(
        "What grows on trees?", "", None, tuple(paths[1]), refuse_below=0.2, passages=5, collection=collection
    )
    conversation, _ = jobs.submit("ann", request)
    while jobs.turns("ann", conversation)[1]:
        pass
    [turn] = store.turns("ann", conversation)
    library.close()

    assert {note.title for note in turn.answer.notes} == titles
    assert turn.answer.refused == (not titles)
