"""The ASGI application of the chat: the Gradio page, our own routes, and the middleware around them."""

import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from index import PageRenderer
from qa.auth.accounts import Accounts
from qa.auth.revoked_sessions import RevokedSessions
from qa.auth.sessions import GUEST_PREFIX, LOCAL_OWNER, Sessions, account_name
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
        services: The index, the pipeline and the settings.
        host: Address to listen on.
        port: Port to listen on; 0 for a free one.
        announce: Called with the address to open when the chat is ready; without accounts it has the key.

    Raises:
        AddressInUse: If another program listens on the address.
        InvalidCertificate: If the TLS certificate or its key is invalid.
        FootnoteError: If stored conversations, uploads or accounts can't be read.
    """
    from qa.web.connections import limits_for_this_process
    from qa.web.http_server import http_server
    from qa.web.tls import tls_context

    settings = services.settings
    tls = tls_context(settings.tls_cert, settings.tls_key) if settings.tls_cert else None
    server_socket = _listen(host, port)
    url_host = f"[{host}]" if ":" in host else host
    origin = f"{'https' if tls else 'http'}://{url_host}:{server_socket.getsockname()[1]}"
    key = AccessKey()
    address = origin if settings.auth else key.address(origin)
    app = create_app(services, key, lambda: announce(address))
    http_server(app, limits_for_this_process(), tls).run(sockets=[server_socket])


def create_app(services: Services, access_key: AccessKey, ready: Callable[[], None] = lambda: None) -> Any:
    """
    Return the chat as an ASGI application.

    Args:
        services: The index, the pipeline and the settings.
        access_key: Starts the session of a guest if there are no accounts.
        ready: Called when the application has started.

    Raises:
        FootnoteError: If stored conversations, uploads or accounts can't be read.
    """
    # Gradio's default folder for files is shared by all users of the computer.
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
    services.uploads.excluded()  # fail now if its file is damaged, and not with a traceback of the server
    chat, renderer = open_controller(services), PageRenderer(services.limits)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        renderer.start()
        chat.library.resume()
        ready()
        yield
        chat.library.close()
        renderer.close()
        gradio_files.cleanup()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    own_routes = [
        *source_routes(
            "/source", lambda request, key: chat.find_citation(request.scope[OWNER_KEY], key), renderer
        ),
        *conversation_routes(chat),
        *library_routes(chat, lambda owner: accounts is None or accounts.is_admin(account_name(owner) or "")),
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
        max_file_size=1,  # byte, since files are uploaded to the library and not to Gradio
        ssr_mode=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        head=_head(),
    )
    # The middleware that is added last gets a request first.
    page.add_middleware(GradioRequests, head=_head())
    page.add_middleware(BodyLimitMiddleware, max_bytes=_max_body_bytes(settings), exempt=[UPLOAD_PATH])
    page.add_middleware(RequestLimitMiddleware)
    page.add_middleware(
        SecurityMiddleware, sessions=sessions, accounts=accounts, access_key=access_key, host=settings.host
    )
    page.add_middleware(SecureCookiesMiddleware)
    page.add_middleware(RouteAllowList, own_routes=own_routes)
    return SecurityHeaders(page)  # outside, so that a response with status 500 has the headers too


def _max_body_bytes(settings: Settings) -> int:
    """Return the size of the largest question as JSON, with six bytes per character, and its other fields."""
    return max(MAX_BODY_BYTES, MAX_BODY_BYTES // 4 + 6 * settings.max_question)


def open_controller(services: Services) -> ChatController:
    """
    Return the controller over the stored conversations and the library.

    Raises:
        FootnoteError: If they can't be opened.
    """
    conversations = ConversationStore(services.settings.data_dir / CONVERSATIONS_FILE)
    if services.settings.auth is None:
        conversations.adopt(LOCAL_OWNER, GUEST_PREFIX)
    library = make_library(services)
    jobs = make_answer_jobs(services, conversations, library)
    return ChatController(services.settings, services.live, conversations, library, jobs)


def _page(chat: ChatController) -> Any:
    import gradio as gr

    thresholds, passage_counts = _thresholds(chat.settings), _passage_counts(chat.settings)
    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_height=True) as page:
        with gr.Column(elem_id="sidebar-column"):
            sidebar = _html("sidebar")
            with gr.Accordion(strings.SETTINGS, open=False, elem_id="settings"):
                threshold = gr.Radio(
                    list(thresholds),
                    value=strings.BALANCED,
                    label=strings.STRICTNESS,
                    elem_id="answer-threshold",
                )
                passages = gr.Radio(
                    list(passage_counts),
                    value=str(chat.settings.passages),
                    label=strings.PASSAGES_PER_QUESTION,
                )
                components = _html("components")
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
        # Set by page.js. Unlike gr.State, hidden fields survive a restart of the server.
        names = ("conversation", "replaces-turn", "literal", "selected", "answered-turn")
        conversation, replaces_turn, literal, selected, answered_turn = (
            _hidden_field(name) for name in names
        )

        def on_ask(request: gr.Request, *fields: str) -> tuple[Any, ...]:
            text, conversation_id, replaced, literal, selected, threshold, passages = fields
            ask_request = AskRequest(
                question=text,
                conversation_id=conversation_id,
                replaces_turn=int(replaced) if replaced.isdecimal() else None,
                selected=tuple(selected.split("\n")) if selected else (),
                refuse_below=thresholds[threshold],
                passages=passage_counts[passages],
                literal=bool(literal),
            )
            response = chat.ask(_owner(request), ask_request)
            earlier = gr.skip() if response.earlier is None else response.earlier
            cleared = "" if response.accepted else gr.skip()
            return cleared, cleared, "", response.conversation_id, earlier, response.newest

        def on_load(request: gr.Request) -> tuple[Any, ...]:
            owner = _owner(request)
            requested_id = str(request.query_params.get("conversation", ""))
            conversation_id, html = chat.conversation(owner, requested_id)
            return (
                chat.sidebar(owner, conversation_id),
                html,
                chat.status(),
                chat.components(owner, conversation_id),
                conversation_id,
            )

        def on_answered(conversation_id: str, request: gr.Request) -> tuple[Any, ...]:
            owner = _owner(request)
            return (
                chat.sidebar(owner, conversation_id),
                chat.status(),
                chat.components(owner, conversation_id),
            )

        # None of these takes long, so they bypass Gradio's queue; page.js polls for running answers.
        options: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        gr.on(
            [question.submit, ask.click],
            on_ask,
            [question, conversation, replaces_turn, literal, selected, threshold, passages],
            [question, replaces_turn, literal, conversation, earlier, newest],
            **options,
        )
        answered_turn.change(
            on_answered, conversation, [sidebar, status, components], trigger_mode="always_last", **options
        )
        page.load(on_load, None, [sidebar, earlier, status, components, conversation], **options)
    return page


def _head() -> str:
    """Return the stylesheets and scripts; Gradio's own parameter for CSS would rewrite the selectors."""
    files = [("style", path) for path in STYLESHEETS] + [("script", path) for path in SCRIPTS]
    return "".join(f"<{tag}>{path.read_text('utf-8')}</{tag}>" for tag, path in files)


def _html(name: str, value: str = "") -> Any:
    """Return a component for escaped HTML; gr.HTML would need a policy that allows eval."""
    import gradio as gr

    return gr.Markdown(value, elem_id=name, sanitize_html=False, latex_delimiters=[], container=False)


def _hidden_field(name: str) -> Any:
    import gradio as gr

    return gr.Textbox(elem_id=name, elem_classes="fn-hidden-field", show_label=False, container=False)


def _thresholds(settings: Settings) -> dict[str, float]:
    """Return the support below which a question is refused, by level of strictness."""
    configured = settings.refuse_below
    return {
        strings.STRICT: max(configured, 0.5),
        strings.BALANCED: configured,
        strings.LENIENT: configured / 3,
    }


def _passage_counts(settings: Settings) -> dict[str, int]:
    """Return the choices for the number of passages, which include the configured one."""
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
