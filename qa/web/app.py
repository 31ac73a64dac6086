"""The only door to gradio: the page's own parts, what they begin, and the server around them."""

import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from index import PageRenderer
from qa.auth.accounts import Accounts
from qa.auth.revoked_sessions import RevokedSessions
from qa.auth.sessions import Sessions
from qa.bootstrap import Services, make_answer_jobs, make_library
from qa.chat.answer_jobs import AskRequest
from qa.chat.store import ConversationStore
from qa.errors import AddressInUse
from qa.settings import Settings
from qa.web import strings
from qa.web.access_key import AccessKey
from qa.web.body_limit import MAX_BODY_BYTES, BodyLimitMiddleware
from qa.web.controller import CONVERSATIONS_FILE, ChatController
from qa.web.gradio_surface import GradioRequests, RouteAllowList
from qa.web.middleware import OWNER_KEY, SecurityMiddleware
from qa.web.request_limit import RequestLimitMiddleware
from qa.web.routes.conversations import conversation_routes
from qa.web.routes.library import UPLOAD_PATH, library_routes
from qa.web.routes.login import login_routes
from qa.web.routes.source import source_routes
from qa.web.secure_cookies import SecureCookiesMiddleware
from qa.web.security_headers import SecurityHeaders
from qa.web.views.html import element

STATIC = Path(__file__).parent / "static"
STYLESHEETS = [STATIC / "page.css", STATIC / "source.css"]
SCRIPTS = [STATIC / "page.js", STATIC / "source.js"]
EMPTY_SOURCE = element(
    "aside",
    element("p", strings.NO_PASSAGE_OPEN, class_="fn-placeholder"),
    id="source",
    role="region",
    aria_label=strings.SOURCE,
    data_base="/source",
)
PASSAGE_CHOICES = (5, 10, 20)


def serve(services: Services, host: str, port: int, announce: Callable[[str], None]) -> None:
    """
    Serve the chat until it is interrupted.

    Args:
        services: What answers.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        announce: Called with the address to open once the chat is ready; without accounts it holds the key.

    Raises:
        AddressInUse: If something else listens there.
        InvalidCertificate: If the TLS certificate or its key can't be used.
        FootnoteError: If what was kept, or who may come in, can't be read.
    """
    from qa.web.connections import limits_for_this_process
    from qa.web.http_server import http_server
    from qa.web.tls import tls_context

    settings = services.settings
    tls = tls_context(settings.tls_cert, settings.tls_key) if settings.tls_cert else None
    listening = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    origin = f"{'https' if tls else 'http'}://{shown}:{listening.getsockname()[1]}"
    key = AccessKey()
    address = origin if settings.auth else key.address(origin)
    app = create_app(services, key, lambda: announce(address))
    http_server(app, limits_for_this_process(), tls).run(sockets=[listening])


def create_app(services: Services, access_key: AccessKey, ready: Callable[[], None] = lambda: None) -> Any:
    """
    The chat as an ASGI application.

    Args:
        services: What answers.
        access_key: Begins a guest's session, where there are no accounts.
        ready: Called when the application has started.

    Raises:
        FootnoteError: If what was kept, or who may come in, can't be read.
    """
    # Gradio's own folder for files would be one that all users of the machine share.
    gradio_files = tempfile.TemporaryDirectory(prefix="footnote-gradio-")
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1", GRADIO_TEMP_DIR=gradio_files.name)
    import contextlib

    import gradio as gr
    from fastapi import FastAPI

    settings = services.settings
    accounts = Accounts(settings.auth) if settings.auth else None
    revoked = RevokedSessions(settings.data_dir / "sessions.sqlite") if accounts else None
    sessions = Sessions(
        settings.data_dir / "session.key", "account" if accounts else "guest", revoked=revoked
    )
    services.uploads.excluded()  # damaged, it is said now; the server would end with a traceback
    chat, viewer = open_controller(services), PageRenderer(services.limits)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        viewer.start()
        chat.library.resume()
        ready()
        yield
        chat.library.close()
        viewer.close()
        gradio_files.cleanup()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    own_routes = [
        *source_routes(
            "/source", lambda request, key: chat.find_citation(request.scope[OWNER_KEY], key), viewer
        ),
        *conversation_routes(chat),
        *library_routes(chat),
        *(login_routes(accounts, sessions) if accounts else ()),
    ]
    app.router.routes += own_routes
    page = gr.mount_gradio_app(
        app,
        _page(chat),
        path="",
        allowed_paths=[],
        footer_links=[],
        show_error=False,
        run_history=False,
        max_file_size=1,  # byte: files come to the library, never to Gradio
        ssr_mode=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        head=_head(),
    )
    # The last one added is the first to see a request.
    page.add_middleware(GradioRequests, head=_head())
    page.add_middleware(BodyLimitMiddleware, max_bytes=_max_body(settings), exempt=[UPLOAD_PATH])
    page.add_middleware(RequestLimitMiddleware)
    page.add_middleware(
        SecurityMiddleware, sessions=sessions, accounts=accounts, access_key=access_key, host=settings.host
    )
    page.add_middleware(SecureCookiesMiddleware)
    page.add_middleware(RouteAllowList, own_routes=own_routes)
    return SecurityHeaders(page)  # around the application, so that its "500" has the headers, too


