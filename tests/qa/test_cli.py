"""The commands: their output, their messages and their exit codes."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from index import FootnoteError
from qa.__main__ import app
from qa.auth.accounts import Accounts
from qa.cli.app import FriendlyErrorsGroup
from tests.data.make import PREVIOUS_INDEX
from tests.fakes.folder import write_tree
from tests.fakes.llm_server import HANG, serving
from tests.fakes.terminal import CTRL_C, CTRL_D, running

BIRDS = "The arctic tern flies seventy thousand kilometres a year. It nests in Greenland in June."
FISH = "# Eels\n\nThe European eel spawns in the Sargasso Sea. Nobody has seen it do so.\n"
HOSTILE = "a\n[red]b\x1b[31m<b>.txt"
COMMANDS = [
    "index",
    "ask",
    "eval",
    "eval calibrate",
    "eval support",
    "show",
    "user",
    "config",
    "models",
    "chat",
]
HEAVY = {"numpy", "torch", "openvino", "faiss", "gradio", "openai", "pydantic", "rich", "index"}

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Type a command in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words], prog_name="footnote")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three documents, one with a hostile name, and a file that can't be read."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "birds.txt").write_text(BIRDS)
    (folder / "fish.md").write_text(FISH)
    (folder / HOSTILE).write_text("The okapi lives in the forests of the Congo.")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    return folder


@pytest.fixture(scope="module")
def index_dir(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the library, with the real models; not to be changed."""
    folder = tmp_path_factory.mktemp("index")
    result = CliRunner().invoke(app, ["index", str(library), "--index-dir", str(folder), "--quiet"])

    assert (result.exit_code, result.output) == (0, "")
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(run: Run, command):
    """And takes --quiet and --config, and --index-dir where it touches one."""
    shown = run(*command.split(), "--help").stdout

    assert f"Example: footnote {command}" in shown
    assert "--quiet" in shown
    assert "--config FILE" in shown
    assert ("--index-dir" in shown) == (not command.startswith(("user", "eval", "models")))


def test_the_commands_are_these(run: Run):
    """None is missing from the list above, and the first page shows them all."""
    assert sorted(COMMANDS) == sorted(
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    )
    assert all(f"\n  {command} " in run("--help").stdout for command in COMMANDS)


def test_the_built_in_reader_cannot_be_calibrated(run: Run):
    """Its calibration is part of it."""
    result = run("eval", "calibrate", "missing")

    assert (result.exit_code, result.stderr) == (
        2,
        "Error: The built-in reader is calibrated already. Use --reader with the folder of another one.\n",
    )


def test_help_is_quick():
    """Nothing heavy is imported before a command runs, not even the records of the index."""
    code = f"import sys, qa.__main__; print(sorted({HEAVY!r} & sys.modules.keys()))"

    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


def test_module_and_script_are_one_program():
    """``python -m qa`` and ``footnote``."""
    for program in ([sys.executable, "-m", "qa"], [str(Path(sys.executable).with_name("footnote"))]):
        assert subprocess.check_output([*program, "--version"], text=True) == "footnote 0.1.0\n"


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        (FootnoteError("no\nsuch\x1b[31m file"), 2, "Error: no such\\x1b[31m file\n"),
        (KeyboardInterrupt(), 130, "Cancelled.\n"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(fault, code, message):
    """On stderr, whatever its message contains; the same for Ctrl+C."""
    faulty = typer.Typer(cls=FriendlyErrorsGroup)

    @faulty.callback()
    def group() -> None:
        pass

    @faulty.command()
    def fail() -> None:
        raise fault

    result = CliRunner().invoke(faulty, ["fail"])

    assert (result.exit_code, result.stdout, result.stderr) == (code, "", message)


def test_a_full_disk_under_the_output_is_one_line():
    """As in ``footnote config > footnote.toml``."""
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "qa", "config"]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith("Error: The disk is full")


def test_a_bug_is_not_hidden():
    """Only messages for people become one line; a bug keeps its traceback."""
    faulty = typer.Typer(cls=FriendlyErrorsGroup)

    @faulty.callback()
    def group() -> None:
        pass

    @faulty.command()
    def fail() -> None:
        raise ZeroDivisionError

    assert isinstance(CliRunner().invoke(faulty, ["fail"]).exception, ZeroDivisionError)


