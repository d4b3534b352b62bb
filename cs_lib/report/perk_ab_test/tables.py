"""Tables of a perk test: sizes, money, other measures, segments, answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import isfinite

from cs_lib import wording as w
from cs_lib.experiment.perk_ab_test.analyze import PerkResult
from cs_lib.experiment.perk_ab_test.result import Otherwise
from cs_lib.language import say
from cs_lib.method_titles import MEASURES
from cs_lib.methods.ab.economics import Economics
from cs_lib.methods.ab.surveys import Bounds
from cs_lib.metrics.definition import SurveyMetric
from cs_lib.quantity import Unit
from cs_lib.report.figures import OUTCOMES
from cs_lib.report.note import Note, unasked, while_running, withheld
from cs_lib.report.perk_ab_test.explain import nothing_to_split
from cs_lib.report.perk_ab_test.figures import NO_MONEY
from cs_lib.report.table import Table
from cs_lib.sentences import Sentence, Text


def sizes(result: PerkResult) -> Table:
    """Assigned, observed and planned customers per variant."""
    study = result.study
    rows: Sequence[tuple[str, ...]] = [
        (
            w.name(v),
            w.percent(study.design.split[v], places=1)
            if v in study.design.split
            else say("not planned"),
            w.count(n),
            w.count(result.observed.get(v, 0)),
            w.count(study.rule.size) if study.rule.size else say("not planned"),
        )
        for v, n in result.assigned.items()
    ]
    columns = (
        say("Variant"),
        say("Planned share"),
        say("Assigned"),
        say("Observed to the end"),
        say("Planned size"),
    )
    return Table(
        say("Customers by variant, assigned {days}", days=w.days(*study.assigned_days))
        if study.design.period
        else say("Customers by variant"),
        columns,
        tuple(rows),
        (1, 2, 3, 4),
    )


def economics(result: PerkResult) -> Table | Note:
    """What each variant costs and returns per offered customer."""
    # Where no net value can be told, the zeros behind it are absent amounts, not amounts.
    per_variant = [c.economics for c in result.comparisons if c.economics and c.net_value]
    if not per_variant:
        if result.study.money is None:
            return unasked(say("money (the block `money`); only behaviour counts"))
        return Note(say(NO_MONEY)) if result.comparisons else withheld(result.decision)
    money = partial(w.level, of=result.money)
    lines: dict[str, Callable[[Economics], str]] = {
        say("Extra margin per customer"): lambda e: w.change(e.extra_margin, result.money),
        say("Extra cost per customer"): lambda e: w.change(e.extra_cost, result.money),
        say("Return on cost"): lambda e: _with_range(w.percent, e.roi, e.roi_low, e.roi_high),
        say("Standard error of the return"): lambda e: _told(w.percent, e.roi_se),
        say("Lift that would pay"): lambda e: _told(
            lambda v: w.change(v, "share"), e.break_even_lift
        ),
        say("Cost per extra buyer"): lambda e: _with_range(
            money, e.cost_per_extra_buyer, e.cost_per_extra_buyer_low, e.cost_per_extra_buyer_high
        ),
        say("Cost per customer who used it"): lambda e: _with_range(
            money, e.cost_per_user, e.cost_per_user_low, e.cost_per_user_high
        ),
        say("Spent in all"): lambda e: money(e.spent),
        say("May still be redeemed"): lambda e: money(e.unused),
    }
    rows = tuple((name, *(words(e) for e in per_variant)) for name, words in lines.items())
    days = result.study.money.window_days if result.study.money else 0
    columns = (say("Measure"), *(w.name(e.variant) for e in per_variant))
    caption = say("Money in {days} after assignment, against control", days=w.counted(days, "day"))
    if result.study.measure.covariates:
        caption = f"{caption}, {say('not adjusted for the past')}"
    return Table(caption, columns, rows, tuple(range(1, len(columns))))


def _told(words: Callable[[float], str], value: float) -> str:
    """A value, or a dash where it cannot be told."""
    return words(value) if isfinite(value) else "–"


def _with_range(words: Callable[[float], str], value: float, low: float, high: float) -> str:
    """A value with its interval; a dash where it cannot be told."""
    if not isfinite(value):
        return "–"
    if not (isfinite(low) and isfinite(high)):
        return say("{value} (open)", value=words(value))
    return say("{value} ({low} to {high})", value=words(value), low=words(low), high=words(high))


def otherwise(result: PerkResult) -> Table | Note:
    """The deciding effects measured in other ways: they explain, and never decide."""
    if not result.comparisons:
        return withheld(result.decision)
    if result.running:
        return while_running()
    rows = [
        (
            say(MEASURES[row.name]),
            result.metrics[row.metric].label,
            w.name(c.variant),
            *_measured(row, result),
        )
        for c in result.comparisons
        for row in c.explained.otherwise
    ]
    if not rows:
        return unasked(say("other measures of the same effect"))
    columns = (say("Measure"), say("Metric"), say("Variant"), say("Difference"), say("Interval"))
    return Table(say("The same effect, measured in other ways"), columns, tuple(rows), (3, 4))


def _measured(row: Otherwise, result: PerkResult) -> tuple[str, str]:
    """The difference with its interval, or why there is none."""
    if row.effect is None:
        label = result.metrics[row.metric].label
        return "–", _reason(row.reason, row.metric, label)
    e, of = row.effect, result.metrics[row.metric].quantity
    if row.relative:
        low, high = (w.rise(v) for v in (e.effect_ci_low, e.effect_ci_high))
        return w.rise(e.effect), say("{low} to {high}", low=low, high=high)
    span = w.interval(e.effect_ci_low, e.effect_ci_high, of)
    return w.change(e.effect, of), span


def _reason(why: Text, metric: str, label: str) -> str:
    """Why there is no effect, with the metric's label in place of its code."""
    return str(why.with_words({}, {metric: label}) if isinstance(why, Sentence) else why)


