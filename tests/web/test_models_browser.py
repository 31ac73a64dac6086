"""The dialog in which the language model is chosen and tested."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.bench.process import footnote
from tests.fakes.folder import write_tree
from tests.fakes.llm_server import ScriptedLlmServer
from tests.fakes.llm_server import serving as serving_model
from tests.web.server import ask, axe_violations, browsing, serving

pytestmark = pytest.mark.browser

FILES = {"tower.txt": "The Amber Tower of Velden is 70.5 metres high. It was finished in 1931."}
QUESTION = "How high is the Amber Tower of Velden?"
WRITTEN = "The tower has a height of 70.5 metres [1]."


@pytest.fixture
def page(tmp_path):
    """A chat without a language model."""
    corpus = write_tree(tmp_path / "corpus", FILES)
    assert footnote("index", str(corpus), "--quiet", index_dir=tmp_path / "index").code == 0
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FOOTNOTE_DATA_DIR", str(tmp_path / "data"))
        with serving(tmp_path / "index") as address, browsing() as page:
            page.goto(address)
            yield page


def open_dialog(page: Any) -> Any:
    """Open the dialog from the settings."""
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name="Language model…").click()
    page.locator("#models[open]").wait_for()
    return page.locator("#models")


def choose_server(dialog: Any, endpoint: ScriptedLlmServer) -> None:
    """Type the address of a server."""
    dialog.get_by_label("A server at another address").check()
    dialog.get_by_label("Address", exact=True).fill(endpoint.url)
    dialog.get_by_label("Model", exact=True).fill("small")


def test_model_is_tested_chosen_and_taken_back(page):
    """Without a restart; who gets the question is said beside the question field."""
    script = [["A library card costs 12 euros a year [3]."], ["NOT FOUND"], [WRITTEN]]
    with serving_model(*script) as endpoint:
        dialog = open_dialog(page)
        choose_server(dialog, endpoint)
        dialog.get_by_role("button", name="Test connection").click()
        expect(dialog.get_by_role("status")).to_contain_text("✓ gives the right answer: yes")
        assert not axe_violations(page)

        dialog.get_by_role("button", name="Use").click()
        expect(dialog.get_by_role("status")).to_contain_text("Saved")
        expect(dialog).to_contain_text("Answers are written by small.")
        dialog.get_by_role("button", name="Close").click()
        expect(page.locator("#status")).to_contain_text(f"sent to {endpoint.url}")
        assert "height of 70.5 metres" in ask(page, QUESTION).inner_text()

    dialog = open_dialog(page)
    dialog.get_by_label("No language model").check()
    dialog.get_by_role("button", name="Use").click()
    expect(dialog).to_contain_text("Answers are the documents’ own sentences.")
    dialog.get_by_role("button", name="Close").click()
    expect(page.locator("#status")).to_contain_text("nothing leaves this computer")
    assert "is 70.5 metres high" in ask(page, QUESTION).inner_text()


def test_invalid_address_says_what_is_expected(page):
    """And nothing is changed."""
    dialog = open_dialog(page)
    dialog.get_by_label("A server at another address").check()
    dialog.get_by_label("Address", exact=True).fill("nowhere")
    dialog.get_by_label("Model", exact=True).fill("small")
    dialog.get_by_role("button", name="Use").click()

    expect(dialog.get_by_role("alert")).to_contain_text("expected an address such as")
    expect(page.locator("#status")).to_contain_text("nothing leaves this computer")
