"""Results as tables: caption, scope, units, numbers rounded by meaning."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import isfinite

from cs_lib import wording as w
from cs_lib.data.desk import Desk
from cs_lib.experiment.economics import Economics
from cs_lib.experiment.flow import FlowResult
from cs_lib.experiment.perk import PerkResult
from cs_lib.report.inline import styled
from cs_lib.report.note import Note
from cs_lib.results import Check

MARKS = {True: ("ok", "✓ passed"), False: ("look", "! look"), None: ("info", "· note")}
BLOCKED = ("bad", "✗ blocks")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of words. The first column names the row; `numeric` columns are right-aligned."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    tones: dict[tuple[int, int], str] | None = None

    def html(self) -> str:
        """The table element."""
        head = "".join(
            f'<th scope="col"{self._align(i)}>{html.escape(c)}</th>'
            for i, c in enumerate(self.columns)
        )
        body = "".join(f"<tr>{self._row(r)}</tr>" for r in range(len(self.rows)))
        label = html.escape(self.caption, quote=True)
        return (
            f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table>'
            f"<caption>{label}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _align(self, column: int) -> str:
        return ' class="n"' if column in self.numeric else ""

    def _row(self, r: int) -> str:
        cells = []
        for i, text in enumerate(self.rows[r]):
            tone = (self.tones or {}).get((r, i), "")
            classes = " ".join(c for c in ("n" if i in self.numeric else "", tone) if c)
            attribute = f' class="{classes}"' if classes else ""
            cells.append(
                f'<th scope="row"{attribute}>{html.escape(text)}</th>'
                if i == 0
                else f"<td{attribute}>{html.escape(text)}</td>"
            )
        return "".join(cells)

    def __str__(self) -> str:
        """Aligned text, for a terminal and for the notebook's stored output."""
        rows = [self.columns, *self.rows]
        widths = [max(len(row[i]) for row in rows) for i in range(len(self.columns))]
        lines = [
            "  ".join(
                cell.rjust(widths[i]) if i in self.numeric else cell.ljust(widths[i])
                for i, cell in enumerate(row)
            ).rstrip()
            for row in rows
        ]
        return "\n".join([self.caption, *lines])

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": styled(self.html())}


def look_of(check: Check) -> tuple[str, str]:
    """Tone and words of a check's outcome."""
    return BLOCKED if check.passed is False and check.blocks_decision else MARKS[check.passed]


def sources(desk: Desk) -> Table:
    """What was read."""
    from cs_lib.data.contracts import TABLES

    rows = [(name, TABLES[name].grain, w.count(n)) for name, n in desk.rows.items()]
    caption = f"{desk.title}; known before {w.day(desk.observed_until)}, days in {desk.zone}"
    return Table(caption, ("Table", "What a row is", "Rows"), tuple(rows), (2,))


def remarks(desk: Desk) -> Table:
    """Caveats of the source and what was cleaned."""
    rows = [("Caveat", text) for text in desk.caveats] + [("Note", text) for text in desk.notes]
    rows = rows or [("None", "The source states no caveat and nothing was cleaned.")]
    return Table("What a reader must know about these data", ("Kind", "What"), tuple(rows))


def checks(result: PerkResult | FlowResult) -> Table:
    """Every trust check with its finding."""
    looks = [look_of(c) for c in result.checks]
    rows = tuple((c.name, look[1], c.finding) for c, look in zip(result.checks, looks, strict=True))
    tones = {(r, 1): look[0] for r, look in enumerate(looks)}
    return Table("Checks", ("Check", "Result", "What was found"), rows, tones=tones)


def effects(result: PerkResult | FlowResult) -> Table:
    """Every effect with interval, p, size and method."""
    secondary = set(result.study.measure.secondary)
    rows = []
    for e in result.effects():
        m = result.metrics[e.metric]
        label = m.label + (" (exploratory)" if e.metric in secondary else "")
        span = w.interval(e.effect_ci_low, e.effect_ci_high, m.unit, currency=result.currency)
        rows.append(
            (
                label,
                w.name(e.variant),
                w.level(e.control, m.unit, currency=result.currency),
                w.level(e.treatment, m.unit, currency=result.currency),
                w.change(e.effect, m.unit, currency=result.currency),
                f"{span} ({w.confidence(e.alpha)})",
                w.pvalue(e.pvalue),
                w.count(e.nobs),
            )
        )
    ends = ("Control", "Treatment") if isinstance(result, PerkResult) else ("Expected", "Observed")
    caption = (
        "All effects: treatment minus control"
        if isinstance(result, PerkResult)
        else "All effects: observed minus expected"
    )
    columns = ("Metric", "Variant", *ends, "Difference", "Interval", "p", "n")
    return Table(caption, columns, tuple(rows), (2, 3, 4, 5, 6, 7))


