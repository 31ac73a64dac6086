"""The languages of the chat: every text in each of them, and which one a request gets."""

import asyncio
import contextvars
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import FailureCode, ParseFailure, failure_codes
from qa.chat.answer_jobs import ANSWER_RUNNING
from qa.web import strings
from qa.web.language import LanguageMiddleware
from qa.web.strings import de, en

ROOT = Path(__file__).parents[2]
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


def german(message: str) -> str:
    """Return a message in German."""
    request = contextvars.copy_context()
    request.run(strings.use_language, "de")
    return request.run(strings.translate, message)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            str(ParseFailure(FailureCode.TOO_LARGE, "9 MB; the limit is 1 MB")),
            "Die Datei ist zu groß (9 MB; die Grenze ist 1 MB). "
            "Teilen Sie sie auf oder erhöhen Sie die Einstellung max_file_mb.",
        ),
        (
            "2,000 documents, 5,000 passages; 1 file couldn't be read.",
            "2,000 Dokumente, 5,000 Textstellen; 1 Datei konnte nicht gelesen werden.",
        ),
        (f"{ANSWER_RUNNING}", "Eine andere Frage dieses Gesprächs wird gerade beantwortet. "
         "Warten Sie auf die Antwort oder halten Sie sie an."),
        (
            "The language model returned the error 404 (see the setting llm_model).",
            "Das Sprachmodell meldete den Fehler 404 (siehe die Einstellung llm_model).",
        ),
        ("Nobody translated this (or that). Run: footnote", "Nobody translated this (or that). "
         "Führen Sie aus: footnote"),
        ("the source is damaged (its part 'a.xml' can't be unpacked; {0})", "die Quelle ist beschädigt "
         "(sein Teil 'a.xml' kann nicht entpackt werden; {0})"),
        (
            str(ParseFailure(FailureCode.INVALID_ENCODING, "UTF-8, at byte 1,005")),
            "Die Datei enthält Bytes, die nicht zu ihrer Kodierung passen (UTF-8, bei Byte 1,005). "
            "Speichern Sie sie als UTF-8 und fügen Sie sie noch einmal hinzu.",
        ),
        (
            str(ParseFailure(FailureCode.DAMAGED, "not a valid .docx file; no such part")),
            "Die Datei ist beschädigt (keine gültige .docx-Datei; no such part). "
            "Speichern Sie sie im ursprünglichen Programm neu und fügen Sie die neue Kopie hinzu.",
        ),
    ],
)  # fmt: skip
def test_messages_of_other_parts_are_translated(message, expected):
    """Sentence by sentence, with what is in brackets; what has no translation stays as it is."""
    assert german(message) == expected
    assert strings.translate(message) == message


@pytest.mark.parametrize("code", failure_codes())
def test_every_failure_of_a_file_is_translated(code):
    """What happened, and what to do."""
    failure = ParseFailure(code)

    assert german(f"{failure.message}.") != f"{failure.message}."
    assert german(failure.advice) != failure.advice


def test_translated_messages_are_written_somewhere():
    """A message that was changed where it is written has no translation any longer."""
    paths = [path for folder in ("index", "qa") for path in (ROOT / folder).rglob("*.py")]
    modules = [path for path in paths if path.parent.name != "strings"]
    code = " ".join(re.sub(r'"\s*\n\s*f?"', "", path.read_text("utf-8")) for path in modules)
    code += " ".join(ParseFailure(code).message + ParseFailure(code).advice for code in failure_codes())
    pieces = {
        piece
        for message in en.MESSAGES
        for piece in PLACEHOLDER.split(message)
        if len(piece.split()) > 2 and not re.match(r"1|{files}", message)  # a number and its noun
    }

    assert [piece for piece in sorted(pieces) if piece.strip(" (") not in code] == []


@given(st.text())
def test_hyp_any_message_can_be_translated(message):
    """Whatever is in it, such as braces."""
    assert isinstance(german(message), str)


def test_unknown_text_is_an_error():
    """As in any module."""
    with pytest.raises(AttributeError):
        _ = strings.NO_SUCH_TEXT
    with pytest.raises(AttributeError):
        _ = strings.no_such_name
