"""
Recognise the words in a picture with RapidOCR, whose models are inside its package.

The extra ``ocr`` installs it. Its models run in OpenVINO, as Footnote's own do, and nothing is downloaded.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from index.formats.types import Box

MIN_SCORE = 0.5
"""Minimum probability of a line; what is below it is mostly a drawing."""
MAX_PIXELS = 12_000_000
"""Larger pictures are reduced; A4 at 300 dpi has 9 million."""


@dataclass(frozen=True, slots=True)
class RecognisedLine:
    """
    A line of text in a picture.

    Args:
        text: Its words.
        box: Left, top, right, bottom as fractions of the picture.
        words: Start and end of each word in *text*, with its box.
    """

    text: str
    box: Box
    words: tuple[tuple[int, int, Box], ...]


Recognise = Callable[[Any], list[RecognisedLine]]
"""Return the lines of an image of Pillow."""


def is_available() -> bool:
    """Return whether the extra ``ocr`` is installed."""
    return find_spec("rapidocr") is not None


def recognise(picture: Any) -> list[RecognisedLine]:
    """Return the lines of text in an image of Pillow, in any order."""
    import numpy as np

    picture = _prepared(picture)
    width, height = picture.size
    pixels = np.asarray(picture)[:, :, ::-1]  # blue first, as OpenCV has it
    found = _engine()(pixels, return_word_box=True)
    if not found.txts:
        return []
    lines = zip(found.txts, found.scores, found.boxes, found.word_results, strict=True)
    return [
        RecognisedLine(text, _box(box, width, height), tuple(_words(text, words, width, height)))
        for text, score, box, words in lines
        if score >= MIN_SCORE and text.strip()
    ]


def _prepared(picture: Any) -> Any:
    """Return a picture in colours, and not too large."""
    picture = picture.convert("RGB")
    scale = (MAX_PIXELS / (picture.width * picture.height)) ** 0.5
    if scale < 1:
        picture = picture.resize((max(1, int(picture.width * scale)), max(1, int(picture.height * scale))))
    return picture


def _words(text: str, words: Any, width: int, height: int) -> Iterator[tuple[int, int, Box]]:
    """Yield the words of a line with their boxes; a word that the text has otherwise is left out."""
    position = 0
    for word, _, box in words:
        start = text.find(word, position)
        if start >= 0 and word.strip():
            position = start + len(word)
            yield start, position, _box(box, width, height)


def _box(corners: Any, width: int, height: int) -> Box:
    across, down = [float(x) / width for x, _ in corners], [float(y) / height for _, y in corners]
    left, top, right, bottom = min(across), min(down), max(across), max(down)
    return (max(0.0, left), max(0.0, top), min(1.0, right), min(1.0, bottom))


@cache
def _engine() -> Any:
    import rapidocr
    from rapidocr import EngineType, RapidOCR

    models = Path(rapidocr.__file__).parent / "models"
    parameters: dict[str, Any] = {"Global.log_level": "critical"}
    for step, pattern in (("Det", "*det*.onnx"), ("Rec", "*rec*.onnx"), ("Cls", "*cls*.onnx")):
        # With a path nothing is downloaded, whatever the package's own configuration says.
        parameters[f"{step}.model_path"] = str(next(models.glob(pattern)))
        parameters[f"{step}.engine_type"] = EngineType.OPENVINO
    return RapidOCR(params=parameters)


def open_picture(data: bytes) -> Iterator[Any]:
    """Yield the pictures of an image file upright; a TIFF may have several pages."""
    from PIL import Image, ImageOps, ImageSequence

    with Image.open(io.BytesIO(data)) as image:
        for frame in ImageSequence.Iterator(image):
            yield ImageOps.exif_transpose(frame).convert("RGB")
