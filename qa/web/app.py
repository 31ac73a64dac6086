"""The ASGI application of the chat: the Gradio page, our own routes, and the middleware around them."""

import json
import os
import socket
import tempfile
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from index import PageRenderer
from qa.auth.accounts import Accounts
from qa.auth.revoked_sessions import RevokedSessions
from qa.auth.sessions import GUEST_PREFIX, LOCAL_OWNER, Sessions, account_name
from qa.bootstrap import Services, make_answer_jobs, make_library, make_model_switch, with_overrides
from qa.chat.store import ConversationStore
from qa.errors import AddressInUse
from qa.web import strings
from qa.web.access_key import AccessKey
from qa.web.body_limit import MAX_BODY_BYTES, BodyLimitMiddleware
from qa.web.controller import CONVERSATIONS_FILE, ChatController
from qa.web.gradio_surface import GradioPage, RouteAllowList
from qa.web.language import LanguageMiddleware
from qa.web.middleware import OWNER_KEY, SecurityMiddleware, owner_of
from qa.web.request_limit import RequestLimitMiddleware
from qa.web.routes.collections import collection_routes
from qa.web.routes.conversations import conversation_routes, max_ask_bytes
from qa.web.routes.library import TEXT_PATH, UPLOAD_PATH, library_routes
from qa.web.routes.login import login_routes
from qa.web.routes.models import model_routes
from qa.web.routes.page import ChatPage, page_head, page_routes
from qa.web.routes.source import source_routes
from qa.web.secure_cookies import SecureCookiesMiddleware
from qa.web.security_headers import Scope, SecurityHeaders
from qa.web.strings import en


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

    def is_admin(owner: str) -> bool:
        return accounts is None or accounts.is_admin(account_name(owner) or "")

    own_routes = [
        *source_routes("/source", lambda request, key: chat.citations.find(owner_of(request), key), renderer),
        *page_routes(chat),
        *conversation_routes(chat),
        *collection_routes(chat),
        *library_routes(chat, is_admin),
        *model_routes(chat.models, is_admin),
        *(login_routes(accounts, sessions) if accounts else ()),
    ]
    app.router.routes += own_routes
    page = gr.mount_gradio_app(
        app,
        _question_field(),
        path="",
        allowed_paths=[],
        footer_links=[],
        show_error=False,
        run_history=False,
        max_file_size=1,  # byte, since files are uploaded to the library and not to Gradio
        ssr_mode=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
    )
    # The middleware that is added last gets a request first.
    page.add_middleware(GradioPage, head=page_head(), content=_content(ChatPage(chat)), translate=_translate)
    page.add_middleware(
        BodyLimitMiddleware,
        max_bytes=max(MAX_BODY_BYTES, max_ask_bytes(settings.max_question)),
        exempt=[UPLOAD_PATH, TEXT_PATH],
    )
    page.add_middleware(RequestLimitMiddleware)
    page.add_middleware(
        SecurityMiddleware, sessions=sessions, accounts=accounts, access_key=access_key, host=settings.host
    )
    page.add_middleware(SecureCookiesMiddleware)
    page.add_middleware(RouteAllowList, own_routes=own_routes)
    page.add_middleware(LanguageMiddleware)
    return SecurityHeaders(page)  # outside, so that a response with status 500 has the headers too


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
    models = make_model_switch(
        services, lambda changed: jobs.use(changed.pipeline, partial(with_overrides, changed))
    )
    return ChatController(models, services.live, conversations, library, jobs)


def _question_field() -> Any:
    """Return Gradio's part of the page; its events aren't used, since the form around it is submitted."""
    import gradio as gr

    with gr.Blocks(title="Footnote", analytics_enabled=False) as page, gr.Row(elem_id="question-row"):
        gr.Textbox(
            elem_id="question", placeholder=en.QUESTION_PLACEHOLDER,
            label=en.QUESTION_LABEL, show_label=False, container=False, scale=1,
            autofocus=True, lines=1, max_lines=6,
        )  # fmt: skip
        gr.Button(en.ASK, elem_id="ask", scale=0, min_width=84)
    return page


def _content(page: ChatPage) -> Callable[[Scope, str], str]:
    def render(scope: Scope, gradio_app: str) -> str:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        return page.render(scope[OWNER_KEY], query.get("conversation", [""])[-1], gradio_app)

    return render


def _translate(page: str) -> str:
    """Return Gradio's page with the texts of the question field in the language of the request."""
    for name in ("QUESTION_PLACEHOLDER", "QUESTION_LABEL", "ASK"):
        english, text = (json.dumps(getattr(module, name), ensure_ascii=False) for module in (en, strings))
        page = page.replace(english, text)
    return page.replace('lang="en"', f'lang="{strings.current_language()}"', 1)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise AddressInUse(
            f"Can't listen on {host}:{port} ({error.strerror}). Use another port: "
            f"footnote chat --port {port + 1}"
        ) from error
