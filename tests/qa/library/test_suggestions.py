"""Suggested questions: each is answered from its own sentence."""

import json
from pathlib import Path

import pytest

from index import IndexDir, Progress
from qa import bootstrap
from qa.bootstrap import Services
from qa.library.suggestions import MAX_SUGGESTIONS, MIN_SUPPORT, load_suggestions, make_suggestions
from qa.settings import Settings
from tests.conftest import ROOT
from tests.fakes.folder import write_tree
from tests.fakes.services import small_services

LAKES = {
    f"{name}.txt": f"Walkers come to Lake {name} in June. Lake {name} was mapped in 18{number} by Keller."
    for number, name in enumerate(("Orin", "Sela", "Tarn", "Ulva", "Vell"), start=80)
}


@pytest.fixture
def services(tmp_path) -> Services:
    services = small_services(tmp_path)
    services.indexer.build([write_tree(tmp_path / "corpus", LAKES)])
    return services


def current(services: Services) -> str:
    return IndexDir(services.settings.index_dir).current_name() or ""


def made(services: Services) -> tuple[str, ...]:
    return make_suggestions(services.indexer.suggester, services.settings.index_dir)


def test_suggestions_are_stored_for_their_snapshot(services):
    """Three of them, each about another document, next to the snapshot and not in it."""
    questions = made(services)
    index_dir = services.settings.index_dir

    assert MAX_SUGGESTIONS == len({question.split()[3] for question in questions})
    assert questions == load_suggestions(index_dir, current(services))
    assert () == load_suggestions(index_dir, "another")
    assert f"starters/{current(services)}.json" in {
        path.relative_to(index_dir).as_posix() for path in index_dir.rglob("*.json")
    }
    IndexDir(index_dir).verify()


def test_each_suggestion_is_answered_with_support(services):
    """From the index that it was generated from."""
    for question in made(services):
        answer = services.pipeline.run(question)
        assert not answer.refused
        assert max(footnote.support for footnote in answer.footnotes) >= MIN_SUPPORT


def test_suggestions_are_deterministic(services):
    """The same documents give the same questions."""
    first = made(services)
    (services.settings.index_dir / "starters" / f"{current(services)}.json").unlink()

    assert first == made(services)


def test_existing_suggestions_are_not_generated_again(services):
    """An unchanged index asks no question."""
    made(services)
    steps: list[Progress] = []
    services.indexer.make_suggestions(steps.append)

    assert [] == steps


def test_suggestions_of_deleted_snapshots_are_deleted(services, tmp_path):
    """When the next suggestions are stored."""
    names = []
    for n in range(4):
        (tmp_path / "corpus" / "Orin.txt").write_text(f"Lake Orin lies {n} miles from here.")
        services.indexer.build()
        services.indexer.make_suggestions()
        names.append(current(services))

    assert set(names[1:]) == {path.stem for path in (services.settings.index_dir / "starters").iterdir()}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"footnote_starters": 2, "questions": ["What?"]}',
        '{"footnote_starters": 1, "questions": 3}',
        '{"footnote_starters": 1, "questions": [3, "", "a\\nb", "\\u202e"]}',
        json.dumps({"footnote_starters": 1, "questions": ["x" * 1000]}),
        "\xff",
    ],
)
def test_an_invalid_file_has_no_suggestions(services, content):
    """It may be damaged or written by anyone."""
    made(services)
    path = services.settings.index_dir / "starters" / f"{current(services)}.json"
    path.write_bytes(content.encode("latin-1"))

    assert () == load_suggestions(services.settings.index_dir, current(services))


def test_documents_without_statements_have_no_suggestions(tmp_path):
    """This is stored, too, so that they are not generated again."""
    services = small_services(tmp_path)
    services.indexer.build([write_tree(tmp_path / "corpus", {"a.txt": "apples, pears, plums"})])

    assert () == made(services) == load_suggestions(services.settings.index_dir, current(services))
    assert (services.settings.index_dir / "starters" / f"{current(services)}.json").exists()


def test_an_empty_index_has_no_suggestions(services, tmp_path):
    """A missing index causes no error, either."""
    for path in (tmp_path / "corpus").iterdir():
        path.unlink()
    services.indexer.build(allow_empty=True)

    assert () == made(services)
    small_services(tmp_path / "elsewhere").indexer.make_suggestions()


def test_the_seeds_have_suggestions(tmp_path):
    """With the real models: three, each of another document."""
    services = bootstrap.build_services(Settings(index_dir=tmp_path / "index", data_dir=tmp_path / "data"))
    services.indexer.build([ROOT / "seeds" / "corpus"])
    questions = made(services)
    cited = [services.pipeline.run(question).footnotes[0].path for question in questions]

    assert (
        "What is the Security Council?",
        "When did the Korean War begin?",
        "How many missiles did Pyongyang fire?",
    ) == questions
    assert ["security-council.txt", "armistice-1953.pdf", "briefing.docx"] == [
        Path(path).name for path in cited
    ]
