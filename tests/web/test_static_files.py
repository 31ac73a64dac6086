"""The stylesheets and scripts agree with the HTML of the views."""

import re
from pathlib import Path

import qa.web

WEB = Path(qa.web.__file__).parent
STYLESHEETS = "\n".join(path.read_text("utf-8") for path in WEB.glob("static/*.css"))
MARKUP = "\n".join(path.read_text("utf-8") for path in [*WEB.glob("**/*.py"), *WEB.glob("static/*.js")])
# Classes of Gradio's own elements that our stylesheets refer to.
GRADIO_CLASSES = set(
    "light dark gradio-container main wrap contain block form row column prose md hide-container container "
    "input-container".split()
)


def test_our_classes_have_a_prefix():
    """Gradio's stylesheet must not match our elements, nor ours its elements by accident."""
    selectors = re.sub(r"\{[^{}]*\}", "{}", re.sub(r"/\*.*?\*/", "", STYLESHEETS, flags=re.DOTALL))
    styled = set(re.findall(r"\.([a-z][\w-]*)", selectors)) - GRADIO_CLASSES
    written = set(" ".join(re.findall(r'(?:class_=|className: |class=)f?"([^"]+)"', MARKUP)).split())

    assert len(styled) > 50
    # A name that begins with a brace is a placeholder of an f-string.
    assert {name for name in styled | written if not name.startswith(("fn-", "{"))} == set()


def test_every_style_is_used():
    """Each of our classes in a stylesheet is in the HTML of a view or a script."""
    styled = set(re.findall(r"\.(fn-[\w-]+)", STYLESHEETS))
    used = set(re.findall(r"\bfn-[\w-]+", MARKUP))

    # The views compose these names: fn-state-indexed and others.
    assert {name for name in styled - used if not name.startswith("fn-state-")} == set()