def methods(result: PerkResult | FlowResult) -> Table:
    """How each number was made: method, every option."""
    rows = []
    for e in result.effects():
        options = "; ".join(f"{w.name(k)} {_option(v)}" for k, v in e.details.items())
        df = "" if e.df == float("inf") else w.plain(e.df, 1)
        rows.append((result.metrics[e.metric].label, w.name(e.variant), e.method, df, options))
    columns = ("Metric", "Variant", "Method", "Degrees of freedom", "Options")
    return Table("How each effect was computed", columns, tuple(rows), (3,))


def _option(value: float | int | str) -> str:
    return w.significant(value) if isinstance(value, float) else str(value)


def definitions(result: PerkResult | FlowResult) -> Table:
    """What each metric counts, on whom, and what is left out."""
    rows = [
        (m.label, m.population, m.counted, m.denominator, m.censoring, m.source)
        for m in result.metrics.values()
    ]
    columns = ("Metric", "Population", "What is counted", "Per", "Censoring", "Source")
    return Table("Definitions", columns, tuple(rows))


def sizes(result: PerkResult) -> Table:
    """Assigned, observed and planned customers per variant."""
    study = result.study
    rows: Sequence[tuple[str, ...]] = [
        (
            w.name(v),
            w.percent(study.design.split[v], places=1)
            if v in study.design.split
            else "not planned",
            w.count(n),
            w.count(result.observed.get(v, 0)),
            w.count(study.rule.planned_n),
        )
        for v, n in result.assigned.items()
    ]
    columns = ("Variant", "Planned share", "Assigned", "Observed to the end", "Planned size")
    return Table(
        f"Customers by variant, assigned {w.days(*study.design.period)}",
        columns,
        tuple(rows),
        (1, 2, 3, 4),
    )


def economics(result: PerkResult) -> Table | Note:
    """What each variant costs and returns per offered customer."""
    found = [c.economics for c in result.comparisons if c.economics]
    if not found:
        return Note("No money is counted in this study, or the effect is withheld.")
    money = partial(w.money, currency=result.currency)
    lines: dict[str, Callable[[Economics], str]] = {
        "Extra margin per customer": lambda e: money(e.extra_margin, signed=True),
        "Extra cost per customer": lambda e: money(e.extra_cost, signed=True),
        "Return on cost": lambda e: _with_range(w.percent, e.roi, e.roi_low, e.roi_high),
        "Lift that would pay": lambda e: w.change(e.break_even_lift, "share"),
        "Cost per extra buyer": lambda e: _with_range(
            money, e.cost_per_extra_buyer, e.cost_per_extra_buyer_low, e.cost_per_extra_buyer_high
        ),
        "Spent in all": lambda e: money(e.spent),
        "May still be redeemed": lambda e: money(e.unused),
    }
    rows = tuple((name, *(words(e) for e in found)) for name, words in lines.items())
    days = result.study.money.window_days if result.study.money else 0
    columns = ("Measure", *(w.name(e.variant) for e in found))
    caption = f"Money in {w.counted(days, 'day')} after assignment, against control"
    caption += ", not adjusted for the past" if result.study.measure.covariates else ""
    return Table(caption, columns, rows, tuple(range(1, len(columns))))


def _with_range(words: Callable[[float], str], value: float, low: float, high: float) -> str:
    """A value with its interval; a dash where it cannot be told."""
    if not isfinite(value):
        return "–"
    if not (isfinite(low) and isfinite(high)):
        return f"{words(value)} (open)"
    return f"{words(value)} ({words(low)} to {words(high)})"


def sensitivity(result: FlowResult) -> Table:
    """The same change under other error models."""
    if result.change is None:
        return Table(
            "The same change under other error models",
            ("Error model", "Why none"),
            (("none", "withheld"),),
        )
    m = result.primary
    rows = tuple(
        (
            name,
            w.change(effect, m.unit, currency=result.currency),
            w.interval(low, high, m.unit, currency=result.currency),
        )
        for name, effect, low, high in result.change.sensitivity
    )
    caption = f"The same change under other error models; decided by {result.unit_choice}"
    return Table(caption, ("Error model", "Difference", "Interval"), rows, (1, 2))
