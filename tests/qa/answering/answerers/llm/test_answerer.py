"""Answers from a language model: over real sockets, from a script."""

import json

import pytest

from qa.answering.answerers.llm.answerer import NOT_FOUND, NOT_LIKELY, NOT_SUPPORTED, OTHER_WORDS
from qa.records import ClaimSentence, SupportState
from tests.fakes.answers import document_passage
from tests.fakes.llm import OWN_WORDS, PASSAGES, drafts
from tests.fakes.llm_server import BREAK, FLOOD, HANG, serving

RIGHT = ["North Korea launched twenty missiles [1]."]


def quoted(claim: ClaimSentence) -> list[str]:
    return [quote.text for quote in claim.quotes]


def reply(*sentences: tuple[str, list[int]], found: bool = True) -> str:
    """A constrained answer."""
    items = [{"passages": passages, "text": text} for text, passages in sentences]
    return json.dumps({"found": found, "sentences": items})


def test_a_sentence_cites_the_words_that_support_it():
    """The footnote is one sentence of the passage, and the marker is removed from the text."""
    with serving(["North Korea launched ", "twenty missiles [1", "]."]) as endpoint:
        *_, draft = drafts(endpoint)

    [claim] = draft.claims
    assert claim.text == "North Korea launched twenty missiles."
    assert quoted(claim) == [OWN_WORDS]
    assert claim.state is SupportState.SUPPORTED


@pytest.mark.parametrize("marker", ["", " [3]", " [0]", " [9999]", " [x]", " [2]"])
def test_a_sentence_is_supported_whatever_it_cites(marker):
    """A model may cite nothing or the wrong passage; the words that support it are found all the same."""
    with serving([f"North Korea launched twenty missiles{marker}."]) as endpoint:
        *_, draft = drafts(endpoint)

    assert [quoted(claim) for claim in draft.claims] == [[OWN_WORDS]]


def test_the_answer_grows_by_whole_sentences():
    """Each draft continues the one before; a marker after the full stop belongs to its sentence."""
    pieces = ["North Korea launched twenty missiles. ", "[", "1]", " South Korea", " answered. [2]"]
    with serving(pieces) as endpoint:
        first, *_, last = drafts(endpoint)

    assert [claim.text for claim in first.claims] == ["North Korea launched twenty missiles."]
    assert first.claims == last.claims[:1]
    assert quoted(last.claims[1]) == ["South Korea answered with three missiles."]


def test_a_constrained_answer_grows_by_whole_sentences():
    """A sentence is shown as soon as its text is complete, and its passage numbers say where to look."""
    written = reply(("North Korea launched twenty missiles.", [1]), ("South Korea answered.", [2]))
    cut = written.index("South")
    with serving([written[:cut], written[cut:]], constrains=True) as endpoint:
        first, *_, last = drafts(endpoint)

    assert [claim.text for claim in first.claims] == ["North Korea launched twenty missiles."]
    assert [quoted(claim) for claim in last.claims] == [
        [OWN_WORDS],
        ["South Korea answered with three missiles."],
    ]
    assert "response_format" in endpoint.requests[0]


def test_constrained_output_that_is_no_json_is_replaced_by_text():
    """The server said that it constrains output, and doesn't: it isn't believed again."""
    with serving(["Well, twenty."], RIGHT, constrains=True) as endpoint:
        *_, draft = drafts(endpoint)

    assert quoted(draft.claims[0]) == [OWN_WORDS]
    assert "response_format" not in endpoint.requests[1]


def test_constrained_output_that_is_cut_keeps_whole_sentences():
    """The maximum of tokens may end it in the middle of a text."""
    written = reply(("North Korea launched twenty missiles.", [1]), ("South Korea answered.", [2]))
    with serving([written[: written.index("answered")]], constrains=True) as endpoint:
        *_, draft = drafts(endpoint)

    assert [claim.text for claim in draft.claims] == ["North Korea launched twenty missiles."]


def test_what_no_passage_says_is_marked():
    """In a balanced answer it is shown without a footnote beside what is supported."""
    with serving(["North Korea launched twenty missiles [1]. Bananas grow under palaces [1]."]) as endpoint:
        *_, draft = drafts(endpoint)

    assert [claim.state for claim in draft.claims] == [SupportState.SUPPORTED, SupportState.UNSUPPORTED]
    assert draft.claims[1].quotes == ()


def test_another_number_is_contradicted():
    """The footnote shows what the source says instead."""
    with serving(["North Korea launched thirty missiles [1]. South Korea answered [2]."]) as endpoint:
        *_, draft = drafts(endpoint)

    assert draft.claims[0].state is SupportState.CONTRADICTED
    assert quoted(draft.claims[0]) == [OWN_WORDS]


