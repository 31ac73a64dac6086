"""
Escaping, HTML elements, and the small parts of the page that several views share.

Text of documents and people is escaped here and nowhere else. The HTML is always a single line, because
Gradio renders it as Markdown, and Markdown leaves an HTML block without line breaks as it is.
"""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePath

from index import Manifest
from qa.settings import Settings
from qa.web import strings

_UNSAFE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u202d\u202e\ud800-\udfff]")
"""
Characters that HTML can't contain, and the two direction overrides, which would reorder the source's words.

Other direction characters are kept; their effect ends with the ``<bdi>`` around them.
"""
_ORDINARY_WORD = re.compile(r"[a-z'’]+(?=[\s,])")
_ENTITIES = {ord(character): f"&#{ord(character)};" for character in "$`\\\t\n\f\r\u2028\u2029"}
"""Markdown would read these as mathematics, code or line ends, and Gradio expands tabs."""


def escape(text: str) -> str:
    """Return *text* as one line of HTML that a browser reads as the same characters."""
    return html.escape(replace_unsafe(text)).translate(_ENTITIES)


def replace_unsafe(text: str) -> str:
    """Return *text* with U+FFFD for each character that HTML can't contain or that reorders text."""
    return _UNSAFE.sub("\ufffd", text)


def element(name: str, content: str, /, **attributes: str) -> str:
    """
    Return an HTML element.

    >>> element("p", "Hi", class_="fn-notice", data_turn="1")
    '<p class="fn-notice" data-turn="1">Hi</p>'

    Args:
        name: Name of the element.
        content: HTML; it isn't escaped.
        attributes: Text, which is escaped; ``class_`` is the class, and other underscores become hyphens.
    """
    return f"{_tag(name, attributes)}{content}</{name}>"


def void(name: str, /, **attributes: str) -> str:
    """
    Return an element without content.

    >>> void("input", type="text")
    '<input type="text">'
    """
    return _tag(name, attributes)


def button(label: str, /, **attributes: str) -> str:
    """Return a button with a text label."""
    return element("button", escape(label), **{"type": "button", **attributes})


def error_html(message: str) -> str:
    """Return an error message."""
    return element("div", escape(_capitalise(message)), class_="fn-card", role="alert")


def no_documents_html() -> str:
    """Return the message for an empty index, with a button to add documents."""
    add = button(strings.ADD_DOCUMENTS, data_library="")
    return element("div", f"{strings.NOTHING_ADDED} {add}", class_="fn-card", role="alert")


def _capitalise(message: str) -> str:
    """Return a message with a capital letter, unless it begins with a name such as that of a setting."""
    return message[:1].upper() + message[1:] if _ORDINARY_WORD.match(message) else message


def status_html(manifest: Manifest, settings: Settings) -> str:
    """Return the status line: the size and age of the index, and whether anything leaves the computer."""
    documents = plural(manifest.documents, "document")
    passages = plural(manifest.chunks, "passage")
    parts = (documents, passages, _updated(manifest.built_at), escape(_destination(settings)))
    return element("div", " · ".join(parts))


def _updated(built_at: str) -> str:
    """Return when the index was built, in the computer's local time."""
    built = datetime.fromisoformat(built_at).replace(tzinfo=UTC).astimezone()
    if built.date() == datetime.now(UTC).astimezone().date():
        return strings.UPDATED_TODAY.format(time=f"{built:%H:%M}")
    return strings.UPDATED.format(date=f"{built:%Y-%m-%d}", time=f"{built:%H:%M}")


def components_html(settings: Settings, timings_ms: Mapping[str, float]) -> str:
    """Return the components of the pipeline, each with the time it took for the last answer."""
    writer = settings.language_model or strings.DOCUMENT_SENTENCES
    components = (
        ("Embedder", f"{settings.embedder}, {settings.embedder_precision}", None),
        ("Index", "vectors and words", timings_ms.get("retrieve")),
        ("Reader", f"cross-encoder, {settings.reader_precision}", timings_ms.get("read")),
        ("Answer", writer, timings_ms.get("answer")),
    )
    rows = "".join(
        element("dt", name)
        + element("dd", escape(description) + (f" · {duration:,.0f} ms" if duration is not None else ""))
        for name, description, duration in components
    )
    return element("dl", rows, class_="fn-components")


def plural(number: int, noun: str) -> str:
    """
    Return a number with its noun.

    >>> plural(1, "page"), plural(2000, "page")
    ('1 page', '2,000 pages')
    """
    return f"{number:,} {noun}{'s' * (number != 1)}"


def file_name(path: str) -> str:
    """Return the last part of a path; the page doesn't show where files are on the server."""
    return PurePath(path).name


def _tag(name: str, attributes: dict[str, str]) -> str:
    names = {key: "class" if key == "class_" else key.replace("_", "-") for key in attributes}
    return f"<{name}" + "".join(f' {names[key]}="{escape(attributes[key])}"' for key in attributes) + ">"


def _destination(settings: Settings) -> str:
    if settings.sends_to_server:
        return strings.SENT_TO.format(address=settings.llm_base_url)
    return strings.NOTHING_LEAVES