def test_index_says_what_it_did(run: Run, library: Path):
    """The summary on stdout, with the reason for each file that was skipped; progress on stderr."""
    result = run("index", library, "--index-dir", "i")

    first, skipped = result.stdout.splitlines()
    assert result.exit_code == 0
    assert first.startswith("3 documents, 3 passages (3 new, 0 reused), 1 file skipped, ")
    assert skipped.startswith(f"  skipped: {library}/broken.pdf ")
    assert "Reading: 0 of 4\n" in result.stderr


def test_index_says_a_reason_once_and_what_to_do(run: Run, tmp_path: Path):
    """Of a folder full of videos the first are named; the reason isn't repeated for each."""
    folder = write_tree(tmp_path / "holidays", {f"{number:02}.mp4": "x" for number in range(12)})
    (folder / "a.txt").write_text("Words.")
    _, reason, *named, more = run("index", folder, "--index-dir", "i").stdout.splitlines()

    assert reason.startswith("  skipped: 12 files: each has an unsupported file type. ")
    assert reason.endswith("type. Save it as PDF, Word or plain text and add that.")
    assert [f"    {folder}/{number:02}.mp4" for number in range(10)] == named
    assert more == "    and 2 more (--json lists all of them)"


def test_index_again_changes_nothing(run: Run, library: Path, index_dir: Path):
    """With the same paths; and without any, which means the last ones."""
    assert "nothing changed" in run("index", library, "--index-dir", index_dir).stdout
    assert "nothing changed" in run("index", "--index-dir", index_dir).stdout


def test_index_prints_json(run: Run, library: Path):
    """The same summary for programs, and no progress."""
    result = run("index", library, "--index-dir", "i", "--json")
    summary = json.loads(result.stdout)

    assert result.stderr == ""
    assert {"documents": 3, "chunks": 3, "new": 3, "reused": 0, "changed": True}.items() <= summary.items()
    assert [Path(file["path"]).name for file in summary["skipped"]] == ["broken.pdf"]


def test_index_strict_exits_with_1(run: Run, library: Path):
    """If a file can not be read; the others are indexed."""
    result = run("index", library, "--index-dir", "i", "--strict")

    assert result.exit_code == 1
    assert result.stdout.startswith("3 documents")


def test_an_index_of_an_earlier_version_is_rebuilt(run: Run, library: Path, tmp_path: Path):
    """One line says what to run, and that rebuilds it."""
    shutil.copytree(PREVIOUS_INDEX, tmp_path / "i")
    result = run("ask", "Where do eels spawn?", "--index-dir", "i")

    assert result.exit_code == 2
    assert result.stderr == (
        "Error: The index has format 1, but this Footnote reads format 2. Run: footnote index\n"
    )
    assert run("index", library / "fish.md", "--index-dir", "i", "--replace").exit_code == 0
    assert "Sargasso Sea" in run("ask", "Where do eels spawn?", "--index-dir", "i").stdout


