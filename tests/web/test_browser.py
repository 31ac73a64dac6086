"""The chat in a real browser, with a real server, index and reader."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect
from reportlab.pdfgen.canvas import Canvas

from qa.auth.accounts import set_admin, set_password
from qa.chat.answer_jobs import MAX_RUNNING_EACH, MAX_WAITING_EACH
from tests.bench.load import LoadClient
from tests.bench.process import footnote
from tests.fakes import llm_server
from tests.fakes.folder import write_tree
from tests.web.server import (
    ANSWERED,
    NEWEST,
    ask,
    axe_violations,
    browsing,
    highlighted,
    origin_of,
    running,
    serving,
)

# The tests share one page and depend on their order: some check what the page did in the tests before.
pytestmark = pytest.mark.browser

HOSTILE = """Rules of the ferry

<script>document.title = "taken"</script>
<img src="http://198.51.100.7/x.png" onerror="document.title='taken'">
![map](http://198.51.100.7/y.png) [run](javascript:document.title='taken')

The ferry to Ulleungdo carries <b onmouseover="document.title='taken'">ninety-four</b> passengers,
e\u0301lite 👩‍👩‍👧
included, on every crossing.
"""
LAKE = "Lake Orin lies 1,240 metres above the sea. It was first mapped in 1887 by Anna Keller."
WORLD = """The ﬁrst lighthouse of Velden 🏝️ was built by 渡辺健 and by \u0623\u062d\u0645\u062f in 1902.

| Lamp | Metres |
|------|--------|
| Old  | 31     |
"""
QUESTION = "Who mapped Lake Orin?"
ANN = ("ann", "correct horse")
STREAMED_ANSWER = [
    "Lake Orin was first mapped in 1887 by Anna Keller [1]. It ",
    llm_server.PAUSE,
    "lies high.",
]
QUEUED = "You are number {} in the queue."


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    files = {"lake.txt": LAKE, "<b>ferry<i> & co.txt": HOSTILE, "lighthouse.md": WORLD}
    folder = write_tree(tmp_path_factory.mktemp("corpus"), files)
    page = Canvas(str(folder / "glass.pdf"))
    page.drawString(72, 720, "The Glass Tower of Velden was finished in 1931")
    page.drawString(72, 700, "by the engineer Ines Moura.")
    page.save()
    return folder


@pytest.fixture(scope="module")
def index_dir(corpus, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    assert footnote("index", str(corpus), "--quiet", index_dir=folder).code == 0
    return folder


@pytest.fixture(scope="module")
def page(index_dir):
    """Open the chat, and record the page's requests and the browser's errors."""
    with serving(index_dir) as address, browsing() as page:
        page.requests, page.errors, page.printed, page.address = [], [], address, origin_of(address)
        page.on("request", lambda request: page.requests.append(request.url))
        page.on(
            "console", lambda message: page.errors.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(page.printed)
        page.locator(".fn-welcome").wait_for()
        yield page


def cited_texts(index_dir: Path, question: str) -> list[str]:
    """Return the texts that the command line cites for a question."""
    answer = json.loads(footnote("ask", question, "--json", index_dir=index_dir).output)
    return [citation["cited_text"] for citation in answer["citations"]]


def submit_question(page, question: str) -> None:
    """Ask a question without waiting for the answer."""
    page.locator("#question textarea").fill(question)
    page.locator("#ask").click()


def open_new_conversation(page) -> None:
    """Open an empty conversation."""
    page.goto(page.address)
    page.locator(".fn-welcome").wait_for()


def set_strictness(page, level: str) -> None:
    """Choose a level of strictness in the settings."""
    page.get_by_role("button", name="Settings").click()
    page.get_by_label(level).check()
    page.keyboard.press("Escape")


def ask_with(page, level: str, question: str) -> str:
    """Ask a question at a level of strictness, and return the text of its turn."""
    set_strictness(page, level)
    return str(ask(page, question).inner_text())


def test_highlighted_words_are_the_cited_words(page, index_dir):
    """A click on a footnote marks exactly the words that the command line cites."""
    turn = ask(page, QUESTION)
    markers = turn.locator("button.fn-quote").all()

    assert turn.locator("strong").first.text_content() == "Anna Keller"
    assert cited_texts(index_dir, QUESTION) == [highlighted(page, marker) for marker in markers]


def test_enter_on_a_marker_opens_its_source(page):
    """Enter on a footnote's marker opens its source."""
    page.locator("#source [data-action=close]").click()
    page.locator(".fn-marker").first.press("Enter")
    page.locator("#source[data-open]").wait_for()

    assert "Anna Keller" in page.locator("#source mark.fn-cited").first.text_content()


def test_focus_on_a_marker_shows_its_quote(page):
    """The quote is shown without opening the source."""
    marker = page.locator(".fn-marker").first
    page.locator("#question textarea").focus()
    marker.focus()

    expect(page.get_by_role("tooltip")).to_have_text(marker.get_attribute("data-tooltip"))


def test_reload_restores_the_conversation(page):
    """The conversation has its own address, and a reload shows its questions, answers and footnotes."""
    shown = page.locator("#transcript").inner_text()
    assert re.fullmatch(rf"{page.address}/\?conversation=[\w-]+", page.url)
    page.reload()
    page.locator(ANSWERED).wait_for()

    assert page.locator("#transcript").inner_text() == shown
    assert "Anna Keller" in highlighted(page, page.locator(".fn-marker").first)


def test_words_of_any_script_are_highlighted_exactly(page, index_dir):
    """Ligatures, emoji, Japanese and Arabic are counted as code points."""
    question = "Who built the first lighthouse of Velden?"
    turn = ask(page, question)

    assert cited_texts(index_dir, question)[0] == highlighted(page, turn.locator("button.fn-quote").first)


def test_pdf_page_shows_boxes_around_the_words(page, index_dir):
    """A quote over two lines has two boxes, and the page can be shown as text."""
    question = "When was the Glass Tower of Velden finished?"
    turn = ask(page, question)
    highlighted(page, turn.locator("button.fn-quote").first)
    page.locator("#source img").evaluate("picture => picture.decode()")
    assert page.locator("#source rect.fn-cited").count() == 2
    page.get_by_role("button", name="Show as text").click()
    page.locator("#source mark.fn-cited").first.wait_for()

    assert cited_texts(index_dir, question)[0] == "".join(
        page.locator("#source mark.fn-cited").all_text_contents()
    )


def test_strictness_decides_what_is_refused(page):
    """A question that is refused at the strict level is answered at the lenient one."""
    lenient, strict = (
        ask_with(page, level, "What fish live in Lake Orin?") for level in ("Lenient", "Strict")
    )
    set_strictness(page, "Balanced")

    assert "I couldn't find an answer in your documents." in strict
    assert "I couldn't find an answer in your documents." not in lenient


def test_keys_open_the_next_and_previous_footnote(page):
    """The keys n and p open the next and the previous footnote."""
    first = highlighted(page, page.locator(".fn-marker").first)
    page.locator("#source .fn-source-body").press("n")
    expect(page.locator("#source mark.fn-cited").first).not_to_have_text(first)
    page.locator("#source .fn-source-body").press("p")

    expect(page.locator("#source mark.fn-cited").first).to_have_text(first)


def test_unanswerable_question_is_refused(page):
    """A refusal has no answer, and its closest passages open without looking cited."""
    turn = ask(page, "What is the price of bread in Lisbon?")
    nearest = turn.locator(".fn-card li").first

    assert "I couldn't find anything about Lisbon in your documents." in turn.inner_text()
    assert turn.locator(".fn-answer, .fn-marker, .fn-footnotes").count() == 0
    assert highlighted(page, nearest.locator("button")) == ""
    expect(page.locator("#source header")).to_contain_text("A related passage, not an answer")
    assert page.locator("#source mark.fn-related").count() > 0
    assert page.locator(f"#source, {NEWEST}").get_by_text("exact quote").count() == 0


def test_markup_in_a_document_is_shown_as_text(page, index_dir):
    """Markup in a document's text and name doesn't run and loads nothing."""
    question = "How many passengers does the ferry to Ulleungdo carry?"
    turn = ask(page, question)
    marked = highlighted(page, turn.locator("button.fn-quote").first)

    assert cited_texts(index_dir, question)[0] == marked
    assert "<b onmouseover=" in marked
    assert "<b>ferry<i> & co" in turn.inner_text()
    assert page.title() == "Footnote"
    assert (
        page.locator("#transcript, #source, #sidebar").locator("img, script, b, [onmouseover]").count() == 0
    )


def test_markup_in_a_question_is_shown_as_text(page):
    """Markdown and HTML in a question are shown as typed, in the conversation and in the list."""
    question = "# **Who** ![m](http://198.51.100.7/q.png) [r](javascript:1) <b>mapped</b> $x$ `y`?"
    ask(page, question)
    heading = page.locator(".fn-question").last

    assert heading.text_content() == question
    assert page.locator("#transcript, #sidebar").locator("img, b, code").count() == 0


def test_empty_question_shows_an_error(page):
    """The error says what to do."""
    assert re.search("Type a question", ask(page, "   ").inner_text())


def test_too_long_question_shows_an_error(page):
    """The question isn't cut and answered, and stays in the field."""
    turn = ask(page, "why " * 5_000)

    assert re.search("too long \\(", turn.inner_text())
    assert len(page.locator(".fn-question").last.text_content()) < 2_100
    expect(page.locator("#question textarea")).to_have_value("why " * 5_000)


def test_last_question_and_field_stay_in_view(page):
    """In a long conversation only the conversation scrolls, not the page."""
    ask(page, QUESTION)

    expect(page.locator(".fn-question").last).to_be_in_viewport()
    expect(page.locator("#question textarea")).to_be_in_viewport(ratio=1)


def test_edited_question_replaces_later_turns(page):
    """An edited question replaces its turn and those after it."""
    open_new_conversation(page)
    ask(page, QUESTION)
    ask(page, "How high does Lake Orin lie?")
    turn = page.locator(ANSWERED).first
    turn.get_by_role("button", name="Edit").click()
    turn.get_by_text("The conversation continues from this question").wait_for()
    expect(turn.get_by_label("Question")).to_have_value(QUESTION)
    turn.get_by_label("Question").fill("When was Lake Orin mapped?")
    turn.get_by_role("button", name="Ask", exact=True).click()
    page.locator(ANSWERED).get_by_text("1887").first.wait_for()

    expect(page.locator(".fn-question")).to_have_text(["When was Lake Orin mapped?"])


def test_rating_and_comment_are_stored_and_exported(page, tmp_path):
    """A rating and its comment are there after a reload and in the exports."""
    page.locator(NEWEST).get_by_role("button", name="This answer is right").click()
    page.get_by_label("Add a comment (optional)").fill("exact")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Update", exact=True).wait_for()
    page.reload()
    expect(page.get_by_label("Add a comment (optional)")).to_have_value("exact")
    exported = page.request.get(page.url.replace("/?", "/conversations/export?") + "&format=json")
    question_set = page.request.get(f"{page.address}/turns/rated")

    assert [turn["remark"] for turn in exported.json()["turns"]] == ["exact"]
    assert question_set.body()[:2] == b"PK"


def test_conversations_are_searched_renamed_and_deleted(page):
    """The sidebar searches conversations by their questions, renames them and deletes them."""
    items = page.locator("#conversations li")
    expect(items).to_have_count(2)
    page.get_by_label("Search conversations").fill("lisbon")
    expect(items).to_have_count(1)
    page.get_by_label("Search conversations").fill("")
    expect(items).to_have_count(2)
    page.get_by_role("button", name="Rename, export or delete this conversation").click()
    page.get_by_label("Title").fill("The <i>lake")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.locator("#conversations [aria-current=page]")).to_have_text("The <i>lake")
    page.get_by_role("button", name="Rename, export or delete this conversation").click()
    page.get_by_role("button", name="Delete conversation").click()
    page.locator(".fn-welcome").wait_for()

    expect(items).to_have_count(1)


