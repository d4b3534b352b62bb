"""From an executed notebook to one offline page: decision first, then the evidence, code folded, appendix last."""

from __future__ import annotations

import html
import re
from typing import Any

from nbformat import NotebookNode

from cs_lib.language import later, say, speaking, spoken, typeset, visible
from cs_lib.params import kind_of
from cs_lib.report.markup import bare, frame, language, tag, template, whole_amounts
from cs_lib.report.page.glossary import Term, explained
from cs_lib.report.page.sections import Section, Withheld, joined, sections
from cs_lib.report.page.settings import day, parameters
from cs_lib.report.records import RESULT_MIME, Provenance

INPUT_NAMES = {
    "run": later("run"),
    "notebook": later("notebook"),
    "code": later("code"),
    "params": later("params"),
    "data": later("data"),
    "environment": later("environment"),
}


GRID = '<table class="grid">'
FOLDED_BESIDE = '<details class="more">'


class PageError(ValueError):
    """The notebook cannot become a page; the message says why."""


def render(notebook: NotebookNode, provenance: Provenance) -> str:
    """The page of an executed notebook, in the language of its settings.

    Raises PageError when it holds no result or a figure without description.
    """
    with speaking(language(provenance.parameters)):
        page = typeset(visible(_render(notebook, provenance)))
    _require_descriptions(page)
    return whole_amounts(page)


def _render(notebook: NotebookNode, provenance: Provenance) -> str:
    result, summary = result_of(notebook)
    shown, withheld = sections(notebook)
    terms: dict[str, Term] = {}
    for block in (b for section in shown for b in section.blocks):
        block.outputs = [explained(output, terms) for output in block.outputs]
    settings = parameters(provenance.parameters, provenance.defaults, provenance.moved).html()
    return template("page.html.j2").render(
        **frame("page.js", grid=any(GRID in o for section in shown for o in section.outputs)),
        lang=tag(spoken()),
        question=result["question"],
        kicker=_kicker(result, provenance),
        summary=_with_targets(summary, shown),
        **_placed(shown, withheld),
        contents=_contents(shown, withheld),
        parameters=settings,
        terms=list(terms.values()),
        plan=provenance.plan,
        command=f"<code>{html.escape(provenance.rerun)}</code>",
        digests=[
            (say(INPUT_NAMES["run"]), provenance.digest[:16]),
            *((say(INPUT_NAMES.get(k, k)), v[:16]) for k, v in provenance.digests.items()),
        ],
    )


def _placed(shown: list[Section], withheld: list[Withheld]) -> dict[str, Any]:
    """Sections by where they stand."""
    at = {
        place: [s for s in shown if s.place == place]
        for place in ("evidence", "more", "method", "appendix")
    }
    folded = [*at["more"], *at["method"], *at["appendix"]]
    # On paper what is folded beside the evidence follows it, so that the evidence keeps to two sheets.
    printed = [o for s in at["evidence"] for o in s.outputs if FOLDED_BESIDE in o]
    return {"sections": at["evidence"], "folded": folded, "withheld": withheld, "printed": printed}


def _contents(shown: list[Section], withheld: list[Withheld]) -> list[dict[str, str]]:
    """Three links: the evidence, the checks, and all that is folded."""
    evidence = [s for s in shown if s.place == "evidence"]
    checks = [s for s in evidence if any('id="checks"' in output for output in s.outputs)]
    links = [{"id": s.id, "title": s.title} for s in (*evidence[:1], *checks)]
    if withheld and evidence[:1] == checks[:1]:
        links.insert(0, {"id": "withheld", "title": say("Questions without an answer")})
    told = {link["id"]: link for link in links}
    return [*told.values(), {"id": "details", "title": say("Method, details and settings")}]


def _with_targets(summary: str, shown: list[Section]) -> str:
    """The first screen without a link to checks that the page does not have."""
    there = any('id="checks"' in output for section in shown for output in section.outputs)
    return summary if there else re.sub(r'<a href="#checks">(.*?)</a>', r"\1", summary)


def result_of(notebook: NotebookNode) -> tuple[dict[str, Any], str]:
    """The facts and the first screen that the decision cell put out. Raises PageError when there are none."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if RESULT_MIME in data:
                return dict(data[RESULT_MIME]), bare(joined(data.get("text/html", "")))
    raise PageError(say("The notebook ended without a result: its decision cell did not run."))


def _kicker(result: dict[str, Any], provenance: Provenance) -> list[str]:
    kind = say(kind_of(result))
    as_of = day(result["as_of"])
    plan = (
        ""
        if not provenance.plan
        else say("first plan not known")
        if provenance.plan_damaged
        else say("plan changed")
        if provenance.plan_changed
        else say("plan unchanged")
    )
    return [part for part in (kind, say("as of {as_of}", as_of=as_of), plan) if part]


def _require_descriptions(page: str) -> None:
    for picture in re.findall(r"<svg[^>]*>", page):
        if 'aria-hidden="true"' not in picture and "aria-labelledby" not in picture:
            raise PageError(say("A figure has no description for readers who cannot see it."))
    if re.search(r"<img\b(?![^>]*\balt=\"[^\"]+\")", page):
        raise PageError(say("A picture has no description for readers who cannot see it."))
