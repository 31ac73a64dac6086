"""The question sets over documents of public repositories are consistent and name their sources."""

from pathlib import Path

import pytest

from qa.evaluation.everyday import load_everyday

REPOSITORIES = Path(__file__).parents[1] / "seeds" / "repositories"
SETS = sorted(path.parent for path in REPOSITORIES.glob("*/questions.jsonl"))

each_set = pytest.mark.parametrize("folder", SETS, ids=lambda folder: folder.name)


@each_set
def test_no_question_of_a_set_is_asked_twice(folder):
    """Two questions differ in their words, their conversation or the documents they are limited to."""
    questions, _ = load_everyday(folder)

    asked = [
        (question.half, question.question.lower(), *question.documents, *question.history)
        for question in questions
    ]
    assert len(asked) == len(set(asked))
    assert {question.half for question in questions} == {"tuning", "test"}


@each_set
def test_each_document_of_a_set_names_its_source(folder):
    """The source is a repository with commit and path, and the licence is stated."""
    _, documents = load_everyday(folder)

    assert all("/" in document.source.partition("@")[0] for document in documents)
    assert all(":" in document.source.partition("@")[2] for document in documents)
    assert all(document.licence for document in documents)


@each_set
def test_a_set_is_listed_in_the_readme(folder):
    """The table of sets has a row for each."""
    assert f"| `{folder.name}/` |" in (REPOSITORIES / "README.md").read_text(encoding="utf-8")
