"""The use case over a real index, with a small embedder and a reader that compares words."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from qa.answering.answerers.extractive import ExtractiveAnswerer
from qa.answering.pipeline import QAPipeline
from qa.answering.readers.base import PassageReading
from qa.records import AnswerDraft, Passage, Turn
from tests.fakes.markdown import source
from tests.fakes.pipeline import small_pipeline
from tests.fakes.reader import WordReader

TEXTS = {
    "orin": "Lake Orin was mapped by Keller. Keller drew Lake Orin in 1912.",
    "sala": "Lake Sala was mapped by Ferro. Ferro drew Lake Sala in 1950.",
}
EARLIER = [Turn("Where is Lake Sala?", "In the north.")]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> QAPipeline:
    """Answers from two short documents."""
    return small_pipeline(
        tmp_path_factory.mktemp("index"),
        [source(name, text) for name, text in TEXTS.items()],
        answerer=ExtractiveAnswerer(refuse_below=0.3, bold_from=0.9),
        passages=2,
    )


def test_a_follow_up_is_answered_about_its_topic(pipeline):
    """The topic is searched and read; the answer has the question as typed and as searched for."""
    answer = pipeline.run("Who mapped it?", history=EARLIER)

    assert answer.footnotes[0].cited_text == "Lake Sala was mapped by Ferro."
    assert (answer.question, answer.standalone) == ("Who mapped it?", "Who mapped Lake Sala?")


def test_every_streamed_answer_has_the_rewritten_question(pipeline):
    """The page shows it from the first draft on."""
    shown = list(pipeline.stream("Who mapped it?", history=EARLIER))

    assert {answer.standalone for answer in shown} == {"Who mapped Lake Sala?"}


def test_the_words_that_say_where_the_answer_is_are_not_read(pipeline):
    """The question is shown and stored as it was asked."""
    reader = RecordingReader()
    answer = replace(pipeline, reader=reader).run("Who mapped Lake Orin according to the report?")

    assert reader.questions == ["Who mapped Lake Orin?"]
    assert (answer.question, answer.standalone) == ("Who mapped Lake Orin according to the report?", "")
    assert answer.passages


class RecordingReader(WordReader):
    """Remembers the questions that it is asked."""

    def __init__(self) -> None:
        self.questions: list[str] = []

    def read(self, question: str, passages: Sequence[Passage]) -> list[PassageReading]:
        self.questions.append(question)
        return super().read(question, passages)


class InDrafts:
    """Says again and again what the extractive answerer says once, as a language model's words come in."""

    def draft(self, question: str, readings: Sequence[PassageReading]) -> Iterator[AnswerDraft]:
        for _ in range(20):
            yield from ExtractiveAnswerer(refuse_below=0.3, bold_from=0.9).draft(question, readings)


def test_the_steps_of_a_streamed_answer_add_up(pipeline):
    """The timings cover all drafts."""
    *_, last = replace(pipeline, answerer=InDrafts()).stream("Who mapped Lake Orin?")
    total = last.timings_ms["total"]

    assert 2 * total == pytest.approx(sum(last.timings_ms.values()), abs=0.05)


def test_a_self_contained_question_keeps_its_topic(pipeline):
    """The answer has neither words nor sources of the old topic."""
    answer = pipeline.run("Who mapped Lake Orin?", history=EARLIER)

    assert answer.standalone == ""
    assert answer.footnotes[0].cited_text == pipeline.run("Who mapped Lake Orin?").footnotes[0].cited_text
    assert answer.footnotes[0].cited_text == "Lake Orin was mapped by Keller."


@pytest.mark.parametrize(
    ("question", "standalone"),
    [
        ("What is this about?", ""),
        ("Summarise these documents", ""),
        ("What is it about?", "What is Lake Sala about?"),
        ("Summarise it", "Summarise Lake Sala"),
    ],
)
def test_a_complete_overview_request_is_not_rewritten(pipeline, question, standalone):
    """The word "this" means the documents, "it" what the previous question is about."""
    assert pipeline.run(question, history=EARLIER).standalone == standalone


@pytest.mark.parametrize(
    ("turn", "lake"),
    [
        (Turn("Who drew Lake Orin?", "Keller."), "orin"),
        (Turn("Who drew Lake Sala?", "Ferro."), "sala"),
    ],
)
def test_the_history_decides_between_two_documents(pipeline, turn, lake):
    """The question isn't rewritten; only its search takes the history into account."""
    answer = replace(pipeline, passages=1).run("Which lake was mapped?", history=[turn])

    assert (answer.footnotes[0].title, answer.standalone) == (lake, "")
