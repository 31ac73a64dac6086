"""A page with nothing on it but footnotes and the source pane, under a policy that allows no inline code."""

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
from qa.web.views.source_viewer import Citation

HERE = Path(__file__).parent.parent.parent / "qa" / "web" / "static"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"

SHEETS = ("/files/page.css", "/files/source.css", "/look.css")
LOOK = "body { display: grid; grid-template-columns: 160px minmax(0, 1fr); height: 100vh; margin: 0 }"


def indexed(path: Path) -> Document:
    """The document that the index would hold of a file."""
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
def serving_sources(cited: dict[str, Citation]) -> Iterator[str]:
    """The page, with a footnote for each of *cited*; gives its address."""
    viewer = PageRenderer()
    viewer.start()
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(_application(cited, viewer), log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        viewer.close()


def _application(cited: dict[str, Citation], viewer: PageRenderer) -> Starlette:
    def page(request: Request) -> Response:
        return HTMLResponse(_page(cited), headers={"content-security-policy": POLICY})

    def look(request: Request) -> Response:
        return Response(LOOK, media_type="text/css")

    def icon(request: Request) -> Response:
        return Response(status_code=204)

    routes = source_routes("/source", lambda request, note: cited.get(note), viewer)
    application = Starlette(
        routes=[Route("/", page), Route("/look.css", look), Route("/favicon.ico", icon), *routes]
    )
    application.mount("/files", StaticFiles(directory=HERE))
    return application


def _page(cited: dict[str, Citation]) -> str:
    sheets = "".join(f'<link rel="stylesheet" href="{sheet}">' for sheet in SHEETS)
    markers = "".join(_marker(number, key, one) for number, (key, one) in enumerate(cited.items(), 1))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Sources</title>{sheets}'
        '<script src="/files/source.js" defer></script>'
        f'<body class="light"><main><input aria-label="Question">{markers}</main>'
        '<section id="source" role="region" aria-label="Source" data-base="/source"></section></body></html>'
    )


def _marker(number: int, key: str, cited: Citation) -> str:
    quote = html.escape(cited.document.quote(cited.span))
    return f'<p><a href="#" data-footnote="{html.escape(key)}" data-quote="{quote}">{number}</a></p>'
