"""The documentation says what the program does: nothing is missing, outdated or linked to nowhere."""

import ast
import doctest
import importlib
import os
import pkgutil
import re
import subprocess
import sys
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from docs.generate import PAGES, cli, errors, outdated_pages, settings, site
from qa.evaluation.measures import MEASURES
from qa.settings import Settings
from tests.conftest import ROOT

DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("seeds/**/README.md"),
        ROOT / "qa/answering/readers/weights/README.md",
    ]
)
NAMES = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]
HISTORY = {
    "docs/research-log.md",
    "qa/answering/readers/weights/README.md",
    "docs/security/gradio-file-proxy.md",
}
"""Pages about what was, or about other projects; the names on them need not exist."""
BANNED = re.compile(
    r"\b(?:anew|afresh|besides|shel(?:f|ves)|talk|rooms?|stands?|lies|lives|judged|those who|any more|in line"
    r"|on (?:its|their) way|can't be told|costs? (?:it|only it)sel(?:f|ves))\b",
    re.IGNORECASE,
)
OTHERS = {"IndexFlatIP", "IndexScalarQuantizer", "RequestReadTimeout", "css_paths", "limit_concurrency"}
"""Names of other programs' code."""
TOP = ("docs", "examples", "index", "prompts", "qa", "seeds", "tests", "training")
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def prose(text: str) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", text)


def test_generated_pages_are_up_to_date():
    """If this fails: python -m docs.generate."""
    assert outdated_pages() == []


def test_every_command_and_option_is_documented():
    """Each of them is on the page about the command line, and has help."""
    page = read("docs/reference/cli.md")
    found = list(cli.commands())
    assert len(found) >= 7
    for name, command in found:
        section = page.partition(f"## `{name}`\n")[2].partition("\n## ")[0]
        assert command.help
        for parameter in command.params:
            if getattr(parameter, "hidden", False):
                continue
            option = parameter.opts[0].startswith("-")
            spelling = parameter.opts[0] if option else parameter.metavar or parameter.name.upper()
            assert spelling in section, f"{name} {parameter.name}"
            assert parameter.help, f"{name} {parameter.name}"


def test_every_setting_is_documented():
    """Each has a row with a description, and none is left to the section for those without a group."""
    page = read("docs/reference/settings.md")
    for name, field in Settings.model_fields.items():
        assert f"| `{name}` |" in page
        assert field.description
    assert "## More" not in page


def test_every_error_is_documented():
    """Each class has a row, and so has each code of a failure."""
    page = read("docs/reference/errors.md")
    for module in ("index.errors", "qa.errors"):
        classes = list(errors.error_classes(module))
        assert len(classes) > 5
        assert all(f"| `{error.__name__}` |" in page for error in classes)
    assert len(errors.file_failures()) > 20
    assert all(row in page for row in errors.file_failures())


def test_every_package_is_described():
    """The page about the architecture has a row for each."""
    page = read("docs/explanation/architecture.md")
    packages = [path.parent for top in ("index", "qa") for path in ROOT.glob(f"{top}/*/__init__.py")]

    assert len(packages) > 10
    assert all(f"| `{package.relative_to(ROOT).as_posix()}` |" in page for package in packages)


def test_every_measure_is_described():
    """The guide names each as the table of `footnote eval` prints it."""
    page = read("docs/guides/evaluate.md")

    assert [measure.name for measure in MEASURES if f"`{measure.name}`" not in page] == []


def test_every_page_is_in_the_navigation():
    """A page that nothing leads to would not be read; decisions are listed on their own page."""
    navigation = str(tomllib.loads(read("zensical.toml"))["project"]["nav"])
    decisions = read("docs/adr/index.md")
    for path in ROOT.glob("docs/**/*.md"):
        place = path.relative_to(ROOT / "docs").as_posix()
        if re.match(r"adr/\d{4}", place):
            assert f"({path.name})" in decisions
        elif not place.startswith("security/"):
            assert f"'{place}'" in navigation
    assert all(f"'{place}'" in navigation for place in site.ROOT_PAGES.values())


def test_a_decision_has_the_title_it_is_listed_by():
    """The number and title of each page, as on the page that lists them."""
    for path in sorted(ROOT.glob("docs/adr/0*.md")):
        [(number, title)] = re.findall(r"\A# (\d+)\. (.+)\n", path.read_text("utf-8"))
        assert int(path.name[:4]) == int(number)
        assert f"\n{number}. [{title}]({path.name})\n" in read("docs/adr/index.md")


@cache
def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {anchor(heading) for heading in headings}


def anchor(heading: str) -> str:
    """As the site and code hosts make it of a heading in ASCII."""
    text = unicodedata.normalize("NFKD", re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", heading))
    return re.sub(
        r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", text.encode("ascii", "ignore").decode()).strip().lower()
    )


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name):
    """Files and headings that a page links to exist."""
    page = ROOT / name
    for address, fragment in re.findall(r"\]\(([^)\s#]*)(?:#([^)\s]+))?\)", prose(page.read_text("utf-8"))):
        if ":" in address:
            continue
        target = (page.parent / address) if address else page
        assert target.exists(), address
        assert not fragment or fragment in anchors(target), f"{address}#{fragment}"


@pytest.mark.parametrize("name", [name for name in NAMES if name not in HISTORY])
def test_names_in_the_text_exist(name):
    """Paths, modules, settings, variables and classes that a page mentions are those of today."""
    unknown = [code for code in CODE.findall(prose(read(name))) if is_unknown(code)]
    assert unknown == []