def test_index_rolls_back_and_verifies(run: Run, library: Path):
    """After two builds, --rollback restores the first and --verify checks every hash."""
    run("index", library / "birds.txt", "--index-dir", "i")
    run("index", library / "fish.md", "--index-dir", "i", "--add")

    assert run("index", "--verify", "--index-dir", "i").stdout.startswith("2 documents, 2 passages: ")
    assert run("index", "--rollback", "--index-dir", "i").stdout.endswith(" (1 document).\n")
    assert run("index", "--verify", "--index-dir", "i").stdout.startswith("1 document, 1 passage: ")
    assert run("index", "--rollback", "--index-dir", "i").exit_code == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["index", "missing"], "Error: No such file or folder: missing"),
        (["index", "--index-dir", "i"], "Error: Nothing has been indexed yet"),
        (["ask", "Who?", "--index-dir", "i"], "Error: There is no index in "),
        (["ask", " "], "Error: Type a question"),
        (["ask", "x" * 100_000], "Error: Your question is too long (100,000 of at most 2,000 characters)"),
        (["show", "x", "--span", "0:1", "--index-dir", "i"], "Error: There is no index in "),
        (["show", "x" * 300, "--text", "--index-dir", "i"], "Error: There is no index in "),
        (["index", "--verify", "--index-dir", "i"], "Error: There is no index in "),
        (["eval", "missing"], "Error: No such folder: missing"),
        (["eval", "missing", "--half", "test"], "Error: No such folder: missing"),
        (["user", "ann", "--remove", "--auth", "u"], "Error: "),
        (["user", "a b"], "Error: 'a b' is not a valid user name"),
        (["user", "ann"], "Error: The password has 0 characters, expected 8 to 1,000"),
        (
            ["chat", "--host", "0.0.0.0"],
            "Error: Other computers could reach the chat on 0.0.0.0, so it needs user accounts. ",
        ),
        (
            ["chat", "--host", "0.0.0.0", "--auth", ""],
            "Error: Other computers could reach the chat on 0.0.0.0",
        ),
        (["config", "--index-dir", ""], ""),
    ],
)
def test_bad_input_is_one_line_and_exit_2(run: Run, words, message):
    """No traceback, nothing on stdout."""
    result = run(*words)
    if message:
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(message)
        assert result.stderr.count("\n") == 1
    else:
        assert result.exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["index", "--rollback", "--verify"],
        ["index", "--rollback", "folder"],
        ["show", "x"],
        ["show", "x", "--text", "--span", "0:1"],
        ["show", "x", "--span", "2:2"],
        ["show", "x", "--span", "a:b"],
        ["show", "x", "--span", "-1:3"],
        ["show", "x", "--span", "1:" + "9" * 5000],
        ["eval", "seeds", "--sample", "0"],
        ["ask"],
        ["nonsense"],
        ["--nonsense"],
        ["--json", "ask", "Who?"],
    ],
)
def test_a_wrong_flag_is_one_line_and_exit_2(run: Run, words):
    """The line says what was expected and how to see the help."""
    result = run(*words)

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert result.stderr.startswith("Error: ")
    assert result.stderr.endswith(" --help\n")


def test_a_question_without_quotes_is_explained(run: Run):
    """The message says to use quotes."""
    message = "Error: Put the question in quotes. See: footnote ask --help\n"

    assert message == run("ask", "Who", "wrote", "this").stderr


def test_ask_answers_with_a_footnote(run: Run, index_dir: Path):
    """The words, the document and exit 0."""
    result = run("ask", "Where does the European eel spawn?", "--index-dir", index_dir)

    assert result.exit_code == 0
    assert "The European eel spawns in the Sargasso Sea. [1]" in result.stdout
    assert "“The European eel spawns in the Sargasso Sea.”" in result.stdout
    assert "fish.md" in result.stdout


def test_ask_prints_json_with_valid_offsets(run: Run, index_dir: Path):
    """The cited text is what ``show`` prints at its offsets."""
    words = ["ask", "Where does the European eel spawn?", "--json", "--index-dir", index_dir]
    [citation, *_] = json.loads(run(*words).stdout)["citations"]
    span = f"{citation['start_char_index']}:{citation['end_char_index']}"
    words = ["show", citation["document_sha256"], "--span", span, "--quiet", "--index-dir", index_dir]

    assert run(*words).stdout == citation["cited_text"]


def test_ask_refuses_with_exit_3(run: Run, index_dir: Path):
    """The output never looks like an answer; with --quiet it is empty."""
    words = ["ask", "Who won the chess championship of 1972?", "--index-dir", index_dir]

    assert run(*words).exit_code == 3
    assert run(*words).stdout.startswith("I couldn't find ")
    assert json.loads(run(*words, "--json").stdout)["refused"] is True
    assert (run(*words, "--quiet").exit_code, run(*words, "--quiet").stdout) == (3, "")


def test_ask_understands_a_follow_up_from_a_history_file(run: Run, index_dir: Path, tmp_path: Path):
    """The file's turns are used, and what the question was understood as is shown."""
    turns = [{"question": "Where does the arctic tern nest?", "answer": "In Greenland.", "kind": "passage"}]
    (tmp_path / "turns.json").write_text(json.dumps(turns))
    result = run("ask", "And when?", "--history", "turns.json", "--index-dir", index_dir)

    assert result.stdout.startswith("Understood as: when does the arctic tern nest?")
    assert "It nests in Greenland in June. [1]" in result.stdout


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[", "invalid JSON: "),
        ("{}", "input should be a valid array. "),
        ('[{"question": "Who?"}, 1]', "turn 2: input should be an object. "),
        ('[{"answer": "Ann."}]', "turn 1, question: field required. "),
        ('[{"question": "Who?", "answer": 1}]', "turn 1, answer: input should be a valid string. "),
    ],
)
def test_an_invalid_history_is_named_in_one_line(run: Run, tmp_path: Path, text, fault):
    """Which turn and field, what is wrong, and what is expected."""
    (tmp_path / "turns.json").write_text(text)
    error = run("ask", "And when?", "--history", "turns.json").stderr

    assert error.startswith(f"Error: The history turns.json is not valid: {fault}")
    assert error.endswith('Expected: [{"question": "Who measured the dose?", "answer": "Ann Smith."}]\n')


