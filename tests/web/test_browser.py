"""The chat in a real browser, against the real server, index and reader."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from reportlab.pdfgen.canvas import Canvas

from qa.auth.accounts import set_password
from qa.chat.answer_jobs import MAX_RUNNING_EACH, MAX_WAITING_EACH
from tests.bench.load import LoadClient
from tests.bench.process import footnote
from tests.fakes import llm_server
from tests.fakes.folder import write_tree
from tests.web.server import ANSWERED, ask, axe, browsing, highlighted, hold, origin_of, running, serving

# One process has them all: the last tests look back at what the page did in the ones before.
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
MAPPED = "Who mapped Lake Orin?"
ANN = ("ann", "correct horse")
GROWING = ["Lake Orin was first mapped in 1887 by Anna Keller [1]. It ", llm_server.PAUSE, "lies high."]
IN_LINE = "You are number {} in the queue."


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    written = {"lake.txt": LAKE, "<b>ferry<i> & co.txt": HOSTILE, "lighthouse.md": WORLD}
    folder = write_tree(tmp_path_factory.mktemp("corpus"), written)
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
    """A page on the chat, which remembers every request it made and every complaint of the browser."""
    with serving(index_dir) as address, browsing() as page:
        page.requests, page.complaints, page.printed, page.address = [], [], address, origin_of(address)
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(page.printed)
        page.locator(".fn-welcome").wait_for()
        yield page


def cited(index_dir: Path, question: str) -> list[str]:
    """What the command line cites for the same question."""
    answer = json.loads(footnote("ask", question, "--json", index_dir=index_dir).output)
    return [citation["cited_text"] for citation in answer["citations"]]


def begin(page, question: str) -> None:
    """Ask, without waiting for the answer."""
    page.locator("#question textarea").fill(question)
    page.locator("#ask").click()


def anew(page) -> None:
    page.goto(page.address)
    page.locator(".fn-welcome").wait_for()


def test_the_highlighted_words_are_the_cited_words(page, index_dir):
    """Ask, click each footnote, and see its words marked inside their source, character by character."""
    turn = ask(page, MAPPED)
    markers = turn.locator("button.fn-quote").all()

    assert turn.locator("strong").first.text_content() == "Anna Keller"
    assert cited(index_dir, MAPPED) == [highlighted(page, marker) for marker in markers]


def test_enter_on_a_marker_opens_its_source(page):
    """The keyboard does what the mouse does."""
    page.locator("#source [data-action=close]").click()
    page.locator(".fn-marker").first.press("Enter")
    page.locator("#source[data-open]").wait_for()

    assert "Anna Keller" in page.locator("#source mark.fn-cited").first.text_content()


def test_the_quoted_words_show_on_focus(page):
    """Without opening anything."""
    marker = page.locator(".fn-marker").first
    page.locator("#question textarea").focus()
    marker.focus()

    expect(page.locator("#quote-preview")).to_have_text(marker.get_attribute("data-quote"))


def test_a_reload_shows_everything_again(page):
    """The conversation has its own address; question, answer and footnotes are there, and open."""
    shown = page.locator("#transcript").inner_text()
    assert re.fullmatch(rf"{page.address}/\?conversation=[\w-]+", page.url)
    page.reload()
    page.locator(ANSWERED).wait_for()

    assert page.locator("#transcript").inner_text() == shown
    assert "Anna Keller" in highlighted(page, page.locator(".fn-marker").first)


def test_words_of_any_script_are_highlighted_exactly(page, index_dir):
    """Ligatures, emoji, Japanese and Arabic count as the code points they are."""
    question = "Who built the first lighthouse of Velden?"
    turn = ask(page, question)

    assert cited(index_dir, question)[0] == highlighted(page, turn.locator("button.fn-quote").first)


def test_a_pdf_shows_its_own_page_with_the_words_boxed(page, index_dir):
    """Over two lines; the picture is drawn, and its text can be had instead."""
    question = "When was the Glass Tower of Velden finished?"
    turn = ask(page, question)
    highlighted(page, turn.locator("button.fn-quote").first)
    page.locator("#source img").evaluate("picture => picture.decode()")
    assert page.locator("#source rect.fn-cited").count() == 2
    page.get_by_role("button", name="Show as text").click()
    page.locator("#source mark.fn-cited").first.wait_for()

    assert cited(index_dir, question)[0] == "".join(page.locator("#source mark.fn-cited").all_text_contents())


def test_strictness_is_chosen_in_words(page):
    """What is answered as usual is refused where only the quite sure will do, or the other way round."""
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Lenient").check()
    lenient = ask(page, "Who died in Lake Orin?").inner_text()
    page.get_by_label("Strict").check()
    strict = ask(page, "Who died in Lake Orin?").inner_text()
    page.get_by_label("Balanced").check()

    assert "I couldn't find an answer in your documents." in strict
    assert "I couldn't find an answer in your documents." not in lenient


def test_one_key_leads_to_the_next_footnote(page):
    """And another one back."""
    first = highlighted(page, page.locator(".fn-marker").first)
    page.locator("#source .fn-source-body").press("n")
    expect(page.locator("#source mark.fn-cited").first).not_to_have_text(first)
    page.locator("#source .fn-source-body").press("p")

    expect(page.locator("#source mark.fn-cited").first).to_have_text(first)


def test_what_is_not_in_the_documents_is_refused(page):
    """The refusal shows no answer; the nearest passages open, and aren't marked as if cited."""
    turn = ask(page, "What is the price of bread in Lisbon?")
    nearest = turn.locator(".fn-card li").first

    assert "I couldn't find an answer in your documents." in turn.inner_text()
    assert turn.locator(".fn-answer, .fn-marker, .fn-footnotes").count() == 0
    assert highlighted(page, nearest.locator("button")) == ""
    expect(page.locator("#source header")).to_contain_text("A related passage, not an answer")
    assert page.locator("#source mark.fn-related").count() > 0
    assert page.locator("#source, #newest-turn").get_by_text("exact quote").count() == 0


