"""Read PowerPoint presentations."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from index.formats.common.blocks import first_heading
from index.formats.common.list_numbers import parse_count
from index.formats.common.superscripts import to_superscript
from index.formats.common.tables import SourceCell, expand_spans, infer_header
from index.formats.common.titles import useful_title
from index.formats.office.ooxml import OOXML, verified_archive
from index.formats.types import Limits
from index.records import BlockKind
from index.text.canonical import ParsedBlock, ParsedFile

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
EMU_PER_POINT = 12_700


def read_pptx(data: bytes, limits: Limits) -> ParsedFile:
    """Read slides, each a page: the title as a heading, then shapes in order, then the speaker notes."""
    import pptx

    deck = pptx.Presentation(verified_archive(data, limits))
    blocks = tuple(
        replace(block, page=number) for number, slide in enumerate(deck.slides, 1) for block in _slide(slide)
    )
    size = ((deck.slide_width or 0) / EMU_PER_POINT, (deck.slide_height or 0) / EMU_PER_POINT)
    title = useful_title(deck.core_properties.title) or _first_title(blocks)
    return ParsedFile(f"{OOXML}presentationml.presentation", title, blocks, (size,) * len(deck.slides))


def _first_title(blocks: tuple[ParsedBlock, ...]) -> str | None:
    """Return the title of the first slide, if it has one."""
    title = first_heading(tuple(block for block in blocks if block.page == 1))
    return useful_title(title)


def _slide(slide: Any) -> Iterator[ParsedBlock]:
    title = slide.shapes.title
    if title is not None and (text := _frame_text(title.text_frame)).strip():
        yield ParsedBlock(BlockKind.HEADING, text, level=1)
    for shape in slide.shapes:
        if title is None or shape.shape_id != title.shape_id:
            yield from _shape(shape)
    if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
        yield from _paragraphs(notes, BlockKind.PARAGRAPH)


def _shape(shape: Any) -> Iterator[ParsedBlock]:
    if hasattr(shape, "shapes"):
        for inner in shape.shapes:
            yield from _shape(inner)
    elif getattr(shape, "has_table", False):
        yield from infer_header(expand_spans((False, _slide_cells(row)) for row in shape.table.rows))
    elif shape.has_text_frame:
        yield from _paragraphs(
            shape.text_frame, BlockKind.LIST_ITEM if shape.is_placeholder else BlockKind.PARAGRAPH
        )


def _slide_cells(row: Any) -> list[SourceCell]:
    return [
        SourceCell(_frame_text(cell.text_frame), cell.span_width, cell.span_height)
        for cell in row.cells
        if not cell.is_spanned
    ]


def _paragraphs(frame: Any, kind: BlockKind) -> Iterator[ParsedBlock]:
    for paragraph in frame.paragraphs:
        text = _run_text(paragraph)
        if text.strip():
            yield ParsedBlock(kind, text, level=paragraph.level + 1 if kind is BlockKind.LIST_ITEM else 0)


def _frame_text(frame: Any) -> str:
    return "\n".join(map(_run_text, frame.paragraphs))


def _run_text(paragraph: Any) -> str:
    """Return the text of a paragraph, with raised numbers as superscripts and its line breaks."""
    runs = paragraph._p.content_children
    return "".join(to_superscript(run.text) if _is_raised(run) else run.text for run in runs).replace(
        "\v", "\n"
    )


def _is_raised(run: Any) -> bool:
    """Return whether a run is above the line; ``baseline`` is its offset in thousandths of a per cent."""
    properties = run.find(f"{A}rPr")
    return properties is not None and parse_count(properties.get("baseline") or "", 0) > 0
