"""The wheel contains all that an installed Footnote reads."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from a copy, so that nothing is left in the checkout or taken from an old build."""
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheel")
    for name in ("index", "prompts", "qa"):
        shutil.copytree(ROOT / name, copy / name, symlinks=True)
    for name in ("LICENSE", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", str(out)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(copy)], check=True)
    [built] = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """An environment of its own that has the wheel; its dependencies are those of this environment."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    packages = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    command = [sys.executable, "-m", "pip", "--quiet", "--python", str(python), "install", "--no-deps"]
    subprocess.run([*command, str(wheel)], check=True)
    # A path file adds the dependencies; path files inside them, such as the checkout's own, are not read.
    Path(packages, "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder


def run(installed: Path, home: Path, *command: str) -> str:
    """Run a command of the environment, far from the checkout."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment = clean | {"HOME": str(home), "XDG_DATA_HOME": str(home / "data")}
    program, *arguments = command
    completed = subprocess.run(
        [str(installed / "bin" / program), *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=home,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


def test_the_wheel_contains_the_data_files(wheel):
    """Weights, prompts, style sheets and scripts."""
    names = zipfile.ZipFile(wheel).namelist()

    assert "qa/prompts/answer.txt" in names
    assert any(name.endswith("reader.bin") for name in names)
    assert any(name.endswith("page.css") for name in names)


def test_an_installed_footnote_indexes_and_answers(installed, tmp_path):
    """From the seeds, with the models in the wheel."""
    index = str(tmp_path / "index")
    run(installed, tmp_path, "footnote", "index", str(ROOT / "seeds" / "corpus"), "--index-dir", index)
    asked = ["How many missiles did North Korea fire on 2 November 2022?", "--index-dir", index]

    assert "[1]" in run(installed, tmp_path, "footnote", "ask", *asked)


def test_an_installed_footnote_renders_its_prompt(installed, tmp_path):
    """The template is read from the package, not from a checkout."""
    script = (
        "import qa; from qa.answering.prompting import PROMPTS, answer_prompt; "
        "print(qa.__file__); print(answer_prompt('Who?', []))"
    )
    printed = run(installed, tmp_path, "python", "-c", script)

    assert printed.startswith(str(installed))
    assert "Question: Who?" in printed
