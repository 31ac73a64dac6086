"""Contexts of the templates of the dialog in which the language model is chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from qa.models.discovery import AvailableModel
from qa.models.trial import Trial
from qa.settings import Settings
from qa.web import strings
from qa.web.views.rendering import render


@dataclass(frozen=True, slots=True)
class ModelOption:
    """
    A model that can be chosen.

    Args:
        name: Its name, which identifies it.
        place: Where it is: a program with its address, or a file.
        is_used: Whether it writes the answers at present.
    """

    name: str
    place: str
    is_used: bool


def models_html(
    settings: Settings,
    available: Sequence[AvailableModel],
    fixed_by: str,
    *,
    may_change: bool,
    result: Markup | str = "",
) -> Markup:
    """
    Return the content of the dialog.

    Args:
        settings: The settings with the present model.
        available: The models of this computer.
        fixed_by: Where the model is set, if it can't be chosen here.
        may_change: Whether the person may choose.
        result: What came of the last choice.
    """
    options = [ModelOption(each.name, _place(each), _is_used(each, settings)) for each in available]
    return render(
        "models.html",
        options=list({option.name: option for option in options}.values()),
        current=settings.language_model,
        is_elsewhere=bool(settings.language_model) and not any(option.is_used for option in options),
        settings=settings,
        fixed_by=fixed_by,
        may_change=may_change,
        result=result,
    )


def trial_html(trial: Trial | None) -> Markup:
    """Return what a model did when it was tested; None for no model."""
    checks = (
        [
            (strings.TRIAL_RIGHT, trial.is_right),
            (strings.TRIAL_SUPPORTED, trial.is_supported),
            (strings.TRIAL_REFUSES, trial.refuses),
        ]
        if trial
        else []
    )
    return render("model_trial.html", trial=trial, checks=checks)


def _place(model: AvailableModel) -> str:
    return f"{model.bytes / 1e9:.1f} GB" if model.path else f"{model.program}, {model.base_url}"


def _is_used(model: AvailableModel, settings: Settings) -> bool:
    if model.path:
        return settings.uses_language_model and model.path.absolute() == settings.llm_gguf
    return settings.sends_to_server and (model.base_url, model.name) == (
        settings.llm_base_url,
        settings.llm_model,
    )