def test_search_is_limited_to_selected_documents(page):
    """Only the selected documents are searched until the limit is removed."""
    open_new_conversation(page)
    page.locator("#documents li", has_text="lighthouse").get_by_role("checkbox").check()
    page.locator("#question-scope").get_by_text("Searching 1 selected document").wait_for()
    assert "I couldn't find an answer in your documents." in ask(page, QUESTION).inner_text()
    page.locator("#conversations [aria-current=page]").wait_for()  # the sidebar was reloaded
    expect(page.locator("#documents li", has_text="lighthouse").get_by_role("checkbox")).to_be_checked()
    expect(page.locator("#question-scope")).to_contain_text("Searching 1 selected document")
    page.get_by_role("button", name="Search all documents").click()

    assert "Anna Keller" in ask(page, QUESTION).inner_text()


def test_uploaded_file_is_indexed_and_removed(page, tmp_path):
    """An upload is indexed in the background; a file of another type is rejected with a reason."""
    open_new_conversation(page)
    page.get_by_role("button", name="Manage documents").click()
    tower = {"name": "../<tower>.txt", "mimeType": "text/plain", "buffer": b"The Amber Tower has 312 steps."}
    odd = {"name": "program.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"}
    page.locator("#library input[data-upload]").first.set_input_files([tower, odd])
    page.locator("#upload-progress").get_by_text("has an unsupported file type").wait_for()
    row = page.locator("#library tr", has_text="tower")
    expect(row.locator(".fn-state")).to_have_text("Indexed", timeout=60_000)
    page.get_by_role("button", name="Close", exact=True).click()
    assert "312" in ask(page, "How many steps does the Amber Tower have?").inner_text()
    page.get_by_role("button", name="Manage documents").click()
    row.get_by_role("button", name="Remove").click()

    expect(row).to_have_count(0, timeout=60_000)
    page.get_by_role("button", name="Close", exact=True).click()


