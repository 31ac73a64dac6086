"""
HTML of the source viewer, which ``source.js`` inserts and ``source.css`` styles.

It contains no scripts, styles or URLs: a button's ``data-action`` says what it does, and ``source.js``
fetches the page images.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from index import Document, PageLocation, Span
from qa.web import strings
from qa.web.views.excerpt import source_html
from qa.web.views.html import element, escape, replace_unsafe, void


@dataclass(frozen=True, slots=True)
class Citation:
    """
    What a click on a footnote shows.

    Args:
        document: The source.
        span: The cited words.
        marker: The footnote's number; 0 if it has none.
        count: How many footnotes the answer has.
        others: The answer's other cited spans; those of other documents are ignored.
        note: A note above the source, such as that it has changed; may be empty.
        is_related: Whether it is only a passage close to a question that was refused, and not cited.

    Raises:
        ValueError: If the span is not within the document.
    """

    document: Document = field(repr=False)
    span: Span
    marker: int = 0
    count: int = 0
    others: tuple[Span, ...] = ()
    note: str = ""
    is_related: bool = False

    def __post_init__(self) -> None:
        self.document.quote(self.span)


def text_html(citation: Citation, no_pages_reason: str = "") -> str:
    """
    Return the viewer with the document's text.

    Args:
        citation: The citation to show.
        no_pages_reason: Why its pages can't be shown; empty if it has none or they weren't requested.
    """
    excerpt = source_html(citation.document, citation.span, citation.others, _mark_class(citation))
    has_pages = citation.document.runs and not no_pages_reason
    toolbar = _toolbar(_button("pages", strings.SHOW_PAGES)) if has_pages else ""
    offsets = {"data_start": str(excerpt.start), "data_end": str(excerpt.end)}
    content = (
        (_button("earlier", strings.SHOW_EARLIER) if excerpt.has_earlier else "")
        + element("div", excerpt.html, class_="fn-text", **offsets)
        + (_button("later", strings.SHOW_LATER) if excerpt.has_later else "")
    )
    return _viewer(citation, no_pages_reason, toolbar, element("div", content, class_="fn-source-text"))


def pages_html(citation: Citation, locations: Sequence[PageLocation]) -> str:
    """
    Return the viewer with an image of the first page that has the cited words, and boxes around them.

    Args:
        citation: The citation to show.
        locations: The locations of the words; at least one.
    """
    position = strings.COUNT.format(number=locations[0].number, total=len(citation.document.pages))
    tools = (
        _button("previous-page", "‹", strings.PREVIOUS_PAGE)
        + element("span", position, class_="fn-page-number", role="status")
        + _button("next-page", "›", strings.NEXT_PAGE)
        + _button("zoom-out", "−", strings.ZOOM_OUT)
        + _button("zoom-in", "+", strings.ZOOM_IN)
        + _other_pages(locations)
        + _button("text", strings.SHOW_TEXT)
    )
    return _viewer(citation, "", _toolbar(tools), _page_figure(citation, locations))


def screen_reader_text(citation: Citation) -> str:
    """Return a description as plain text, such as ``Footnote 2 of 3: Title, page 4``."""
    page = citation.document.page_at(citation.span.start)
    return f"{_citation_name(citation)}: {replace_unsafe(citation.document.title)}" + (
        f", {strings.PAGE.format(number=page.number)}" if page else ""
    )


def _other_pages(locations: Sequence[PageLocation]) -> str:
    """Return a note of the further pages, whose boxes the first page doesn't show."""
    numbers = ", ".join(str(location.number) for location in locations[1:])
    if not numbers:
        return ""
    return element("span", strings.ALSO_ON_PAGE.format(pages=numbers), class_="fn-other-pages")


def _mark_class(citation: Citation) -> str:
    """Return the class of the marked words; a related passage must not look as if it were cited."""
    return "fn-related" if citation.is_related else "fn-cited"


def _citation_name(citation: Citation) -> str:
    if citation.is_related:
        return strings.RELATED_PASSAGE
    if not citation.marker:
        return strings.PASSAGE
    name = strings.FOOTNOTE.format(marker=citation.marker)
    return f"{name} of {citation.count}" if citation.count else name


def _viewer(citation: Citation, no_pages_reason: str, toolbar: str, content: str) -> str:
    note = citation.note or (
        f"{no_pages_reason[:1].upper()}{no_pages_reason[1:]}." if no_pages_reason else ""
    )
    notice = element("p", escape(note), class_="fn-source-notice", role="note") if note else ""
    body = element(
        "div",
        notice + content,
        class_="fn-source-body",
        tabindex="0",
        role="group",
        aria_label=strings.SOURCE,
    )
    return _header(citation) + toolbar + body


def _header(citation: Citation) -> str:
    title = element("h2", element("bdi", escape(citation.document.title)))
    page = citation.document.page_at(citation.span.start)
    name = _citation_name(citation) + (f" · {strings.PAGE.format(number=page.number)}" if page else "")
    navigation = (
        _button("previous", "‹", strings.PREVIOUS_FOOTNOTE)
        + _button("next", "›", strings.NEXT_FOOTNOTE)
        + _button("close", "×", strings.CLOSE_SOURCE)
    )
    return element(
        "header",
        element("div", title + element("p", name))
        + element("div", navigation, class_="fn-footnote-navigation"),
    )


def _toolbar(tools: str) -> str:
    return element("div", tools, class_="fn-source-toolbar", role="group", aria_label=strings.SOURCE_VIEW)


def _button(action: str, text: str, label: str = "") -> str:
    """Return a button; *label* is its name where *text* is only a symbol."""
    names = {"aria_label": label, "title": label} if label else {}
    return element("button", escape(text), type="button", data_action=action, **names)


def _page_figure(citation: Citation, locations: Sequence[PageLocation]) -> str:
    """Return a figure of the first page's size, with the boxes of all pages; one page's are visible."""
    first = locations[0]
    image = void("img", alt=f"Page {first.number}", width=f"{first.width:.0f}", height=f"{first.height:.0f}")
    boxes = "".join(_boxes(location, _mark_class(citation)) for location in locations)
    caption = element("figcaption", escape(citation.document.quote(citation.span)), dir="auto")
    pages = {"data_number": str(first.number), "data_pages": str(len(citation.document.pages))}
    return element("figure", image + boxes + caption, class_="fn-page", **pages)


def _boxes(location: PageLocation, class_: str) -> str:
    """Return the boxes as a drawing of size 1 by 1, which is stretched over the image at any zoom."""
    return element(
        "svg",
        "".join(_rectangle(class_, *box) for box in location.boxes),
        viewBox="0 0 1 1",
        preserveAspectRatio="none",
        aria_hidden="true",
        data_page=str(location.number),
    )


def _rectangle(class_: str, left: float, top: float, right: float, bottom: float) -> str:
    edges = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    return element("rect", "", class_=class_, **{name: f"{value:.6f}" for name, value in edges.items()})
