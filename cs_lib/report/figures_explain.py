"""Figures beside a perk's effect: for whom, since when, and how far silence could move it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import nan

from cs_lib import wording as w
from cs_lib.experiment.nonresponse import SurveyEffect
from cs_lib.experiment.perk import PerkResult
from cs_lib.experiment.perk_result import Comparison
from cs_lib.experiment.perk_trust import UNSTEADY
from cs_lib.experiment.segments import Segments
from cs_lib.metrics.definition import SurveyMetric
from cs_lib.report import painters as p
from cs_lib.report.figure import Figure, figure
from cs_lib.report.forests import factor, forest, row_of, tick, unit_words
from cs_lib.report.note import Note, unasked, while_running, withheld
from cs_lib.results import Effect, to_frame

DIFFER = 0.05  # p of the interaction below which segments are said to differ


def segments(result: PerkResult) -> Figure | Note:
    """The effect by segment, drawn together as far as noise explains their spread."""
    if not result.study.measure.segments:
        return unasked("effects by segment (measure.segments)")
    if not result.comparisons:
        return withheld(result.decision)
    if result.running:
        return while_running()
    best = result.best
    found = best.explained.segments
    if not found:
        return Note(nothing_to_split([best]))
    several = len(found) > 1
    labels, effects = [], []
    for column, split in found.items():
        for part, effect in split.shrunk.items():
            labels.append(f"{w.name(column)}: {w.name(part)}" if several else w.name(part))
            effects.append(effect)
    return forest(
        "segments",
        effects,
        result.primary,
        title=_segments_title(best.variant, found),
        caption=_segments_caption(best.variant, found, result),
        min_effect=result.study.rule.min_effect,
        currency=result.currency,
        labels=labels,
    )


def nothing_to_split(comparisons: Sequence[Comparison]) -> str:
    """Why there is no effect by segment, in a sentence."""
    columns = dict.fromkeys(w.name(c) for found in comparisons for c in found.explained.not_split)
    by = f" by {w.listed(list(columns))}" if columns else ""
    return f"No effect{by} can be given: fewer than two segments have enough customers in both variants."


def _segments_title(arm: str, found: dict[str, Segments]) -> str:
    who = w.sentence(w.name(arm)).rstrip(".")
    differ = [w.name(c) for c, s in found.items() if s.interaction.pvalue < DIFFER]
    if not differ:
        return f"{who}: no sign that it works differently for different customers"
    return f"{who}: the effect differs by {w.listed(differ)}"


def _segments_caption(arm: str, found: dict[str, Segments], result: PerkResult) -> str:
    tests = [f"{w.name(c)} {w.stated(s.interaction.pvalue)}" for c, s in found.items()]
    return (
        f"{result.primary.label}, {w.name(arm)} against {w.name(result.study.design.control)}. Each effect is"
        " drawn towards the mean of its group as far as noise explains the differences, with"
        f" {w.confidence(result.study.rule.alpha)} interval. Do the effects differ? {w.listed(tests)}."
    )


def over_time(result: PerkResult) -> Figure | Note:
    """The effect on early and late customers."""
    if not result.comparisons:
        return withheld(result.decision)
    best = result.best
    stretches = best.explained.stretches
    if result.study.design.cluster or isinstance(result.primary, SurveyMetric):
        return unasked("the effect by stretch of the period, which needs single customers")
    if result.running:
        return while_running()
    if stretches is None:
        return Note(
            "The effect by stretch of the period cannot be given: too few customers, or all are alike."
        )
    steady = stretches.interaction.pvalue >= UNSTEADY
    who = w.sentence(w.name(best.variant)).rstrip(".")
    title = (
        f"{who}: no clear difference between early and late customers"
        if steady
        else f"{who}: the effect changes over the period"
    )
    caption = (
        f"{result.primary.label}, {w.name(best.variant)} against {w.name(result.study.design.control)}, by"
        f" day of assignment, with {w.confidence(result.study.rule.alpha)} interval. Do they differ?"
        f" {w.stated(stretches.interaction.pvalue)}."
    )
    return forest(
        "over-time",
        list(stretches.effects.values()),
        result.primary,
        title=title,
        caption=caption,
        min_effect=result.study.rule.min_effect,
        currency=result.currency,
        labels=[_stretch(part) for part in stretches.effects],
    )


def _stretch(part: str) -> str:
    first, last = (date.fromisoformat(day) for day in part.split("/"))
    return w.short_days(first, last)


def since_assignment(result: PerkResult) -> Figure | Note:
    """The effect as the window grows: whether it comes at once, and whether it lasts."""
    if not result.comparisons:
        return withheld(result.decision)
    best = result.best
    effects = best.explained.sooner
    if effects and result.running:
        return while_running()
    if not effects:
        return unasked("the effect by days since assignment, which needs a metric with windows")
    metric = result.primary
    first, last = effects[0], effects[-1]
    windows = [result.metrics[e.metric].window_days for e in effects]
    moves = [w.change(e.effect, metric.unit, currency=result.currency) for e in (first, last)]
    title = (
        f"{w.sentence(w.name(best.variant)).rstrip('.')}: {moves[0]} after"
        f" {w.counted(windows[0], 'day')}, {moves[1]} after {w.counted(windows[-1], 'day')}"
    )
    past = "; here without adjusting for the past" if result.study.measure.covariates else ""
    caption = (
        f"{w.sentence(w.name(best.variant)).rstrip('.')} against {w.name(result.study.design.control)}, the same"
        f" outcome counted over longer and longer windows, with {w.confidence(result.study.rule.alpha)} interval."
        f" The last window is that of the decision{past}."
    )
    return forest(
        "since-assignment",
        effects,
        metric,
        title=title,
        caption=caption,
        min_effect=0.0,
        currency=result.currency,
        labels=[f"Within {w.counted(days, 'day')}" for days in windows],
    )


def silence(result: PerkResult) -> Figure | Note:
    """A survey score as answered, and how far those who did not answer could move it."""
    surveys = {c.variant: c.explained.survey for c in result.comparisons if c.explained.survey}
    if not surveys:
        if isinstance(result.primary, SurveyMetric):
            return withheld(result.decision)
        return unasked("a survey score as the metric that decides")
    best = result.best
    survey = best.explained.survey
    assert survey is not None
    rows = _silence_rows(survey, result)
    metric = result.primary
    span = p.span_of(
        rows,
        band=result.study.rule.min_effect * factor(metric),
        unit=unit_words(metric, result.currency),
        tick=tick,
    )
    open_ = survey.lee.ci_low <= 0 <= survey.lee.ci_high
    title = (
        "Silence could explain the difference"
        if open_
        else "Silence does not explain the difference"
    )
    caption = (
        f"{metric.label}, {w.name(best.variant)} against {w.name(result.study.design.control)}. The bounds"
        " set aside answers of the variant that answers more, from the top for one end and from the bottom for"
        f" the other (Lee). With {w.confidence(survey.lee.alpha)} interval."
    )
    return figure(
        "silence",
        title=title,
        caption=caption,
        alt=f"{title}. " + " ".join(f"{r.label}: {r.text}." for r in rows),
        data=to_frame([survey.lee, survey.worst_case]),
        wide=p.forest_wide(rows, span, band_label="too small to act on"),
        narrow=p.forest_narrow(rows, span, band_label="too small to act on"),
        height=p.FOREST_MARGIN + 40 * len(rows),
        narrow_height=p.narrow_height(rows),
    )


def _silence_rows(survey: SurveyEffect, result: PerkResult) -> list[p.Row]:
    answered: Effect = survey.complete_case
    rows = [row_of(answered, result.primary, label="Those who answered", currency=result.currency)]
    b = survey.lee
    text = w.interval(b.ci_low, b.ci_high, result.primary.unit, currency=result.currency)
    bare = text.removesuffix(f" {w.WORDS.get(result.primary.unit, '')}".rstrip())
    strong = not b.ci_low <= 0 <= b.ci_high
    rows.append(
        p.Row("Allowing for silence", "bounds", nan, b.ci_low, b.ci_high, f"({bare})", strong)
    )
    return rows
