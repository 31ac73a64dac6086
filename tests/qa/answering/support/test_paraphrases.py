"""Which statements are shown as supported by the passage that says them, with the shipped models."""

from pathlib import Path

import pytest

from index import make_embedder
from qa.answering.support.attribution import Attributor
from qa.answering.support.rules import RuleSupportCheck
from qa.records import ClaimSentence, Passage, SupportState
from tests.fakes.passages import document, passage

CORPUS = Path(__file__).parents[4] / "seeds" / "corpus"
SAID = {
    "The Northern Limit Line": ["South Korea maintains the NLL as its sea boundary with the North."],
    "Where it comes from": [
        "A U.S. general drew the line on his own at the end of August 1953.",
        "The 1953 armistice left the maritime boundary open.",
    ],
    "Why it is disputed": [
        "Pyongyang announced its own boundary to the south of the NLL in 1999.",
        "Crab fishing draws boats from both Koreas towards the line.",
    ],
    "Clashes in the west": [
        "Six South Korean sailors were killed in a battle in June 2002.",
        "Forty-six sailors died when the Cheonan went down.",
        "Four people were killed when Yeonpyeong was shelled in 2010.",
    ],
    "First steps": ["The program needs at least Python 3.11."],
    "Rebuild, roll back, verify": [
        "The last three snapshots are kept, and one can return to the previous one."
    ],
    "Refusals": ["Raising refuse_below makes refusals more frequent."],
    "Settings": ["An unknown setting in the file stops the program with an error."],
    "Formats and limits": ["A scanned PDF cannot be read if it has no text layer."],
    "A language model": [
        "If the language model's server is too slow, the answer is quoted from the documents."
    ],
}
NOT_SAID = {
    "The Northern Limit Line": ["China recognised the NLL in 1992."],
    "Where it comes from": ["The line was negotiated in Geneva by both Korean governments."],
    "Where it runs": ["South Korea moved its fleet headquarters to Daecheong."],
    "Why it is disputed": [
        "The islands are home to a large colony of spotted seals.",
        "A treaty of 2018 turned the sea around the islands into a fishing park.",
    ],
    "Clashes in the west": [
        "Twelve civilians drowned in a ferry accident near Socheong.",
        "The Cheonan had been built in a shipyard in Busan.",
    ],
    "Footnote: user guide": ["A graphics card doubles the speed of indexing."],
    "First steps": ["Footnote was first released in 2021 by a university."],
    "Ask": ["Spoken questions are recognised with a microphone."],
    "Chat": ["The chat can be used on an iPhone through an app."],
    "Rebuild, roll back, verify": ["The index is encrypted with a password."],
    "A language model": ["Answers are translated into German on request."],
    "Privacy": ["Footnote costs ten dollars a month for companies."],
}


@pytest.fixture(scope="module")
def sections() -> dict[str, Passage]:
    """The two documents' sections by their headings."""
    texts = [
        (CORPUS / f"{name}.md").read_text("utf-8") for name in ("northern-limit-line", "footnote-user-guide")
    ]
    cut = [section for text in texts for section in text.removeprefix("# ").split("\n## ")]
    return {section.partition("\n")[0]: passage(document(section)) for section in cut}


def claims(statements: dict[str, list[str]], sections: dict[str, Passage]) -> list[ClaimSentence]:
    """The statements as a language model's answer, each naming its section."""
    pairs = [(text, heading) for heading, texts in statements.items() for text in texts]
    check = RuleSupportCheck(make_embedder("all-MiniLM-L6-v2", "f32", 1))
    return [Attributor(check, [sections[heading]]).attribute(text, [1]) for text, heading in pairs]


def test_most_paraphrases_of_a_passage_are_supported(sections):
    """At most five have other words than the rules know; they are shown as unsupported or as contradicted."""
    found = claims(SAID, sections)

    assert len(found) == 14
    assert sum(claim.state in (SupportState.SUPPORTED, SupportState.PARTLY) for claim in found) >= 9


def test_false_statements_are_not_supported(sections):
    """The names and the topic are the passage's, the statement isn't."""
    found = claims(NOT_SAID, sections)

    assert len(found) == 14
    assert not [claim.text for claim in found if claim.quotes]