def test_a_hostile_document_is_shown_and_does_nothing(page, index_dir):
    """Its markup is text, also in its name; nothing runs and nothing is fetched."""
    question = "How many passengers does the ferry to Ulleungdo carry?"
    turn = ask(page, question)
    marked = highlighted(page, turn.locator("button.fn-quote").first)

    assert cited(index_dir, question)[0] == marked
    assert "<b onmouseover=" in marked
    assert "<b>ferry<i> & co" in turn.inner_text()
    assert page.title() == "Footnote"
    assert (
        page.locator("#transcript, #source, #sidebar").locator("img, script, b, [onmouseover]").count() == 0
    )


def test_a_hostile_question_is_shown_and_does_nothing(page):
    """Its Markdown and its markup are what was typed, in the talk and in the list."""
    question = "# **Who** ![m](http://198.51.100.7/q.png) [r](javascript:1) <b>mapped</b> $x$ `y`?"
    ask(page, question)
    asked = page.locator(".fn-question").last

    assert asked.text_content() == question
    assert page.locator("#transcript, #sidebar").locator("img, b, code").count() == 0


def test_an_empty_question_is_answered_in_one_line(page):
    """It says what to do, and the chat goes on."""
    assert re.search("Type a question", ask(page, "   ").inner_text())


def test_a_question_that_is_too_long_is_refused_in_one_line(page):
    """It is not cut silently and answered, and stays in the box, whole."""
    turn = ask(page, "why " * 5_000)

    assert re.search("too long \\(", turn.inner_text())
    assert len(page.locator(".fn-question").last.text_content()) < 2_100
    expect(page.locator("#question textarea")).to_have_value("why " * 5_000)


def test_a_long_talk_keeps_the_last_question_and_the_box_in_view(page):
    """The talk scrolls, not the page."""
    ask(page, MAPPED)

    expect(page.locator(".fn-question").last).to_be_in_viewport()
    expect(page.locator("#question textarea")).to_be_in_viewport(ratio=1)


def test_a_question_can_be_changed_and_asked_again(page):
    """It takes the old one's place, with all that came after."""
    anew(page)
    ask(page, MAPPED)
    ask(page, "How high does Lake Orin lie?")
    page.locator(ANSWERED).first.get_by_role("button", name="Edit").click()
    page.locator("#question-scope").get_by_text("Later questions in this conversation").wait_for()
    expect(page.locator("#question textarea")).to_have_value(MAPPED)
    page.locator("#question textarea").fill("When was Lake Orin mapped?")
    page.locator("#ask").click()
    page.locator(ANSWERED).get_by_text("1887").first.wait_for()

    expect(page.locator(".fn-question")).to_have_text(["When was Lake Orin mapped?"])


