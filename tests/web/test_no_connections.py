"""The chat opens no connections, to another computer or to this one, whatever is requested of it."""

import json
import subprocess
import sys
from pathlib import Path

NAMESPACE = ["unshare", "--user", "--map-root-user", "--net"]


def namespace_command() -> list[str]:
    """Return the command that runs a process in its own network; empty if the system forbids it."""
    try:
        allowed = subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return []
    return NAMESPACE if allowed else []


def test_no_request_makes_the_chat_connect(tmp_path, reached_no_other_machine: Path):
    """Every route of ours and of Gradio's is requested, with URLs in every parameter."""
    prefix = namespace_command()
    command = [*prefix, sys.executable, "-m", "tests.web.probe", str(tmp_path / "index")]
    result = subprocess.run(
        command + ["--isolated"] * bool(prefix), stdout=subprocess.PIPE, text=True, check=True
    )
    report = json.loads(result.stdout)

    assert not reached_no_other_machine.exists()
    assert report["no_routes"] == 0
    assert set(report["statuses"]["without"]) <= {"401", "404", "405"}
    assert report["statuses"]["with"]["200"] > 0