def _max_body(settings: Settings) -> int:
    """A question may be JSON with six bytes a character, and what it is limited to comes beside it."""
    return max(MAX_BODY_BYTES, MAX_BODY_BYTES // 4 + 6 * settings.max_question)


def open_controller(services: Services) -> ChatController:
    """
    The chat over what the settings name.

    Raises:
        FootnoteError: If what was kept can't be opened.
    """
    conversations = ConversationStore(services.settings.data_dir / CONVERSATIONS_FILE)
    library = make_library(services)
    jobs = make_answer_jobs(services, conversations, library)
    return ChatController(services.settings, services.live, conversations, library, jobs)


def _page(chat: ChatController) -> Any:
    import gradio as gr

    thresholds, passages = _thresholds(chat.settings), _passages(chat.settings)
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_height=True) as page:
        with gr.Column(elem_id="sidebar-column"):
            side = _html("sidebar")
            with gr.Accordion(strings.SETTINGS, open=False, elem_id="settings"):
                threshold = gr.Radio(
                    list(thresholds),
                    value=strings.BALANCED,
                    label=strings.STRICTNESS,
                    elem_id="answer-threshold",
                )
                read = gr.Radio(
                    list(passages), value=str(chat.settings.passages), label=strings.PASSAGES_PER_QUESTION
                )
                state = _html("components")
        with gr.Column(elem_id="main-column"):
            with gr.Column(elem_id="transcript"):
                earlier = _html("earlier-turns")
                newest = _html("newest-turn")
            with gr.Row(elem_id="composer"):
                question = gr.Textbox(
                    elem_id="question", placeholder=strings.QUESTION_PLACEHOLDER,
                    label=strings.QUESTION_LABEL, show_label=False, scale=1,
                    autofocus=True, lines=1, max_lines=6,
                )  # fmt: skip
                ask = gr.Button(strings.ASK, elem_id="ask", scale=0, min_width=84)
                gr.Button(strings.STOP, elem_id="stop", scale=0, min_width=84)
            status = _html("status")
        _html("source-column", EMPTY_SOURCE)
        # What page.js knows of the question; hidden fields outlive a restart of the server, gr.State doesn't.
        names = ("conversation", "replaces-turn", "literal", "selected", "answered-turn")
        conversation, instead, literal, chosen, answered = (_hidden(name) for name in names)

        def asking(request: gr.Request, *fields: str) -> tuple[Any, ...]:
            typed, conversation_id, replaced, exact, limits, threshold, read = fields
            ask_request = AskRequest(
                question=typed,
                conversation_id=conversation_id,
                replaces_turn=int(replaced) if replaced.isdecimal() else None,
                selected=tuple(limits.split("\n")) if limits else (),
                refuse_below=thresholds[threshold],
                passages=passages[read],
                literal=bool(exact),
            )
            shown = chat.ask(_owner(request), ask_request)
            before = gr.skip() if shown.earlier is None else shown.earlier
            left = "" if shown.accepted else gr.skip()
            return left, left, "", shown.conversation_id, before, shown.newest

        def loaded(request: gr.Request) -> tuple[Any, ...]:
            owner = _owner(request)
            conversation_id, shown = chat.conversation(
                owner, str(request.query_params.get("conversation", ""))
            )
            return (
                chat.sidebar(owner, conversation_id),
                shown,
                chat.status(),
                chat.state(owner, conversation_id),
                conversation_id,
            )

        def after(conversation_id: str, request: gr.Request) -> tuple[Any, ...]:
            owner = _owner(request)
            return chat.sidebar(owner, conversation_id), chat.status(), chat.state(owner, conversation_id)

        # Nothing here takes long, so nothing waits in Gradio's line; page.js looks after what is on its way.
        quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        gr.on(
            [question.submit, ask.click],
            asking,
            [question, conversation, instead, literal, chosen, threshold, read],
            [question, instead, literal, conversation, earlier, newest],
            **quick,
        )
        answered.change(after, conversation, [side, status, state], trigger_mode="always_last", **quick)
        page.load(loaded, None, [side, earlier, status, state, conversation], **quick)
    return page


def _head() -> str:
    """The look and the script as they are; Gradio would rewrite a sheet's selectors."""
    parts = [("style", path) for path in STYLESHEETS] + [("script", path) for path in SCRIPTS]
    return "".join(f"<{tag}>{path.read_text('utf-8')}</{tag}>" for tag, path in parts)


def _html(name: str, value: str = "") -> Any:
    """
    A place for HTML that :mod:`qa.web.views.html` has escaped; gr.HTML would need a
    policy that allows eval.
    """
    import gradio as gr

    return gr.Markdown(value, elem_id=name, sanitize_html=False, latex_delimiters=[], container=False)


def _hidden(name: str) -> Any:
    import gradio as gr

    return gr.Textbox(elem_id=name, elem_classes="fn-hidden-field", show_label=False, container=False)


def _thresholds(settings: Settings) -> dict[str, float]:
    """Operating points of the refusal, in words; the middle one is the configured one."""
    usual = settings.refuse_below
    return {strings.STRICT: max(usual, 0.5), strings.BALANCED: usual, strings.LENIENT: usual / 3}


def _passages(settings: Settings) -> dict[str, int]:
    """Numbers of passages to choose from, the configured one among them."""
    return {str(number): number for number in sorted({*PASSAGE_CHOICES, settings.passages})}


def _owner(request: Any) -> str:
    return str(request.request.scope[OWNER_KEY])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise AddressInUse(
            f"Can't listen on {host}:{port} ({error.strerror}). Use another port: "
            f"footnote chat --port {port + 1}"
        ) from error
