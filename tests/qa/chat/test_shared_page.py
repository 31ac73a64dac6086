"""A conversation as one HTML file."""

from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given

from index import Page
from qa.chat.shared_page import conversation_html
from qa.records import Answer, AnswerKind, Position, Sentence
from qa.stored_answer import StoredAnswer, StoredTurn
from tests.qa.chat.test_export import AT, BIRDS, FISH, NESTS, NO_CHESS, SPAWN, cited, turn
from tests.qa.test_rendering import VISIBLE

TAGS = frozenset(
    "html head meta title style body h1 h2 p article b em sup a span ol ul li bdi blockquote".split()
)


class Reader(HTMLParser):
    """Collects tags, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def values(page: str, name: str) -> list[str | None]:
    return [value for attribute, value in Reader(page).attributes if attribute == name]


def test_each_footnote_leads_to_its_quote_and_place():
    """Each number links to the quoted words, and these to the list of sources, with the page."""
    paged = replace(BIRDS, pages=(Page(1, 0, 20, 595, 842), Page(2, 20, 50, 595, 842)))
    nests = cited("Where do terns nest?", paged, "It nests in Greenland in June.", "Greenland")
    page = conversation_html([turn(1, nests), turn(2, SPAWN), turn(3, NO_CHESS)], "Terns & eels")
    text = " ".join(Reader(page).text.split())
    links = [str(link).removeprefix("#") for link in values(page, "href")]

    assert set(links) == set(values(page, "id"))
    assert len(links) == 4
    assert "Terns & eels" in text
    assert "Birds (birds.pdf), page 2 It nests in Greenland in June." in text
    assert "1. page 2, characters 21–50" not in text
    assert "page 2, characters 21–50" in text
    assert "No passage says so." in text


def test_every_form_of_an_answer_is_shown():
    """Bullets with labels, disagreements, notes, and sentences that may answer a refused question."""
    found = StoredAnswer(
        "How many?",
        short="17",
        sentences=(Sentence("Some.", (), "Sala"),),
        disagreement=(Position("17", ()), Position("23", ())),
        note="Short on time.",
        kind=AnswerKind.LIST,
        standalone="How many? (terns)",
    )
    refused = StoredAnswer("Who?", refused=True, possible=(Sentence("Ada, maybe.", ()),))
    page = conversation_html([StoredTurn(1, found, AT), StoredTurn(2, refused, "then")], "")
    text = " ".join(Reader(page).text.split())

    for words in (
        "2 questions", "How many? (about: terns)", "“17”", "“23”", "Sala: Some. [no source found]",
        "Short on time.", "2026-11-24 12:00 UTC", "Ada, maybe.", "I couldn't find an answer",
    ):  # fmt: skip
        assert words in text


@given(VISIBLE)
def test_hyp_a_hostile_text_adds_no_markup(text):
    """Wherever it is shown: no tag, no attribute and no address of its own."""
    answer = cited(text, replace(FISH, title=text, paths=(f"/a/{text}",)), "Eels")
    page = conversation_html(
        [
            turn(1, replace(answer, note=text, standalone=text, short=text)),
            StoredTurn(2, StoredAnswer(text, sentences=(Sentence(text, (), text),), short=text), text),
            turn(3, Answer(text, refused=True, reason=text)),
        ],
        text,
    )
    reader = Reader(page)

    assert set(reader.tags) <= TAGS
    assert {name for name, _ in reader.attributes} <= {
        "lang", "charset", "http-equiv", "content", "name", "dir", "class", "href", "aria-label", "id",
        "value",
    }  # fmt: skip
    assert {str(value)[:1] for value in values(page, "href")} == {"#"}


def test_the_page_loads_nothing():
    """Its policy forbids scripts and requests, even if a browser found one."""
    page = conversation_html([turn(1, NESTS)], "Terns")

    assert "default-src 'none'; style-src 'unsafe-inline'" in values(page, "content")
    assert not {"script", "link", "img", "iframe"} & set(Reader(page).tags)
    assert "://" not in page