def test_answer_with_a_removed_source_says_so(page):
    """After a reload its footnote isn't called verified, but its words are still shown."""
    page.reload()
    page.locator(ANSWERED).first.wait_for()

    expect(page.locator(".fn-footnotes .fn-changed").first).to_have_text("the document has changed")
    assert "312" in highlighted(page, page.locator(".fn-marker").first)
    expect(page.locator("#source .fn-source-notice")).to_contain_text("This document was removed")


def test_follow_up_shows_the_rewritten_question(page):
    """A pronoun is resolved from the previous turn, and the rewritten question is shown."""
    open_new_conversation(page)
    ask(page, QUESTION)
    turn = ask(page, "And when was it mapped?")

    assert (
        turn.locator(".fn-rewritten-question").text_content() == "Understood as: when was Lake Orin mapped?"
    )
    assert turn.locator("strong").first.text_content() == "1887"


def test_every_browser_shows_the_same_conversations(page):
    """Without accounts the computer has one list: another browser or cleared cookies lose nothing."""
    other = page.context.browser.new_context().new_page()
    other.goto(page.printed)
    other.goto(page.url)
    note = page.locator(".fn-marker").first.get_attribute("data-footnote")

    expect(other.locator(".fn-turn")).to_have_count(page.locator(".fn-turn").count())
    expect(other.locator("#conversations li")).to_have_count(page.locator("#conversations li").count())
    assert other.request.get(f"{page.address}/source/open?footnote={note}").status == 200
    other.context.close()


