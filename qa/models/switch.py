"""Changing the language model of a running chat."""

from collections.abc import Callable, Sequence
from dataclasses import asdict

from qa.errors import LlmUnavailable
from qa.models.discovery import AvailableModel
from qa.models.selection import ModelChoice, save_choice
from qa.models.trial import Trial
from qa.settings import CHOICE, CHOSEN_MODEL, Settings, with_values


class ModelSwitch:
    """
    Chooses the model that writes the answers from now on; thread-safe.

    Args:
        settings: The present settings.
        apply: Lets the model of the given settings write from now on.
        test: Asks the model of the given settings questions with known answers.
        find: Returns the models of this computer.
    """

    def __init__(
        self,
        settings: Settings,
        apply: Callable[[Settings], None],
        test: Callable[[Settings], Trial],
        find: Callable[[], Sequence[AvailableModel]],
    ) -> None:
        self.settings = settings
        self._apply = apply
        self._test = test
        self.find = find

    @property
    def fixed_by(self) -> str:
        """Where the model is set, so that it can't be chosen in the chat; empty if it can."""
        if self.settings.answerer != "auto":
            return self.settings.origin("answerer")
        origins = {self.settings.origin(name) for name in CHOICE}
        return next((each for each in sorted(origins) if each != "default" and CHOSEN_MODEL not in each), "")

    def use(self, choice: ModelChoice | None) -> None:
        """
        Let a model write from now on, and after a restart; None for the documents' own sentences.

        Raises:
            LlmUnavailable: If the settings name another model, or the choice can't be saved.
            InvalidSettings: If the address or the name of the variable isn't valid.
        """
        settings = self._with(choice)
        path = save_choice(settings.data_dir, choice)
        settings.set_origin(CHOICE, str(path))
        self._apply(settings)
        self.settings = settings

    def test(self, choice: ModelChoice) -> Trial:
        """
        Ask a model questions with known answers, without choosing it.

        Raises:
            LlmFailed: If it doesn't answer.
            LlmUnavailable: If the settings name another model.
            InvalidSettings: If the address or the name of the variable isn't valid.
        """
        return self._test(self._with(choice))

    def _with(self, choice: ModelChoice | None) -> Settings:
        if self.fixed_by:
            raise LlmUnavailable(f"The language model is set by {self.fixed_by}. Change it there.")
        defaults = {name: Settings.model_fields[name].default for name in CHOICE}
        chosen = {name: value for name, value in asdict(choice).items() if value} if choice else {}
        return with_values(self.settings, defaults | chosen)
