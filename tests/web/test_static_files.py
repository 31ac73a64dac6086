"""The stylesheets and scripts agree with the templates."""

import re
from pathlib import Path

import qa.web
from qa.web.routes.page import SCRIPTS, STYLESHEETS

WEB = Path(qa.web.__file__).parent
STYLES = "\n".join((WEB / "static" / name).read_text("utf-8") for name in STYLESHEETS)
OUR_SCRIPTS = [name for name in SCRIPTS if name != "htmx.min.js"]
TEMPLATES = "\n".join(path.read_text("utf-8") for path in WEB.glob("templates/*.html"))
MARKUP = "\n".join(
    [
        TEMPLATES,
        *(path.read_text("utf-8") for path in WEB.glob("views/*.py")),
        *((WEB / "static" / name).read_text("utf-8") for name in OUR_SCRIPTS),
    ]
)
# Classes of Gradio's own elements that our stylesheets refer to.
GRADIO_CLASSES = {
    "light",
    "dark",
    "gradio-container",
    *"main wrap contain block row column input-container".split(),
}


def test_our_classes_have_a_prefix():
    """Gradio's stylesheet must not match our elements, nor ours its elements by accident."""
    selectors = re.sub(r"\{[^{}]*\}", "{}", re.sub(r"/\*.*?\*/", "", STYLES, flags=re.DOTALL))
    styled = set(re.findall(r"\.([a-z][\w-]*)", selectors)) - GRADIO_CLASSES
    attributes = re.findall(r'(?:class_=|className: |class=)f?"([^"]+)"', MARKUP)
    written = set(re.sub(r"\{\{.*?\}\}|\{[^{}]*\}", "", " ".join(attributes)).split())

    assert len(styled) > 50
    assert {name for name in styled | written if not name.startswith("fn-")} == set()


def test_every_style_is_used():
    """Each of our classes in a stylesheet is in a template or a script."""
    styled = set(re.findall(r"\.(fn-[\w-]+)", STYLES))
    used = set(re.findall(r"\bfn-[\w-]+", MARKUP))

    # A template composes these names: fn-state-indexed and others.
    assert {name for name in styled - used if not name.startswith("fn-state-")} == set()


def test_templates_have_no_scripts_or_handlers():
    """Neither inline handlers nor htmx's attributes that evaluate code."""
    scripts = re.findall(r"<script>.*?</script>", TEMPLATES)

    assert len(scripts) == 1
    assert not re.search(r"""\s(on\w+|hx-on[\w:-]*)=|(["'])js:|javascript:|hx-trigger="[^"]*\[""", TEMPLATES)


def test_vendored_htmx_has_its_licence():
    """Its licence is packaged beside it."""
    assert "Zero-Clause BSD" in (WEB / "static" / "htmx-LICENSE.txt").read_text("utf-8")