def test_a_judgement_is_kept_and_exported(page, tmp_path):
    """A thumb and a note are there after a reload, and in the exports."""
    page.locator("#newest-turn").get_by_role("button", name="This answer is right").click()
    page.get_by_label("Add a comment (optional)").fill("exact")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Update", exact=True).wait_for()
    page.reload()
    expect(page.get_by_label("Add a comment (optional)")).to_have_value("exact")
    exported = page.request.get(page.url.replace("/?", "/conversations/export?") + "&format=json")
    judged = page.request.get(f"{page.address}/turns/rated")

    assert [turn["remark"] for turn in exported.json()["turns"]] == ["exact"]
    assert judged.body()[:2] == b"PK"


def test_conversations_are_searched_renamed_and_deleted(page):
    """By the words that were asked, by a name of one's own, and for good."""
    items = page.locator("#conversations li")
    expect(items).to_have_count(2)
    page.get_by_label("Search conversations").fill("lisbon")
    expect(items).to_have_count(1)
    page.get_by_label("Search conversations").fill("")
    expect(items).to_have_count(2)
    page.get_by_label("Rename, export or delete this conversation").click()
    page.get_by_label("Title").fill("The <i>lake")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator("#conversations [aria-current=page]")).to_have_text("The <i>lake")
    page.get_by_label("Rename, export or delete this conversation").click()
    page.get_by_role("button", name="Delete conversation…").click()
    page.locator(".fn-welcome").wait_for()

    expect(items).to_have_count(1)


def test_a_question_is_limited_to_ticked_documents(page):
    """What another document says is not here then; it stays so, and is said, until one lifts it."""
    anew(page)
    page.get_by_label("lighthouse").check()
    page.locator("#question-scope").get_by_text("Searching 1 selected document").wait_for()
    assert "I couldn't find an answer in your documents." in ask(page, MAPPED).inner_text()
    page.locator("#conversations [aria-current=page]").wait_for()  # the left room came anew
    expect(page.get_by_label("lighthouse")).to_be_checked()
    expect(page.locator("#question-scope")).to_contain_text("Searching 1 selected document")
    page.get_by_role("button", name="Search all documents").click()

    assert "Anna Keller" in ask(page, MAPPED).inner_text()


def test_a_file_is_given_asked_and_removed(page, tmp_path):
    """It is indexed in the background; one of another type is refused with a reason."""
    anew(page)
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


def test_an_answer_whose_source_is_gone_says_so(page):
    """After a reload its footnote is not called verified any more, but its words are still shown."""
    page.reload()
    page.locator(ANSWERED).first.wait_for()

    expect(page.locator(".fn-footnotes .fn-changed").first).to_have_text("the document has changed")
    assert "312" in highlighted(page, page.locator(".fn-marker").first)
    expect(page.locator("#source .fn-source-notice")).to_contain_text("This document has changed")


def test_a_follow_up_is_answered_from_what_was_spoken_of_and_says_so(page):
    """A pronoun finds the topic of the turn before, and what was searched for stands under the question."""
    anew(page)
    ask(page, MAPPED)
    turn = ask(page, "And when was it mapped?")

    assert (
        turn.locator(".fn-rewritten-question").text_content() == "Understood as: when was Lake Orin mapped?"
    )
    assert turn.locator("strong").first.text_content() == "1887"


def test_a_first_question_outlives_a_page_that_is_slow_to_begin(page):
    """The invitation that arrives after it goes, and the next question is of the same conversation."""
    held = hold(page, "**/gradio_api/run/predict", times=1)
    page.goto(page.address)
    turn = ask(page, MAPPED)
    with page.expect_response("**/gradio_api/run/predict"):
        held[0].continue_()
    expect(page.locator(".fn-welcome")).to_have_count(0)
    ask(page, "And when was it mapped?")

    assert turn.locator("strong").first.text_content() == "1887"
    expect(page.locator(".fn-question")).to_have_count(2)
    expect(page.locator("#conversations [aria-current=page]")).to_have_count(1)


