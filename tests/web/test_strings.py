"""The languages of the chat: every text in each of them, and which one a request gets."""

import asyncio
import contextvars
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.web import strings
from qa.web.language import LanguageMiddleware
from qa.web.strings import de, en

PLACEHOLDER = re.compile(r"\{\w*\}")


def texts(value: object) -> Iterator[str]:
    """Yield the texts in a constant, but no keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from texts(each)


def constants(module: object) -> dict[str, object]:
    """Return the constants of a language."""
    return {name: value for name, value in vars(module).items() if name.isupper()}


def test_german_has_every_text():
    """No more and no fewer than English."""
    assert constants(de).keys() == constants(en).keys()


@pytest.mark.parametrize("name", sorted(constants(en)))
def test_texts_have_the_same_form(name):
    """The same placeholders, keys and number of texts, and none is empty."""
    one, other = getattr(en, name), getattr(de, name)

    assert type(one) is type(other)
    if isinstance(one, dict) and name != "USES":  # its keys are texts
        assert one.keys() == other.keys()
    pairs = list(zip(texts(one), texts(other), strict=True))
    for english, german in pairs:
        assert bool(english) == bool(german)
        assert sorted(PLACEHOLDER.findall(english)) == sorted(PLACEHOLDER.findall(german))


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-CH,de;q=0.9,en;q=0.8", "de"),
        ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7", "en"),
        ("en;q=0.2, de;q=0.3", "de"),
        ("de;q=broken", "en"),
    ],
)
def test_browser_chooses_the_language(accepted, expected):
    """By the weights of the languages that it prefers."""
    assert strings.preferred_language(accepted) == expected


@given(st.text(), st.text())
def test_hyp_any_header_has_a_language(chosen, accepted):
    """Whatever a browser sends."""
    request = contextvars.copy_context()
    request.run(strings.use_language, chosen, accepted)

    assert request.run(strings.current_language) in strings.LANGUAGES
    assert request.run(strings.chosen_language) in {"", *strings.LANGUAGES}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([(b"accept-language", b"de")], "Fragen"),
        ([(b"accept-language", b"de"), (b"cookie", b"a=b; fn-language=en")], "Ask"),
        ([(b"cookie", b'fn-language="; \xff')], "Ask"),
        ([], "Ask"),
    ],
)
def test_request_has_its_own_language(headers, expected):
    """What the person chose wins over what the browser prefers."""
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(strings.ASK)

    async def unused(*_: Any) -> Any:
        raise AssertionError

    asyncio.run(LanguageMiddleware(app)({"type": "http", "headers": headers}, unused, unused))

    assert seen == [expected]


def test_unknown_text_is_an_error():
    """As in any module."""
    with pytest.raises(AttributeError):
        _ = strings.NO_SUCH_TEXT
    with pytest.raises(AttributeError):
        _ = strings.no_such_name