def test_a_strict_answer_drops_what_is_not_supported():
    """Only the supported sentence is left, also while the answer grows."""
    written = (
        "Bananas grow under palaces [1]. North Korea launched twenty missiles [1]. It had thirty missiles."
    )
    with serving([written, " Well."]) as endpoint:
        shown = drafts(endpoint, strict=True)

    assert {claim.text for draft in shown for claim in draft.claims} == {OWN_WORDS}


@pytest.mark.parametrize("strict", [False, True])
def test_an_answer_without_support_is_a_refusal(strict):
    """Nothing of it is shown; the documents' own sentences that may answer are."""
    with serving(["Bananas grow under palaces [1]."]) as endpoint:
        *_, draft = drafts(endpoint, strict=strict)

    assert (draft.reason, draft.claims) == (NOT_SUPPORTED, ())
    assert [claim.text for claim in draft.possible] == [OWN_WORDS]


def test_a_connecting_sentence_needs_no_source():
    """It isn't marked, and alone it is no answer."""
    with serving(
        ["Here is a summary:\n\nNorth Korea launched twenty missiles."], ["Here is a summary:"]
    ) as endpoint:
        *_, draft = drafts(endpoint)
        *_, refused = drafts(endpoint)

    assert [claim.state for claim in draft.claims] == [SupportState.NOT_NEEDED, SupportState.SUPPORTED]
    assert refused.reason == NOT_SUPPORTED


@pytest.mark.parametrize(
    "written", [["NOT FOUND"], ["NOT", " FOUND. The passages ", "say nothing."], ["not found."]]
)
def test_not_found_is_a_refusal(written):
    """Nothing that the model adds is shown."""
    with serving(written) as endpoint:
        *_, draft = drafts(endpoint)

    assert (draft.claims, draft.reason) == ((), NOT_FOUND)


def test_a_constrained_refusal():
    """The model says so in the field for it."""
    with serving([reply(found=False)], constrains=True) as endpoint:
        *_, draft = drafts(endpoint)

    assert (draft.claims, draft.reason) == ((), NOT_FOUND)


def test_a_sentence_that_begins_with_not_found_is_an_answer():
    """This holds even if the stream pauses after those two words."""
    with serving(["Not found", " were twenty missiles of North Korea [1]."]) as endpoint:
        *_, draft = drafts(endpoint)

    assert draft.reason != NOT_FOUND


def test_the_reader_does_not_decide_what_is_asked():
    """The model is asked although the extractive answer would be a refusal, and what it cites may answer."""
    with serving(["North Korea launched twenty missiles [1]."]) as endpoint:
        *_, draft = drafts(endpoint, "Which missiles made people sleepless here?")

    assert quoted(draft.claims[0]) == [OWN_WORDS]


def test_what_is_unlikely_to_answer_is_refused():
    """A sentence that is copied from a passage is supported, whatever the question is."""
    with serving(["Rain fell [1]. South Korea answered with three missiles [2]."]) as endpoint:
        *_, draft = drafts(endpoint, "Which country is bold?")

    assert (draft.reason, draft.claims) == (NOT_LIKELY, ())
    assert draft.generation is not None


def test_the_likeliest_sentence_comes_first():
    """If the model cites others, the documents' own sentence is shown before what it wrote."""
    with serving(["South Korea answered with three missiles [2]."]) as endpoint:
        *_, draft = drafts(endpoint, "Twenty missiles launched, North Korea?")

    assert [claim.text for claim in draft.claims] == [OWN_WORDS, "South Korea answered with three missiles."]
    assert draft.note == OTHER_WORDS


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Yes, North Korea launched twenty missiles [1].", "Yes, North Korea launched twenty missiles."),
        ("Yes, North Korea sold twenty missiles [1].", OWN_WORDS),
    ],
)
def test_a_yes_or_no_is_shown_only_if_it_is_supported(written, shown):
    """The verb decides; without support the documents' own sentence is the answer."""
    with serving([written]) as endpoint:
        *_, draft = drafts(endpoint, "Were twenty missiles launched by North Korea?")

    assert [claim.text for claim in draft.claims] == [shown]
    assert draft.generation is not None


@pytest.mark.parametrize("fault", [500, 429, ["Half a sentence", BREAK], [""], ["[1]"]])
def test_a_fault_is_tried_again(fault):
    """The faults are errors, broken data and empty answers."""
    with serving(fault, fault, RIGHT) as endpoint:
        *_, draft = drafts(endpoint)

    assert draft.note is None
    assert quoted(draft.claims[0]) == [OWN_WORDS]
    assert len(endpoint.requests) == 3