def test_a_missing_history_file_is_one_line(run: Run):
    """The system's reason is given."""
    error = "Error: The history turns.json can't be read: No such file or directory.\n"

    assert error == run("ask", "And when?", "--history", "turns.json").stderr


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["ask"], 'Add the question: footnote ask "Who wrote this?"'),
        (["ask", "--json"], "--json needs a question"),
        (["ask", "Who?", "--literal", "--history", "a"], "--literal and --history can't be combined"),
    ],
)
def test_ask_says_what_is_missing_or_contradictory(run: Run, words, error):
    """In one line; without a terminal nobody could type a question."""
    assert run(*words).stderr == f"Error: {error}. See: footnote ask --help\n"


def test_a_conversation_understands_follow_ups(index_dir: Path):
    """Each question sees the turns before it; a fault ends one question, Ctrl+D the conversation."""
    with running("ask", "--index-dir", str(index_dir)) as terminal:
        assert "Ctrl+D or exit ends the conversation." in terminal.read_until("? ")
        terminal.type("Where does the arctic tern nest?\n")
        assert "Greenland" in terminal.read_until("? ")
        terminal.type("And when?\n")
        follow_up = terminal.read_until("? ")
        terminal.type("x" * 2500 + "\n")
        too_long = terminal.read_until("? ")
        terminal.type("\n")
        blank = terminal.read_until("? ")
        terminal.type(CTRL_D)
        assert terminal.wait() == 0

    assert "Understood as: when does the arctic tern nest?" in follow_up
    assert "June" in follow_up
    assert "Error: Your question is too long (2,500 of at most 2,000 characters)." in too_long
    assert "Error" not in blank


@pytest.mark.parametrize("word", ["exit", " QUIT "])
def test_exit_and_quit_end_a_conversation(index_dir: Path, word):
    """They are not asked as questions."""
    with running("ask", "--quiet", "--index-dir", str(index_dir)) as terminal:
        terminal.read_until("? ")
        terminal.type(f"{word}\n")
        assert terminal.wait() == 0

    assert "find" not in terminal.output


def test_a_conversation_begins_with_the_given_history(index_dir: Path, tmp_path: Path):
    """The turns of --history come before the first question; --quiet prints the answer's words alone."""
    turns = [{"question": "Where does the arctic tern nest?", "answer": "In Greenland."}]
    (tmp_path / "turns.json").write_text(json.dumps(turns))
    words = ["ask", "--quiet", "--history", str(tmp_path / "turns.json"), "--index-dir", str(index_dir)]
    with running(*words) as terminal:
        assert "Ctrl+D" not in terminal.read_until("? ")
        terminal.type("And when?\n")
        answer = terminal.read_until("? ")
        terminal.type(CTRL_D)
        assert terminal.wait() == 0

    assert "June" in answer
    assert "[1]" not in answer


def test_ctrl_c_stops_an_answer_not_the_conversation(index_dir: Path, tmp_path: Path):
    """While a language model is silent; at the prompt it discards the line that is being typed."""
    with serving([HANG], ["The okapi lives in the forests of the Congo [1]."]) as endpoint:
        config = endpoint_file(tmp_path / "my.toml", endpoint.url)
        with running("ask", "--index-dir", str(index_dir), "--config", str(config)) as terminal:
            terminal.read_until("? ")
            terminal.type("Where does the okapi live?\n")
            assert endpoint.requested.wait(60)
            terminal.type(CTRL_C)
            assert "Stopped." in terminal.read_until("? ")
            terminal.type("Who wrote")
            terminal.read_until("Who wrote")
            terminal.type(CTRL_C)
            terminal.type("\n")  # wakes readline if the signal came just before it began to wait
            terminal.type("Where does the okapi live?\n")
            assert "Error" not in terminal.read_until("tokens).\r\n? ")
            terminal.type(CTRL_D)
            assert terminal.wait() == 0


