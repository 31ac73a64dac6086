"""Conversations as Markdown and JSON, and rated turns as a question set."""

import io
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path, PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from index import Document, Page, Span
from qa.chat import export
from qa.evaluation import load_question_set, run_questions
from qa.records import Answer, Footnote, Position, Sentence, Turn
from qa.rendering import escape
from qa.stored_answer import Rating, StoredAnswer, StoredTurn, to_stored
from tests.fakes.passages import document, passage
from tests.fakes.scripted_pipeline import ScriptedPipeline, TextDocuments
from tests.qa.test_rendering import VISIBLE
from tests.texts import texts

BIRDS = document("The tern flies far. It nests in Greenland in June.", "Birds", "/home/ann/birds.pdf")
FISH = document("Eels spawn in the Sargasso Sea.", "Fish", "/home/ann/fish.md")
AT = "2026-11-24T12:00:00+00:00"


def cited(question: str, source: Document, words: str, short: str | None = None) -> Answer:
    """An answer of one sentence: *words* of the document, with *short* in bold."""
    start = source.text.index(words)
    span = Span(source.doc_id, start, start + len(words))
    inner = None
    if short is not None:
        at = source.text.index(short, start)
        inner = Span(source.doc_id, at, at + len(short))
    note = Footnote(1, source, span, 0.9, inner)
    return Answer(question, (Sentence(words, (1,)),), (note,), short=short, passages=(passage(source),))


NESTS = cited("Where do terns nest?", BIRDS, "It nests in Greenland in June.", "Greenland")
SPAWN = cited("And eels?", FISH, "Eels spawn in the Sargasso Sea.")
NO_CHESS = Answer("Who won at chess?", refused=True, reason="No passage says so.", passages=(passage(BIRDS),))


def turn(number: int, answer: Answer, rating: Rating | None = None, comment: str = "") -> StoredTurn:
    return StoredTurn(number, to_stored(answer), AT, rating, comment)


# One conversation


def test_markdown_has_a_footnote_for_each_citation():
    """The complete Markdown of an answer, a follow-up and a refusal."""
    turns = [
        turn(7, NESTS, "up"),
        turn(8, replace(SPAWN, standalone="Where do eels spawn?", note="Short on time.")),
        turn(9, NO_CHESS, "down", "It was Fischer."),
    ]

    assert export.conversation_markdown(turns, "Terns & eels") == (
        "# Terns & eels\n\n"
        "## Where do terns nest?\n\n"
        "*2026-11-24 12:00 UTC*\n\n"
        "**Greenland**\n\n"
        "It nests in Greenland in June.[^1-1]\n\n"
        "*Rated up.*\n\n"
        "[^1-1]: [Birds (birds.pdf)](#source-1-20-50): “It nests in Greenland in June.”\n\n"
        "## And eels?\n\n"
        "*2026-11-24 12:00 UTC*\n\n"
        "*Understood as:* Where do eels spawn?\n\n"
        "Eels spawn in the Sargasso Sea.[^2-1]\n\n"
        "*Note:* Short on time.\n\n"
        "[^2-1]: [Fish (fish.md)](#source-2-0-31): “Eels spawn in the Sargasso Sea.”\n\n"
        "## Who won at chess?\n\n"
        "*2026-11-24 12:00 UTC*\n\n"
        "*No passage says so.*\n\n"
        "Closest documents:\n\n"
        "- Birds\n\n"
        "*Rated down.* It was Fischer.\n\n"
        "## Sources\n\n"
        "1. Birds (birds.pdf)\n"
        '    - <a id="source-1-20-50"></a>characters 21–50\n'
        "2. Fish (fish.md)\n"
        '    - <a id="source-2-0-31"></a>characters 1–31\n'
    )


def test_each_link_of_an_export_has_its_place():
    """Footnotes of several turns share the list of sources; a page is named with the place."""
    pages = (Page(1, 0, 20, 595, 842), Page(2, 20, 50, 595, 842))
    paged = replace(BIRDS, pages=pages)
    again = cited("And in June?", paged, "It nests in Greenland in June.")
    flies = cited("How far?", paged, "The tern flies far.")
    markdown = export.conversation_markdown([turn(1, flies), turn(2, again), turn(3, again), turn(4, SPAWN)])
    links, anchors = (re.findall(pattern, markdown) for pattern in (r"\]\(#([^)]+)\)", r'<a id="([^"]+)">'))

    assert anchors == ["source-1-0-19", "source-1-20-50", "source-2-0-31"]
    assert links == ["source-1-0-19", "source-1-20-50", "source-1-20-50", "source-2-0-31"]
    assert "page 2, characters 21–50" in markdown