def test_new_snapshot_is_searched_without_a_reload(page, corpus, index_dir):
    """When the index is rebuilt elsewhere, the next question finds the new documents."""
    (corpus / "bridge.txt").write_text("The Copper Bridge of Velden is 96 metres long.")
    assert footnote("index", "--quiet", index_dir=index_dir).code == 0

    assert "96" in ask(page, "How long is the Copper Bridge?").inner_text()
    page.locator("#status").get_by_text("5 documents").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_violation(page, scheme):
    """Names, roles and contrast are right with an answer, a refusal, an open source and the library."""
    page.emulate_media(color_scheme=scheme)
    page.reload()
    highlighted(page, page.locator(".fn-marker").first)
    violations = axe_violations(page)
    page.get_by_role("button", name="Manage documents").click()
    page.locator("#library table").wait_for()
    violations += axe_violations(page)
    page.get_by_role("button", name="Close", exact=True).click()

    assert violations == []


def test_phone_layout(page):
    """The source covers the lower part of the screen, and a button opens the sidebar."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    highlighted(page, page.locator(".fn-marker").first)
    top = page.locator("#source").bounding_box()["y"]
    page.locator("#source [data-action=close]").click()
    page.get_by_role("button", name="Menu").click()

    assert 300 < top < 600
    expect(page.get_by_role("link", name="New conversation")).to_be_in_viewport()
    page.mouse.click(380, 400)
    expect(page.get_by_role("link", name="New conversation")).not_to_be_in_viewport()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Manage documents").click()
    title = page.locator("#library tbody th .fn-title").first
    assert title.bounding_box()["width"] > 200
    page.get_by_role("button", name="Close", exact=True).last.click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="New conversation")).not_to_be_in_viewport()
    page.set_viewport_size({"width": 1280, "height": 720})


def test_page_requests_no_other_host(page):
    """Every request of the tests before went to the server, and the policy allows no other host."""
    headers = page.request.get(page.address).headers
    outside = [url for url in page.requests if not url.startswith((page.address, "data:", "blob:"))]

    assert outside == []
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "http" not in headers["content-security-policy"]
    assert "eval" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_browser_reported_no_errors(page):
    """No script failed and the policy blocked nothing in the tests before."""
    assert page.errors == []


def test_gradio_accepts_no_files(page):
    """Files can only be uploaded to the library, which limits their types, sizes and number."""
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"some words"}
    response = page.request.post(f"{page.address}/gradio_api/upload", multipart={"files": file})

    assert response.status == 404


def test_port_in_use_is_one_line(page, index_dir):
    """A second chat on the same port says which command to use."""
    port = page.address.rpartition(":")[2]
    command = [sys.executable, "-m", "qa", "chat", "--port", port, "--index-dir", str(index_dir)]
    failed = subprocess.run(command, capture_output=True, text=True, check=False)

    assert failed.returncode == 2
    assert re.fullmatch(r".*Can't listen on .*footnote chat --port \d+\n", failed.stderr)


@pytest.fixture(scope="module")
def users_file(tmp_path_factory) -> Path:
    path: Path = tmp_path_factory.mktemp("users") / "users.toml"
    set_password(path, *ANN)
    return path


@pytest.fixture(scope="module")
def guarded_chat(index_dir, users_file):
    """Serve a chat with an account for Ann, whose language model fails until its script says otherwise."""
    with llm_server.serving() as language_model, pytest.MonkeyPatch.context() as environment:
        environment.setenv("FOOTNOTE_ANSWERER", "llm")
        environment.setenv("FOOTNOTE_LLM_MODEL", "scripted")
        environment.setenv("FOOTNOTE_LLM_BASE_URL", language_model.url)
        with running(index_dir, "--auth", str(users_file)) as chat:
            yield chat, language_model


def log_in(page, address: str) -> None:
    page.context.clear_cookies()
    page.goto(address)
    page.get_by_label("Name").fill(ANN[0])
    page.get_by_label("Password").fill(ANN[1])
    page.get_by_role("button", name="Log in").click()
    page.locator(".fn-welcome").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_login_page_follows_the_colour_scheme(page, guarded_chat, scheme):
    """The login page is dark where dark is preferred, with enough contrast."""
    page.emulate_media(color_scheme=scheme)
    page.goto(guarded_chat[0].address)
    background = page.locator("main.fn-login").evaluate("main => getComputedStyle(main).backgroundColor")

    assert background == {"light": "rgb(251, 250, 247)", "dark": "rgb(23, 22, 20)"}[scheme]
    assert axe_violations(page) == []
    page.emulate_media(color_scheme="light")


def test_login_stop_ask_again_and_logout(page, guarded_chat):
    """A running answer can be stopped and asked again in its place."""
    chat, language_model = guarded_chat
    language_model.script.append(STREAMED_ANSWER)
    log_in(page, chat.address)
    submit_question(page, QUESTION)
    expect(page.locator(f"{NEWEST} .fn-answer")).to_contain_text("by Anna Keller.1")
    page.locator("#stop").click()
    expect(page.locator(NEWEST)).to_contain_text("by Anna Keller.1")
    expect(page.locator(NEWEST)).to_contain_text("Stopped.")
    expect(page.locator("#stop")).to_be_hidden()
    language_model.resume.set()
    page.locator(NEWEST).get_by_role("button", name="Ask again").click()
    page.locator(f"{NEWEST} .fn-rating").wait_for()  # the answer is complete
    expect(page.locator(f"{NEWEST} .fn-answer")).to_contain_text("Anna Keller")
    expect(page.locator(".fn-question")).to_have_text([QUESTION])
    page.get_by_role("button", name="Log out (ann)").click()

    expect(page.get_by_label("Password")).to_be_visible()


@pytest.mark.parametrize(
    "next_action",
    [
        lambda page: page.get_by_role("button", name="This answer is wrong").click(),
        lambda page: page.locator(".fn-marker").first.click(),
        lambda page: page.get_by_role("button", name="Manage documents").click(),
    ],
    ids=["rate", "open a source", "open the library"],
)
def test_ended_session_leads_to_the_login(page, guarded_chat, users_file, next_action):
    """Whatever a person does next on an open page leads to the login."""
    log_in(page, guarded_chat[0].address)
    ask(page, QUESTION)
    set_password(users_file, *ANN)  # ends all sessions
    next_action(page)

    expect(page.get_by_label("Password")).to_be_visible()


def test_upload_after_the_session_leads_to_the_login(page, guarded_chat, users_file):
    """A file that is uploaded after the end of the session isn't accepted."""
    log_in(page, guarded_chat[0].address)
    page.get_by_role("button", name="Manage documents").click()
    page.locator("#library table").wait_for()
    set_password(users_file, *ANN)
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"some words"}
    page.locator("#library input[data-upload]").first.set_input_files(file)

    expect(page.get_by_label("Password")).to_be_visible()