def test_silence_is_tried_again():
    """A server that is silent at first has another attempt within the time of the answer."""
    with serving([HANG], RIGHT) as endpoint:
        *_, draft = drafts(endpoint, first_seconds=0.3)

    assert quoted(draft.claims[0]) == [OWN_WORDS]


@pytest.mark.parametrize(
    ("fault", "note", "attempts"),
    [
        (500, " returned the error 500", 3),
        (401, " returned the error 401 (see the setting llm_key_variable)", 1),
        (404, " returned the error 404 (see the setting llm_model)", 1),
        (["Half", BREAK], " couldn't be reached or stopped responding", 3),
        ([""], "'s answer was empty", 3),
        ([FLOOD], " wrote more than 8,000 characters", 1),
    ],
)
def test_faults_give_the_extractive_answer_and_a_note(fault, note, attempts):
    """The model is asked again only if that may help."""
    with serving(fault, fault, fault) as endpoint:
        *_, draft = drafts(endpoint)

    assert [claim.text for claim in draft.claims] == [OWN_WORDS]
    assert len(endpoint.requests) == attempts
    assert draft.note == f"The language model{note}. This answer uses the documents' own sentences."


def test_a_server_that_asks_to_wait_long_is_not_waited_for():
    """The extractive answer comes at once."""
    with serving(429, RIGHT) as endpoint:
        endpoint.retry_after = "3600"
        *_, draft = drafts(endpoint)

    assert draft.note is not None
    assert len(endpoint.requests) == 1


def test_a_slow_answer_gives_the_extractive_one():
    """The note names the time limit."""
    with serving(["One. ", HANG]) as endpoint:
        *_, draft = drafts(endpoint, seconds=0.3)

    assert (
        draft.note
        == "The language model took longer than 0.3 s. This answer uses the documents' own sentences."
    )


def test_stopping_stops_the_server():
    """The server sees that the connection is closed, before it has sent a word."""
    with serving([HANG]) as endpoint:
        drafts(endpoint, cancelled=endpoint.requested.is_set)
        assert endpoint.disconnected.wait(10)


def test_only_the_passages_within_the_budget_are_sent():
    """Markers count the passages sent, and the answer says how many were left out."""
    long = document_passage("Missiles of North Korea: launch " + "many " * 200)
    with serving(["South Korea answered [2]."]) as endpoint:
        *_, draft = drafts(endpoint, passages=[long, *PASSAGES], budget=130)

    assert "many many" not in endpoint.prompts[0]
    assert quoted(draft.claims[-1]) == ["South Korea answered with three missiles."]
    assert draft.generation is not None
    assert (draft.generation.passages, draft.generation.left_out) == (2, 1)


def test_a_prompt_that_is_too_long_is_sent_shorter():
    """A model may read less than the budget: half of the passages' tokens are sent then."""
    many = [
        document_passage(f"{OWN_WORDS} " + f"It rained in village {number}. " * 20) for number in range(8)
    ]
    with serving(413, RIGHT) as endpoint:
        *_, draft = drafts(endpoint, passages=many, budget=1600)

    assert quoted(draft.claims[0]) == [OWN_WORDS]
    assert len(endpoint.prompts[1]) < 0.7 * len(endpoint.prompts[0])


def test_the_model_is_not_asked_without_passages():
    """If no passage fits into the budget, the fallback answers."""
    long = document_passage("North Korea launched missiles" + " many" * 200)
    with serving(["Because I say so."]) as endpoint:
        *_, draft = drafts(endpoint, passages=[long], budget=100)

    assert endpoint.requests == []
    assert draft.note is not None
    assert "llm_budget" in draft.note


def test_the_answer_says_how_it_was_written():
    """It has the model, the version of the prompt, tokens and seconds."""
    with serving(RIGHT) as endpoint:
        *_, draft = drafts(endpoint)

    generation = draft.generation
    assert generation is not None
    assert (generation.model, generation.prompt_tokens, generation.completion_tokens) == ("m", 100, 1)
    assert generation.prompt_version.startswith("answer-")
    assert generation.seconds > 0


def test_the_prompt_is_the_same_up_to_the_question():
    """A server need not read them again for the next question."""
    with serving(RIGHT, RIGHT) as endpoint:
        drafts(endpoint, "How many missiles did North Korea launch?")
        drafts(endpoint, "How many missiles did North Korea launch today?")

    first, second = (prompt.rpartition("\n\nQuestion: ")[0] for prompt in endpoint.prompts)
    assert first == second