def test_ordinary_text_is_not_escaped():
    """Figures, signs, quotation marks and names of files stay as they are."""
    text = "x ≠ y, 3.5 < 4 & R&D: 50% (see a_file-1.txt, #3; 12:30) – “yes”, it's 8/9 = 0.9 + ^2 | end!"

    assert escape(text) == text


@pytest.mark.parametrize(
    ("title", "time", "name"),
    [
        ("Where do terns nest?", AT, "Where-do-terns-nest-2026-11-24.md"),
        ("../../etc/passwd\0\n", AT, "etc-passwd-2026-11-24.md"),
        ("Wo ist München? 日本", AT, "Wo-ist-München-日本-2026-11-24.md"),
        ("“…”", "damaged/../x", "conversation.md"),
        ("x" * 500, AT, "x" * 60 + "-2026-11-24.md"),
    ],
)
def test_a_file_is_named_after_its_conversation(title, time, name):
    """And after the day of its last question; no name is a path."""
    assert export.export_name([StoredTurn(1, StoredAnswer("?"), time)], title, ".md") == name


def test_markdown_shows_disagreements_and_missing_sources():
    """A disagreement is shown with the footnotes of both positions."""
    answer = StoredAnswer(
        "How many?",
        sentences=(Sentence("Some.", ()),),
        disagreement=(Position("17", (1,)), Position("23", (2, 3))),
    )

    assert export.conversation_markdown([StoredTurn(1, answer, "then")]) == (
        "## How many?\n\n*then*\n\n"
        "Your sources disagree:\n\n- “17”[^1-1]\n- “23”[^1-2][^1-3]\n\n"
        "Some. \\[no source found\\]\n"
    )


@given(texts(), texts(), texts())
def test_hyp_document_text_is_plain_text_in_markdown(question, words, title):
    """It creates no tag, link, image or code, and is shown unchanged on one line."""
    source = document(words + ".", title, "/a/b.txt")
    answer = to_stored(cited(question, source, words + "."))
    turns = [StoredTurn(1, replace(answer, short=words, note=title, standalone=question), AT, "down", words)]
    tokens = [
        token
        for block in MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(
            export.conversation_markdown(turns, title)
        )
        for token in (block, *(block.children or ()))
    ]

    assert {token.type for token in tokens} <= {
        "heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "text",
        "text_special", "em_open", "em_close", "strong_open", "strong_close", "softbreak", "html_inline",
        "link_open", "link_close", "ordered_list_open", "ordered_list_close", "bullet_list_open",
        "bullet_list_close", "list_item_open", "list_item_close",
    }  # fmt: skip
    own = f'<a id="source-1-0-{len(words) + 1}">'
    assert [token.content for token in tokens if token.type == "html_inline"] == [own, "</a>"]
    assert {token.attrGet("href") for token in tokens if token.type == "link_open"} <= {f"#{own[7:-2]}"}


def structure(markdown: str) -> list[str]:
    """The kinds of all that *markdown* is made of, without its words."""
    blocks = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(markdown)
    kinds = [token.type for block in blocks for token in (block, *(block.children or ()))]
    return [kind for kind in kinds if kind not in {"text", "text_special"}]


@given(VISIBLE)
def test_hyp_document_text_adds_no_markdown_structure(text):
    """Wherever it is shown, a hostile text gives the same structure as a harmless one."""
    harmless, hostile = (
        export.conversation_markdown(
            [
                turn(1, replace(cited(words, document(words, words), words), note=words), "down", words),
                StoredTurn(
                    2, StoredAnswer(words, disagreement=(Position(words, (1,)),), short=words), "then"
                ),
                turn(3, Answer(words, refused=True, reason=words, passages=(passage(document("x", words)),))),
            ],
            words,
        )
        for words in ("words", text)
    )

    assert structure(harmless) == structure(hostile)


