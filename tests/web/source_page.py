"""A page with only footnotes and the source viewer, under a policy that allows no inline code."""

import contextlib
import hashlib
import html
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from index import Document, Limits, PageRenderer
from index.formats import parse
from qa.web.routes.source import source_routes
from qa.web.views.rendering import render
from qa.web.views.source_viewer import Citation

STATIC = Path(__file__).parent.parent.parent / "qa" / "web" / "static"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"

STYLESHEETS = ("/files/page.css", "/files/source.css", "/layout.css")
LAYOUT = "body { display: grid; grid-template-columns: 160px minmax(0, 1fr); height: 100vh; margin: 0 }"


def index_file(path: Path) -> Document:
    """Return the document that the index would have for a file."""
    canonical = parse(path, Limits())
    return Document(
        hashlib.sha256(canonical.text.encode()).hexdigest(),
        canonical.title or path.stem,
        (str(path),),
        canonical.media_type,
        canonical.text,
        canonical.pages,
        canonical.runs,
        hashlib.sha256(path.read_bytes()).hexdigest(),
        canonical.blocks,
    )


@contextlib.contextmanager
def serving_sources(citations: dict[str, Citation]) -> Iterator[str]:
    """Serve the page, with a footnote for each citation, and yield its address."""
    renderer = PageRenderer()
    renderer.start()
    server_socket = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(_application(citations, renderer), log_level="warning"))
    thread = threading.Thread(target=server.run, args=([server_socket],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server_socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        renderer.close()


def _application(citations: dict[str, Citation], renderer: PageRenderer) -> Starlette:
    def page(request: Request) -> Response:
        return HTMLResponse(_page(citations), headers={"content-security-policy": POLICY})

    def layout(request: Request) -> Response:
        return Response(LAYOUT, media_type="text/css")

    def icon(request: Request) -> Response:
        return Response(status_code=204)

    routes = source_routes("/source", lambda request, key: citations.get(key), renderer)
    application = Starlette(
        routes=[Route("/", page), Route("/layout.css", layout), Route("/favicon.ico", icon), *routes]
    )
    application.mount("/files", StaticFiles(directory=STATIC))
    return application


def _page(citations: dict[str, Citation]) -> str:
    links = "".join(f'<link rel="stylesheet" href="{stylesheet}">' for stylesheet in STYLESHEETS)
    markers = "".join(
        _marker(number, key, citation) for number, (key, citation) in enumerate(citations.items(), 1)
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Sources</title>{links}'
        '<script src="/files/source.js" defer></script>'
        f'<body class="light"><main><input aria-label="Question">{markers}</main>'
        '<section id="source" role="region" aria-label="Source" data-base="/source" '
        f"{render('source_texts.html')}></section>"
        '<p id="source-status" class="fn-visually-hidden" role="status" aria-live="polite"></p></body></html>'
    )


def _marker(number: int, key: str, citation: Citation) -> str:
    quote = html.escape(citation.document.quote(citation.span))
    return f'<p><a href="#" data-footnote="{html.escape(key)}" data-tooltip="{quote}">{number}</a></p>'