def test_a_conversation_without_an_index_is_one_line(tmp_path: Path):
    """It is reported before the first question."""
    with running("ask", "--index-dir", str(tmp_path / "i")) as terminal:
        assert terminal.wait() == 2

    assert terminal.output.startswith("Error: There is no index in ")


@pytest.mark.parametrize(
    "question", ["オカピはどこに住んでいますか？", "أين يعيش الأوكابي؟", "Где живёт окапи?", "🦒🦒🦒?"]
)
def test_a_question_in_another_script_is_answered_or_refused(run: Run, index_dir: Path, question):
    """It is printed as typed, and causes no error."""
    result = run("ask", question, "--json", "--index-dir", index_dir)

    assert result.exit_code in (0, 3)
    assert json.loads(result.stdout)["question"] == question


def endpoint_file(path: Path, url: str) -> Path:
    """A settings file that sends questions and passages to *url*."""
    path.write_text(f'answerer = "llm"\nllm_base_url = "{url}"\nllm_model = "m"\n')
    return path


@pytest.fixture
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder and a configuration folder of its own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("FOOTNOTE_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_model_is_chosen_and_used(run: Run, index_dir: Path, own_data: Path):
    """The next question goes to it; after `none` the answers are extractive again."""
    with serving(["The okapi lives in the forests [1]."]) as endpoint:
        chosen = run("models", "use", "m", "--url", endpoint.url)
        listed = json.loads(run("models", "--json").stdout)
        answer = run("ask", "Where does the okapi live?", "--index-dir", index_dir, "--json")

    assert chosen.stdout.startswith(f"Answers are written by m at {endpoint.url} (saved in {own_data}")
    assert listed["used"] == "m"
    assert json.loads(answer.stdout)["generation"]["model"] == "m"
    assert run("models", "use", "none").stdout == "Answers are the documents' own sentences.\n"
    assert json.loads(run("models", "--json").stdout)["used"] == ""


def test_a_model_is_tested(run: Run, own_data: Path):
    """It says what the model can do, and where the questions were sent."""
    with serving(["A library card costs 12 euros a year [3]."], ["NOT FOUND"]) as endpoint:
        run("models", "use", "m", "--url", endpoint.url)
        result = run("models", "test")

    assert result.exit_code == 0
    assert f"sent to {endpoint.url}" in result.stderr
    assert "right answer: yes" in result.stdout
    assert "output can be constrained: no" in result.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["use"], "Add the model's name"),
        (["use", "no-such-model-here"], "No model 'no-such-model-here'"),
        (["use", "m", "--url", "http://me:secret@host/v1"], "llm_base_url .*expected an address"),
        (["test"], "No language model is used"),
    ],
)
def test_a_wrong_choice_is_one_line(run: Run, own_data: Path, words, message):
    """Nothing is saved, and no key is shown."""
    result = run("models", *words)

    assert result.exit_code == 2
    assert re.search(message, result.stderr)
    assert "secret" not in result.output
    assert not (own_data / "language-model.toml").exists()


@pytest.mark.parametrize("shown", [[], ["--json"], ["--quiet"]])
def test_ask_says_where_the_question_is_sent(run: Run, index_dir: Path, tmp_path: Path, shown):
    """On the error stream, whatever form the answer has."""
    with serving(["The okapi lives in the forests [1]."]) as endpoint:
        named = endpoint_file(tmp_path / "my.toml", endpoint.url)
        result = run("ask", "Where does the okapi live?", "--index-dir", index_dir, "--config", named, *shown)

    assert result.stderr == f"Questions and passages are sent to {endpoint.url} (set in {named}).\n"
    assert len(endpoint.requests) == 1


def test_a_working_directory_cannot_set_an_endpoint(run: Run, index_dir: Path, tmp_path: Path):
    """The ignored settings are named, and the question is answered without it."""
    with serving(["The okapi lives in the forests [1]."]) as endpoint:
        found = endpoint_file(tmp_path / "footnote.toml", endpoint.url)
        result = run("ask", "Where does the okapi live?", "--index-dir", index_dir)

    assert endpoint.requests == []
    assert "Congo" in result.stdout
    assert result.stderr == (
        f"Ignored in {found}: answerer, llm_base_url, llm_model. A file in the working directory "
        f"can't set these. If you trust it, add: --config {found}\n"
    )