def test_two_people_do_not_see_each_other(page):
    """A page of someone else is empty, and the address of a conversation opens nothing to them."""
    other = page.context.browser.new_context().new_page()
    other.goto(page.printed)
    other.goto(page.url)
    other.locator(".fn-welcome").wait_for()
    note = page.locator(".fn-marker").first.get_attribute("data-footnote")

    assert other.locator(".fn-turn").count() == 0
    assert other.locator("#conversations li").count() == 0
    assert other.request.get(f"{page.address}/source/open?footnote={note}").status == 404
    other.context.close()


def test_a_new_snapshot_is_asked_without_a_reload(page, corpus, index_dir):
    """The index is rebuilt elsewhere while the chat is open; the next question finds what is new."""
    (corpus / "bridge.txt").write_text("The Copper Bridge of Velden is 96 metres long.")
    assert footnote("index", "--quiet", index_dir=index_dir).code == 0

    assert "96" in ask(page, "How long is the Copper Bridge?").inner_text()
    page.locator("#status").get_by_text("5 documents").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(page, scheme):
    """With an answer, a refusal, an open source and the library: names, roles and contrast are right."""
    page.emulate_media(color_scheme=scheme)
    page.reload()
    highlighted(page, page.locator(".fn-marker").first)
    faults = axe(page)
    page.get_by_role("button", name="Manage documents").click()
    page.locator("#library table").wait_for()
    faults += axe(page)
    page.get_by_role("button", name="Close", exact=True).click()

    assert faults == []


def test_a_phone_has_the_source_as_a_sheet(page):
    """It covers the lower part, and the left room opens by a button."""
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


def test_the_page_asks_no_outside_host(page):
    """Every request of all that went before stayed with the server, which forbids anything else."""
    headers = page.request.get(page.address).headers
    outside = [url for url in page.requests if not url.startswith((page.address, "data:", "blob:"))]

    assert outside == []
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "http" not in headers["content-security-policy"]
    assert "eval" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_the_browser_had_nothing_to_complain_of(page):
    """No error of a script, and nothing the policy had to block, through all that went before."""
    assert page.complaints == []


def test_gradio_takes_no_files(page):
    """Files come to the library alone, which limits types, sizes and their number."""
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"some words"}
    reply = page.request.post(f"{page.address}/gradio_api/upload", multipart={"files": file})

    assert reply.status == 404


def test_an_address_that_is_taken_is_said_in_one_line(page, index_dir):
    """A second chat on the same port says so, and what to type."""
    port = page.address.rpartition(":")[2]
    command = [sys.executable, "-m", "qa", "chat", "--port", port, "--index-dir", str(index_dir)]
    second = subprocess.run(command, capture_output=True, text=True, check=False)

    assert second.returncode == 2
    assert re.fullmatch(r".*Can't listen on .*footnote chat --port \d+\n", second.stderr)


@pytest.fixture(scope="module")
def users(tmp_path_factory) -> Path:
    path: Path = tmp_path_factory.mktemp("users") / "users.toml"
    set_password(path, *ANN)
    return path


@pytest.fixture(scope="module")
def guarded(index_dir, users):
    """A chat for Ann alone, and its language model, which fails until it is given something to say."""
    with llm_server.serving() as language_model, pytest.MonkeyPatch.context() as environment:
        environment.setenv("FOOTNOTE_ANSWERER", "llm")
        environment.setenv("FOOTNOTE_LLM_MODEL", "scripted")
        environment.setenv("FOOTNOTE_LLM_BASE_URL", language_model.url)
        with running(index_dir, "--auth", str(users)) as chat:
            yield chat, language_model


def log_in(page, address: str) -> None:
    page.context.clear_cookies()
    page.goto(address)
    page.get_by_label("Name").fill(ANN[0])
    page.get_by_label("Password").fill(ANN[1])
    page.get_by_role("button", name="Log in").click()
    page.locator(".fn-welcome").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_login_has_the_look_that_is_preferred(page, guarded, scheme):
    """Dark where the machine is, with the contrast it needs."""
    page.emulate_media(color_scheme=scheme)
    page.goto(guarded[0].address)
    background = page.locator("main.fn-login").evaluate("one => getComputedStyle(one).backgroundColor")

    assert background == {"light": "rgb(251, 250, 247)", "dark": "rgb(23, 22, 20)"}[scheme]
    assert axe(page) == []
    page.emulate_media(color_scheme="light")


