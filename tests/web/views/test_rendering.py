"""Escaping, and the status of the page."""

import re

from hypothesis import given
from selectolax.lexbor import LexborHTMLParser

from index.snapshot.manifest import Manifest, Recipe
from qa.settings import Settings
from qa.web.views.rendering import escape
from qa.web.views.status import components_html, status_html
from tests.texts import texts

UNSAFE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u202d\u202e]")
MANIFEST = Manifest(Recipe("e", "f", 2, 200, 0), 1, 2, "flat", (), "2026-01-02T03:04:05Z", {})


@given(texts())
def test_hyp_escaped_text_reads_back_as_itself(text):
    """As the content of an element and as the value of an attribute."""
    expected = UNSAFE.sub("\ufffd", text)
    page = LexborHTMLParser(f'<div><bdi>{escape(text + "x")}</bdi><input value="{escape(text)}"></div>')

    assert page.css("bdi")[0].text() == expected + "x"
    assert page.css("input")[0].attributes == {"value": expected}


def test_direction_overrides_are_replaced():
    """They would show the words in another order than the source."""
    assert escape("a\u202eb\x00") == "a\ufffdb\ufffd"


def test_status_line_says_where_questions_are_sent():
    """With an external language model it doesn't claim that nothing leaves the computer."""
    external = Settings(answerer="llm", llm_base_url="http://198.51.100.7/v1", llm_model="m")

    assert "nothing leaves this computer" in status_html(MANIFEST, Settings())
    assert "nothing leaves" not in status_html(MANIFEST, external)
    assert "sent to http://198.51.100.7/v1" in status_html(MANIFEST, external)


def test_components_show_times_of_the_last_answer():
    """Before there is an answer, they show none."""
    assert "34 ms" in components_html(Settings(), {"retrieve": 34.2, "read": 210.0})
    assert " ms" not in components_html(Settings(), {})


def test_language_model_is_named_if_it_is_used():
    """It isn't if it is only configured."""
    used = Settings(answerer="llm", llm_base_url="http://127.0.0.1/v1", llm_model="okapi")
    configured = used.model_copy(update={"answerer": "extractive"})

    assert "okapi" in components_html(used, {})
    assert "okapi" not in components_html(configured, {})