def test_eval_says_where_the_questions_are_sent(run: Run, tmp_path: Path):
    """Before it reads the question set."""
    named = endpoint_file(tmp_path / "my.toml", "http://127.0.0.1:9/v1")
    message = f"Questions and passages are sent to http://127.0.0.1:9/v1 (set in {named}).\nError: "

    assert run("eval", "missing", "--config", named).stderr.startswith(message)
    assert run("eval", "missing", "--config", named, "--quiet").stderr.startswith(message)


def test_chat_says_where_questions_are_sent(run: Run, tmp_path: Path):
    """Before it opens anything, and through which proxy; here it then ends, since the host needs accounts."""
    named = endpoint_file(tmp_path / "my.toml", "http://127.0.0.1:9/v1")
    with named.open("a") as file:
        file.write('llm_proxy = "http://127.0.0.1:8"\n')
    result = run("chat", "--quiet", "--host", "0.0.0.0", "--config", named)

    assert result.exit_code == 2
    assert result.stderr.startswith(
        "Questions and passages are sent to http://127.0.0.1:9/v1 through the proxy http://127.0.0.1:8 "
        f"(set in {named}).\nError: "
    )


def test_ask_imports_no_torch(index_dir: Path):
    """Nor anything of the web: a question is answered soon after it is typed."""
    words = ["ask", "Where do eels spawn?", "--quiet", "--index-dir", str(index_dir)]
    code = (
        f"import sys; from qa.__main__ import app; app({words!r}, standalone_mode=False)\n"
        "print({'torch', 'transformers', 'gradio', 'openai'} & sys.modules.keys())"
    )

    assert subprocess.check_output([sys.executable, "-c", code], text=True).endswith("set()\n")


def test_show_marks_the_words_in_their_context(run: Run, index_dir: Path, library: Path):
    """The complete output."""
    start = BIRDS.index("nests")

    assert run("show", "birds.txt", "--span", f"{start}:{start + 5}", "--index-dir", index_dir).stdout == (
        f"birds\n{library}/birds.txt\n"
        f"characters {start}-{start + 5} of {len(BIRDS)}, marked >>> <<<\n\n"
        "The arctic tern flies seventy thousand kilometres a year. It >>>nests<<< in Greenland in June.\n"
    )


def test_show_says_where_a_document_ends(run: Run, index_dir: Path):
    """A span past the end is an error and is not cut."""
    result = run("show", "birds.txt", "--span", "0:1000", "--index-dir", index_dir)

    assert result.exit_code == 2
    assert result.stderr == f"Error: --span ends at 1000, but birds.txt has {len(BIRDS)} characters\n"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ([], "Add --span START:END or --text"),
        (["--text", "--span", "0:1"], "--span and --text can't be combined"),
    ],
)
def test_show_needs_one_of_span_and_text(run: Run, options, error):
    """The message says which option is missing, or which two exclude each other."""
    assert run("show", "a.txt", *options).stderr == f"Error: {error}. See: footnote show --help\n"


def test_show_prints_the_canonical_text_of_any_file(run: Run, tmp_path: Path):
    """Exactly, when it is written to a pipe; no index is needed."""
    (tmp_path / "a.txt").write_bytes("Müde.\r\nJa.".encode("latin-1"))

    assert run("show", "a.txt", "--text").stdout == "Müde.\nJa."


def test_show_says_why_a_file_cannot_be_read(run: Run, library: Path):
    """In one line, with exit code 2."""
    result = run("show", library / "broken.pdf", "--text")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {library}/broken.pdf ")


def test_a_hostile_name_is_printed_on_one_line_without_codes(run: Run, index_dir: Path):
    """Newlines, colours and markup in a file's name are shown, never obeyed."""
    shown = run("ask", "Where does the okapi live?", "--index-dir", index_dir).stdout

    assert "\x1b" not in shown
    assert "a [red]b\\x1b[31m<b>.txt" in " ".join(shown.split())