def test_accounts_ask_for_a_password_and_a_long_answer_can_be_stopped(page, guarded):
    """One logs in, stops what doesn't come to an end, asks it again in its place, and logs out."""
    chat, language_model = guarded
    language_model.script.append(GROWING)
    log_in(page, chat.address)
    begin(page, MAPPED)
    expect(page.locator("#newest-turn .fn-answer")).to_contain_text("by Anna Keller.1")
    page.locator("#stop").click()
    expect(page.locator("#newest-turn")).to_contain_text("by Anna Keller.1")
    expect(page.locator("#newest-turn")).to_contain_text("Stopped.")
    expect(page.locator("#stop")).to_be_hidden()
    language_model.go_on.set()
    page.locator("#newest-turn").get_by_role("button", name="Ask again").click()
    page.locator("#newest-turn .fn-rating").wait_for()  # it is whole
    expect(page.locator("#newest-turn .fn-answer")).to_contain_text("Anna Keller")
    expect(page.locator(".fn-question")).to_have_text([MAPPED])
    page.get_by_role("button", name="Log out (ann)").click()

    expect(page.get_by_label("Password")).to_be_visible()


@pytest.mark.parametrize(
    "go_on",
    [
        lambda page: page.get_by_role("button", name="This answer is wrong").click(),
        lambda page: page.locator(".fn-marker").first.click(),
        lambda page: page.get_by_role("button", name="Manage documents").click(),
    ],
    ids=["judge", "open a source", "open the library"],
)
def test_who_is_logged_in_no_more_is_led_to_the_login(page, guarded, users, go_on):
    """Whatever they do next on a page that was open meanwhile."""
    log_in(page, guarded[0].address)
    ask(page, MAPPED)
    set_password(users, *ANN)  # which ends every session
    go_on(page)

    expect(page.get_by_label("Password")).to_be_visible()


def test_a_file_that_comes_after_the_session_leads_to_the_login(page, guarded, users):
    """It isn't taken, and that isn't passed over."""
    log_in(page, guarded[0].address)
    page.get_by_role("button", name="Manage documents").click()
    page.locator("#library table").wait_for()
    set_password(users, *ANN)
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"some words"}
    page.locator("#library input[data-upload]").first.set_input_files(file)

    expect(page.get_by_label("Password")).to_be_visible()


class Others(LoadClient):
    """Someone who knows what they have asked."""

    def __init__(self, address: str) -> None:
        super().__init__(address, ANN)
        self.begun: list[str] = []

    def begin(self, question: str) -> str:
        self.begun.append(super().begin(question))
        return self.begun[-1]


@pytest.fixture
def others(guarded):
    """
    Someone whose answers take up all the room that one person has, until the test is over.

    It is over when all of them have come: one still in line would take what the next test's are to be told.
    """
    chat, language_model = guarded
    language_model.go_on.clear()
    language_model.script.extend([["Anna ", llm_server.PAUSE, "Keller [1]."]] * MAX_RUNNING_EACH)
    asker = Others(chat.address)
    for _ in range(MAX_RUNNING_EACH):
        asker.begin(MAPPED)
    yield asker
    language_model.go_on.set()
    begun = asker.begun
    while begun := [shown for shown in map(asker.coming, begun) if "data-running" in shown]:
        pass
    asker.close()


def test_who_waits_in_line_is_told_their_place_and_can_leave_it(page, guarded, others):
    """Also on a page that was loaded anew."""
    log_in(page, guarded[0].address)
    others.begin(MAPPED)
    begin(page, MAPPED)
    expect(page.locator("#newest-turn .fn-pending")).to_have_text(IN_LINE.format(2))
    page.reload()
    expect(page.locator("#earlier-turns .fn-pending")).to_have_text(IN_LINE.format(2))
    page.locator("#stop").click()

    expect(page.locator("#transcript .fn-turn")).to_contain_text("Stopped.")
    expect(page.locator("#ask")).to_be_visible()
    page.reload()
    expect(page.locator("#transcript .fn-turn")).to_contain_text("Stopped before there was an answer")


