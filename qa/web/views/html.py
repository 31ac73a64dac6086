"""
Pure: text to HTML, and the small pieces of the page that several rooms share.

Whatever comes from a document or a person is escaped here, and only here. The result stands on one line: the
page takes it for Markdown, and in a block of HTML on one line Markdown finds nothing to read.
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
What HTML can't hold, and the two overrides of direction, which would show words in another order than the
source's; every other direction character is kept, and stays within its ``<bdi>``.
"""
_ORDINARY_WORD = re.compile(r"[a-z'’]+(?=[\s,])")
_ENTITIES = {ord(sign): f"&#{ord(sign)};" for sign in "$`\\\t\n\f\r\u2028\u2029"}
"""Written as entities: mathematics, code and line ends to Markdown; tabs, which the page would widen."""


def escape(text: str) -> str:
    """Text as HTML that is nothing but text, on one line; read back, it is the same characters."""
    return html.escape(replace_unsafe(text)).translate(_ENTITIES)


def replace_unsafe(text: str) -> str:
    """Text without what HTML can't hold or what would turn other words around, each of which is seen then."""
    return _UNSAFE.sub("\ufffd", text)


def element(name: str, content: str, /, **attributes: str) -> str:
    """``element("p", "Hi", kind="note")`` is ``<p class="note">Hi</p>``; *content* is HTML already."""
    return f"{_tag(name, attributes)}{content}</{name}>"


def void(name: str, /, **attributes: str) -> str:
    """An element that holds nothing: ``void("input", type="text")`` is ``<input type="text">``."""
    return _tag(name, attributes)


def button(label: str, /, **attributes: str) -> str:
    """A button with a name in words; what it does is said by its data attributes or by its form."""
    return element("button", escape(label), **{"type": "button", **attributes})


def error_html(message: str) -> str:
    """What went wrong, in one line."""
    content = escape(_capitalised(message))
    return element("div", content, kind="card", role="alert")


def no_documents_html() -> str:
    """Return what is said where nothing was indexed yet, with the way to add documents."""
    add = button(strings.ADD_DOCUMENTS, data_library="")
    return element("div", f"{strings.NOTHING_ADDED} {add}", kind="card", role="alert")


def _capitalised(message: str) -> str:
    """Return a message with a capital, unless it begins with a name such as that of a setting."""
    return message[:1].upper() + message[1:] if _ORDINARY_WORD.match(message) else message


def status_html(manifest: Manifest, settings: Settings) -> str:
    """Under the box: what is being asked, and who hears of it."""
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
    """The parts at work, each with its time in the last answer."""
    writer = settings.llm_model if settings.answerer == "llm" else strings.DOCUMENT_SENTENCES
    parts = (
        ("Embedder", f"{settings.embedder}, {settings.embedder_precision}", None),
        ("Index", "vectors and words", timings_ms.get("retrieve")),
        ("Reader", f"cross-encoder, {settings.reader_precision}", timings_ms.get("read")),
        ("Answer", writer, timings_ms.get("answer")),
    )
    rows = "".join(
        element("dt", name)
        + element("dd", escape(what) + (f" · {taken:,.0f} ms" if taken is not None else ""))
        for name, what, taken in parts
    )
    return element("dl", rows, kind="state")


def plural(number: int, noun: str) -> str:
    """``plural(1, "page")`` is "1 page", ``plural(2000, "page")`` is "2,000 pages"."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def file_name(path: str) -> str:
    """Its name alone: the reader of the page needn't know where on the machine it lies."""
    return PurePath(path).name


def _tag(name: str, attributes: dict[str, str]) -> str:
    named = {"class" if key == "kind" else key.replace("_", "-"): value for key, value in attributes.items()}
    written = "".join(f' {key}="{escape(value)}"' for key, value in named.items())
    return f"<{name}{written}>"


def _destination(settings: Settings) -> str:
    if settings.answerer == "llm":
        return strings.SENT_TO.format(address=settings.llm_base_url)
    return strings.NOTHING_LEAVES