def test_json_has_the_citation_fields():
    """The fields are those of the schema, and no path of this computer is exported."""
    source = replace(BIRDS, digest="d" * 64)
    answer = cited("Where?", source, "It nests in Greenland in June.", "Greenland")
    exported = export.conversation_json([turn(7, answer, "down", "Hm.")], "Terns")
    [shown] = exported["turns"]

    assert (exported["footnote_conversation"], exported["title"]) == (1, "Terns")
    assert shown["citations"] == [
        {
            "marker": 1,
            "cited_text": "It nests in Greenland in June.",
            "document_title": "Birds",
            "document_path": "birds.pdf",
            "document_sha256": BIRDS.doc_id,
            "file_sha256": "d" * 64,
            "start_char_index": 20,
            "end_char_index": 50,
            "start_page_number": None,
            "short_answer_char_range": [32, 41],
            "support": 0.9,
        }
    ]
    assert (shown["asked_at"], shown["thumb"], shown["remark"]) == (AT, "down", "Hm.")
    assert "/home/ann" not in json.dumps(exported) + export.conversation_markdown(
        [turn(1, answer), turn(2, NO_CHESS)]
    )


def test_json_has_every_name_of_the_command_line():
    """A program that reads ``footnote ask --json`` reads this."""
    from qa.rendering import to_json

    shown, exported = to_json(NESTS), export.conversation_json([turn(7, NESTS)])["turns"][0]

    assert shown.keys() - exported.keys() == set()
    assert shown["citations"][0].keys() - exported["citations"][0].keys() == set()
    assert {name for name in shown if shown[name] != exported[name]} == {"citations", "passages"}


@given(texts().filter(bool), texts())
def test_hyp_json_offsets_match_the_document(words, before):
    """The document's text at a citation's offsets is the cited text, in any script."""
    source = document(before + words)
    span = Span(source.doc_id, len(before), len(before) + len(words))
    answer = Answer("Why?", (Sentence(words, (1,)),), (Footnote(1, source, span, 1.0),))
    exported = json.loads(json.dumps(export.conversation_json([turn(1, answer)])))
    [citation] = exported["turns"][0]["citations"]

    assert (
        source.text[citation["start_char_index"] : citation["end_char_index"]]
        == citation["cited_text"]
        == words
    )


# Rated answers


def write_set(
    folder: Path, turns: list[StoredTurn], documents: tuple[Document, ...] = (BIRDS, FISH)
) -> export.ExportSummary:
    """The set, unpacked into *folder*."""
    pack = io.BytesIO()
    exported = export.export_question_set(turns, documents, export.zip_writer(pack, folder.name))
    with zipfile.ZipFile(pack) as zipped:
        zipped.extractall(folder.parent)
    return exported


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_each_rating_has_its_own_meaning(tmp_path: Path):
    """What the evaluation knows of a question for each rating of an answer or a refusal."""
    rated = [
        turn(1, NESTS, "up"),
        turn(2, replace(SPAWN, standalone="Where do eels spawn?"), "up"),
        turn(3, NO_CHESS, "up"),
        turn(4, replace(NO_CHESS, question="How far do terns fly?"), "down", "It says so!"),
        turn(5, replace(SPAWN, question="Where do terns spawn?"), "down", "Terns don't."),
        turn(6, replace(NESTS, question="Who cares?")),
    ]
    exported = write_set(tmp_path / "set", rated)
    questions = load_question_set(tmp_path / "set").questions

    assert exported == export.ExportSummary(questions=4, rejected=1, changed=0, documents=2)
    assert [(q.id, q.text, q.answerable, q.answers) for q in questions] == [
        ("turn-1", "Where do terns nest?", True, ("Greenland",)),
        ("turn-2", "Where do eels spawn?", True, ("Eels spawn in the Sargasso Sea.",)),
        ("turn-3", "Who won at chess?", False, ()),
        ("turn-4", "How far do terns fly?", True, ()),
    ]
    assert [[(s.doc, s.text) for s in q.spans] for q in questions] == [
        [("birds.pdf", "It nests in Greenland in June."), ("birds.pdf", "Greenland")],
        [("fish.md", "Eels spawn in the Sargasso Sea.")],
        [],
        [],
    ]
    assert [
        (line["id"], line["question"], line["remark"]) for line in lines(tmp_path / "set" / "rejected.jsonl")
    ] == [("turn-5", "Where do terns spawn?", "Terns don't.")]