def test_only_an_administrator_changes_the_documents(page, guarded_chat, users_file):
    """Others see the list of what everybody shares, and why they can't change it."""
    set_password(users_file, "bob", ANN[1])
    set_admin(users_file, "bob", True)
    set_admin(users_file, ANN[0], False)
    log_in(page, guarded_chat[0].address)
    page.get_by_role("button", name="Manage documents").click()
    expect(page.locator("#library")).to_contain_text("Only an administrator can change the documents")
    exclude = page.locator("#library-table").get_by_role("button", name="Exclude")
    expect(exclude).to_have_count(0)
    set_admin(users_file, ANN[0], True)
    page.reload()
    page.get_by_role("button", name="Manage documents").click()

    expect(exclude.first).to_be_visible()


class RecordingClient(LoadClient):
    """A client that records the answers it has started."""

    def __init__(self, address: str) -> None:
        super().__init__(address, ANN)
        self.started: list[str] = []

    def start(self, question: str) -> str:
        """Ask a question without waiting for the answer."""
        self.started.append(super().start(question))
        return self.started[-1]


@pytest.fixture
def busy_client(guarded_chat):
    """
    Start as many answers as one person can have running, and wait for all of them after the test.

    An answer that is still in the queue would take the script of the next test's.
    """
    chat, language_model = guarded_chat
    language_model.resume.clear()
    language_model.script.extend([["Anna ", llm_server.PAUSE, "Keller [1]."]] * MAX_RUNNING_EACH)
    client = RecordingClient(chat.address)
    for _ in range(MAX_RUNNING_EACH):
        client.start(QUESTION)
    yield client
    language_model.resume.set()
    running_turns = client.started
    while running_turns := [turn for turn in map(client.poll, running_turns) if "data-running" in turn]:
        pass
    client.close()


