"""The drawing of the layers, from the import contracts in ``pyproject.toml``."""

import tomllib
from collections.abc import Iterator
from html import escape
from pathlib import Path

_WIDTH, _BOX, _GAP, _MARGIN, _TITLE = 360, 26, 6, 16, 22
_LETTER = 7.2
"""Width of a letter, roughly; a name has as much space before and after it as two of them."""
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1c1917}.t{font-weight:600;font-size:14px}"
    ".p{fill:#fafaf9;stroke:#d6d3d1}.l{fill:#e7e5e4}.b{fill:#fff;stroke:#78716c}.n{text-anchor:middle}"
    "@media(prefers-color-scheme:dark){text{fill:#f5f5f4}.p{fill:#1c1917;stroke:#57534e}"
    ".l{fill:#44403c}.b{fill:#1c1917;stroke:#a8a29e}}"
)
_COLUMNS = 2

Layers = list[list[str]]


def contracts() -> Iterator[tuple[str, Layers]]:
    """Yield each package whose inside is layered, and its layers from the top; siblings share a layer."""
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
    for contract in tomllib.loads(text)["tool"]["importlinter"]["contracts"]:
        if contract["type"] == "layers" and contract.get("containers"):
            layers = [[name.strip(" ()") for name in layer.split("|")] for layer in contract["layers"]]
            yield contract["containers"][0], layers


def drawing() -> str:
    """
    Return the drawing as SVG: one panel for each package, a row for each layer.

    A module may import those in rows below its own, never those above. The panels are placed one after the
    other into the shorter column.
    """
    heights = [_MARGIN] * _COLUMNS
    panels = []
    for package, layers in contracts():
        column = heights.index(min(heights))
        panels.append(_panel(package, layers, x=_MARGIN + column * (_WIDTH + _MARGIN), y=heights[column]))
        heights[column] += _panel_height(layers) + _MARGIN
    width = _MARGIN + _COLUMNS * (_WIDTH + _MARGIN)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {max(heights)}" role="img" '
        f'aria-label="The layers of each package, from the import contracts"><style>{_STYLE}</style>'
    )
    return "\n".join([head, *panels, "</svg>"]) + "\n"


def _panel_height(layers: Layers) -> int:
    return 2 * _MARGIN + _TITLE + sum(_layer_height(layer) + _GAP for layer in layers) - _GAP


def _layer_height(layer: list[str]) -> int:
    return _GAP + len(_lines(layer)) * (_BOX + _GAP)


def _panel(package: str, layers: Layers, x: int, y: int) -> str:
    parts = [
        f'<rect class="p" x="{x}" y="{y}" width="{_WIDTH}" height="{_panel_height(layers)}" rx="8"/>',
        f'<text class="t" x="{x + _MARGIN}" y="{y + _MARGIN + 10}">{escape(package)}</text>',
    ]
    top = y + _MARGIN + _TITLE
    for layer in layers:
        parts.extend(_layer(layer, x + _MARGIN, top))
        top += _layer_height(layer) + _GAP
    return "\n".join(parts)


def _layer(layer: list[str], x: int, y: int) -> Iterator[str]:
    width = _WIDTH - 2 * _MARGIN
    yield f'<rect class="l" x="{x}" y="{y}" width="{width}" height="{_layer_height(layer)}" rx="6"/>'
    for place, names in enumerate(_lines(layer)):
        yield from _row(names, x + _GAP, y + _GAP + place * (_BOX + _GAP))


def _lines(layer: list[str]) -> list[list[str]]:
    """Return the modules of a layer in lines in which the names of equally wide boxes fit."""
    count = len(layer)
    while count > 1 and max(map(len, layer)) * _LETTER + 2 * _LETTER > _box_width(count):
        count -= 1
    return [layer[start : start + count] for start in range(0, len(layer), count)]


def _box_width(count: int) -> float:
    return (_WIDTH - 2 * _MARGIN - _GAP * (count + 1)) / count


def _row(names: list[str], x: int, y: int) -> Iterator[str]:
    width = _box_width(len(names))
    for place, name in enumerate(names):
        left = x + place * (width + _GAP)
        yield f'<rect class="b" x="{left:.0f}" y="{y}" width="{width:.0f}" height="{_BOX}" rx="4"/>'
        yield f'<text class="n" x="{left + width / 2:.0f}" y="{y + 18}">{escape(name)}</text>'
