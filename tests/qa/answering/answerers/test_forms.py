"""Overviews, lists of documents, small talk and clarification over a real small index."""

from pathlib import PurePath

import pytest

from qa.answering.answerers.clarification import ClarificationForm
from qa.answering.answerers.documents import DocumentsForm, property_named
from qa.answering.answerers.extractive import ExtractiveAnswerer
from qa.answering.answerers.overview import MAX_DOCUMENTS, OverviewForm
from qa.answering.answerers.small_talk import SmallTalkForm
from qa.answering.pipeline import QAPipeline
from qa.answering.question_analysis import QuestionKind
from qa.records import Answer, AnswerKind, Turn
from tests.fakes.markdown import source
from tests.fakes.pipeline import EMBEDDER, small_pipeline

LEAVE = """# Leave rules

This policy describes the leave that employees of the ferry company can take.

Annual leave accrues at four hours for every period of two weeks. Sick leave is meant for illness, and a
doctor confirms it after three days. Court leave is granted for jury duty for as long as the jury sits.

## Risks

The risks are lost hours and other risks of unused leave.
"""
LAKE = """# Lake Orin survey

This report describes the survey of Lake Orin by Anna Keller. Anna Keller drew the map of Lake Orin in 1912.
The deepest point of Lake Orin lies beside the eastern shore, near the village of Tern.
"""
GERMAN = """# Fährordnung

Diese Ordnung gilt für alle Fahrgäste, die mit der Fähre über den See fahren und wieder zurück wollen.
Jeder Fahrgast hat vor der Fahrt einen Fahrschein zu kaufen und ihn auf der Fähre zu zeigen.
"""
FARES = "| Port | Fare |\n|---|---|\n| Tern | 12 |\n| Sala | 30 |\n| Ulm | 40 |\n"
LIBRARY = {"leave-policy.md": LEAVE, "lake-orin.md": LAKE, "faehre.md": GERMAN, "fares.md": FARES}


def make_asker(folder, library: dict[str, str]) -> QAPipeline:
    return small_pipeline(
        folder,
        [source(name, text) for name, text in library.items()],
        answerer=ExtractiveAnswerer(refuse_below=0.3, bold_from=0.9),
        passages=2,
        forms={
            QuestionKind.OVERVIEW: OverviewForm(EMBEDDER),
            QuestionKind.WHICH_DOCUMENT: DocumentsForm(EMBEDDER),
            QuestionKind.SMALL_TALK: SmallTalkForm(lambda snapshot: ["Who drew Lake Orin?"]),
            QuestionKind.VAGUE: ClarificationForm(),
        },
    )


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> QAPipeline:
    """Answers from four small documents."""
    return make_asker(tmp_path_factory.mktemp("index"), LIBRARY)


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> QAPipeline:
    """Answers from one document."""
    return make_asker(tmp_path_factory.mktemp("index"), {"leave-policy.md": LEAVE})


def cited(answer: Answer) -> set[str]:
    return {PurePath(footnote.path).name for footnote in answer.footnotes}


def doc_id(pipeline: QAPipeline, name: str) -> str:
    with pipeline.live.acquire() as snapshot:
        return snapshot.find(name).doc_id


def test_a_summary_of_a_named_document_has_no_other(pipeline):
    """Each point is one of its sentences with a footnote, in its order."""
    answer = pipeline.run("Summarise the leave policy")
    starts = [footnote.span.start for footnote in answer.footnotes]

    assert AnswerKind.OVERVIEW == answer.kind
    assert answer.confidence is not None
    assert {"leave-policy.md"} == cited(answer)
    assert [footnote.cited_text for footnote in answer.footnotes] == [one.text for one in answer.sentences]
    assert starts == sorted(starts)
    assert "Leave rules" in answer.note


