"""
Pure: the inside of the source pane, as HTML that ``source.js`` puts there and ``source.css`` dresses.

It holds no script, no style and no address: a button says by ``data-action`` what it does, and the pictures
of pages are fetched by ``source.js``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from index import Document, PageLocation, Span
from qa.web import strings
from qa.web.views.excerpt import Excerpt, source_html
from qa.web.views.html import element, escape, replace_unsafe


@dataclass(frozen=True, slots=True)
class Citation:
    """
    What was clicked on.

    Args:
        document: The source.
        span: The words.
        marker: The footnote's number; 0 if it has none.
        count: How many footnotes its answer has.
        others: What else the answer cites; spans of other documents are passed over.
        note: What is to be said above the source, such as that it has changed; may be empty.
        is_near: Whether nothing cites it: it is a passage near to a question that was refused.

    Raises:
        ValueError: If the span is not within the document.
    """

    document: Document = field(repr=False)
    span: Span
    marker: int = 0
    count: int = 0
    others: tuple[Span, ...] = ()
    note: str = ""
    is_near: bool = False

    def __post_init__(self) -> None:
        self.document.quote(self.span)


def text_html(citation: Citation, why_no_pages: str = "") -> str:
    """
    The pane with the document's text.

    Args:
        citation: What is shown.
        why_no_pages: Why its pages can't be shown, for a person; empty if it has none or nobody asked.
    """
    excerpt = source_html(citation.document, citation.span, citation.others, _kind(citation))
    tools = _bar(_button("pages", strings.SHOW_PAGES)) if citation.document.runs and not why_no_pages else ""
    shown = (
        _more_button("earlier", excerpt.has_earlier)
        + _slice(excerpt)
        + _more_button("later", excerpt.has_later)
    )
    return _viewer(citation, why_no_pages, tools, element("div", shown, kind="words"))


def pages_html(citation: Citation, places: Sequence[PageLocation]) -> str:
    """
    The pane with a picture of the first page that the words stand on, and boxes around them.

    Args:
        citation: What is shown.
        places: Where it stands; at least one.
    """
    first, total = places[0], len(citation.document.pages)
    turning = (
        _button("previous-page", "‹", strings.PREVIOUS_PAGE)
        + element("span", _count(first.number, total), kind="page-number", role="status")
        + _button("next-page", "›", strings.NEXT_PAGE)
    )
    zooming = _button("zoom-out", "−", strings.ZOOM_OUT) + _button("zoom-in", "+", strings.ZOOM_IN)
    tools = _bar(turning + zooming + _also_on(places) + _button("text", strings.SHOW_TEXT))
    return _viewer(citation, "", tools, _picture(citation, places))


def screen_reader_text(citation: Citation) -> str:
    """What a screen reader says of it: ``Footnote 2 of 3: Title, page 4``; plain text, not HTML."""
    page = citation.document.page_at(citation.span.start)
    return f"{_citation_name(citation)}: {replace_unsafe(citation.document.title)}" + (
        f", {strings.PAGE.format(number=page.number)}" if page else ""
    )


def _also_on(places: Sequence[PageLocation]) -> str:
    """Where the words go on: who sees the first page's boxes would miss the others."""
    further = ", ".join(str(place.number) for place in places[1:])
    return element("span", strings.ALSO_ON_PAGE.format(pages=further), kind="goes-on") if further else ""


def _kind(citation: Citation) -> str:
    """The look of its words: nothing that is near only is marked as if it had been cited."""
    return "near" if citation.is_near else "cited"


def _citation_name(citation: Citation) -> str:
    if citation.is_near:
        return strings.RELATED_PASSAGE
    if not citation.marker:
        return strings.PASSAGE
    return strings.FOOTNOTE.format(marker=citation.marker) + (
        f" of {citation.count}" if citation.count else ""
    )


def _viewer(citation: Citation, why_no_pages: str, tools: str, shown: str) -> str:
    note = citation.note or (f"{why_no_pages[:1].upper()}{why_no_pages[1:]}." if why_no_pages else "")
    note_html = element("p", escape(note), kind="changed", role="note") if note else ""
    body = element(
        "div", note_html + shown, kind="body", tabindex="0", role="group", **{"aria-label": strings.SOURCE}
    )
    return _header(citation) + tools + body


def _header(citation: Citation) -> str:
    title = element("h2", element("bdi", escape(citation.document.title)))
    page = citation.document.page_at(citation.span.start)
    place = _citation_name(citation) + (f" · {strings.PAGE.format(number=page.number)}" if page else "")
    steps = (
        _button("previous", "‹", strings.PREVIOUS_FOOTNOTE)
        + _button("next", "›", strings.NEXT_FOOTNOTE)
        + _button("close", "×", strings.CLOSE_SOURCE)
    )
    return element(
        "header", element("div", title + element("p", place)) + element("div", steps, kind="steps")
    )


def _bar(buttons: str) -> str:
    return element("div", buttons, kind="bar", role="group", **{"aria-label": strings.SOURCE_VIEW})


def _button(does: str, sign: str, name: str = "") -> str:
    named = {"aria-label": name, "title": name} if name else {}
    return element("button", escape(sign), type="button", **{"data-action": does}, **named)


def _more_button(direction: str, there_is: bool) -> str:
    return _button(direction, _MORE[direction]) if there_is else ""


_MORE = {"earlier": strings.SHOW_EARLIER, "later": strings.SHOW_LATER}


def _slice(excerpt: Excerpt) -> str:
    ends = {"data-start": str(excerpt.start), "data-end": str(excerpt.end)}
    return element("div", excerpt.html, kind="text", **ends)


def _picture(citation: Citation, places: Sequence[PageLocation]) -> str:
    """The page's picture, for the size of the first page; the boxes of all pages lie over it, one shown."""
    first = places[0]
    numbers = {"data-number": str(first.number), "data-pages": str(len(citation.document.pages))}
    size = {"width": f"{first.width:.0f}", "height": f"{first.height:.0f}"}
    picture = element("img", "", alt=f"Page {first.number}", **size).removesuffix("</img>")
    boxes = "".join(_boxes(place, _kind(citation)) for place in places)
    words = element("figcaption", escape(citation.document.quote(citation.span)), dir="auto")
    return element("figure", picture + boxes + words, kind="page", **numbers)


def _boxes(place: PageLocation, kind: str) -> str:
    """Boxes as a drawing of one by one, which is stretched over the picture and so holds at every zoom."""
    rectangles = "".join(_rectangle(kind, *box) for box in place.boxes)
    return element(
        "svg",
        rectangles,
        viewBox="0 0 1 1",
        preserveAspectRatio="none",
        **_HIDDEN,
        **{"data-page": str(place.number)},
    )


_HIDDEN = {"aria-hidden": "true"}


def _rectangle(kind: str, left: float, top: float, right: float, bottom: float) -> str:
    edges = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    return element("rect", "", kind=kind, **{name: f"{share:.6f}" for name, share in edges.items()})


def _count(number: int, total: int) -> str:
    return strings.COUNT.format(number=number, total=total)
