"""What the browser enforces: the content security policy, and the session of the printed address."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect

from qa.web import strings
from tests.bench.process import footnote
from tests.fakes.folder import write_tree
from tests.web.server import ask, browsing, highlighted, running

pytestmark = pytest.mark.browser

LAKE = "Lake Orin lies 1,240 metres above the sea. It was first mapped in 1887 by Anna Keller."
QUESTION = "Who mapped Lake Orin?"
RECORD_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`));
"""
WAIT_FOR_VIOLATION = """() => new Promise((done) => {
    const check = () => window.violations.length ? done() : requestAnimationFrame(check);
    check();
})"""
LOAD_IMAGE = """(address) => new Promise((done) => {
    const image = Object.assign(new Image(), { src: address });
    image.onload = () => done(true);
    image.onerror = () => done(false);
})"""
INJECTIONS = {
    "an inline script": """() => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'taken'";
        document.body.append(script);
    }""",
    "a script in a fragment": """() => {
        const html = "<p><script>document.title = 'taken'</script></p>";
        document.body.append(document.createRange().createContextualFragment(html));
    }""",
    "an event handler": """() => {
        const html = "<img src='data:x' onerror='document.title = `taken`'>";
        document.body.insertAdjacentHTML("beforeend", html);
    }""",
    "a javascript: URL": """() => {
        const html = "<a id=taken href='javascript:document.title = `taken`'>x</a>";
        document.body.insertAdjacentHTML("beforeend", html);
        document.getElementById("taken").click();
    }""",
    "a script from a blob": """() => {
        const script = document.createElement("script");
        script.src = URL.createObjectURL(new Blob(["document.title = 'taken'"], { type: "text/javascript" }));
        document.body.append(script);
    }""",
    "a module from a data: URL": """() => {
        const script = Object.assign(document.createElement("script"), { type: "module" });
        script.src = "data:text/javascript,document.title = 'taken'";
        document.body.append(script);
    }""",
}


@pytest.fixture(scope="module")
def chat(tmp_path_factory):
    """Serve a chat over one document."""
    folder = write_tree(tmp_path_factory.mktemp("corpus"), {"lake.txt": LAKE})
    index_dir: Path = tmp_path_factory.mktemp("index")
    assert footnote("index", str(folder), "--quiet", index_dir=index_dir).code == 0
    with running(index_dir) as chat:
        yield chat


@pytest.fixture(scope="module")
def page(chat):
    """Open the chat, and record violations of the policy."""
    with browsing() as page:
        page.add_init_script(RECORD_VIOLATIONS)
        page.goto(chat.address)
        page.locator(".fn-welcome").wait_for()
        yield page


def test_key_is_removed_from_the_address(page, chat):
    """It is neither in the address bar nor in the history, and no script can read the cookie."""
    assert page.url == f"{chat.origin}/"
    assert page.evaluate("performance.getEntriesByType('navigation')[0].name") == f"{chat.origin}/"
    assert page.evaluate("document.cookie + document.referrer") == ""


def test_browser_without_a_key_is_refused(page, chat):
    """The page says what to open; with the printed address the chat opens, also after a reload."""
    other = page.context.browser.new_context().new_page()
    violations: list[str] = []
    other.on("console", lambda message: violations.append(message.text) if "Policy" in message.text else None)
    response = other.goto(chat.origin)
    expect(other.get_by_role("alert")).to_have_text(strings.OPEN_PRINTED_ADDRESS)
    other.goto(chat.address)
    other.locator(".fn-welcome").wait_for()
    other.reload()
    other.locator(".fn-welcome").wait_for()
    other.context.close()

    assert response.status == 401
    assert violations == []


def test_page_never_violates_its_policy(page):
    """Asking, opening a source, the settings, the library, an export and a reload block nothing."""
    turn = ask(page, QUESTION)
    highlighted(page, turn.locator(".fn-marker").first)
    page.get_by_role("button", name="Settings").click()
    page.locator("#components").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Manage documents").click()
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"The Copper Gate was cast by Ines Moura."}
    page.locator("#library input[data-upload]").first.set_input_files(file)
    expect(page.locator("#library tbody .fn-state")).to_have_text(["Indexed"] * 2)
    page.get_by_role("button", name="Close", exact=True).click()
    before = page.evaluate("window.violations")
    with page.expect_download() as download:
        page.get_by_role("button", name="Rename, export or delete this conversation").click()
        page.get_by_role("link", name="JSON").click()
    page.reload()
    page.locator(".fn-turn").wait_for()

    assert "Anna Keller" in Path(download.value.path()).read_text("utf-8")
    assert before + page.evaluate("window.violations") == []


@pytest.mark.parametrize("injected", INJECTIONS)
def test_injected_scripts_are_blocked(page, injected):
    """However a script gets into the page, the policy blocks it."""
    page.reload()
    page.locator(".fn-turn").wait_for()
    page.evaluate(INJECTIONS[injected])
    page.evaluate(WAIT_FOR_VIOLATION)

    assert page.title() == "Footnote"


@pytest.mark.parametrize(
    "path", ["/library", "/documents", "/conversations", "/theme.css", "/nowhere", "/favicon.ico"]
)
def test_other_responses_have_no_origin(page, chat, path):
    """Opened as a document, a response that isn't a page can't do anything to the chat."""
    page.goto(f"{chat.origin}{path}")

    assert page.evaluate("self.origin") == "null"


class EmptyPageHandler(BaseHTTPRequestHandler):
    """Serves an empty page without a policy."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def test_page_of_another_port_cannot_embed_responses(page, chat):
    """Another port of the same host is the same site, so its pages send the cookie along."""
    with ThreadingHTTPServer(("127.0.0.1", 0), EmptyPageHandler) as other:
        threading.Thread(target=other.serve_forever).start()
        page.goto(f"http://127.0.0.1:{other.server_port}")
        is_loaded = page.evaluate(LOAD_IMAGE, f"{chat.origin}/favicon.ico")
        other.shutdown()

    assert not is_loaded
