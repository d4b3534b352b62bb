"""Figures beside a perk's effect: for whom, since when, and how far silence could move it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import nan

from cs_lib import wording as w
from cs_lib.experiment.perk_ab_test.analyze import PerkResult
from cs_lib.experiment.perk_ab_test.result import Comparison
from cs_lib.experiment.perk_ab_test.trust import MIN_STEADY_EFFECT_P
from cs_lib.language import say
from cs_lib.methods.ab.segments import Segments
from cs_lib.methods.ab.surveys import SurveyEffect
from cs_lib.metrics.definition import SurveyMetric
from cs_lib.report.drawing import forest as p
from cs_lib.report.drawing.figure import Figure, figure
from cs_lib.report.effects import factor, forest, row_of, tick, unit_words
from cs_lib.report.note import Note, unasked, while_running, withheld
from cs_lib.results import Effect, to_frame

# Below this p of the interaction segments are said to differ.
INTERACTION_LEVEL = 0.05


def segments(result: PerkResult) -> Figure | Note:
    """The effect by segment, drawn together as far as noise explains their spread."""
    if not result.study.measure.segments:
        return unasked(say("effects by segment (measure.segments)"))
    if not result.comparisons:
        return withheld(result.decision)
    if result.running:
        return while_running()
    best = result.best
    splits = best.explained.segments
    if not splits:
        return Note(nothing_to_split([best]))
    several = len(splits) > 1
    labels, effects = [], []
    for column, split in splits.items():
        for part, effect in split.shrunk.items():
            labels.append(f"{w.name(column)}: {w.name(part)}" if several else w.name(part))
            effects.append(effect)
    return forest(
        "segments",
        effects,
        result.primary,
        title=_segments_title(best.variant, splits),
        caption=_against(best.variant, result),
        min_effect=result.study.rule.min_effect,
        more=_segments_more(splits),
        labels=labels,
    )


def differ(result: PerkResult) -> bool:
    """Whether some segments of the best variant are said to differ."""
    splits = result.best.explained.segments if result.comparisons else {}
    return any(s.interaction.pvalue < INTERACTION_LEVEL for s in splits.values())


def nothing_to_split(comparisons: Sequence[Comparison]) -> str:
    """Why there is no effect by segment, in a sentence."""
    columns = dict.fromkeys(
        w.name(c) for comparison in comparisons for c in comparison.explained.not_split
    )
    if not columns:
        return say(
            "No effect can be given: fewer than two segments have enough customers in both variants."
        )
    return say(
        "No effect by {columns} can be given: fewer than two segments have enough customers in "
        "both variants.",
        columns=w.listed(list(columns)),
    )


def _segments_title(arm: str, splits: dict[str, Segments]) -> str:
    who = w.capital(w.name(arm))
    differ = [w.name(c) for c, s in splits.items() if s.interaction.pvalue < INTERACTION_LEVEL]
    if not differ:
        return say("{who}: no sign that it works differently for different customers", who=who)
    return say("{who}: the effect differs by {differ}", who=who, differ=w.listed(differ))


def _against(arm: str, result: PerkResult) -> str:
    return say(
        "{label}, {variant} against {control}, with {alpha} interval.",
        label=result.primary.label,
        variant=w.name(arm),
        control=w.name(result.study.design.control),
        alpha=w.confidence(result.study.rule.alpha),
    )


def _segments_more(splits: dict[str, Segments]) -> str:
    tests = [f"{w.name(c)} {w.stated(s.interaction.pvalue)}" for c, s in splits.items()]
    return say(
        "Each effect is drawn towards the mean of its group as far as noise explains the "
        "differences. Do the effects differ? {tests}.",
        tests=w.listed(tests),
    )


def over_time(result: PerkResult) -> Figure | Note:
    """The effect on early and late customers."""
    if not result.comparisons:
        return withheld(result.decision)
    best = result.best
    stretches = best.explained.stretches
    if result.study.design.cluster or isinstance(result.primary, SurveyMetric):
        return unasked(say("the effect by stretch of the period, which needs single customers"))
    if result.running:
        return while_running()
    if stretches is None:
        return Note(
            say(
                "The effect by stretch of the period cannot be given: too few customers, or "
                "all are alike."
            )
        )
    steady = stretches.interaction.pvalue >= MIN_STEADY_EFFECT_P
    who = w.capital(w.name(best.variant))
    title = (
        say("{who}: no clear difference between early and late customers", who=who)
        if steady
        else say("{who}: the effect changes over the period", who=who)
    )
    return forest(
        "over-time",
        list(stretches.effects.values()),
        result.primary,
        title=title,
        caption=_against(best.variant, result),
        min_effect=result.study.rule.min_effect,
        more=say(
            "By day of assignment. Do the effects differ? {tests}.",
            tests=w.stated(stretches.interaction.pvalue),
        ),
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
        return unasked(
            say("the effect by days since assignment, which needs a metric with windows")
        )
    metric = result.primary
    first, last = effects[0], effects[-1]
    windows = [result.metrics[e.metric].window_days for e in effects]
    moves = [w.change(e.effect, metric.quantity) for e in (first, last)]
    title = say(
        "{variant}: {first_effect} after {first_window}, {last_effect} after {last_window}",
        variant=w.capital(w.name(best.variant)),
        first_effect=moves[0],
        first_window=w.counted(windows[0], "day"),
        last_effect=moves[1],
        last_window=w.counted(windows[-1], "day"),
    )
    return forest(
        "since-assignment",
        effects,
        metric,
        title=title,
        caption=_against(best.variant, result),
        min_effect=0.0,
        more=_windows_more(result),
        labels=[say("Within {days}", days=w.counted(days, "day")) for days in windows],
    )


def _windows_more(result: PerkResult) -> str:
    if result.study.measure.covariates:
        return say(
            "The same outcome counted over longer and longer windows. The last window is that of the "
            "decision; here without adjusting for the past."
        )
    return say(
        "The same outcome counted over longer and longer windows. The last window is that of the "
        "decision."
    )


def silence(result: PerkResult) -> Figure | Note:
    """A survey score as answered, and how far those who did not answer could move it."""
    surveys = {c.variant: c.explained.survey for c in result.comparisons if c.explained.survey}
    if not surveys:
        if isinstance(result.primary, SurveyMetric):
            return withheld(result.decision)
        return unasked(say("a survey score as the metric that decides"))
    best = result.best
    survey = best.explained.survey
    assert survey is not None
    rows = _silence_rows(survey, result)
    metric = result.primary
    span = p.span_of(
        rows,
        band=result.study.rule.min_effect * factor(metric),
        unit=unit_words(metric),
        tick=tick,
    )
    open_ = survey.lee.ci_low <= 0 <= survey.lee.ci_high
    title = (
        say("Silence could explain the difference")
        if open_
        else say("Silence does not explain the difference")
    )
    return figure(
        "silence",
        title=title,
        caption=_against(best.variant, result),
        more=say(
            "The bounds set aside answers of the variant that answers more, from the top for one end "
            "and from the bottom for the other (Lee)."
        ),
        alt=f"{title}. " + " ".join(f"{r.label}: {r.text}." for r in rows),
        data=to_frame([survey.lee, survey.worst_case]),
        wide=p.forest_wide(rows, span, band_label=say("too small to act on")),
        narrow=p.forest_narrow(rows, span, band_label=say("too small to act on")),
        height=p.wide_height(rows),
        narrow_height=p.narrow_height(rows),
    )


def _silence_rows(survey: SurveyEffect, result: PerkResult) -> list[p.Row]:
    answered: Effect = survey.complete_case
    rows = [row_of(answered, result.primary, label=say("Those who answered"))]
    b = survey.lee
    bare = w.ends(b.ci_low, b.ci_high, result.primary.quantity)
    strong = not b.ci_low <= 0 <= b.ci_high
    rows.append(
        p.Row(
            say("Allowing for silence"),
            say("bounds"),
            nan,
            b.ci_low,
            b.ci_high,
            f"({bare})",
            strong,
        )
    )
    return rows
