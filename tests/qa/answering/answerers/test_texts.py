"""The fixed texts are there in every language, with the same places to fill."""

import re
import tomllib
from pathlib import Path

import pytest

from index.text.languages import languages
from qa.answering.answerers import texts
from qa.answering.answerers.texts import MAX_TITLE, fixed_text, short_title

TEXTS = tomllib.loads(Path(texts.__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", languages())
def test_a_language_has_every_text(language):
    """The names and placeholders are the same as in English."""
    places = {name: sorted(re.findall(r"\{\w+\}", text)) for name, text in TEXTS["en"].items()}

    assert places == {name: sorted(re.findall(r"\{\w+\}", text)) for name, text in TEXTS[language].items()}


def test_an_unknown_language_gets_english():
    """English is the default."""
    assert fixed_text("help", "xx") == fixed_text("help", "en")


def test_a_long_title_is_cut_between_words():
    """A short title isn't changed."""
    assert "Leave types" == short_title("Leave \n types")
    assert len(short_title("word " * 40)) <= MAX_TITLE + 2
    assert short_title("word " * 40).endswith("word …")