def test_an_answer_that_was_praised_measures_as_perfect(tmp_path: Path):
    """The evaluation runs the set; the same answers give 1, and refusing what can be answered doesn't."""
    answers = [NESTS, SPAWN, NO_CHESS, replace(NO_CHESS, question="How far do terns fly?")]
    ratings: list[Rating] = ["up", "up", "up", "down"]
    write_set(tmp_path, [turn(n, *rated) for n, rated in enumerate(zip(answers, ratings, strict=True))])
    asker = ScriptedPipeline({answer.question: answer for answer in answers})
    evaluated = run_questions(
        load_question_set(tmp_path),
        asker,
        documents=TextDocuments([BIRDS, FISH]),
        sample=None,
        progress=lambda step: None,
    )
    values = [
        {name: list(found) for name, found in result.values.items() if found} for result in evaluated.results
    ]
    perfect = ("citation_iou", "citation_precision", "citation_recall", "exact_match", "f1", "recall@5")

    assert [[value[name] for name in perfect] for value in values[:2]] == [[[1.0]] * 6] * 2
    assert values[0]["answer_span_iou"] == [1.0]
    assert [value.get("refusal_precision") for value in values] == [None, None, [1.0], [0.0]]
    assert "citation_iou" not in values[3]
    assert evaluated.errors == 0


def test_a_wrong_answer_with_the_right_one_is_a_question(tmp_path: Path):
    """The right answer is the gold; nothing is known of its place."""
    wrong = replace(turn(1, NESTS, "down", "Too far north."), correction=" Iceland ")
    missed = replace(turn(2, NO_CHESS, "down"), correction="Ada")
    exported = write_set(tmp_path, [wrong, missed], (FISH,))
    questions = load_question_set(tmp_path).questions

    assert exported == export.ExportSummary(questions=2, rejected=0, changed=0, documents=1)
    assert [(q.text, q.answerable, q.answers, q.spans) for q in questions] == [
        ("Where do terns nest?", True, ("Iceland",), ()),
        ("Who won at chess?", True, ("Ada",), ()),
    ]


def test_a_follow_up_is_asked_after_its_earlier_turns(tmp_path: Path):
    """As in the chat; a person's question in full is there, too."""
    follow_up = turn(3, replace(SPAWN, question="And eels?", standalone="Where do eels spawn?"), "up")
    earlier = [turn(1, NESTS), turn(2, NO_CHESS)]
    write = export.zip_writer(pack := io.BytesIO(), tmp_path.name)
    export.export_question_set([follow_up], (BIRDS, FISH), write, lambda turn: earlier)
    with zipfile.ZipFile(pack) as zipped:
        zipped.extractall(tmp_path.parent)
    [question] = load_question_set(tmp_path).questions

    assert (question.text, question.rewritten) == ("And eels?", "Where do eels spawn?")
    assert question.turns == (Turn("Where do terns nest?", "Greenland"), Turn("Who won at chess?", ""))


def test_documents_are_named_by_their_files(tmp_path: Path):
    """A name that is taken gets the beginning of the document's id as its folder."""
    one, two = (replace(each, paths=(f"/home/ann/{n}/notes.txt",)) for n, each in enumerate((BIRDS, FISH)))
    write_set(tmp_path, [turn(1, NESTS, "up"), turn(2, SPAWN, "up")], (one, two))
    question_set = load_question_set(tmp_path)

    assert dict(question_set.doc_ids) == {
        "notes.txt": one.doc_id,
        f"{two.doc_id[:12]}/notes.txt": two.doc_id,
    }
    assert [question.spans[0].doc for question in question_set.questions] == list(question_set.doc_ids)


def test_an_outdated_citation_is_left_out(tmp_path: Path):
    """If the library has changed, the question is left out and counted; others stay."""
    rated = [turn(1, NESTS, "up"), turn(2, SPAWN, "up")]
    exported = write_set(tmp_path, rated, (document("The tern stays at home.", "Birds"), FISH))

    assert exported == export.ExportSummary(questions=1, rejected=0, changed=1, documents=2)
    assert [question.id for question in load_question_set(tmp_path).questions] == ["turn-2"]


