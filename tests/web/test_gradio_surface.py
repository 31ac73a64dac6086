"""What the page uses of Gradio can be reached, and nothing else, by anybody."""

import os
import re
import stat
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from qa.web.access_key import AccessKey
from qa.web.app import create_app
from tests.fakes.services import small_services
from tests.web.gradio_routes import METHODS, registered_paths, sample_paths

ORIGIN = "http://127.0.0.1:7860"
USED = {
    "/": {"GET", "HEAD"},
    "/theme.css": {"GET"},
    "/static/js/iframeResizer.contentWindow.min.js": {"GET"},
    "/favicon.ico": {"GET"},
}
"""Paths and methods of Gradio that the page was observed to use in Chromium, without assets."""
OURS = re.compile(
    r"/(source|conversations?|collections?|turns|documents|library|page|status|components|models|language)(/.*)?"
)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Return a client with a session, in front of the whole application."""
    key = AccessKey()
    application = create_app(small_services(tmp_path_factory.mktemp("chat")), key)
    with TestClient(application, base_url=ORIGIN, follow_redirects=False) as client:
        assert client.get(key.address("")).status_code == 303
        yield client


@pytest.mark.parametrize("session", [True, False])
def test_no_other_route_of_gradio_exists(client, session):
    """Every route that Gradio registers is requested with every method, so that an update can't open one."""
    routes = [route for route in registered_paths(client.app.app) if not OURS.fullmatch(route)]
    browser = client if session else TestClient(client.app, base_url=ORIGIN)
    statuses = {
        (method, path): browser.request(method, path).status_code
        for route in routes
        for path in sample_paths(route)
        for method in METHODS
        if method not in USED.get(path, set())
    }

    assert {"/gradio_api/file={path_or_url:path}", "/gradio_api/deep_link"} <= set(routes)
    assert {path for (_, path), status in statuses.items() if status != 404} <= set(USED)
    assert {status for (_, path), status in statuses.items() if path in USED} == {405}


def test_websockets_are_refused(client):
    """The page uses none, and they would bypass the session."""
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/gradio_api/queue/join"):
        pass


@pytest.mark.parametrize(
    "name",
    [
        "",
        "%2e%2e",
        "%2e%2e%2findex.html",
        "%2e%2e/%2e%2e/routes.py",
        "a/b.js",
        "%2e%2e/index.html",
        "..%2findex.html",
        "http://footnote.example/x.js",
        "x.html",
        "x.js/",
        "x.js%0a",
        "x.js%00",
    ],
)
def test_asset_path_is_one_file_of_the_bundle(client, name):
    """No folder above the bundle, no URL and no page can be requested as an asset."""
    assert client.get(f"/assets/{name}").status_code == 404


def test_assets_of_the_page_are_cached(client):
    """Their names change with their content, so browsers request them only once."""
    page = client.get("/").text
    names = re.findall(r'(?:src|href)="\./(assets/[^"]+)"', page)
    responses = [client.get(f"/{name}") for name in names]

    assert len(names) >= 2
    assert {response.status_code for response in responses} == {200}
    assert {response.headers["cache-control"] for response in responses} == {
        "public, max-age=31536000, immutable"
    }


def test_gradio_runs_no_event(client):
    """The page has no events, and their route doesn't exist."""
    assert '"dependencies":[]' in client.get("/").text.replace(" ", "")
    assert client.post("/gradio_api/run/predict", json={"data": [], "fn_index": 0}).status_code == 404


def test_scripts_in_our_part_of_the_page_do_not_run(client):
    """The policy has the hashes of Gradio's own scripts only."""
    response = client.get("/")
    content = response.text.partition('<div class="fn-app"')[2].partition("<gradio-app")[0]

    assert "<script" not in content
    assert response.headers["content-security-policy"].count("sha256-") == 5


def test_planted_state_does_not_reach_the_page(client):
    """Gradio doesn't get the page's query, in which it would look for a deep link."""
    folder = Path(os.environ["GRADIO_TEMP_DIR"]) / "deep_links" / "planted"
    folder.mkdir(parents=True)
    (folder / "state.json").write_text('[{"id": 1, "type": "html", "props": {"value": "planted words"}}]')
    response = client.get("/?deep_link=planted&page=other")

    assert response.status_code == 200
    assert "planted" not in response.text


def test_forwarded_host_is_ignored(client):
    """The page sends its requests to the server that it came from."""
    headers = {"x-forwarded-host": "attacker.example", "x-forwarded-proto": "https", "forwarded": "host=x"}

    assert "attacker.example" not in client.get("/", headers=headers).text


def test_gradio_folder_is_private_and_removed(tmp_path):
    """Nobody else can read it or place a file there."""
    with TestClient(create_app(small_services(tmp_path), AccessKey()), base_url=ORIGIN):
        folder = Path(os.environ["GRADIO_TEMP_DIR"])
        mode = stat.S_IMODE(folder.stat().st_mode)

    assert mode == 0o700
    assert not folder.exists()
