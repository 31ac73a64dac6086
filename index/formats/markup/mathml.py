"""Write MathML formulas on one line, as they are typed."""

from typing import TYPE_CHECKING

from index.formats.common.superscripts import bracketed, exponent

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

DUPLICATES = ("annotation", "annotation-xml", "-comment")
"""Elements that repeat a formula in another notation."""


def mathml_text(node: "LexborNode") -> str:
    """Return the text of a ``<math>`` or a part of one."""
    if node.tag == "-text":
        return " ".join((node.text_content or "").split())
    parts = [mathml_text(part) for part in node.iter(include_text=True) if _has_content(part)]
    match node.tag, parts:
        case "mfrac", [over, under]:
            parts = [bracketed(over), "/", bracketed(under)]
        case (("msup" | "msubsup" | "munderover"), [*_, power]):
            parts[-1] = exponent(power)
        case "mroot", [inner, degree]:
            parts = [exponent(degree), "√", bracketed(inner)]
        case "msqrt", _:
            parts = ["√", bracketed("".join(parts))]
        case "mfenced", _:
            parts = ["(", ", ".join(parts), ")"]
        case (("mtable" | "mtr"), _):
            parts = [" ".join(parts)]
    return "".join(parts)


def _has_content(part: "LexborNode") -> bool:
    """Return whether a part is neither white space between tags nor a repetition."""
    return part.tag not in DUPLICATES and (part.tag != "-text" or not (part.text_content or "").isspace())