def test_this_is_the_selected_document(pipeline):
    """An overview of a document starts with its title."""
    answer = pipeline.run("What is this about?", [doc_id(pipeline, "lake-orin.md")])

    assert "Lake Orin survey" == answer.sentences[0].text
    assert answer.sentences[1].text.startswith("This report describes")
    assert {"lake-orin.md"} == cited(answer)


def test_the_article_is_the_only_document(alone):
    """A kind of document that no name has means the documents there are."""
    assert AnswerKind.OVERVIEW == alone.run("Summarise the article").kind


def test_that_means_nothing_without_a_conversation(pipeline):
    """It gets the question back; with a conversation it gets more of its topic."""
    earlier = [Turn("Who drew the map of Lake Orin?", "Anna Keller drew the map of Lake Orin in 1912.")]

    assert AnswerKind.CLARIFICATION == pipeline.run("tell me more about that").kind
    assert AnswerKind.CLARIFICATION != pipeline.run("tell me more about that", history=earlier).kind


def test_this_document_is_that_of_the_conversation(pipeline):
    """None is selected, and the conversation was about one document."""
    earlier = [Turn("Who drew the map of Lake Orin?", "Anna Keller drew the map of Lake Orin in 1912.")]
    answer = pipeline.run("Summarise this document", history=earlier)

    assert {"lake-orin.md"} == cited(answer)


def test_a_summary_is_no_follow_up(pipeline):
    """It looks like a fragment of the previous question but isn't one."""
    answer = pipeline.run("and a summary?", history=[Turn("Where is Lake Sala?", "In the north.")])

    assert (AnswerKind.OVERVIEW, "") == (answer.kind, answer.standalone)


def test_the_number_of_points_is_the_requested_one(pipeline):
    """There are no more points than that."""
    assert 2 == len(pipeline.run("Summarise the leave policy in two sentences").sentences)


def test_a_table_is_described_by_its_columns(pipeline):
    """The note has its number of rows."""
    answer = pipeline.run("What is this about?", [doc_id(pipeline, "fares.md")])

    assert ("Columns", "Port, Fare") == (answer.sentences[0].label, answer.sentences[0].text)
    assert answer.note == "The table has 3 rows."


def test_a_named_table_is_noted_with_its_rows(pipeline):
    """The note is one sentence with the document's title and the number of rows."""
    assert pipeline.run("What is the fares document about?").note == "From “fares”, a table of 3 rows."


def test_a_library_is_described_by_its_documents(pipeline):
    """Each document has a sentence or more under its title; questions are suggested."""
    answer = pipeline.run("What are these documents about?")

    assert set(LIBRARY) == cited(answer)
    assert {"Leave rules", "Lake Orin survey", "Fährordnung", "fares"} == {
        sentence.label for sentence in answer.sentences
    }
    assert "What is “Lake Orin survey” about?" in answer.suggestions


def test_a_large_library_is_described_by_a_few(tmp_path):
    """The most different documents are shown, and the note has the number of all."""
    library = {
        f"lake-{n}.md": f"# Lake {name}\n\nThis report describes the survey of Lake {name} by Anna Keller.\n"
        for n, name in enumerate("Alba Borea Carda Dorn Emba Farn Gorn Hald Isar".split())
    }
    answer = make_asker(tmp_path, library).run("summarise everything")

    assert MAX_DOCUMENTS == len(answer.sentences)
    assert "9 documents" in answer.note


def test_a_topic_is_summarised_from_all_documents(pipeline):
    """No document has the topic as its name."""
    answer = pipeline.run("Tell me about jury duty")

    assert AnswerKind.OVERVIEW == answer.kind
    assert answer.sentences[0].text.startswith("Court leave is granted for jury duty")


def test_an_overview_can_be_of_risks_only(alone):
    """It has the sentence about a risk, not the whole document."""
    answer = alone.run("What are the main risks?")

    assert ["The risks are lost hours and other risks of unused leave."] == [
        sentence.text for sentence in answer.sentences
    ]


