"""Tables of a perk test: sizes, money, other measures, segments, answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import isfinite

from cs_lib import wording as w
from cs_lib.experiment.nonresponse import Bounds
from cs_lib.experiment.perk import PerkResult
from cs_lib.experiment.perk_result import Otherwise
from cs_lib.experiment.returns import Economics
from cs_lib.metrics.definition import SurveyMetric
from cs_lib.report.figures_explain import nothing_to_split
from cs_lib.report.figures_perk import NO_MONEY
from cs_lib.report.note import Note, unasked, while_running, withheld
from cs_lib.report.table import Table
from cs_lib.results import Unit


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
        f"Customers by variant, assigned {w.days(*study.assigned_days)}",
        columns,
        tuple(rows),
        (1, 2, 3, 4),
    )


def economics(result: PerkResult) -> Table | Note:
    """What each variant costs and returns per offered customer."""
    found = [c.economics for c in result.comparisons if c.economics]
    if not found:
        if result.study.money is None:
            return unasked("money (the block `money`); only behaviour counts")
        return Note(NO_MONEY) if result.comparisons else withheld(result.decision)
    money = partial(w.money, currency=result.currency)
    lines: dict[str, Callable[[Economics], str]] = {
        "Extra margin per customer": lambda e: money(e.extra_margin, signed=True),
        "Extra cost per customer": lambda e: money(e.extra_cost, signed=True),
        "Return on cost": lambda e: _with_range(w.percent, e.roi, e.roi_low, e.roi_high),
        "Lift that would pay": lambda e: _told(lambda v: w.change(v, "share"), e.break_even_lift),
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


def _told(words: Callable[[float], str], value: float) -> str:
    """A value, or a dash where it cannot be told."""
    return words(value) if isfinite(value) else "–"


def _with_range(words: Callable[[float], str], value: float, low: float, high: float) -> str:
    """A value with its interval; a dash where it cannot be told."""
    if not isfinite(value):
        return "–"
    if not (isfinite(low) and isfinite(high)):
        return f"{words(value)} (open)"
    return f"{words(value)} ({words(low)} to {words(high)})"


def otherwise(result: PerkResult) -> Table | Note:
    """The deciding effects measured in other ways: they explain, and never decide."""
    if not result.comparisons:
        return withheld(result.decision)
    if result.running:
        return while_running()
    rows = [
        (row.name, result.metrics[row.metric].label, w.name(c.variant), *_measured(row, result))
        for c in result.comparisons
        for row in c.explained.otherwise
    ]
    if not rows:
        return unasked("other measures of the same effect")
    columns = ("Measure", "Metric", "Variant", "Difference", "Interval")
    return Table("The same effect, measured in other ways", columns, tuple(rows), (3, 4))


def _measured(row: Otherwise, result: PerkResult) -> tuple[str, str]:
    """The difference with its interval, or why there is none."""
    if row.effect is None:
        label = result.metrics[row.metric].label
        return "–", row.reason.partition(": ")[2] or row.reason.replace(row.metric, label)
    e, unit = row.effect, result.metrics[row.metric].unit
    if row.relative:
        low, high = (w.rise(v) for v in (e.effect_ci_low, e.effect_ci_high))
        return w.rise(e.effect), f"{low} to {high}"
    span = w.interval(e.effect_ci_low, e.effect_ci_high, unit, currency=result.currency)
    return w.change(e.effect, unit, currency=result.currency), span


def segments(result: PerkResult) -> Table | Note:
    """Every variant's effect in every segment, as measured and drawn together."""
    if not result.study.measure.segments:
        return unasked("effects by segment (measure.segments)")
    if not result.comparisons:
        return withheld(result.decision)
    if result.running:
        return while_running()
    unit, rows = result.primary.unit, []
    for c in result.comparisons:
        for column, split in c.explained.segments.items():
            for part, e in split.effects.items():
                span = w.interval(e.effect_ci_low, e.effect_ci_high, unit, currency=result.currency)
                drawn = w.change(split.shrunk[part].effect, unit, currency=result.currency)
                moved = w.change(e.effect, unit, currency=result.currency)
                rows.append(
                    (f"{w.name(column)}: {w.name(part)}", w.name(c.variant), w.count(e.nobs), moved, span,
                     w.pvalue(e.pvalue), drawn)
                )  # fmt: skip
            rows += [
                (f"{w.name(column)}: {w.name(part)}", w.name(c.variant), "–", "–", why.partition(": ")[2], "–", "–")
                for part, why in split.left_out.items()
            ]  # fmt: skip
    if not rows:
        return Note(nothing_to_split(result.comparisons))
    columns = ("Segment", "Variant", "n", "As measured", "Interval", "p (BH)", "Drawn together")
    caption = f"{result.primary.label} by segment; exploratory"
    return Table(caption, columns, tuple(rows), (2, 3, 4, 5, 6))


def answers(result: PerkResult) -> Table | Note:
    """Who answered, what they said, and the bounds for those who did not."""
    found = [(c.variant, c.explained.survey) for c in result.comparisons if c.explained.survey]
    if not found:
        if isinstance(result.primary, SurveyMetric):
            return withheld(result.decision)
        return unasked("a survey score as the metric that decides")
    unit = result.primary.unit
    rows = []
    for arm, survey in found:
        response, answered = survey.response, survey.complete_case
        rows += [
            ("Share who answered", w.name(arm), *_row(response.effect, response.effect_ci_low, response.effect_ci_high,
                                                     "share"), w.count(response.nobs)),
            ("Score of those who answered", w.name(arm), *_row(answered.effect, answered.effect_ci_low,
                                                               answered.effect_ci_high, unit), w.count(answered.nobs)),
            *((label, w.name(arm), *_bound(b, unit), "–") for label, b in
              (("Bounds for silence (Lee)", survey.lee), ("Worst case", survey.worst_case))),
        ]  # fmt: skip
    columns = ("Measure", "Variant", "Difference", "Interval", "n")
    return Table("Answers, and what silence could hide", columns, tuple(rows), (2, 3, 4))


def _row(value: float, low: float, high: float, unit: Unit) -> tuple[str, str]:
    return w.change(value, unit), w.interval(low, high, unit)


def _bound(bounds: Bounds, unit: Unit) -> tuple[str, str]:
    return w.interval(bounds.low, bounds.high, unit), w.interval(
        bounds.ci_low, bounds.ci_high, unit
    )
