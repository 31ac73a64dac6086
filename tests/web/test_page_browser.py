"""What a person sees and keeps in the page: colours, scrolling, copies, choices and lists."""

import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect
from reportlab.pdfgen.canvas import Canvas

from qa.auth.sessions import LOCAL_OWNER
from qa.chat.store import ConversationStore
from qa.stored_answer import StoredAnswer
from qa.web.controller import CONVERSATIONS_FILE
from qa.web.views.sidebar import MAX_CONVERSATIONS
from tests.bench.process import footnote
from tests.fakes.folder import write_tree
from tests.web.server import NEWEST, ask, axe_violations, browsing, origin_of, serving

# The tests share one page; each opens a conversation of its own.
pytestmark = pytest.mark.browser

CONVERSATIONS = 90
OLD_COOKIE = "guest:an-old-cookie"
"""Owner of a conversation from before the computer had one list."""
CODE = "def rise(tide):\n    return tide + 1\n\nrise(2)"
FILES = {
    "tower.md": "# The Amber Tower\n\nThe Amber Tower of Velden is 70.5 metres high. "
    "It was finished in 1931.\n\n"
    f"1. The first floor has a bakery.\n2. The second floor has a bank.\n\n```python\n{CODE}\n```\n",
    "bridge.txt": "The Copper Bridge of Velden is 96 metres long. It was built by Ines Moura.",
}
HEIGHT, LENGTH = "How high is the Amber Tower of Velden?", "How long is the Copper Bridge of Velden?"
UNANSWERABLE = "What does bread cost in Lisbon?"
WIDE, PHONE = {"width": 1280, "height": 720}, {"width": 390, "height": 844}
TOP = """element => element.getBoundingClientRect().top
    - document.querySelector('#transcript').getBoundingClientRect().top"""
COLOUR = "element => getComputedStyle(element).{}"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Open a chat with many earlier conversations."""
    corpus = write_tree(tmp_path_factory.mktemp("corpus"), FILES)
    pdf = Canvas(str(corpus / "pilots.pdf"))
    pdf.drawString(72, 720, "The harbour pilots of Velden meet every ship at the outer buoy.")
    pdf.save()
    index_dir, data_dir = tmp_path_factory.mktemp("index"), tmp_path_factory.mktemp("data")
    assert footnote("index", str(corpus), "--quiet", index_dir=index_dir).code == 0
    store = ConversationStore(data_dir / CONVERSATIONS_FILE)
    for number in range(CONVERSATIONS):
        refused = StoredAnswer(f"Question number {number}?", refused=True)
        store.add(LOCAL_OWNER, store.create(LOCAL_OWNER), refused)
    store.add(OLD_COOKIE, store.create(OLD_COOKIE), StoredAnswer("Which mill is oldest?", refused=True))
    store.close()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FOOTNOTE_DATA_DIR", str(data_dir))
        with (
            serving(index_dir) as address,
            browsing(permissions=["clipboard-read", "clipboard-write"]) as page,
        ):
            page.address = origin_of(address)
            page.goto(address)
            yield page


@pytest.fixture(autouse=True)
def new_conversation(request):
    """Open an empty conversation in the shared page."""
    if "page" in request.fixturenames:
        page = request.getfixturevalue("page")
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light")
        page.goto(page.address)
        page.locator("#question textarea").wait_for()


def pixels(locator: Any) -> set[Any]:
    """Return the colours of an element's picture, as red, green and blue."""
    colours = Image.open(io.BytesIO(locator.screenshot())).convert("RGB").getcolors(1_000_000)
    return {colour for _, colour in colours or ()}


def find_checkbox(page: Any, title: str) -> Any:
    """Return the checkbox of a document in the sidebar."""
    return page.locator("#documents li", has_text=title).get_by_role("checkbox")


def open_document(page: Any, title: str) -> None:
    page.get_by_role("button", name=f"Open {title}").click()
    page.locator("#source[data-open]").wait_for()


def test_empty_install_offers_to_add_documents(tmp_path):
    """With a button of ordinary size, the three uses and no error; a question gets the button, too."""
    with serving(tmp_path / "none-yet") as address, browsing() as page:
        page.goto(address)
        box = page.get_by_role("button", name="Add documents").bounding_box()
        assert page.get_by_role("alert").count() == 0
        expect(page.locator(".fn-uses li")).to_have_count(3)
        turn = ask(page, HEIGHT)
        turn.get_by_role("button", name="Add documents").click()

        expect(page.locator("#library[open] .fn-drop-area")).to_be_visible()
        assert box["width"] < 240
        assert box["height"] < 60