def test_a_stopped_answer_says_so_whichever_reply_comes_first(page, guarded, others):
    """The page is also hearing how far the answer is, and may hear sooner that it is no more."""
    held: list[Any] = []
    log_in(page, guarded[0].address)
    page.route("**/turns/cancel", lambda route: held.append((route, route.fetch())))
    begin(page, MAPPED)
    expect(page.locator("#newest-turn .fn-pending")).to_have_text(IN_LINE.format(1))
    with page.expect_response("**/turns/stream*") as heard:
        page.locator("#stop").click()
    heard.value.finished()
    route, reply = held.pop()
    route.fulfill(response=reply)

    expect(page.locator("#transcript .fn-turn")).to_contain_text("Stopped.")


def test_when_too_many_wait_it_is_said_and_can_be_asked_again(page, guarded, others):
    """In words of the page's own; the question is kept."""
    log_in(page, guarded[0].address)
    begun = [others.begin(MAPPED) for _ in range(MAX_WAITING_EACH)]
    said = ask(page, MAPPED).locator(".fn-card").inner_text()
    for shown in begun:
        others.stop(shown)
    guarded[1].go_on.set()
    page.get_by_role("button", name="Ask again").click()

    assert said == "20 of your questions are already in the queue. Ask again when one has been answered."
    expect(page.locator("#newest-turn .fn-answer")).to_contain_text("Anna Keller")
    expect(page.locator(".fn-question")).to_have_text([MAPPED])


def test_an_answer_goes_on_while_its_page_is_loaded_anew(page, guarded):
    """It is read meanwhile, and then there with its footnotes; what it takes the place of is gone."""
    chat, language_model = guarded
    log_in(page, chat.address)
    ask(page, MAPPED)
    language_model.go_on.clear()
    language_model.script.append(GROWING)
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator("#newest-turn .fn-answer")).to_contain_text("by Anna Keller.1")
    page.reload()
    expect(page.locator("#earlier-turns .fn-answer")).to_contain_text("by Anna Keller.1")
    expect(page.locator("#stop")).to_be_visible()
    language_model.go_on.set()
    page.locator(f"#earlier-turns {ANSWERED}").wait_for()

    expect(page.locator(".fn-question")).to_have_text([MAPPED])
    expect(page.locator("#earlier-turns .fn-answer")).to_contain_text("It lies high.")
    assert "Anna Keller" in highlighted(page, page.locator(".fn-marker").first)


def test_an_answer_goes_on_when_its_page_is_closed(page, guarded):
    """Whoever comes back has it, and its conversation is in the list."""
    chat, language_model = guarded
    log_in(page, chat.address)
    language_model.go_on.clear()
    language_model.script.append(GROWING)
    begin(page, MAPPED)
    expect(page.locator("#newest-turn .fn-answer")).to_contain_text("by Anna Keller.1")
    talk = page.url
    page.goto("about:blank")
    language_model.go_on.set()
    page.goto(talk)
    page.locator(ANSWERED).wait_for()

    expect(page.locator(".fn-answer")).to_contain_text("It lies high.")
    assert "Anna Keller" in highlighted(page, page.locator(".fn-marker").first)


def test_a_question_whose_answer_was_cut_off_is_kept_and_can_be_asked_again(page, guarded, index_dir, users):
    """The chat is killed while the answer comes; whoever was logged in still is, and no turn is lost."""
    chat, language_model = guarded
    page.goto(chat.address)
    ask(page, MAPPED)
    language_model.asked.clear()
    language_model.script.append([llm_server.HANG])
    begin(page, "How high does Lake Orin lie?")
    assert language_model.asked.wait(60)
    chat.kill()
    with running(index_dir, "--auth", str(users), port=chat.port):
        expect(page.locator("#newest-turn .fn-notice")).to_contain_text("Stopped before there was an answer")
        page.reload()
        expect(page.locator(".fn-question")).to_have_text([MAPPED, "How high does Lake Orin lie?"])
        expect(page.locator(".fn-turn .fn-notice").last).to_contain_text("Stopped before there was an answer")
        page.get_by_role("button", name="Ask again").last.click()
        page.locator("#newest-turn .fn-answer").get_by_text("1,240").first.wait_for()

        expect(page.locator(".fn-question")).to_have_text([MAPPED, "How high does Lake Orin lie?"])
