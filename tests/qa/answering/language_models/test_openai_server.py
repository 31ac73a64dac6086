"""The client: what is sent, and what a faulty, slow or hostile server can't do."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.answering.language_models.base import Prompt, WritingLimits
from qa.answering.language_models.openai_server import SENT_HEADERS, OpenAiServer, ServerAddress
from qa.errors import InvalidSettings, LlmCancelled, LlmFailed
from tests.fakes.llm_server import (
    BREAK,
    DRONE,
    ENDLESS,
    FLOOD,
    HANG,
    MALFORMED,
    PACKED,
    ScriptedLlmServer,
    serving,
)
from tests.fakes.proxy import proxying

PROMPT = Prompt("Be brief.", "Where?", "v1")
SCHEMA = {"type": "object"}


def written(
    endpoint: ScriptedLlmServer,
    *,
    seconds: float = 20,
    first_seconds: float = 20,
    cancelled: Callable[[], bool] = lambda: False,
    key: str = "none",
    proxy: str = "",
) -> list[str]:
    """What the client yields."""
    server = OpenAiServer(ServerAddress(endpoint.url, "m", key, proxy))
    limits = WritingLimits.from_now(seconds, first_seconds, 300, cancelled)
    return [step.text for step in server.write(PROMPT, limits)]


def test_the_text_grows():
    """Each step has all of it; the request has instructions and question, and a maximum of tokens."""
    with serving(["North ", "Korea"]) as endpoint:
        assert written(endpoint) == ["North ", "North Korea", "North Korea"]

    [request] = endpoint.requests
    assert request["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Where?"},
    ]
    assert (request["max_tokens"], request["temperature"], request["stream"]) == (300, 0, True)


def test_tokens_are_those_the_server_counted():
    """They come with the last event."""
    with serving(["North ", "Korea"]) as endpoint:
        server = OpenAiServer(ServerAddress(endpoint.url, "m"))
        *_, last = server.write(PROMPT, WritingLimits.from_now(20, 20, 300))

    assert (last.prompt_tokens, last.completion_tokens) == (100, 2)


def test_surrogate_pairs_are_merged():
    """A server may send UTF-16 halves; a half without the other is replaced."""
    with serving(["launched \ud83d", "\ude80 and \ud83d"]) as endpoint:
        *_, last = written(endpoint)

    assert last == "launched 🚀 and \ufffd"


@pytest.mark.parametrize(
    ("fault", "message", "is_temporary"),
    [
        (500, "returned the error 500", True),
        (429, "returned the error 429", True),
        (401, r"returned the error 401 \(see the setting llm_key_variable\)", False),
        (404, r"returned the error 404 \(see the setting llm_model\)", False),
        (307, "returned the error 307", False),
        (["Half", BREAK], "couldn't be reached or stopped responding", True),
        (["Half", MALFORMED], "couldn't be reached or stopped responding", True),
        ([PACKED, "Bombs"], "couldn't be reached or stopped responding", True),
        ([FLOOD], "wrote more than 6,000 characters", False),
        ([ENDLESS], "reply had more than 16,777,216 bytes", True),
    ],
)
def test_a_fault_is_named(fault, message, is_temporary):
    """A compressed response isn't decompressed, and an endless one is cut off."""
    with serving(fault) as endpoint, pytest.raises(LlmFailed, match=message) as failed:
        written(endpoint)

    assert failed.value.is_temporary is is_temporary or ENDLESS in str(fault)


@pytest.mark.parametrize("silence", [[HANG], [DRONE]])
def test_silence_before_the_first_words_has_a_limit(silence):
    """Keep-alive comments aren't words; the server's connection is closed."""
    with serving(silence) as endpoint, pytest.raises(LlmFailed, match=r"wrote nothing for 0\.3 s"):
        written(endpoint, first_seconds=0.3)


@pytest.mark.parametrize("silence", [["One. ", HANG], ["One. ", DRONE]])
def test_the_whole_answer_has_a_limit(silence):
    """A server that goes on only in comments is too slow as well."""
    with serving(silence) as endpoint, pytest.raises(LlmFailed, match=r"took longer than 0\.3 s"):
        written(endpoint, seconds=0.3)


@pytest.mark.parametrize("reply", [[HANG], ["One. ", HANG]])
def test_stopping_closes_the_connection(reply):
    """Also before the server has sent a header, while a thread waits for it: the server stops its work."""
    asked = threading.Event()
    with serving(reply) as endpoint:
        with pytest.raises(LlmCancelled):
            written(endpoint, cancelled=lambda: endpoint.requested.is_set() or asked.is_set())
        assert endpoint.disconnected.wait(10)


def test_closing_the_iterator_closes_the_connection():
    """As when a page is left and the answer isn't wanted."""
    with serving(["One. ", HANG]) as endpoint:
        server = OpenAiServer(ServerAddress(endpoint.url, "m"))
        steps = server.write(PROMPT, WritingLimits.from_now(20, 20, 300))
        next(steps)
        steps.close()  # type: ignore[attr-defined]
        assert endpoint.disconnected.wait(10)