@pytest.mark.parametrize(("scheme", "accent"), [("light", (138, 43, 29)), ("dark", (240, 145, 127))])
def test_ticked_checkbox_is_visible(page, scheme, accent):
    """It has the accent's colour."""
    page.emulate_media(color_scheme=scheme)
    checkbox = find_checkbox(page, "bridge")
    checkbox.check()
    page.mouse.move(0, 0)
    colours = pixels(checkbox)
    checkbox.uncheck()

    assert any(sum(abs(a - b) for a, b in zip(colour, accent, strict=True)) < 24 for colour in colours)


def test_visited_conversation_is_not_blue(page):
    """The pixels tell, since a script isn't told the colour of a visited link."""
    link = page.locator("#conversations a").first
    page.goto(page.address + link.get_attribute("href"))
    page.locator(".fn-turn").wait_for()
    page.goto(page.address)
    page.mouse.move(0, 0)

    assert not any(blue > red + 30 for red, _, blue in pixels(page.locator("#conversations a").first))


def test_code_keeps_its_lines(page):
    """In the source viewer, with its indentation."""
    open_document(page, "The Amber Tower")
    code = page.locator("#source pre code")

    assert code.inner_text().rstrip() == CODE
    assert code.bounding_box()["height"] > 4 * 18


def test_numbered_items_have_no_bullets(page):
    """Their numbers are part of the text."""
    open_document(page, "The Amber Tower")
    items = page.locator("#source .fn-text li")
    bullets = items.evaluate_all("all => all.map((item) => getComputedStyle(item, '::before').content)")

    assert items.first.inner_text().startswith("1.")
    assert set(bullets) == {"none"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_scrollbars_follow_the_scheme(page, scheme):
    """Also those within the page."""
    page.emulate_media(color_scheme=scheme)

    for part in ("#transcript", ".fn-conversation-list", ".fn-documents"):
        expect(page.locator(part)).to_have_css("color-scheme", scheme)


def test_new_question_is_at_the_top(page):
    """Its answer is then in view, however much is above it."""
    ask(page, HEIGHT)
    ask(page, LENGTH)

    assert 0 <= page.locator(f"{NEWEST} .fn-question").evaluate(TOP) < 60
    expect(page.locator(f"{NEWEST} .fn-answer")).to_be_in_viewport()


def test_page_stays_where_the_person_scrolled(page):
    """An answer that arrives doesn't move it."""
    ask(page, HEIGHT)
    page.locator("#question textarea").fill(LENGTH)
    page.locator("#question textarea").press("Enter")
    expect(page.locator(f"{NEWEST} .fn-question")).to_have_text(LENGTH)
    page.locator("#transcript").evaluate("transcript => { transcript.scrollTop = 0; }")
    page.locator(f"{NEWEST} .fn-answer").wait_for()

    assert page.locator("#transcript").evaluate("transcript => transcript.scrollTop") == 0


def test_copied_selection_has_no_markers(page):
    """Otherwise the number of a footnote would be a digit of the figure before it."""
    ask(page, HEIGHT)
    page.locator(".fn-answer").evaluate("answer => getSelection().selectAllChildren(answer)")
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()")

    assert "70.5 metres high." in copied
    assert "high.1" not in copied


@pytest.mark.parametrize(
    ("button", "expected"),
    [("Copy", "[1] The Amber Tower (tower.md): “"), ("Copy as Markdown", "[^1-1]: The Amber")],
)
def test_answer_is_copied_with_its_sources(page, button, expected):
    """As plain text or as Markdown."""
    turn = ask(page, HEIGHT)
    turn.get_by_role("button", name=button, exact=True).click()
    turn.get_by_role("button", name="Copied").wait_for()

    assert expected in page.evaluate("navigator.clipboard.readText()")


def test_next_footnote_scrolls_to_its_turn(page):
    """The key n opens the first footnote of the next turn, which is below."""
    ask(page, HEIGHT)
    ask(page, LENGTH)
    page.locator("#transcript").evaluate("transcript => { transcript.scrollTop = 0; }")
    page.locator(".fn-marker").first.click()
    page.locator("#source[data-open]").wait_for()
    page.locator("#source .fn-source-body").press("n")
    marker = page.locator(f"{NEWEST} .fn-marker[aria-current]").first

    expect(marker).to_be_in_viewport()


def test_states_of_a_marker_differ(page):
    """Hovered, focused and open."""
    marker = ask(page, HEIGHT).locator(".fn-marker").first
    looks = []
    for act in (lambda: None, marker.hover, marker.focus, marker.click):
        page.mouse.move(0, 0)
        act()
        if act == marker.click:
            page.locator("#source[data-open]").wait_for()
            page.mouse.move(0, 0)
        looks.append(
            tuple(
                marker.evaluate(COLOUR.format(name)) for name in ("backgroundColor", "outlineStyle", "color")
            )
        )

    assert len(set(looks)) == 4


def test_related_passage_is_visible_on_its_page(page):
    """Its box has a colour of its own."""
    turn = ask(page, UNANSWERABLE)
    turn.locator(".fn-passage-title", has_text="pilots").first.click()
    box = page.locator("#source svg:not([hidden]) rect").first
    box.wait_for()

    assert box.evaluate(COLOUR.format("fill")) == "rgb(207, 224, 245)"
    assert box.get_attribute("class") == "fn-related"


def test_phone_covers_neither_question_nor_field(page):
    """Neither the menu's button nor an open source does."""
    page.set_viewport_size(PHONE)
    turn = ask(page, HEIGHT)
    menu, question = page.locator("[data-menu]").bounding_box(), turn.locator(".fn-question").bounding_box()
    turn.locator(".fn-marker").first.click()
    source = page.locator("#source[data-open]")
    source.wait_for()
    field = page.locator("#ask").bounding_box()

    assert menu["y"] + menu["height"] <= question["y"]
    assert field["y"] + field["height"] <= source.bounding_box()["y"]
    assert (
        source.locator("header p").bounding_box()["height"] < 30
    )  # one line, below the title and the buttons


def test_choices_survive_a_reload(page):
    """The settings, which open in view, and the documents to search."""
    page.get_by_role("button", name="Settings").click()
    expect(page.locator("#settings")).to_be_in_viewport(ratio=1)
    page.get_by_label("Strict", exact=True).check()
    page.get_by_label("20", exact=True).check()
    normal = page.locator("#ask").bounding_box()["height"]
    page.get_by_label("Large", exact=True).check()
    page.keyboard.press("Escape")
    find_checkbox(page, "bridge").check()
    page.reload()
    expect(find_checkbox(page, "bridge")).to_be_checked()
    expect(page.locator("#question-scope")).to_contain_text("Searching 1 selected document.")
    expect(page.locator("#settings [value=strict]")).to_be_checked()
    expect(page.locator("#settings [value='20']")).to_be_checked()
    assert page.locator("#ask").bounding_box()["height"] > normal
    page.get_by_role("button", name="Search all documents").click()
    page.evaluate("localStorage.clear()")

    expect(page.locator("#question-scope")).to_be_hidden()


def test_rating_buttons_stay_in_place(page):
    """The form for a comment opens below them."""
    turn = ask(page, HEIGHT)
    button = turn.get_by_role("button", name="This answer is right")
    before = button.bounding_box()
    button.click()
    page.get_by_label("Add a comment (optional)").wait_for()

    assert button.bounding_box() == before
    expect(button).to_be_focused()


def test_long_list_of_conversations_scrolls(page):
    """The documents and the settings stay in view, and older conversations come when they are scrolled to."""
    rows = page.locator("#conversations li")
    listed = rows.count()
    assert MAX_CONVERSATIONS <= listed < CONVERSATIONS
    rows.nth(listed - 1).scroll_into_view_if_needed()
    expect(rows.nth(CONVERSATIONS - 1)).to_be_attached()
    addresses = page.locator("#conversations li a").evaluate_all("all => all.map((each) => each.href)")
    assert len(set(addresses)) == len(addresses)

    for name in ("Manage documents", "Settings"):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    assert page.locator(".fn-conversation-list").evaluate("list => list.scrollHeight > list.clientHeight")


def test_conversation_of_an_old_cookie_is_adopted(page):
    """It is found in the one list, and opens."""
    page.get_by_label("Search conversations").fill("oldest mill")
    found = page.locator("#conversations li a")
    expect(found).to_have_text(["Which mill is oldest?"])
    found.click()

    expect(page.locator(".fn-question")).to_have_text("Which mill is oldest?")
    expect(page.locator(".fn-refusal")).to_be_visible()


def test_low_confidence_is_not_green(page):
    """Nor is a medium one."""
    bar = ask(page, HEIGHT).locator(".fn-confidence")
    colours = []
    for level in ("high", "medium", "low"):
        bar.evaluate(f"bar => {{ bar.dataset.level = '{level}'; }}")
        colours.append(bar.locator("progress").evaluate(COLOUR.format("color")))

    assert len(set(colours)) == 3


def test_conversations_are_switched_without_a_reload(page):
    """The address changes, and the way back leads to the conversation before."""
    page.evaluate("window.isSamePage = true")
    page.locator("#conversations a", has_text="Question number 83?").click()
    expect(page.locator(".fn-question")).to_have_text("Question number 83?")
    expect(page.locator("#conversations [aria-current=page]")).to_have_text("Question number 83?")
    assert page.evaluate("window.isSamePage && location.search.startsWith('?conversation=')")
    page.go_back()

    expect(page.locator(".fn-welcome")).to_be_visible()


def test_document_is_opened_without_a_footnote(page):
    """From the sidebar and from the library; its pane is widened and closed."""
    open_document(page, "pilots")
    expect(page.locator("#source header")).to_contain_text("Document")
    before = page.locator("#source").bounding_box()["width"]
    page.get_by_role("button", name="Change the width of the source").click()
    assert page.locator("#source").bounding_box()["width"] > before + 100
    page.get_by_role("button", name="Close the source").click()
    expect(page.locator("#source")).to_be_hidden()
    page.get_by_role("button", name="Manage documents").click()
    page.locator("#library").get_by_role("button", name="bridge", exact=True).click()

    expect(page.locator("#source")).to_contain_text("The Copper Bridge of Velden")
    expect(page.locator("#library")).to_be_hidden()
    assert page.locator("#source mark.fn-cited").count() == 0


def test_document_is_searched(page):
    """A match opens at its words, and the list of matches stays; the outline is there before."""
    open_document(page, "The Amber Tower")
    page.get_by_role("button", name="Search in this document").click()
    expect(page.locator("#source .fn-places")).to_contain_text("The Amber Tower")
    page.get_by_role("searchbox", name="Search in this document").fill("second  FLOOR")
    page.locator("#source .fn-places button").get_by_text("bank").click()
    expect(page.locator("#source mark.fn-found")).to_have_text("second floor")

    expect(page.locator("#source .fn-places button")).to_have_count(1)


def test_theme_is_chosen(page):
    """Whatever the system's is, also after a reload."""
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Dark", exact=True).check()
    page.reload()
    expect(page.locator("body")).to_have_css("background-color", "rgb(23, 22, 20)")
    assert axe_violations(page) == []
    page.evaluate("localStorage.clear()")


def test_question_mark_shows_the_shortcuts(page):
    """And Escape closes them."""
    page.locator("#question textarea").evaluate("field => field.blur()")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator("#shortcuts")).to_be_hidden()


def test_language_can_be_chosen(page):
    """It stays after a reload, and can be the browser's again."""
    page.get_by_role("button", name="Settings").click()
    page.get_by_text("Deutsch", exact=True).click()
    expect(page.locator("#question textarea")).to_have_attribute("placeholder", "Fragen Sie Ihre Dokumente")
    expect(page.locator("#ask")).to_have_text("Fragen")
    page.reload()
    expect(page.get_by_role("heading", name="Fragen Sie Ihre Dokumente")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("main")).to_have_count(1)
    page.locator("#question textarea").fill("Fußnote " * 1000)
    page.locator("#question textarea").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Ihre Frage ist zu lang (7,999 von höchstens")
    page.get_by_role("button", name="pilots öffnen").click()
    expect(page.locator("#source")).to_contain_text("Als Text zeigen")
    assert not axe_violations(page)

    page.get_by_role("button", name="Einstellungen").click()
    page.get_by_text("Wie der Browser").click()
    expect(page.locator("#ask")).to_have_text("Ask")