def test_config_prints_a_file_that_gives_the_same_settings(run: Run, tmp_path: Path):
    """Every setting with its description and where its value came from."""
    (tmp_path / "footnote.toml").write_text("passages = 7\n")
    shown = run("config", "--index-dir", "i").stdout

    assert f"From: {tmp_path}/footnote.toml\npassages = 7\n" in shown
    assert "From: --index-dir\n" in shown

    (tmp_path / "my.toml").write_text(shown)

    assert tomllib.loads(run("config", "--config", tmp_path / "my.toml").stdout) == tomllib.loads(shown)


def test_config_shows_settings_that_were_ignored(run: Run, tmp_path: Path):
    """The effective value is printed with its origin, and a warning on stderr."""
    (tmp_path / "footnote.toml").write_text('host = "0.0.0.0"\nport = 8000\n')
    result = run("config")

    assert 'From: default\nhost = "127.0.0.1"\n' in result.stdout
    assert f"From: {tmp_path}/footnote.toml\nport = 8000\n" in result.stdout
    assert result.stderr.startswith(f"Ignored in {tmp_path}/footnote.toml: host. ")


@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_config_preserves_any_folder_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, charset):
    """Whatever the terminal can show; invisible characters are escaped."""
    monkeypatch.chdir(tmp_path)
    name = "/é 😀 \"\\\t\x1b\x7f\x9b\u202e'#"
    shown = CliRunner(charset=charset).invoke(app, ["config", "--quiet", "--index-dir", name]).stdout

    assert name == tomllib.loads(shown)["index_dir"]
    assert not set("\x1b\x7f\x9b\u202e") & set(shown)
    assert ("é 😀" in shown) == (charset == "utf-8")


def test_config_never_prints_a_secret(run: Run, monkeypatch: pytest.MonkeyPatch):
    """Only the name of the variable that holds it."""
    monkeypatch.setenv("FOOTNOTE_LLM_KEY", "geheim")
    result = run("config")

    assert 'llm_key_variable = "FOOTNOTE_LLM_KEY"' in result.stdout
    assert "geheim" not in result.output


def test_user_adds_and_removes_a_user(run: Run, tmp_path: Path):
    """The password is read from standard input and never shown."""
    path = tmp_path / "my users.toml"
    typed = CliRunner().invoke(app, ["user", "ann", "--auth", str(path)], input="correct horse\r\nmore\n")

    assert (typed.exit_code, typed.stderr) == (0, "")
    assert typed.stdout == f"Saved the password of ann. Start the chat with: footnote chat --auth '{path}'\n"
    assert Accounts(path).check("ann", "correct horse")

    removed = run("user", "ann", "--remove", "--auth", path)
    assert (removed.exit_code, removed.stdout) == (0, f"Removed ann from {path}.\n")
    assert "ann" not in path.read_text()


def test_user_makes_an_administrator(run: Run, tmp_path: Path):
    """A new user needs a password first; of an existing one only the role is changed."""
    path = tmp_path / "users.toml"
    for name in ("ann", "bob"):
        CliRunner().invoke(app, ["user", name, "--auth", str(path)], input="correct horse\n")
    CliRunner().invoke(app, ["user", "eve", "--admin", "--auth", str(path)], input="correct horse\n")
    granted = run("user", "bob", "--admin", "--auth", path)
    revoked = run("user", "ann", "--no-admin", "--auth", path)
    users = Accounts(path)

    assert (granted.exit_code, granted.stdout) == (0, "bob is an administrator.\n")
    assert (revoked.exit_code, revoked.stdout) == (0, "ann is no administrator.\n")
    assert [users.is_admin(name) for name in ("ann", "bob", "eve")] == [False, True, True]
    assert users.check("bob", "correct horse")