def test_queue_position_is_shown_and_can_be_left(page, guarded_chat, busy_client):
    """The position in the queue is also shown after a reload."""
    log_in(page, guarded_chat[0].address)
    busy_client.start(QUESTION)
    submit_question(page, QUESTION)
    expect(page.locator(f"{NEWEST} .fn-pending")).to_have_text(QUEUED.format(2))
    page.reload()
    expect(page.locator("#turns .fn-pending")).to_have_text(QUEUED.format(2))
    page.locator("#stop").click()

    expect(page.locator("#transcript .fn-turn")).to_contain_text("Stopped.")
    expect(page.locator("#ask")).to_be_visible()
    page.reload()
    expect(page.locator("#transcript .fn-turn")).to_contain_text("Stopped before there was an answer")


def test_stopping_ends_the_request_for_the_answer(page, guarded_chat, busy_client):
    """Otherwise its response, which says nothing of the cancellation, could come last."""
    log_in(page, guarded_chat[0].address)
    submit_question(page, QUESTION)
    expect(page.locator(f"{NEWEST} .fn-pending")).to_have_text(QUEUED.format(1))
    with page.expect_event("requestfailed", lambda request: "/turns/stream" in request.url):
        page.locator("#stop").click()

    expect(page.locator("#transcript .fn-turn")).to_contain_text("Stopped.")
    expect(page.locator("#question textarea")).to_be_focused()


