"""The language model of a running chat is changed, tested, and kept where a setting names it."""

import pytest

from qa import bootstrap
from qa.errors import InvalidSettings, LlmUnavailable
from qa.models.selection import ModelChoice
from qa.models.switch import ModelSwitch
from qa.settings import CHOSEN_MODEL, load_settings
from tests.fakes.llm_server import serving
from tests.fakes.services import small_services

SERVED = ModelChoice("http://127.0.0.1:9/v1", "small")


def switch_of(folder, **settings) -> tuple[ModelSwitch, list[bootstrap.Services]]:
    """Return a switch, and the list of services that it applies."""
    applied: list[bootstrap.Services] = []
    return bootstrap.make_model_switch(small_services(folder, **settings), applied.append), applied


def test_model_writes_from_now_on_and_after_a_restart(tmp_path):
    """The choice is applied and saved, and can be taken back."""
    switch, applied = switch_of(tmp_path)
    switch.use(SERVED)
    written = applied[-1]

    assert written.language_model is not None
    assert written.pipeline.rewriter is not None
    assert switch.settings.language_model == "small"
    assert load_settings({"data_dir": tmp_path / "data"}).llm_model == "small"

    switch.use(None)

    assert applied[-1].language_model is None
    assert applied[-1].pipeline.rewriter is None
    assert not (tmp_path / "data" / CHOSEN_MODEL).exists()


@pytest.mark.parametrize(
    "choice", [ModelChoice("no address", "small"), ModelChoice("http://127.0.0.1:9/v1", "m", "", "SECRET")]
)
def test_invalid_choice_changes_nothing(tmp_path, choice):
    """The message says what was expected."""
    switch, applied = switch_of(tmp_path)

    with pytest.raises(InvalidSettings, match="expected"):
        switch.use(choice)

    assert not applied
    assert not (tmp_path / "data" / CHOSEN_MODEL).exists()


def test_model_of_a_settings_file_is_not_changed(tmp_path):
    """It would be back after a restart."""
    services = small_services(tmp_path)
    services.settings.set_origin(["llm_base_url"], "/etc/footnote.toml")
    switch = bootstrap.make_model_switch(services, lambda services: None)

    assert switch.fixed_by == "/etc/footnote.toml"
    with pytest.raises(LlmUnavailable, match=r"set by /etc/footnote\.toml\. Change it there"):
        switch.use(SERVED)


def test_model_is_tested_without_being_chosen(tmp_path):
    """The trial says what it can do."""
    switch, applied = switch_of(tmp_path)
    with serving(["A library card costs 12 euros a year [3]."], ["NOT FOUND"]) as endpoint:
        trial = switch.test(ModelChoice(endpoint.url, "small"))

    assert trial.is_right
    assert trial.refuses
    assert not applied
