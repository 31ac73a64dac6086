"""Write Word's formulas (OMML) on one line, as they are typed."""

from collections.abc import Callable
from typing import Any

from index.formats.common.superscripts import bracketed, exponent

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"


def omml_text(node: Any) -> str:
    """Return the text of an ``m:oMath`` or a part of one; subscripts become plain text."""
    if node.tag == f"{M}t":
        return node.text or ""
    return _WRITERS.get(node.tag.removeprefix(M), _parts)(node)


def _parts(node: Any) -> str:
    return "".join(map(omml_text, node.iterchildren("*")))


def _fraction(node: Any) -> str:
    return f"{bracketed(_child_text(node, 'num'))}/{bracketed(_child_text(node, 'den'))}"


def _power(node: Any) -> str:
    return exponent(_parts(node))


def _root(node: Any) -> str:
    return f"{exponent(_child_text(node, 'deg'))}√{bracketed(_child_text(node, 'e'))}"


def _sum(node: Any) -> str:
    """Return a sum, an integral, or another operator with limits."""
    return _property_sign(node, "naryPr/{*}chr", "∫") + _parts(node)


def _brackets(node: Any) -> str:
    inner = _property_sign(node, "dPr/{*}sepChr", "|").join(map(omml_text, node.iterchildren(f"{M}e")))
    return f"{_property_sign(node, 'dPr/{*}begChr', '(')}{inner}{_property_sign(node, 'dPr/{*}endChr', ')')}"


def _row(node: Any) -> str:
    """Return a row of a matrix, or one of several equations."""
    return " ".join(map(omml_text, node.iterchildren(f"{M}e"))) + " "


def _function(node: Any) -> str:
    return f"{_child_text(node, 'fName')} {_child_text(node, 'e')}"


_WRITERS: dict[str, Callable[[Any], str]] = {
    "d": _brackets,
    "eqArr": _row,
    "f": _fraction,
    "func": _function,
    "mr": _row,
    "nary": _sum,
    "rad": _root,
    "sup": _power,
}


def _child_text(node: Any, name: str) -> str:
    """Return the text of a child element; empty if the node doesn't have it."""
    part = node.find(f"{M}{name}")
    return "" if part is None else _parts(part)


def _property_sign(node: Any, path: str, default: str) -> str:
    """Return a sign from the properties of a node; an empty value means no sign."""
    sign = node.find(f"{M}{path}")
    return default if sign is None else sign.get(f"{M}val") or ""