def test_full_queue_shows_an_error_and_a_way_to_retry(page, guarded_chat, busy_client):
    """The question is kept and can be asked again."""
    log_in(page, guarded_chat[0].address)
    waiting = [busy_client.start(QUESTION) for _ in range(MAX_WAITING_EACH)]
    message = ask(page, QUESTION).locator(".fn-card").inner_text()
    for turn in waiting:
        busy_client.cancel(turn)
    guarded_chat[1].resume.set()
    page.get_by_role("button", name="Ask again").click()

    assert message == "20 of your questions are already in the queue. Ask again when one has been answered."
    expect(page.locator(f"{NEWEST} .fn-answer")).to_contain_text("Anna Keller")
    expect(page.locator(".fn-question")).to_have_text([QUESTION])


def test_answer_continues_after_a_reload(page, guarded_chat):
    """A running answer is shown after a reload and then completed; the turn it replaces is gone."""
    chat, language_model = guarded_chat
    log_in(page, chat.address)
    ask(page, QUESTION)
    language_model.resume.clear()
    language_model.script.append(STREAMED_ANSWER)
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(f"{NEWEST} .fn-answer")).to_contain_text("by Anna Keller.1")
    page.reload()
    expect(page.locator("#turns .fn-answer")).to_contain_text("by Anna Keller.1")
    expect(page.locator("#stop")).to_be_visible()
    language_model.resume.set()
    page.locator(f"#turns {ANSWERED}").wait_for()

    expect(page.locator(".fn-question")).to_have_text([QUESTION])
    expect(page.locator("#turns .fn-answer")).to_contain_text("It lies high.")
    assert "Anna Keller" in highlighted(page, page.locator(".fn-marker").first)


def test_answer_continues_when_the_page_is_closed(page, guarded_chat):
    """Whoever returns to the conversation finds the complete answer."""
    chat, language_model = guarded_chat
    log_in(page, chat.address)
    language_model.resume.clear()
    language_model.script.append(STREAMED_ANSWER)
    submit_question(page, QUESTION)
    expect(page.locator(f"{NEWEST} .fn-answer")).to_contain_text("by Anna Keller.1")
    address = page.url
    page.goto("about:blank")
    language_model.resume.set()
    page.goto(address)
    page.locator(ANSWERED).wait_for()

    expect(page.locator(".fn-answer")).to_contain_text("It lies high.")
    assert "Anna Keller" in highlighted(page, page.locator(".fn-marker").first)


def test_interrupted_question_survives_a_kill(page, guarded_chat, index_dir, users_file):
    """When the chat is killed, sessions and turns survive, and the question can be asked again."""
    chat, language_model = guarded_chat
    page.goto(chat.address)
    ask(page, QUESTION)
    language_model.requested.clear()
    language_model.script.append([llm_server.HANG])
    submit_question(page, "How high does Lake Orin lie?")
    assert language_model.requested.wait(60)
    chat.kill()
    with running(index_dir, "--auth", str(users_file), port=chat.port):
        expect(page.locator(f"{NEWEST} .fn-notice")).to_contain_text("Stopped before there was an answer")
        page.reload()
        expect(page.locator(".fn-question")).to_have_text([QUESTION, "How high does Lake Orin lie?"])
        expect(page.locator(".fn-turn .fn-notice").last).to_contain_text("Stopped before there was an answer")
        page.get_by_role("button", name="Ask again").last.click()
        page.locator(f"{NEWEST} .fn-answer").get_by_text("1,240").first.wait_for()

        expect(page.locator(".fn-question")).to_have_text([QUESTION, "How high does Lake Orin lie?"])