def segment_effects(result: PerkResult) -> Table | Note:
    """Every variant's effect in every segment, as measured and drawn together."""
    if not result.study.measure.segments:
        return unasked(say("effects by segment (measure.segments)"))
    if not result.comparisons:
        return withheld(result.decision)
    if result.running:
        return while_running()
    of, rows = result.primary.quantity, []
    for c in result.comparisons:
        for column, split in c.explained.segments.items():
            for part, e in split.effects.items():
                span = w.interval(e.effect_ci_low, e.effect_ci_high, of)
                drawn = w.change(split.shrunk[part].effect, of)
                moved = w.change(e.effect, of)
                rows.append(
                    (f"{w.name(column)}: {w.name(part)}", w.name(c.variant), w.count(e.nobs), moved, span,
                     w.pvalue(e.pvalue), drawn)
                )  # fmt: skip
            e = split.pooled
            span = w.interval(e.effect_ci_low, e.effect_ci_high, of)
            rows.append(
                (say("{column}: mean of all, random effects", column=w.name(column)), w.name(c.variant),
                 w.count(e.nobs), w.change(e.effect, of), span, w.pvalue(e.pvalue), "–")
            )  # fmt: skip
            rows += [
                (f"{w.name(column)}: {w.name(part)}", w.name(c.variant), "–", "–",
                 _reason(why, result.primary.name, result.primary.label), "–", "–")
                for part, why in split.left_out.items()
            ]  # fmt: skip
    if not rows:
        return Note(nothing_to_split(result.comparisons))
    columns = (
        say("Segment"),
        say("Variant"),
        "n",
        say("As measured"),
        say("Interval"),
        say("p (BH)"),
        say("Drawn together"),
    )
    caption = say("{label} by segment; exploratory", label=result.primary.label)
    return Table(caption, columns, tuple(rows), (2, 3, 4, 5, 6))


def guardrail_tests(result: PerkResult) -> Table | Note:
    """Every guardrail against its margin: how unlikely what was seen would be, were the loss that large."""
    if not result.comparisons:
        return withheld(result.decision)
    if not result.rails:
        return unasked(say("guardrails (measure.guardrails)"))
    rows = []
    for rail in result.rails:
        e, of = rail.effect, result.metrics[rail.metric].quantity
        rows.append(
            (
                result.metrics[rail.metric].label,
                w.name(e.variant),
                w.size(rail.margin, of),
                w.change(e.effect, of),
                w.interval(e.effect_ci_low, e.effect_ci_high, of),
                "–" if rail.pvalue is None or result.unpaid(e) else w.pvalue(rail.pvalue),
                say(OUTCOMES[rail.outcome]),
            )
        )
    columns = (
        say("Guardrail"),
        say("Variant"),
        say("Margin"),
        say("Difference"),
        say("Interval"),
        say("p (one-sided)"),
        say("Result"),
    )
    caption = say("Guardrails against a loss as large as the margin; below 2.5 % it is ruled out")
    return Table(caption, columns, tuple(rows), (2, 3, 4, 5))


def answers(result: PerkResult) -> Table | Note:
    """Who answered, what they said, and the bounds for those who did not."""
    surveys = [(c.variant, c.explained.survey) for c in result.comparisons if c.explained.survey]
    if not surveys:
        if isinstance(result.primary, SurveyMetric):
            return withheld(result.decision)
        return unasked(say("a survey score as the metric that decides"))
    unit = result.primary.unit
    rows = []
    for arm, survey in surveys:
        response, answered = survey.response, survey.complete_case
        rows += [
            (
                say("Share who answered"),
                w.name(arm),
                *_row(response.effect, response.effect_ci_low, response.effect_ci_high, "share"),
                w.count(response.nobs),
            ),
            (
                say("Score of those who answered"),
                w.name(arm),
                *_row(answered.effect, answered.effect_ci_low, answered.effect_ci_high, unit),
                w.count(answered.nobs),
            ),
            *(
                (label, w.name(arm), *_bound(b, unit), "–")
                for label, b in (
                    (say("Bounds for silence (Lee)"), survey.lee),
                    (say("Worst case"), survey.worst_case),
                )
            ),
        ]
    columns = (say("Measure"), say("Variant"), say("Difference"), say("Interval"), "n")
    return Table(say("Answers, and what silence could hide"), columns, tuple(rows), (2, 3, 4))


def _row(value: float, low: float, high: float, unit: Unit) -> tuple[str, str]:
    return w.change(value, unit), w.interval(low, high, unit)


def _bound(bounds: Bounds, unit: Unit) -> tuple[str, str]:
    return w.interval(bounds.low, bounds.high, unit), w.interval(
        bounds.ci_low, bounds.ci_high, unit
    )