@pytest.mark.parametrize("name", sorted(set(NAMES) - HISTORY - set(PAGES)))
def test_pages_have_no_banned_phrase(name):
    """Pages written by hand are in plain English; generated ones have the words of the code."""
    if not name.startswith("seeds/"):
        assert BANNED.findall(CODE.sub("", prose(read(name)))) == []


def is_unknown(code: str) -> bool:
    path = code.partition(":")[0].rstrip("/")
    if re.fullmatch(rf"(?:{'|'.join(TOP)})/[\w./-]+", path):
        return not any(ROOT.glob(path))
    if re.fullmatch(r"(?:qa|index|training|tests)(?:\.\w+)+", code) and not code.endswith(".jsonl"):
        return not resolves(code)
    if re.fullmatch(r"FOOTNOTE_[A-Z_]+[A-Z]", code):
        return code not in {settings.variable(name) for name in Settings.model_fields} | identifiers()
    if re.fullmatch(r"[A-Z]+[a-z]\w*[A-Z]\w*(?:\.\w+)?|[a-z]+(?:_[a-z]+)+", code):
        return code.partition(".")[0] not in identifiers() | OTHERS
    return False


def resolves(dotted: str) -> bool:
    """Whether a dotted name is a module, or a name in one."""
    try:
        pkgutil.resolve_name(dotted)
    except (AttributeError, ImportError):
        return False
    return True


@cache
def identifiers() -> set[str]:
    """Every word of the code and its data."""
    files = [
        path for top in TOP[1:] for path in ROOT.glob(f"{top}/**/*") if path.suffix in (".py", ".js", ".toml")
    ]
    files += [ROOT / "pyproject.toml", ROOT / "Makefile", ROOT / "seeds/everyday/questions.jsonl"]
    return {word for path in files for word in re.findall(r"\w+", path.read_text("utf-8"))}


def python_blocks() -> Iterator[tuple[str, str]]:
    """Each block of Python that is a whole program, with its page; README's and the site's."""
    for name in NAMES:
        for language, code in FENCE.findall(read(name)):
            if language == "python" and code.startswith("from qa import"):
                yield name, code


def test_python_examples_run(tmp_path):
    """One after the other, in a folder with papers, as a person would paste them."""
    blocks = dict.fromkeys(code for _, code in python_blocks())
    assert len(blocks) >= 2
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "dose.md").write_text("# Dose\n\nThe dose was measured by Ada Keller in 1912.\n")
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    script = "\n".join(blocks)
    ast.parse(script)
    environment = os.environ | {"FOOTNOTE_DATA_DIR": str(tmp_path / "data")}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), environment.get("PYTHONPATH", "")])
    completed = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (completed.returncode, completed.stderr) == (0, "")
    assert "Ada Keller" in completed.stdout


def test_what_a_site_loads_from_elsewhere_is_found(tmp_path):
    """Scripts, pictures, style sheets and fonts; links that a person clicks are allowed."""
    (tmp_path / "page.html").write_text(
        '<link href="//fonts.example/a.css"><script src="https://cdn.example/a.js"></script>'
        '<img src="here.png"><a href="https://example.org">a link</a>'
    )
    (tmp_path / "page.css").write_text("a{background:url(http://example.org/a.png)} b{background:url(b.png)}")

    found = site.external_resources(tmp_path)

    assert [line.partition(": ")[2] for line in found] == [
        "//fonts.example/a.css",
        "https://cdn.example/a.js",
        "http://example.org/a.png",
    ]


def test_the_site_has_every_page_and_its_links(tmp_path):
    """Pages at the root of the repository are in it, and links to them lead there."""
    site.assemble(ROOT, tmp_path / "site")

    pages = {path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.md")}
    assert pages >= {"index.md", *site.ROOT_PAGES.values()} | {
        name[5:] for name in PAGES if name.endswith("md")
    }
    assert "(security.md)" in (tmp_path / "site" / "index.md").read_text("utf-8")


def test_the_docs_lock_has_hashes_and_agrees():
    """Everything for the site is pinned with hashes, in the versions of the other lock files."""
    project = tomllib.loads(read("pyproject.toml"))["project"]
    [tool] = project["optional-dependencies"]["docs"]
    lock = read("requirements-docs.lock")
    pinned = re.findall(r"^([\w.-]+)==([\w.]+)(?: ;[^\\]+)? \\\n    --hash=sha256:", lock, re.MULTILINE)

    assert re.split("[=<>]", tool)[0] in dict(pinned)
    assert len(pinned) == len(re.findall(r"^\w", lock, re.MULTILINE))
    for name, version in pinned:
        others = re.findall(rf"^{re.escape(name)}==([\w.]+)", read("requirements-dev.lock"), re.MULTILINE)
        assert not others or version in others


@pytest.mark.parametrize(
    "path",
    [
        path.relative_to(ROOT)
        for path in sorted([*ROOT.glob("index/**/*.py"), *ROOT.glob("qa/**/*.py")])
        if ">>> " in path.read_text("utf-8")
    ],
    ids=str,
)
def test_examples_in_docstrings_are_right(path):
    """The examples of every module give what they show."""
    module = importlib.import_module(".".join(path.with_suffix("").parts))

    assert doctest.testmod(module).failed == 0
