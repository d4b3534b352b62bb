"""Figures of a perk test: behaviour, money, looks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from cs_lib import wording as w
from cs_lib.experiment.perk import Comparison, PerkResult
from cs_lib.metrics import Metric
from cs_lib.report import lookings as p
from cs_lib.report.figure import Figure, figure
from cs_lib.report.forests import factor, forest, tick, unit_words
from cs_lib.report.note import Note, unasked, withheld
from cs_lib.results import Effect, to_frame

if TYPE_CHECKING:
    import pandas as pd

NO_MONEY = "Whether it pays cannot be told: nobody has been followed that long yet, or all are worth the same."


def behaviour(result: PerkResult) -> Figure | Note:
    """The primary metric by variant."""
    if not result.comparisons:
        return withheld(result.decision)
    metric, study = result.primary, result.study
    effects = [c.primary for c in result.comparisons]
    best = max(effects, key=lambda e: e.effect if metric.good == "up" else -e.effect)
    caption = (
        f"{metric.label}: difference to {w.name(study.design.control)}, by assignment, with"
        f" {w.confidences(e.alpha for e in effects)}. Assigned {w.days(*study.assigned_days)}."
    )
    return forest(
        "behaviour",
        effects,
        metric,
        title=_title(best, metric, result),
        caption=caption,
        min_effect=study.rule.min_effect,
        currency=result.currency,
    )


def _title(effect: Effect, metric: Metric, result: PerkResult) -> str:
    who = w.sentence(w.name(effect.variant)).rstrip(".")
    if effect.effect_ci_low <= 0 <= effect.effect_ci_high:
        return f"{who}: no clear difference"
    moved = w.change(effect.effect, metric.unit, currency=result.currency)
    worth = w.size(result.study.rule.min_effect, metric.unit, currency=result.currency)
    return f"{who}: {moved}; {worth} would be worth acting on"


def net_value(result: PerkResult) -> Figure | Note:
    """Money per offered customer, by variant."""
    if not result.comparisons:
        return withheld(result.decision)
    effects = [c.net_value for c in result.comparisons if c.net_value]
    if not effects:
        if result.study.money is None:
            return unasked("money (the block `money`); only behaviour counts")
        return Note(NO_MONEY)
    metric = result.metrics[effects[0].metric]
    caption = (
        f"{metric.label}, difference to {w.name(result.study.design.control)}: {metric.counted}."
        f" With {w.confidences(e.alpha for e in effects)}."
    )
    return forest(
        "net-value",
        effects,
        metric,
        title=_money_title(result.comparisons, result.currency),
        caption=caption,
        min_effect=0.0,
        currency=result.currency,
    )


def _money_title(comparisons: tuple[Comparison, ...], currency: str) -> str:
    pays = [w.name(c.variant) for c in comparisons if c.net_value and c.net_value.effect_ci_low > 0]
    loses = [
        w.name(c.variant) for c in comparisons if c.net_value and c.net_value.effect_ci_high < 0
    ]
    open_ = [w.name(c.variant) for c in comparisons if w.name(c.variant) not in pays + loses]
    parts = [
        text
        for names, text in (
            (pays, f"{w.listed(pays)} pays for itself"),
            (loses, f"{w.listed(loses)} loses money"),
            (open_, f"whether {w.listed(open_)} pays is open"),
        )
        if names
    ]
    return w.sentence("; ".join(parts)).rstrip(".")


def looks(result: PerkResult) -> Figure | Note:
    """The evidence at each planned look against the line drawn before the test began."""
    if result.comparisons and result.courses:
        return _running(result)
    if result.study.looks is not None and not result.comparisons:
        return withheld(result.decision)
    if not result.monitoring:
        return Note("One look was planned, at the planned size; there is no boundary to draw.")
    comparison = next((c for c in result.comparisons if c.look), result.comparisons[0])
    monitoring = result.monitoring[comparison.variant]
    days = [look.as_of for look in monitoring.looks]
    decided = comparison.decision.verdict != "keep_running" and comparison.look is not None
    data = p.Lookings(
        label=w.name(comparison.variant),
        n=np.array([look.n for look in monitoring.looks], dtype=float),
        z=np.array([look.z for look in monitoring.looks]),
        upper=np.array([look.upper for look in monitoring.looks]),
        lower=np.array([look.lower for look in monitoring.looks]),
        decided=days.index(comparison.look) if decided and comparison.look else None,
    )
    title = (
        f"Look {w.count(data.decided + 1)} decides"
        if data.decided is not None
        else f"After {w.counted(len(days), 'look')} the evidence does not decide yet"
    )
    words = (f"{data.label} better", f"{data.label} worse")
    caption = (
        f"Standardised difference in {result.primary.label.lower()} at each look; dashed: the line to cross,"
        f" {w.percent(monitoring.alpha, places=0)} error over all looks. Every run takes all looks anew."
    )
    each = [
        f"look {w.count(i + 1)} on {w.day(look.as_of)}: {w.plain(look.z, 2)} against {w.plain(look.upper, 2)}"
        for i, look in enumerate(monitoring.looks)
    ]
    unit = "customers observed to the end of their window"
    return figure(
        "looks",
        title=title,
        caption=caption,
        alt=f"{title}. {w.sentence('; '.join(each))}",
        data=monitoring.to_frame(),
        wide=p.boundary(data, words=words, unit=unit, narrow=False),
        narrow=p.boundary(data, words=words, unit=unit, narrow=True),
        height=320,
        narrow_height=300,
    )


def _running(result: PerkResult) -> Figure:
    """The running interval of a test without an end date."""
    comparison = next((c for c in result.comparisons if c.look), result.comparisons[0])
    course, metric = result.courses[comparison.variant], result.primary
    k, effects = factor(metric), course.primary
    decided = comparison.decision.verdict != "keep_running"
    at = course.days.index(comparison.look) if decided and comparison.look else None
    sign = 1 if metric.good == "up" else -1
    data = p.Running(
        label=w.name(comparison.variant),
        n=np.array([e.nobs for e in effects], dtype=float),
        effect=k * np.array([e.effect for e in effects]),
        low=k * np.array([e.effect_ci_low for e in effects]),
        high=k * np.array([e.effect_ci_high for e in effects]),
        decided=at,
        band=k * sign * result.study.rule.min_effect,
        unit=unit_words(metric, result.currency),
        tick=tick,
    )
    looks = w.counted(len(effects), "look")
    title = (
        f"Look {w.count(at + 1)} of {w.count(len(effects))} decides"
        if at is not None
        else f"After {looks} the evidence does not decide yet"
    )
    last = w.interval(
        effects[-1].effect_ci_low, effects[-1].effect_ci_high, metric.unit, currency=result.currency
    )
    caption = (
        f"{metric.label}: difference to {w.name(result.study.design.control)} with an interval that holds at all"
        f" {looks} together, {w.percent(effects[-1].alpha, places=1)} error in all. Shaded: too small to act on."
    )
    unit = "customers observed to the end of their window"
    return figure(
        "looks",
        title=title,
        caption=caption,
        alt=f"{title}. At the latest look the running interval is {last}.",
        data=_course_frame(course.days, effects),
        wide=p.running(data, unit=unit, narrow=False),
        narrow=p.running(data, unit="customers observed", narrow=True),
        height=340,
        narrow_height=300,
    )


def _course_frame(days: Sequence[date], effects: Sequence[Effect]) -> pd.DataFrame:
    frame = to_frame(effects).drop(columns="details")
    frame.insert(0, "day", [day.isoformat() for day in days])
    return frame