@pytest.mark.parametrize("question", ["What was the dispute about?", "Summarise the theory of relativity"])
def test_an_overview_of_nothing_is_a_factual_question(pipeline, question):
    """It is refused rather than answered with something else."""
    answer = pipeline.run(question)

    assert (True, AnswerKind.PASSAGE) == (answer.refused, answer.kind)


def test_the_findings_of_something_are_a_fact(alone):
    """Its passages are all of one document, but that document is not what is asked about."""
    topic = "the annual leave that accrues at four hours for every period of two weeks"

    assert alone.run(f"What were the key findings from {topic}?").kind is AnswerKind.PASSAGE


def test_documents_are_listed_with_a_sentence_each(pipeline):
    """They have their titles as labels, and other documents are missing."""
    answer = pipeline.run("Which documents are about annual leave?")

    assert AnswerKind.DOCUMENTS == answer.kind
    assert ["Leave rules"] == [sentence.label for sentence in answer.sentences]
    assert "annual leave" in answer.sentences[0].text.lower()
    assert {"leave-policy.md"} == cited(answer)


def test_no_document_is_listed_for_an_unknown_topic(pipeline):
    """The answer is a refusal with that reason."""
    answer = pipeline.run("Which documents are about quantum computing?")

    assert (True, ()) == (answer.refused, answer.footnotes)
    assert answer.reason


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Which of these documents are in German?", {"faehre.md"}),
        ("Which documents are in English?", {"leave-policy.md", "lake-orin.md", "fares.md"}),
        ("Which files are PDFs?", set()),
        ("which files are markdown", set(LIBRARY)),
    ],
)
def test_documents_are_found_by_language_and_by_kind(pipeline, question, names):
    """The question is for a property of documents rather than for a topic."""
    assert names == cited(pipeline.run(question))


def test_a_topic_is_not_a_property():
    """A language may be a topic, too."""
    found = property_named("in French")
    assert found is not None
    assert "fr" == found.language
    assert property_named("French cooking") is None


def test_small_talk_is_answered_without_documents(pipeline):
    """The answer is a fixed text with suggested questions."""
    answer = pipeline.run("hello!")

    assert (AnswerKind.SMALL_TALK, (), False) == (answer.kind, answer.footnotes, answer.refused)
    assert answer.suggestions[0] == "Who drew Lake Orin?"
    assert 3 == len(answer.suggestions)


def test_small_talk_is_not_a_follow_up(pipeline):
    """Thanks are recognised after any conversation."""
    answer = pipeline.run("thanks, that helped", history=[Turn("Who drew Lake Orin?", "Anna Keller.")])

    assert (AnswerKind.SMALL_TALK, "") == (answer.kind, answer.standalone)


def test_small_talk_is_answered_in_its_language(pipeline):
    """The suggested questions are in that language, too."""
    answer = pipeline.run("Danke schön!")

    assert answer.sentences[0].text.startswith("Gern")
    assert answer.suggestions[1].startswith("Worum geht es")


def test_a_vague_question_gets_a_clarification(pipeline):
    """Possible meanings are suggested as whole questions, without claims."""
    answer = pipeline.run("How much is it?")

    assert (AnswerKind.CLARIFICATION, (), False) == (answer.kind, answer.footnotes, answer.refused)
    assert answer.suggestions
    assert all(one.startswith("How much is it, according to “") for one in answer.suggestions)


def test_one_document_needs_no_clarification(alone):
    """A vague question is about that document."""
    assert AnswerKind.PASSAGE == alone.run("What's the maximum?").kind


def test_an_empty_index_has_no_overview(tmp_path):
    """Only small talk is answered."""
    empty = make_asker(tmp_path, {"nothing.md": "."})

    assert AnswerKind.SMALL_TALK == empty.run("hi").kind
    assert empty.run("summarise this").kind in (AnswerKind.OVERVIEW, AnswerKind.PASSAGE)
