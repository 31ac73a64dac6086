"""
Formulas of Word and of pages on one line, as a person would type them.

``E=mc²``, ``(a+b)/2``, ``e^(x+1)``.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from index.formats.numbers import raised

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
WHOLE = re.compile(r"\w*|.", re.DOTALL)
"""What needs no brackets to stay together."""
AGAIN = ("annotation", "annotation-xml", "-comment")
"""What says a formula again, in another notation."""


def formula(node: Any) -> str:
    """The words of an ``m:oMath`` or of a part of one; what only lowers or decorates leaves no trace."""
    if node.tag == f"{M}t":
        return node.text or ""
    return _WRITTEN.get(node.tag.removeprefix(M), _parts)(node)


def _parts(node: Any) -> str:
    return "".join(map(formula, node.iterchildren("*")))


def _fraction(node: Any) -> str:
    return f"{_grouped(_of(node, 'num'))}/{_grouped(_of(node, 'den'))}"


def _power(node: Any) -> str:
    return _lifted(_parts(node))


def _root(node: Any) -> str:
    return f"{_lifted(_of(node, 'deg'))}√{_grouped(_of(node, 'e'))}"


def _sum(node: Any) -> str:
    """A sum, an integral, or what else has limits."""
    return _sign(node, "naryPr/{*}chr", "∫") + _parts(node)


def _brackets(node: Any) -> str:
    inner = _sign(node, "dPr/{*}sepChr", "|").join(map(formula, node.iterchildren(f"{M}e")))
    return f"{_sign(node, 'dPr/{*}begChr', '(')}{inner}{_sign(node, 'dPr/{*}endChr', ')')}"


def _row(node: Any) -> str:
    """A row of a matrix, or equations below one another."""
    return " ".join(map(formula, node.iterchildren(f"{M}e"))) + " "


def _function(node: Any) -> str:
    return f"{_of(node, 'fName')} {_of(node, 'e')}"


_WRITTEN: dict[str, Callable[[Any], str]] = {
    "d": _brackets,
    "eqArr": _row,
    "f": _fraction,
    "func": _function,
    "mr": _row,
    "nary": _sum,
    "rad": _root,
    "sup": _power,
}


def page_formula(node: "LexborNode") -> str:
    """The words of a ``<math>`` or of a part of one."""
    if node.tag == "-text":
        return " ".join((node.text_content or "").split())
    parts = [page_formula(part) for part in node.iter(include_text=True) if _says(part)]
    match node.tag, parts:
        case "mfrac", [over, under]:
            parts = [_grouped(over), "/", _grouped(under)]
        case (("msup" | "msubsup" | "munderover"), [*_, power]):
            parts[-1] = _lifted(power)
        case "mroot", [inner, degree]:
            parts = [_lifted(degree), "√", _grouped(inner)]
        case "msqrt", _:
            parts = ["√", _grouped("".join(parts))]
        case "mfenced", _:
            parts = ["(", ", ".join(parts), ")"]
        case (("mtable" | "mtr"), _):
            parts = [" ".join(parts)]
    return "".join(parts)


def _says(part: "LexborNode") -> bool:
    """Whether it is more than the space between two tags, and none of what comes twice."""
    return part.tag not in AGAIN and (part.tag != "-text" or not (part.text_content or "").isspace())


def _of(node: Any, name: str) -> str:
    part = node.find(f"{M}{name}")
    return "" if part is None else _parts(part)


def _sign(node: Any, place: str, otherwise: str) -> str:
    """A sign that Word keeps among the properties; one that is said to be none is none."""
    sign = node.find(f"{M}{place}")
    return otherwise if sign is None else sign.get(f"{M}val") or ""


def _grouped(text: str) -> str:
    return text if WHOLE.fullmatch(text) else f"({text})"


def _lifted(text: str) -> str:
    """What stands raised: in characters of its own, after a ``^``, or, a prime or a charge, as it is."""
    shown = raised(text)
    return shown if shown != text or not any(map(str.isalnum, text)) else f"^{_grouped(text)}"
