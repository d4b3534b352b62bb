"""From an executed notebook to one offline page: decision first, then the evidence, code folded, appendix last."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from nbformat import NotebookNode

from cs_lib import wording as w
from cs_lib.report.inline import bare
from cs_lib.report.records import RESULT_MIME, Failure, Provenance
from cs_lib.report.tables import Table
from cs_lib.report.templates import css, template, text, whole_amounts

KINDS = {
    "perk_ab_test": "Perk A/B test",
    "before_after": "Before/after study",
    "experiment_plan": "Plan of an experiment",
}


UNASKED = '<p class="note unasked"'


class PageError(ValueError):
    """The notebook cannot become a page; the message says why."""


@dataclass(slots=True)
class Block:
    """Text, or the outputs of one code cell with its code."""

    kind: str
    html: str = ""
    source: str = ""
    outputs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """A heading and what stands under it."""

    id: str
    title: str
    blocks: list[Block] = field(default_factory=list)
    appendix: bool = False


def render(notebook: NotebookNode, provenance: Provenance) -> str:
    """The page of an executed notebook. Raises PageError when it holds no result or a figure without description."""
    result, summary = result_of(notebook)
    sections = _sections(notebook)
    script = text("page.js").strip()
    page = template("page.html.j2").render(
        css=css(),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        question=result["question"],
        kicker=_kicker(result, provenance),
        summary=summary,
        sections=[s for s in sections if not s.appendix],
        appendix=[s for s in sections if s.appendix],
        parameters=parameters(provenance.parameters, provenance.defaults).html(),
        plan=provenance.plan,
        rerun=provenance.rerun,
        digests=[
            ("run", provenance.digest[:16]),
            *((k, v[:16]) for k, v in provenance.digests.items()),
        ],
    )
    _require_descriptions(page)
    return whole_amounts(page)


def render_failure(failure: Failure) -> str:
    """The page that says why there is no new page, and where the last good one is."""
    failed = template("failure.html.j2")
    return failed.render(css=css(), f=failure, parameters=parameters(failure.parameters, {}).html())


def result_of(notebook: NotebookNode) -> tuple[dict[str, Any], str]:
    """The facts and the first screen that the decision cell put out. Raises PageError when there are none."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if RESULT_MIME in data:
                return dict(data[RESULT_MIME]), bare(_joined(data.get("text/html", "")))
    raise PageError("The notebook ended without a result: its decision cell did not run.")


def parameters(values: dict[str, Any], defaults: dict[str, Any]) -> Table:
    """Settings, one row each; those that differ from the notebook's own are marked."""
    flat, usual = _flat(values), _flat(defaults)
    rows, tones = [], {}
    for i, (key, value) in enumerate(flat.items()):
        changed = bool(usual) and usual.get(key) != value
        rows.append((key, value, "changed" if changed else ""))
        if changed:
            tones[(i, 1)] = "changed"
    caption = "Settings; `changed` marks what differs from the notebook's own example"
    return Table(caption, ("Setting", "Value", ""), tuple(rows), tones=tones)


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, dict) and value:
            found |= _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            found[prefix + key] = ", ".join(map(str, value)) or "–"
        else:
            found[prefix + key] = "–" if value in (None, {}) else str(value)
    return found


def _kicker(result: dict[str, Any], provenance: Provenance) -> list[str]:
    kind = KINDS.get(result["notebook"], w.name(result["notebook"]))
    as_of = w.day(date.fromisoformat(result["as_of"]))
    plan = (
        ""
        if not provenance.plan
        else "plan changed"
        if "changed after" in provenance.plan
        else "plan unchanged"
    )
    return [part for part in (kind, f"as of {as_of}", plan) if part]


def _sections(notebook: NotebookNode) -> list[Section]:
    """Cells under their second-level headings; set-up and decision cells are left out, the title is the page's own."""
    found: list[Section] = []
    for cell in notebook.cells:
        tags = set(cell.metadata.get("tags", []))
        if tags & {"hide", "parameters", "injected-parameters", "decision"}:
            continue
        if cell.cell_type == "markdown":
            _add_text(found, cell.source, appendix="appendix" in tags)
        elif cell.cell_type == "code" and found:
            found[-1].blocks.append(
                Block("code", source=cell.source, outputs=[_output(o) for o in cell.outputs])
            )
    return [s for s in found if s.blocks and not _unasked(s)]


def _unasked(section: Section) -> bool:
    """Whether all that a section shows is that nobody asked for it."""
    shown = [output for block in section.blocks for output in block.outputs if output]
    return bool(shown) and all(output.startswith(UNASKED) for output in shown)


def _add_text(found: list[Section], source: str, *, appendix: bool) -> None:
    parts = re.split(r"^## +(.+)$", source, flags=re.M)
    before, headed = parts[0], parts[1:]
    if before.strip() and not before.lstrip().startswith("# ") and found:
        found[-1].blocks.append(Block("text", html=_markdown(before)))
    for title, body in zip(headed[::2], headed[1::2], strict=True):
        identifier = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        section = Section(identifier, title.strip(), appendix=appendix)
        if body.strip():
            section.blocks.append(Block("text", html=_markdown(body)))
        found.append(section)


def _markdown(source: str) -> str:
    from nbconvert.filters.markdown import markdown2html

    return str(markdown2html(source))


def _output(output: NotebookNode) -> str:
    data = output.get("data", {})
    if "text/html" in data:
        return bare(_joined(data["text/html"]))
    words = _joined(data.get("text/plain", output.get("text", "")))
    return f"<pre>{html.escape(words)}</pre>" if words.strip() else ""


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _require_descriptions(page: str) -> None:
    for tag in re.findall(r"<svg[^>]*>", page):
        if 'aria-hidden="true"' not in tag and "aria-labelledby" not in tag:
            raise PageError("A figure has no description for readers who cannot see it.")
    if re.search(r"<img\b(?![^>]*\balt=\"[^\"]+\")", page):
        raise PageError("A picture has no description for readers who cannot see it.")
