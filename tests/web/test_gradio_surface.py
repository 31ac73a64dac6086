"""What the page uses of Gradio can be reached, and nothing else, by anybody."""

import json
import os
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from qa.web.access_key import AccessKey
from qa.web.app import create_app
from qa.web.body_limit import MAX_BODY_BYTES
from qa.web.gradio_surface import PREDICT, predict_call
from tests.fakes.services import small_services
from tests.web.gradio_routes import METHODS, OUTSIDE, registered_paths, sample_paths

ORIGIN = "http://127.0.0.1:7860"
USED = {
    "/": {"GET", "HEAD"},
    PREDICT: {"POST"},
    "/theme.css": {"GET"},
    "/static/js/iframeResizer.contentWindow.min.js": {"GET"},
    "/favicon.ico": {"GET"},
}
"""Paths and methods of Gradio that the page was observed to use in Chromium, without assets."""
OURS = re.compile(r"/(source|conversations|turns|documents|library)(/.*)?")
NAMED_FILE = {"path": OUTSIDE, "url": OUTSIDE, "meta": {"_type": "gradio.FileData"}}
QUESTION_VALUES = ["What?", "", "", "", "", "Balanced", "10"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
calls = st.fixed_dictionaries(
    {"data": json_values | st.lists(st.text(), max_size=4), "fn_index": json_values | st.integers(0, 3)},
    optional={"session_hash": st.text(), "event_data": json_values, "trigger_id": json_values},
)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Return a client with a session, in front of the whole application."""
    key = AccessKey()
    application = create_app(small_services(tmp_path_factory.mktemp("chat")), key)
    with TestClient(application, base_url=ORIGIN, follow_redirects=False) as client:
        assert client.get(key.address("")).status_code == 303
        yield client


def event_number(page: str, element_id: str) -> int:
    """Return the number of the event that a click on an element triggers."""
    config = json.JSONDecoder().raw_decode(page.partition("window.gradio_config = ")[2])[0]
    [element] = [part["id"] for part in config["components"] if part["props"].get("elem_id") == element_id]
    [number] = [event["id"] for event in config["dependencies"] if [element, "click"] in event["targets"]]
    return int(number)


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


@given(calls | json_values)
def test_hyp_call_is_reduced_to_event_and_texts(call):
    """Nothing else reaches Gradio, and these values are unchanged."""
    reduced = predict_call(json.dumps(call).encode())
    is_valid = (
        isinstance(call, dict)
        and type(call.get("fn_index")) is int
        and isinstance(call.get("data"), list)
        and all(isinstance(value, str) for value in call["data"])
    )

    assert (reduced is not None) == is_valid
    if reduced is not None:
        assert json.loads(reduced) == {"data": call["data"], "fn_index": call["fn_index"]}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"data": [], "fn_index": 1e999}'])
def test_malformed_call_is_refused(client, body):
    """It doesn't reach Gradio."""
    response = client.post(PREDICT, content=body, headers={"content-type": "application/json"})

    assert response.status_code == 400


def test_too_large_call_is_refused(client):
    """It is read only up to the limit."""
    body = json.dumps({"data": ["x" * MAX_BODY_BYTES], "fn_index": 0})

    assert client.post(PREDICT, content=body).status_code == 413


@pytest.mark.parametrize("value", [NAMED_FILE, [NAMED_FILE], {"value": NAMED_FILE}])
def test_gradio_fetches_no_file_from_a_value(client, value):
    """Gradio would, whatever the component; the attempt alone would fail this test."""
    event = event_number(client.get("/").text, "ask")
    response = client.post(PREDICT, json={"data": [value, *QUESTION_VALUES[1:]], "fn_index": event})

    assert response.status_code == 400


def test_gradio_stores_no_call(client):
    """The session's name, under which Gradio would store the values, is dropped."""
    event = event_number(client.get("/").text, "ask")
    response = client.post(PREDICT, json={"data": QUESTION_VALUES, "fn_index": event, "session_hash": "mine"})
    [gradio] = [route.app for route in client.app.app.routes if hasattr(route.app, "state_holder")]

    assert response.status_code == 200
    assert dict(gradio.state_holder.session_data) == {}


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
