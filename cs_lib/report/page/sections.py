"""From a notebook's cells to the sections of a page: which stay, which are folded, which were withheld."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from nbformat import NotebookNode

from cs_lib.language import prose, say
from cs_lib.report.chapters import MADE_BY, PLACE
from cs_lib.report.markup import bare

UNASKED_MARKUP = '<p class="note unasked"'
# Such a note says what a notebook could tell besides.
NOT_TOLD_MARKUP = '<p class="note unasked also"'
WITHHELD_MARKUP = '<p class="note withheld"'
TAGS_LEFT_OUT = {"hide", "parameters", "injected-parameters", "decision"}


@dataclass(slots=True)
class Block:
    """Text, or the outputs of one code cell with its code."""

    kind: str
    html: str = ""
    source: str = ""
    outputs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """A heading and what stands under it; `place` is where on the page."""

    id: str
    title: str
    place: str = "evidence"  # It may also be more, method or appendix, which are folded.
    blocks: list[Block] = field(default_factory=list)

    @property
    def outputs(self) -> list[str]:
        """What its code shows."""
        return [output for block in self.blocks for output in block.outputs if output]

    def shows_only(self, start: str) -> bool:
        """Whether all that it shows begins like this."""
        return bool(self.outputs) and all(output.startswith(start) for output in self.outputs)


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why some questions have no answer, and which."""

    reason: str  # The reason as markup.
    titles: list[str]


def sections(notebook: NotebookNode) -> tuple[list[Section], list[Withheld]]:
    """Cells under their second-level headings, and what was withheld.

    Set-up and decision cells are left out; the title is the page's own.
    """
    so_far: list[Section] = []
    for cell in notebook.cells:
        tags = set(cell.metadata.get("tags", []))
        if tags & TAGS_LEFT_OUT:
            continue
        if cell.cell_type == "markdown":
            place = next((p for p in ("method", "appendix") if p in tags), "evidence")
            _add_text(so_far, cell.source, place)
        elif cell.cell_type == "code" and so_far:
            _add_outputs(so_far, cell, "appendix" if "appendix" in tags else "evidence")
    asked = [s for s in so_far if s.blocks and not s.shows_only(UNASKED_MARKUP)]
    told = [s for s in asked if s.shows_only(WITHHELD_MARKUP)]
    if len(told) < 2:
        return asked, []
    return [s for s in asked if s not in told], _reasons(told)


def _reasons(told: Iterable[Section]) -> list[Withheld]:
    titles_of: dict[str, list[str]] = {}
    for section in told:
        titles_of.setdefault(section.outputs[0], []).append(section.title)
    return [Withheld(reason, titles) for reason, titles in titles_of.items()]


def _add_outputs(so_far: list[Section], cell: NotebookNode, place: str) -> None:
    """What a cell shows; one that tells chapters brings headings of its own, and each answer its code."""
    if not any(_told(output) for output in cell.outputs):
        outputs = [_output(o) for o in cell.outputs]
        if outputs and all(o.startswith(NOT_TOLD_MARKUP) for o in outputs):
            return
        so_far[-1].blocks.append(Block("code", source=cell.source, outputs=outputs))
        return
    for output in cell.outputs:
        told = _told(output)
        if told:
            _add_text(so_far, told, _place_of(output, place))
        elif not _output(output).startswith(NOT_TOLD_MARKUP):
            made_by = output.get("metadata", {}).get(MADE_BY, cell.source)
            so_far[-1].blocks.append(Block("code", source=made_by, outputs=[_output(output)]))


def _place_of(output: NotebookNode, cell: str) -> str:
    """Where a chapter goes; in the appendix nothing stands open."""
    place = str(output.get("metadata", {}).get(PLACE, cell))
    return cell if cell != "evidence" else place


def _told(output: NotebookNode) -> str:
    """The Markdown that an output is; nothing for other outputs."""
    return joined(output.get("data", {}).get("text/markdown", ""))


def _add_text(so_far: list[Section], source: str, place: str) -> None:
    parts = re.split(r"^## +(.+)$", source, flags=re.M)
    before, headed = parts[0], parts[1:]
    if before.strip() and not before.lstrip().startswith("# ") and so_far:
        so_far[-1].blocks.append(Block("text", html=_markdown(before)))
    for title, body in zip(headed[::2], headed[1::2], strict=True):
        section = Section(_identifier(title, so_far), say(title.strip()), place)
        if body.strip():
            section.blocks.append(Block("text", html=_markdown(body)))
        so_far.append(section)


def _identifier(title: str, so_far: list[Section]) -> str:
    """An address inside the page; headings without Latin letters are counted."""
    name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return name if len(name) > 2 else f"section-{len(so_far) + 1}"


def _markdown(source: str) -> str:
    from nbconvert.filters.markdown import markdown2html

    return str(markdown2html(prose(source)))


def _output(output: NotebookNode) -> str:
    data = output.get("data", {})
    if "text/html" in data:
        return bare(joined(data["text/html"]))
    words = joined(data.get("text/plain", output.get("text", "")))
    return f"<pre>{html.escape(words)}</pre>" if words.strip() else ""


def joined(text: str | list[str]) -> str:
    """A text that a notebook may hold in lines."""
    return text if isinstance(text, str) else "".join(text)
