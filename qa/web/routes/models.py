"""Routes of the dialog in which the language model is chosen."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from markupsafe import Markup

from index import FootnoteError
from qa.models.selection import NONE, ModelChoice, find_model
from qa.models.switch import ModelSwitch
from qa.web import strings
from qa.web.middleware import owner_of
from qa.web.routes.common import form_field, get_route, html_response, post_route
from qa.web.views.models import models_html, trial_html
from qa.web.views.rendering import error_html

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

OTHER_SERVER = "other"
"""Value of the choice of a server whose address is typed."""
MODEL_CHANGED = {"hx-trigger-after-swap": "fn-model-changed"}
"""Header after which the page requests again what names the model."""


def model_routes(models: ModelSwitch, may_change: Callable[[str], bool]) -> list["Route"]:
    """
    Return the routes, for a Starlette or FastAPI application.

    Args:
        models: Changes the model.
        may_change: Whether an owner may change it.
    """
    handlers = ModelRoutes(models, may_change)
    return [
        get_route("/models", handlers.dialog),
        post_route("/models/use", handlers.use),
        post_route("/models/test", handlers.test),
    ]


class ModelRoutes:
    """The handlers, one for each route."""

    def __init__(self, models: ModelSwitch, may_change: Callable[[str], bool]) -> None:
        self._models = models
        self._may_change = may_change

    def dialog(self, request: "Request") -> "Response":
        """Return the dialog, with the models of this computer."""
        return html_response(self._dialog(owner_of(request)))

    def use(self, request: "Request", form: "FormData") -> "Response":
        """Let the chosen model write from now on."""
        owner = owner_of(request)
        if not self._may_change(owner):
            return html_response(error_html(strings.MODEL_ADMIN_ONLY), status=403)
        try:
            self._models.use(self._choice(form))
        except FootnoteError as error:
            return html_response(self._dialog(owner, error_html(str(error))))
        return html_response(self._dialog(owner, strings.MODEL_USED), MODEL_CHANGED)

    def test(self, request: "Request", form: "FormData") -> "Response":
        """Return what the chosen model does with questions that have known answers."""
        if not self._may_change(owner_of(request)):
            return html_response(error_html(strings.MODEL_ADMIN_ONLY), status=403)
        try:
            choice = self._choice(form)
            return html_response(trial_html(None if choice is None else self._models.test(choice)))
        except FootnoteError as error:
            return html_response(error_html(str(error)))

    def _dialog(self, owner: str, result: Markup | str = "") -> Markup:
        may_change = self._may_change(owner)
        available = list(self._models.find()) if may_change else []
        return models_html(
            self._models.settings, available, self._models.fixed_by, may_change=may_change, result=result
        )

    def _choice(self, form: "FormData") -> ModelChoice | None:
        """Return the choice in a form; None for no model."""
        name = form_field(form, "model")
        if name == NONE:
            return None
        key_variable = form_field(form, "key_variable").strip()
        if name == OTHER_SERVER:
            address, model = form_field(form, "address").strip(), form_field(form, "name").strip()
            return ModelChoice(address.rstrip("/"), model, llm_key_variable=key_variable)
        # Only what was found can be named here, and never the path of another file.
        named = [each for each in self._models.find() if each.name == name]
        return find_model(name, named)