def test_the_last_rating_of_a_question_counts(tmp_path: Path):
    """A follow-up counts as the question it was understood as."""
    rated = [
        turn(1, NESTS, "up"),
        turn(2, replace(NESTS, question="And where?", standalone="Where do terns nest?"), "down"),
        turn(3, SPAWN, "down"),
        turn(4, SPAWN, "up"),
    ]
    exported = write_set(tmp_path, rated)

    assert (exported.questions, exported.rejected) == (1, 1)
    assert [question.id for question in load_question_set(tmp_path).questions] == ["turn-4"]


def test_without_ratings_the_set_is_empty(tmp_path: Path):
    """The corpus is written all the same."""
    assert write_set(tmp_path, [turn(1, NESTS)]) == export.ExportSummary(0, 0, 0, 2)
    assert load_question_set(tmp_path).questions == ()


@given(texts(), texts().filter(str.strip), texts(), st.sampled_from(["up", "down"]))
def test_hyp_gold_spans_match_the_corpus(tmp_path_factory, before, words, after, rating):
    """Whatever a document contains, the evaluation finds the gold at its spans."""
    source = document(before + words + after)
    span = Span(source.doc_id, len(before), len(before) + len(words))
    answer = Answer("Why?", (Sentence(words, (1,)),), (Footnote(1, source, span, 1.0, span),))
    folder = tmp_path_factory.mktemp("set")
    write_set(folder, [turn(1, answer, rating)], (source,))

    assert [[s.text for s in q.spans] for q in load_question_set(folder).questions] == (
        [[words, words]] if rating == "up" else []
    )


def test_a_zip_made_twice_is_the_same_bytes():
    """And unpacks into a folder of its own."""
    packs = [io.BytesIO(), io.BytesIO()]
    for pack in packs:
        export.export_question_set([turn(1, NESTS, "up")], (BIRDS, FISH), export.zip_writer(pack))

    assert packs[0].getvalue() == packs[1].getvalue()
    assert {PurePath(name).parts[0] for name in zipfile.ZipFile(packs[0]).namelist()} == {
        "footnote-questions"
    }


def test_a_zip_may_be_a_file_on_disk(tmp_path: Path):
    """All three files are in it; a file that is not readable is refused before anything is written."""
    with (tmp_path / "set.zip").open("w+b") as target:
        export.export_question_set([turn(1, NESTS, "up")], (BIRDS,), export.zip_writer(target))
    with zipfile.ZipFile(tmp_path / "set.zip") as zipped:
        assert [PurePath(name).name for name in zipped.namelist()] == [
            "corpus.jsonl",
            "qa.jsonl",
            "rejected.jsonl",
        ]

    with (tmp_path / "set.zip").open("wb") as target, pytest.raises(ValueError, match=r"w\+b"):
        export.zip_writer(target)


def test_documents_are_read_one_after_another():
    """A library can be larger than memory: no document is referenced after it was written."""
    events: list[str] = []

    def documents():
        for source in (BIRDS, FISH):
            events.append(f"read {source.title}")
            yield source

    def write(name: str, made) -> None:
        events.extend(f"wrote {name}" for _ in made)

    export.export_question_set([turn(1, NESTS, "up")], documents(), write)

    assert events == ["read Birds", "wrote corpus.jsonl", "read Fish", "wrote corpus.jsonl", "wrote qa.jsonl"]


@pytest.mark.parametrize(
    ("path", "name"), [("/home/ann/a b.txt", "a b.txt"), ("", ""), ("a.txt", "a.txt"), ("/", "")]
)
def test_only_the_file_name_of_a_path_is_exported(path, name):
    """Readers of an export learn nothing about the folders of this computer."""
    assert export.file_name(path) == name


def test_copied_answer_has_its_sources():
    """Markers are apart from the figures, and each source is named."""
    answer = to_stored(cited("Where?", BIRDS, "It nests in Greenland in June.", "Greenland"))

    assert export.answer_text(answer) == (
        "Greenland\n\nIt nests in Greenland in June. [1]\n\n"
        "[1] Birds (birds.pdf): “It nests in Greenland in June.”\n"
    )
    assert "[^1-1]: Birds" in export.answer_markdown(answer)
    assert "/home" not in export.answer_text(answer) + export.answer_markdown(answer)
