"""Visible text and names are plain English, without the words that the project's style bans."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from index import FootnoteError
from index.failures import FAILURES
from qa.__main__ import app
from qa.settings import Settings
from qa.web.strings import en as strings

ROOT = Path(__file__).parent.parent
ALLOWED_AFTER_NO = "snapshot|index|document|user|such"
BANNED = re.compile(
    rf"""\b(?:
        anew | afresh | besides | shelf | shelves | talk | room | doors? | stands? | lies | lives | judged
      | kept | (?<!was\ )given | taken | those\ who | what\ is | goes\ by | nearest | word\ pieces
      | (?:is|are|or)\ none | (?:is|are|or)\ no\ (?!{ALLOWED_AFTER_NO})\w+
      | on\ (?:its|their)\ way | in\ line | lets?\ (?:\S+\ ){{0,2}}in | any\ more | as\ it\ was
      | can't\ be\ (?:told|looked\ into) | put\ \w+\ right | chunks\ (?:bring|brought)
    )\b|,\ at\ most\b|;\ type\b""",
    re.VERBOSE | re.IGNORECASE,
)


BANNED_IN_NAMES = frozenset(
    "akin anew asked asking begun besides door doors given house kept longest patience room rooms said shelf "
    "shelves shortest stands talk told".split()
)
ALLOWED_IN_NAMES = re.compile(r"small_?talk", re.IGNORECASE)  # the field's term for greetings and thanks
MAX_TEST_NAME = 60


def banned(texts: Iterator[tuple[str, str]]) -> list[str]:
    """Return each text with a banned phrase, with where it is and the phrase."""
    return [f"{place}: {found[0]!r} in {text!r}" for place, text in texts if (found := BANNED.search(text))]


def web_texts() -> Iterator[tuple[str, str]]:
    """Return the constants of the web chat, and the texts in its scripts."""
    for name, value in vars(strings).items():
        if name.isupper():
            for text in [value] if isinstance(value, str) else value:
                yield f"strings.{name}", text
    for script in (ROOT / "qa/web/static").glob("*.js"):
        for text in re.findall(r'["`]([A-Z][a-z’]+ [^"`]*)["`]', script.read_text("utf-8")):
            yield script.name, text


def help_texts() -> Iterator[tuple[str, str]]:
    """Return every help text of the command line."""
    yield from _help_of(typer.main.get_command(app), "footnote")


def _help_of(command: Any, name: str) -> Iterator[tuple[str, str]]:
    yield name, command.help or ""
    for parameter in command.params:
        yield f"{name} {parameter.name}", getattr(parameter, "help", None) or ""
    for child in getattr(command, "commands", {}).values():
        yield from _help_of(child, f"{name} {child.name}")


def setting_texts() -> Iterator[tuple[str, str]]:
    """Return the description of every setting."""
    for name, field in Settings.model_fields.items():
        yield name, field.description or ""


def error_texts() -> Iterator[tuple[str, str]]:
    """Return the texts of errors that are shown to a person, and the advice on files."""
    importlib.import_module("qa.errors")
    names = {error.__name__ for error in _subclasses(FootnoteError)}
    for path in sorted([*ROOT.glob("qa/**/*.py"), *ROOT.glob("index/**/*.py")]):
        for call in _calls(ast.parse(path.read_text("utf-8")), names):
            yield f"{path.relative_to(ROOT)}:{call.lineno}", " ".join(_literals(call))
    for code, info in FAILURES.items():
        yield f"failure {code}", f"{info.message}. {info.advice}"


def _subclasses(error: type[FootnoteError]) -> Iterator[type[FootnoteError]]:
    yield error
    for child in error.__subclasses__():
        yield from _subclasses(child)


def _calls(tree: ast.AST, names: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node


def _literals(call: ast.Call) -> Iterator[str]:
    for node in ast.walk(call):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize(
    "text",
    [
        "What you ask is kept here.",
        "Let NAME in no longer.",
        "foo.zip is no PDF",
        "there is no index; type: footnote index",
        "Answer it anew, from here on",
        "Word pieces in a chunk, at most.",
        "The document is not in the index any more as it was when this was answered",
    ],
)
def test_the_old_dialect_is_recognised(text):
    """Texts that were once shown are found."""
    assert banned(iter([("here", text)]))


@pytest.mark.parametrize("texts", [web_texts, help_texts, setting_texts, error_texts])
def test_visible_text_has_no_banned_phrase(texts):
    """The web chat, the help, the settings and the errors; there are texts in each of them."""
    found = list(texts())
    assert len(found) > 20
    assert banned(iter(found)) == []


def source_trees() -> Iterator[tuple[Path, ast.Module]]:
    """Return every Python file of the project with its syntax tree."""
    for folder in ("docs", "index", "qa", "seeds", "tests", "training"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text("utf-8"))


def names_in(tree: ast.Module) -> Iterator[str]:
    """Return the names of functions, classes and parameters; a test's name is a sentence and left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if not node.name.lower().startswith("test"):
                yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg


def banned_in_name(name: str) -> frozenset[str]:
    """Return the banned words among the words of a name in snake or camel case."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", ALLOWED_IN_NAMES.sub("", name))
    return BANNED_IN_NAMES.intersection(word.lower() for word in words)


@pytest.mark.parametrize("name", ["_kept", "asked_for", "UploadShelf", "MAX_ROOM", "AskedWords"])
def test_a_banned_word_in_a_name_is_recognised(name):
    """A name is split into its words."""
    assert banned_in_name(name)


@pytest.mark.parametrize("name", ["unmask", "basket", "SmallTalkForm", "small_talk", "doorway"])
def test_a_banned_word_within_a_word_is_allowed(name):
    """Only whole words are banned."""
    assert not banned_in_name(name)


def test_no_name_has_a_banned_word():
    """Modules, functions, classes and parameters have the field's terms."""
    found = [
        f"{path}: {name}"
        for path, tree in source_trees()
        for name in (path.stem, *names_in(tree))
        if banned_in_name(name)
    ]

    assert found == []


def test_test_names_are_short():
    """The sentence is in the docstring."""
    found = [
        f"{path}: {node.name}"
        for path, tree in source_trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        if len(node.name) > MAX_TEST_NAME
    ]

    assert found == []
