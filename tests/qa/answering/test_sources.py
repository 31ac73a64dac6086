"""The passages that are read for a question: also those of the documents that it mentions."""

from index import IndexDir
from qa.answering.retrieval import Retriever
from qa.answering.sources import Sources
from tests.fakes.markdown import source
from tests.fakes.pipeline import EMBEDDER, write_index
from tests.fakes.reader import WordReader

NAMES = ("mozilla-public-license.md", "other-a.md", "other-b.md", "other-c.md")


def read_titles(folder, question: str, naming: str = "") -> list[str]:
    """Return the documents of the passages that are read, of which there are two."""
    library = [source(NAMES[0], "# Mozilla Public License\n\nA change has to be published.\n")]
    library += [
        source(name, f"# {name}\n\nMay I sell a change of the program? Yes, {name}.\n") for name in NAMES[1:]
    ]
    write_index(folder, library)
    with IndexDir(folder).open_current() as snapshot:
        retriever = Retriever(EMBEDDER, dense_weight=0.5, candidates=10)
        sources = Sources(snapshot, retriever, WordReader(), max_read=2, naming=naming)
        return [reading.passage.title for reading in sources.search(question)]


def test_a_mentioned_document_is_read(tmp_path):
    """Its initials name it; by the other words it wouldn't be among the passages that are read."""
    assert "Mozilla Public License" in read_titles(
        tmp_path, "May I sell a change of the program under the MPL?"
    )


def test_no_document_is_added_without_a_mention(tmp_path):
    """The best passages are read."""
    assert "Mozilla Public License" not in read_titles(tmp_path, "May I sell a change of the program?")


def test_words_that_are_not_searched_for_name_a_document(tmp_path):
    """The question is searched for without them."""
    titles = read_titles(
        tmp_path, "May I sell a change of the program?", "According to the MPL, may I sell a change?"
    )

    assert "Mozilla Public License" in titles