def test_user_without_a_file_writes_where_the_data_is(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Or where the setting says, and both are named."""
    monkeypatch.setenv("FOOTNOTE_DATA_DIR", str(tmp_path / "data"))
    typed = CliRunner().invoke(app, ["user", "ann"], input="correct horse\n")
    assert (tmp_path / "data" / "users.toml").is_file()
    assert f"{tmp_path}/data/users.toml" in typed.stdout

    (tmp_path / "my.toml").write_text('auth = "mine.toml"\n')
    words = ["user", "ann", "--quiet", "--config", "my.toml"]
    typed = CliRunner().invoke(app, words, input="correct horse\n")
    assert (tmp_path / "mine.toml").is_file()
    assert typed.output == ""


def test_user_asks_twice_on_a_terminal(tmp_path: Path):
    """The password is not shown; two different ones are asked for again."""
    path = tmp_path / "users.toml"
    with running("user", "ann", "--auth", str(path)) as terminal:
        for password in ("correct horse", "correct house", "battery staple", "battery staple"):
            terminal.read_until(": ")
            terminal.type(f"{password}\n")
        assert terminal.wait() == 0

    assert "horse" not in terminal.output
    assert "staple" not in terminal.output
    assert Accounts(path).check("ann", "battery staple")


def test_eval_prints_the_measures_and_writes_the_questions(run: Run, tmp_path: Path):
    """On a set of two questions; the figures are those of its two answers."""
    corpus = tmp_path / "set" / "corpus"
    corpus.mkdir(parents=True)
    (corpus / "birds.txt").write_text(BIRDS)
    nests = {"doc_id": "birds.txt", "start": 58, "end": 88, "text": "It nests in Greenland in June."}
    questions = [
        {
            "id": "1",
            "question": "Where does the arctic tern nest?",
            "answerable": True,
            "answers": ["Greenland"],
            "spans": [nests],
        },
        {
            "id": "2",
            "question": "Who won the chess championship of 1972?",
            "answerable": False,
            "answers": [],
            "spans": [],
        },
    ]
    (tmp_path / "set" / "qa.jsonl").write_text("".join(json.dumps(each) + "\n" for each in questions))
    result = run("eval", "set", "--json", "--out", "out")
    figures = json.loads(result.stdout)

    assert result.exit_code == 0, result.output
    assert (figures["questions"], figures["pointer_validity"], figures["refusal_recall"]) == (2, 1.0, 1.0)
    assert len((tmp_path / "out" / "results.jsonl").read_text().splitlines()) == 2
    assert "pointer_validity" in run("eval", "set").stdout
    assert "pointer_validity\t1.0000" in run("eval", "set", "--quiet").stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["everyday", "--sample", "3"], "--sample can't be used with an everyday set"),
        (["everyday", "--questions", "asked"], "--questions can't be used with an everyday set"),
        (["plain", "--half", "test"], "--half can only be used with an everyday set"),
        (["plain", "--documents", "plain"], "--documents can only be used with an everyday set"),
    ],
)
def test_eval_rejects_options_of_other_sets(run: Run, words, error):
    """In one line, before anything is asked."""
    write_tree(
        Path.cwd(), {"everyday/questions.jsonl": "", "everyday/documents.jsonl": "", "plain/qa.jsonl": ""}
    )

    result = run("eval", *words)

    assert result.exit_code == 2
    assert result.stderr == f"Error: {error}. See: footnote eval --help\n"


def test_eval_checks_the_output_folder_first(run: Run, tmp_path: Path):
    """Before the first question is asked."""
    (tmp_path / "out").write_text("a file")

    message = "Error: The results can't be written to out: File exists\n"
    assert message == run("eval", Path(__file__).parents[2] / "seeds", "--out", "out").stderr


def test_index_does_not_drop_documents_silently(library, run):
    """Without a terminal it needs --replace; the index is unchanged."""
    run("index", library, "--index-dir", "i")
    refused = run("index", library / "birds.txt", "--index-dir", "i")

    assert refused.exit_code == 2
    assert "outside these paths. Add --replace to remove them, or --add to keep them." in refused.output
    assert "nothing changed" in run("index", "--index-dir", "i").stdout
    replaced = run("index", library / "birds.txt", "--index-dir", "i", "--replace")
    assert replaced.stdout.startswith("1 document")


def test_index_names_a_missing_path_first(library, run):
    """The documents outside it aren't mentioned."""
    run("index", library, "--index-dir", "i")

    message = "Error: No such file or folder: missing. The index is unchanged.\n"
    assert message == run("index", "missing", "--index-dir", "i").stderr


def test_index_does_not_count_deleted_files(library, run):
    """Updating an index asks nothing."""
    (library / "gone.txt").write_text("Moles dig.")
    run("index", library, "--index-dir", "i")
    (library / "gone.txt").unlink()

    assert run("index", library, "--index-dir", "i").exit_code == 0
