"""The view: what a document or a person says is shown, and does nothing."""

import inspect
import re

from hypothesis import given
from selectolax.lexbor import LexborHTMLParser

from index.snapshot.manifest import Manifest, Recipe
from qa.settings import Settings
from qa.web.views.html import components_html, element, escape, status_html, void
from tests.texts import texts

UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u202d\u202e]")
MANIFEST = Manifest(Recipe("e", "f", 2, 200, 0), 1, 2, "flat", (), "2026-01-02T03:04:05Z", {})


@given(texts())
def test_hyp_escaped_text_reads_back_as_itself(text):
    """Through the page, which straightens what it takes for source code, the words are the source's."""
    shown = UNSHOWABLE.sub("\ufffd", text) + "x"
    page = LexborHTMLParser(inspect.cleandoc(element("div", element("bdi", escape(text + "x")))))

    assert page.css("bdi")[0].text() == shown


@given(texts())
def test_hyp_an_attribute_reads_back_as_itself(text):
    """No quotation mark ends it before its end."""
    shown = UNSHOWABLE.sub("\ufffd", text)
    page = LexborHTMLParser(void("input", value=text))

    assert page.css("input")[0].attributes == {"value": shown}


def test_overrides_of_direction_are_made_visible():
    """They would show the words in another order than the source's."""
    assert escape("a\u202eb\x00") == "a\ufffdb\ufffd"


def test_the_status_line_says_who_hears_of_a_question():
    """With a language model elsewhere, it doesn't claim that nothing leaves the computer."""
    elsewhere = Settings(answerer="llm", llm_base_url="http://198.51.100.7/v1", llm_model="m")

    assert "nothing leaves this computer" in status_html(MANIFEST, Settings())
    assert "nothing leaves" not in status_html(MANIFEST, elsewhere)
    assert "sent to http://198.51.100.7/v1" in status_html(MANIFEST, elsewhere)


def test_each_part_shows_its_time_in_the_last_answer():
    """Before there is one, it shows none."""
    assert "34 ms" in components_html(Settings(), {"retrieve": 34.2, "read": 210.0})
    assert " ms" not in components_html(Settings(), {})


def test_the_language_model_is_named_where_it_answers():
    """Not where it is only set up."""
    at_work = Settings(answerer="llm", llm_base_url="http://127.0.0.1/v1", llm_model="okapi")
    set_up = at_work.model_copy(update={"answerer": "extractive"})

    assert "okapi" in components_html(at_work, {})
    assert "okapi" not in components_html(set_up, {})
