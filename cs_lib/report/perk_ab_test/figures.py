"""Figures of a perk test: behaviour, money, looks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from cs_lib import wording as w
from cs_lib.experiment.perk_ab_test.analyze import Comparison, PerkResult
from cs_lib.language import later, say
from cs_lib.methods.sequential.looks import LookResult
from cs_lib.metrics import Metric
from cs_lib.report.drawing import looks as p
from cs_lib.report.drawing.figure import Figure, figure
from cs_lib.report.effects import factor, forest, tick, unit_words
from cs_lib.report.note import Note, unasked, withheld
from cs_lib.results import Effect, to_frame

if TYPE_CHECKING:
    import pandas as pd


NO_MONEY = later(
    "Whether it pays cannot be told: nobody has been followed that long yet, or "
    "all are worth the same."
)


def behaviour(result: PerkResult) -> Figure | Note:
    """The primary metric by variant."""
    if not result.comparisons:
        return withheld(result.decision)
    metric, study = result.primary, result.study
    effects = [c.primary for c in result.comparisons]
    best = max(effects, key=lambda e: e.effect if metric.good == "up" else -e.effect)
    caption = say(
        "{label}: difference to {control}, by assignment, with {confidences}. Assigned {days}.",
        label=metric.label,
        control=w.name(study.design.control),
        confidences=w.confidences(e.alpha for e in effects),
        days=w.days(*study.assigned_days),
    )
    return forest(
        "behaviour",
        effects,
        metric,
        title=_title(best, metric, result),
        caption=caption,
        min_effect=study.rule.min_effect,
    )


def _title(effect: Effect, metric: Metric, result: PerkResult) -> str:
    who = w.capital(w.name(effect.variant))
    if effect.effect_ci_low <= 0 <= effect.effect_ci_high:
        return say("{who}: no clear difference", who=who)
    moved = w.change(effect.effect, metric.quantity)
    worth = w.size(result.study.rule.min_effect, metric.quantity)
    return say(
        "{who}: {moved}; {worth} would be worth acting on", who=who, moved=moved, worth=worth
    )


def net_value(result: PerkResult) -> Figure | Note:
    """Money per offered customer, by variant."""
    if not result.comparisons:
        return withheld(result.decision)
    effects = [c.net_value for c in result.comparisons if c.net_value]
    if not effects:
        if result.study.money is None:
            return unasked(say("money (the block `money`); only behaviour counts"))
        return Note(say(NO_MONEY))
    metric = result.metrics[effects[0].metric]
    caption = say(
        "{label}, difference to {control}: {counted}. With {confidences}.",
        label=metric.label,
        control=w.name(result.study.design.control),
        counted=say(metric.counted),
        confidences=w.confidences(e.alpha for e in effects),
    )
    return forest(
        "net-value",
        effects,
        metric,
        title=_money_title(result.comparisons),
        caption=caption,
        min_effect=0.0,
    )


def _money_title(comparisons: tuple[Comparison, ...]) -> str:
    pays = [c.variant for c in comparisons if c.net_value and c.net_value.effect_ci_low > 0]
    loses = [c.variant for c in comparisons if c.net_value and c.net_value.effect_ci_high < 0]
    undecided = [c.variant for c in comparisons if c.variant not in pays + loses]
    parts = [
        text
        for names, text in (
            (pays, say("{pays} pays for itself", pays=_names(pays))),
            (loses, say("{loses} loses money", loses=_names(loses))),
            (undecided, say("whether {open} pays is open", open=_names(undecided))),
        )
        if names
    ]
    return w.capital("; ".join(parts))


def _names(variants: Sequence[str]) -> str:
    return w.listed([w.name(v) for v in variants])


def looks(result: PerkResult) -> Figure | Note:
    """The evidence at each planned look against the line drawn before the test began."""
    if result.comparisons and result.courses:
        return _running(result)
    if result.study.looks is not None and not result.comparisons:
        return withheld(result.decision)
    if not result.monitoring:
        return Note(say("One look was planned, at the planned size; there is no boundary to draw."))
    comparison = next((c for c in result.comparisons if c.look), result.comparisons[0])
    monitoring = result.monitoring[comparison.variant]
    days = [look.as_of for look in monitoring.looks]
    decided = comparison.decision.verdict != "keep_running" and comparison.look is not None
    data = p.LooksChart(
        label=w.name(comparison.variant),
        n=np.array([look.n for look in monitoring.looks], dtype=float),
        z=np.array([look.z for look in monitoring.looks]),
        upper=np.array([look.upper for look in monitoring.looks]),
        lower=np.array([look.lower for look in monitoring.looks]),
        decided=days.index(comparison.look) if decided and comparison.look else None,
    )
    title = (
        say("Look {decided} decides", decided=w.count(data.decided + 1))
        if data.decided is not None
        else say("After {days} the evidence does not decide yet", days=w.counted(len(days), "look"))
    )
    words = (say("{label} better", label=data.label), say("{label} worse", label=data.label))
    unit = say("customers observed to the end of their window")
    return figure(
        "looks",
        title=title,
        caption=_looks_caption(result, monitoring.alpha),
        alt=f"{title}. {_looks_spoken(monitoring.looks)}",
        data=monitoring.to_frame(),
        wide=p.boundary(data, words=words, unit=unit, narrow=False),
        narrow=p.boundary(data, words=words, unit=unit, narrow=True),
        height=320,
        narrow_height=300,
    )


def _looks_caption(result: PerkResult, alpha: float) -> str:
    return say(
        "Standardised difference in {lower} at each look; dashed: the line to cross, "
        "{alpha} error over all looks. Every run takes all looks anew.",
        lower=result.primary.label.lower(),
        alpha=w.percent(alpha, places=0),
    )


def _looks_spoken(looks: Sequence[LookResult]) -> str:
    """The evidence of every look in words."""
    each = [
        say(
            "look {i} on {as_of}: {z} against {upper}",
            i=w.count(i + 1),
            as_of=w.day(look.as_of),
            z=w.plain(look.z, 2),
            upper=w.plain(look.upper, 2),
        )
        for i, look in enumerate(looks)
    ]
    return str(w.sentence("; ".join(each)))


def _running(result: PerkResult) -> Figure:
    """The running interval of a test without an end date."""
    comparison = next((c for c in result.comparisons if c.look), result.comparisons[0])
    course, metric = result.courses[comparison.variant], result.primary
    effects = course.primary
    decided = comparison.decision.verdict != "keep_running"
    at = course.days.index(comparison.look) if decided and comparison.look else None
    data = _course(comparison.variant, effects, at, result)
    looks = w.counted(len(effects), "look")
    title = (
        say("Look {at} of {effects} decides", at=w.count(at + 1), effects=w.count(len(effects)))
        if at is not None
        else say("After {looks} the evidence does not decide yet", looks=looks)
    )
    last = w.interval(effects[-1].effect_ci_low, effects[-1].effect_ci_high, metric.quantity)
    caption = say(
        "{label}: difference to {control} with an interval that holds at all {looks} "
        "together, {alpha} error in all. Shaded: too small to act on.",
        label=metric.label,
        control=w.name(result.study.design.control),
        looks=looks,
        alpha=w.percent(effects[-1].alpha, places=1),
    )
    unit = say("customers observed to the end of their window")
    return figure(
        "looks",
        title=title,
        caption=caption,
        alt=say(
            "{title}. At the latest look the running interval is {last}.", title=title, last=last
        ),
        data=_course_frame(course.days, effects),
        wide=p.running(data, unit=unit, narrow=False),
        narrow=p.running(data, unit=say("customers observed"), narrow=True),
        height=340,
        narrow_height=300,
    )


def _course(
    variant: str, effects: Sequence[Effect], decided: int | None, result: PerkResult
) -> p.Running:
    """A running interval in the units shown."""
    metric = result.primary
    k, sign = factor(metric), 1 if metric.good == "up" else -1
    return p.Running(
        label=w.name(variant),
        n=np.array([e.nobs for e in effects], dtype=float),
        effect=k * np.array([e.effect for e in effects]),
        low=k * np.array([e.effect_ci_low for e in effects]),
        high=k * np.array([e.effect_ci_high for e in effects]),
        decided=decided,
        band=k * sign * result.study.rule.min_effect,
        unit=unit_words(metric),
        tick=tick,
    )


def _course_frame(days: Sequence[date], effects: Sequence[Effect]) -> pd.DataFrame:
    frame = to_frame(effects).drop(columns="details")
    frame.insert(0, "day", [day.isoformat() for day in days])
    return frame
