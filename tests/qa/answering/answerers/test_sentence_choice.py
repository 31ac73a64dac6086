"""The choice among sentences: what is weighed, and that the weights decide."""

from dataclasses import replace

import pytest

from qa.answering.answerers.answer_type import AnswerType, expected_answer
from qa.answering.answerers.prose import is_caption, is_contents_line, is_heading, is_layout, is_question
from qa.answering.answerers.sentence_choice import SentenceChoice, default_choice, features
from qa.answering.readers.base import PassageReading
from tests.fakes.passages import document, passage, quote

TEXT = "Servo is an engine. It was written by Samsung. Nobody else took part."
SOURCE = passage(document(TEXT, "Browsers"))


def weighed(**weights):
    quotes = (
        quote(SOURCE, "Servo is an engine.", "an engine", 0.6),
        quote(SOURCE, "It was written by Samsung.", "Samsung", 0.5),
    )
    choice = SentenceChoice(0.0, weights)
    weighed = choice.weigh("Who wrote Servo?", [PassageReading(SOURCE, 1.0, 0.6, quotes)])
    return [one.quote for one in weighed]


def test_the_weights_decide():
    """With only the reader's log odds its order stays; with the type's weight the name is first."""
    assert ["an engine", "Samsung"] == [one.answer_text for one in weighed(logit=1.0)]
    assert ["Samsung", "an engine"] == [one.answer_text for one in weighed(logit=1.0, of_type=2.0)]


def test_a_weight_of_one_keeps_the_probability():
    """The reader's log odds are a feature."""
    assert [0.6, 0.5] == pytest.approx([one.probability for one in weighed(logit=1.0)])


def test_a_sentence_has_a_share_of_the_question():
    """The sentence before it counts, too."""
    first, second = features(
        "Who wrote Servo?",
        [quote(SOURCE, "Servo is an engine."), quote(SOURCE, "It was written by Samsung.")],
    )

    assert 0 < first["said_in_context"] == second["said_in_context"] < 1


def test_a_word_of_the_property_decides():
    """ "No casualties" tells whether anyone was killed, in another word."""
    source = passage(document("There were no casualties. The line was drawn."))
    told, other = features(
        "Was anyone killed?",
        [quote(source, "There were no casualties."), quote(source, "The line was drawn.")],
    )

    assert (1, 1) == (told["tells_asked"], told["said_in_context"])
    assert (0, 1) == (other["tells_asked"], other["other_property"] or other["said_in_context"])


def test_a_year_of_the_heading_is_the_sentence_s():
    """A sentence without a year, below the heading of another one, is about that year."""
    source = passage(document("Seven people drowned."))
    chunk = replace(source.hit.chunk, heading=("The storm of 1953",))
    of_1953 = replace(source, hit=replace(source.hit, chunk=chunk))
    (other,) = features("Who drowned in 1963?", [quote(of_1953, "Seven people drowned.")])
    (same,) = features("Who drowned in 1953?", [quote(of_1953, "Seven people drowned.")])

    assert (1, 0) == (other["other_year"], same["other_year"])


def test_another_party_is_recognised():
    """The sentence names another party as the one that acted."""
    source = passage(document("Seoul fired three missiles. Pyongyang fired 23 missiles."))
    south, north = features(
        "How many missiles did South Korea fire?",
        [
            quote(source, "Seoul fired three missiles.", "three missiles"),
            quote(source, "Pyongyang fired 23 missiles.", "23 missiles"),
        ],
    )

    assert (1, 0) == (south["same_party"], south["other_party"])
    assert (0, 1) == (north["same_party"], north["other_party"])


@pytest.mark.parametrize(
    ("question", "text", "lacks"),
    [
        ("How much does it cost?", "It occupies 18 HP of space.", 1),
        ("How much does it cost?", "It costs $20.", 0),
        ("How fast was it sinking?", "The chute is out at 10,800 feet.", 1),
        ("How many square feet does it have?", "It is at 456 Some Avenue.", 1),
        ("How high can the interest rate go?", "It can go as high as 12%.", 0),
        ("How many people came?", "About 30 residents came.", 0),
        ("When did it open?", "It opened after the war.", 1),
        ("Who owned Servo?", "Servo was owned by nobody.", 1),
        ("Who owned Servo?", "Its owner was Ann Lee.", 0),
        ("What did it do?", "It ran.", 0),
    ],
)
def test_a_sentence_may_lack_the_expected_type(question, text, lacks):
    """It needs a date, an amount of the right kind or a name that the question lacks."""
    (of_quote,) = features(question, [quote(passage(document(text)), text)])

    assert lacks == of_quote["lacks_type"]


def test_every_shipped_weight_is_of_a_feature():
    """Every weight is finite."""
    (of_quote,) = features("Who?", [quote(SOURCE, "Nobody else took part.")])

    assert set(default_choice().weights) <= set(of_quote)
    assert 0 <= default_choice().probability(of_quote) <= 1


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many missiles did it launch?", AnswerType.AMOUNT),
        ("when is the call?", AnswerType.DATE),
        ("who wrote it", AnswerType.NAME),
        ("where is it?", AnswerType.PLACE),
        ("what did they see?", AnswerType.PHRASE),
        ("what is a histogram?", AnswerType.SENTENCE),
        ("why did they leave?", AnswerType.SENTENCE),
        ("what is the capital of Ireland?", AnswerType.PHRASE),
        ("is ireland in NATO?", AnswerType.DECISION),
        ("what error do I get when I type it?", AnswerType.PHRASE),
        ("what was the last year they won?", AnswerType.DATE),
        ("the term for dogs in what activity, who hunt?", AnswerType.PHRASE),
        ("what was the third network started?", AnswerType.PHRASE),
        ("what's the weather in berlin tomorrow?", AnswerType.PHRASE),
    ],
)
def test_a_question_has_an_expected_type(question, kind):
    """Its words decide."""
    assert kind is expected_answer(question).type


@pytest.mark.parametrize(
    "text",
    [
        "# Getting started",
        "4.1.1. Who Can Submit a Certificate Application",
        "4.1.1. Who Can Submit an Application ......... 23",
        "Table 2: Sizes of the sets",
        "82 TOTAL 369 12 44 0.5",
        "MILLE(6)          Games Manual          MILLE(6)",
        "4th Berkeley Distribution        June 1, 1994        MILLE(6)",
    ],
)
def test_layout_is_not_a_sentence(text):
    """Headings, contents lines, captions and rows of figures are layout."""
    assert is_layout(text)


@pytest.mark.parametrize(
    "text",
    [
        "1. Hold the button for one second.",
        "Court Reporter: Joan Columbini.",
        "FICUS BANK",
        "Fax to: 816-823-5415",
    ],
)
def test_short_lines_with_words_are_not_layout(text):
    """They may contain the answer."""
    assert not is_layout(text)


def test_a_title_above_the_passage_is_a_heading():
    """Punctuation makes no difference."""
    assert is_heading("**Leave policy**", ("Leave policy",))
    assert not is_heading("Leave policy", ("Pay",))


def test_captions_contents_and_questions_are_recognised():
    """Each has its form."""
    assert is_caption("Figure 3 – Growth")
    assert not is_caption("Table tennis is fun.")
    assert is_contents_line("5.2 Audit 41")
    assert not is_contents_line("It took 41 days.")
    assert is_question("**Who pays?**")
    assert not is_question("He asked why.")