def test_an_unreachable_server_is_a_fault():
    """A refused connection is a fault like any other."""
    with serving() as endpoint:
        pass
    with pytest.raises(LlmFailed, match="couldn't be reached"):
        written(endpoint)


@pytest.mark.parametrize(("constrains", "expected"), [(True, True), (False, False)])
def test_the_server_is_asked_once_whether_it_constrains(constrains, expected):
    """One request has a schema; its reply is JSON only if the server keeps to it."""
    with serving(constrains=constrains) as endpoint:
        server = OpenAiServer(ServerAddress(endpoint.url, "m"))
        limits = WritingLimits.from_now(20, 20, 300)
        assert [server.can_constrain(limits), server.can_constrain(limits)] == [expected, expected]

    assert len(endpoint.probes) == 1
    assert endpoint.requests == []


def test_a_server_that_ignores_the_schema_is_not_trusted():
    """Its reply to the question whether it constrains is prose."""
    with serving(["Hello!"], constrains=True) as endpoint:
        endpoint.probes.append({})  # the script replies to the first request as well
        server = OpenAiServer(ServerAddress(endpoint.url, "m"))
        assert not server.can_constrain(WritingLimits.from_now(20, 20, 300))


def test_asking_whether_a_server_constrains_can_be_stopped():
    """A server that is silent keeps nobody waiting, and is asked again the next time."""
    with serving([HANG], ['{"ok": true}'], constrains=True) as endpoint:
        endpoint.probes.append({})  # the script replies to the first request as well
        server = OpenAiServer(ServerAddress(endpoint.url, "m"))
        with pytest.raises(LlmCancelled):
            server.can_constrain(WritingLimits.from_now(20, 20, 300, endpoint.requested.is_set))

        assert server.can_constrain(WritingLimits.from_now(20, 20, 300))


def test_one_answer_at_a_time():
    """A server that writes one answer at a time is sent the next request after the first one's end."""
    with serving(["One. ", HANG], ["Two."]) as endpoint:
        server = OpenAiServer(ServerAddress(endpoint.url, "m"), threading.Lock())
        first = server.write(PROMPT, WritingLimits.from_now(20, 20, 300))
        next(first)
        with pytest.raises(LlmFailed, match="took longer"):
            list(server.write(PROMPT, WritingLimits.from_now(0.2, 20, 300)))
        assert len(endpoint.requests) == 1
        first.close()  # type: ignore[attr-defined]
        *_, last = server.write(PROMPT, WritingLimits.from_now(20, 20, 300))

    assert last.text == "Two."


def test_the_key_is_sent():
    """Without a key the server is asked anyway."""
    with serving(["No."], ["No."]) as endpoint:
        written(endpoint)
        written(endpoint, key="secret")

    assert endpoint.keys == ["Bearer none", "Bearer secret"]


PROXY_VARIABLES = ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY")


def test_a_proxy_in_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch):
    """It would receive the key and the passages, even of a server on this machine."""
    with proxying() as proxy, serving(["No."]) as endpoint:
        for name in PROXY_VARIABLES:
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        written(endpoint)

    assert (proxy.requests, len(endpoint.requests)) == ([], 1)


def test_the_configured_proxy_is_used():
    """The proxy receives the request to the server's address."""
    with proxying() as proxy, serving(["Yes."]) as endpoint:
        assert written(endpoint, proxy=proxy.url)

    assert proxy.requests == [f"POST {endpoint.url}/chat/completions HTTP/1.1"]


def test_a_password_in_netrc_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The server receives the configured key, whatever the file has for its host."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with serving(["No."]) as endpoint:
        written(endpoint)

    assert endpoint.keys == ["Bearer none"]


def test_no_other_header_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    """The client library would add headers that were meant for another server."""
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"OPENAI_{name}", "another secret")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer another secret\nX-Own: another secret")
    with serving(["No."]) as endpoint:
        written(endpoint, key="the key")

    assert endpoint.keys == ["Bearer the key"]
    assert set(endpoint.headers[0]) <= SENT_HEADERS
    assert "another secret" not in str(endpoint.headers)


@pytest.mark.parametrize("address", ["http://host:port", "http://[::1", "http://exa☃mple"])
def test_an_invalid_proxy_address_is_refused(address):
    """The message doesn't show the address, which may contain a password."""
    with pytest.raises(InvalidSettings, match=r"^llm_proxy: expected an address such as") as refused:
        OpenAiServer(ServerAddress("http://127.0.0.1:9/v1", "m", proxy=address))
    assert address not in str(refused.value)


@pytest.mark.parametrize("address", ["http://host:port/v1", "http://[::1/v1", "http://exa☃mple/v1"])
def test_an_invalid_server_address_is_refused(address):
    """The message doesn't show the address, which may contain a key."""
    with pytest.raises(InvalidSettings, match=r"^llm_base_url: expected an address such as") as refused:
        OpenAiServer(ServerAddress(address, "m"))
    assert address not in str(refused.value)
