"""The public API is complete, and importing it is cheap."""

import subprocess
import sys

import index

HEAVY = {
    "torch",
    "transformers",
    "sentence_transformers",
    "faiss",
    "openvino",
    "tantivy",
    "gradio",
    "tiktoken",
    "openai",
}


def test_the_public_api_of_index_is_complete():
    """Everything public in the namespace is in ``__all__``, except modules."""
    public = {name for name in vars(index) if not name.startswith("_")}
    modules = {name for name in public if type(vars(index)[name]).__name__ == "module"}

    assert set(index.__all__) == public - modules


def test_importing_is_cheap():
    """The command line and answering import heavy libraries only when they need them."""
    script = (
        f"import sys, index, qa.cli, qa.library, qa.evaluation\nprint(sorted({HEAVY!r} & set(sys.modules)))"
    )
    outcome = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert outcome.stdout == "[]\n"
