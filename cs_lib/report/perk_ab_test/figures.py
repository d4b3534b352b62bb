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


# More looks than this are named by the first and the last of them.
MOST_LOOKS_NAMED = 3
DECIDES = later("It decides when the whole interval lies beyond the dashed line.")
NO_MONEY = later(
    "Whether it pays cannot be told: nobody has been followed that long yet, or "
    "all are worth the same."
)


def behaviour(result: PerkResult) -> Figure | Note:
    """The primary metric by variant."""
    if not result.comparisons:
        return withheld(result.decision)
    if len(result.comparisons) < 2:
        return unasked(say("variants side by side, which need a second one"))
    metric, study = result.primary, result.study
    effects = [c.primary for c in result.comparisons]
    best = max(effects, key=lambda e: e.effect if metric.good == "up" else -e.effect)
    caption = say(
        "{label}: difference to {control}, everybody assigned, with {confidences}.",
        label=metric.label,
        control=w.name(study.design.control),
        confidences=w.confidences(e.alpha for e in effects),
    )
    return forest(
        "behaviour",
        effects,
        metric,
        title=_title(best, metric, result),
        caption=caption,
        min_effect=study.rule.min_effect,
        more=_sides(effects, w.days(*study.assigned_days) if study.design.period else ""),
    )


def _sides(effects: Sequence[Effect], days: str) -> str:
    """When customers were assigned, and why intervals are wider with several variants."""
    assigned = say("Assigned {days}.", days=days) if days else ""
    return w.together(assigned, _wider(effects))


def _wider(effects: Sequence[Effect]) -> str:
    if len(effects) < 2:
        return ""
    return say(
        "With several variants each interval is wider, so that the chance of a false find stays that "
        "of one comparison."
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
    if len(effects) < 2:
        return unasked(say("variants side by side, which need a second one"))
    metric = result.metrics[effects[0].metric]
    caption = say(
        "{label}: difference to {control}, with {confidences}.",
        label=metric.label,
        control=w.name(result.study.design.control),
        confidences=w.confidences(e.alpha for e in effects),
    )
    return forest(
        "net-value",
        effects,
        metric,
        title=_money_title(result.comparisons),
        caption=caption,
        min_effect=0.0,
        more=w.together(say("Counted: {counted}.", counted=say(metric.counted)), _wider(effects)),
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
    """The effect at each look with the interval that holds at all of them, and what decides."""
    if result.comparisons and result.courses:
        return _running(result)
    if result.study.looks is not None and not result.comparisons:
        return withheld(result.decision)
    if not result.monitoring:
        return Note(say("One look was planned, at the planned size; there is no boundary to draw."))
    comparison = next((c for c in result.comparisons if c.look), result.comparisons[0])
    monitoring = result.monitoring[comparison.variant]
    seen = monitoring.looks
    at = _decided(comparison, [look.as_of for look in seen])
    drawn = _drawn(
        comparison.variant, [(e.n, e.estimate, e.ci_low, e.ci_high) for e in seen], at, result
    )
    title = _looks_title(at, len(seen))
    early = _undecided(
        [(i + 1, look.ci_low, look.ci_high) for i, look in enumerate(seen[:at])],
        result,
        decided=at is not None,
    )
    unit = say("customers observed to the end of their window")
    return figure(
        "looks",
        title=title,
        caption=w.together(early, say(DECIDES)),
        alt=f"{title}. {_looks_spoken(seen, result.primary)}",
        data=monitoring.to_frame(),
        wide=p.planned(drawn, unit=unit, narrow=False),
        narrow=p.planned(drawn, unit=say("customers observed"), narrow=True),
        height=p.WIDE_HEIGHT,
        narrow_height=p.NARROW_HEIGHT,
        more=_looks_more(len(seen), monitoring.alpha, result),
    )


def _decided(comparison: Comparison, days: Sequence[date]) -> int | None:
    """The look that decided; none while the test runs."""
    if comparison.decision.verdict == "keep_running" or comparison.look is None:
        return None
    return list(days).index(comparison.look)


def _looks_title(decided: int | None, many: int) -> str:
    if decided is not None:
        return say("Look {at} of {effects} decides", at=w.count(decided + 1), effects=w.count(many))
    return say("After {looks} the evidence does not decide yet", looks=w.counted(many, "look"))


def _undecided(
    earlier: Sequence[tuple[int, float, float]], result: PerkResult, *, decided: bool
) -> str:
    """Why looks that showed a gain did not decide; nothing when there were none."""
    metric, least = result.primary, result.study.rule.min_effect
    gains = {i: low if metric.good == "up" else -high for i, low, high in earlier}
    early = [i for i, gain in gains.items() if gain > 0]
    if not early:
        return ""
    named = {"looks": w.listed([w.count(i) for i in early]), "first": w.count(early[0]),
             "last": w.count(early[-1])}  # fmt: skip
    which = (
        say("Look {first}", **named)
        if len(early) == 1
        else say("Looks {looks}", **named)
        if len(early) <= MOST_LOOKS_NAMED
        else say("Looks {first} to {last}", **named)
    )
    worth = w.size(least, metric.quantity)
    if not decided and early[-1] == list(gains)[-1] and gains[early[-1]] < least:
        return say("Since look {first} there is a gain, but it may still be under {worth}.",
                   first=w.count(early[0]), worth=worth)  # fmt: skip
    if min(gains[i] for i in early) < least:
        return say("{which} showed a gain, but it could still have been under {worth}.",
                   which=which, worth=worth)  # fmt: skip
    return say("{which} showed a gain, but it was still open whether it pays.", which=which)


def _looks_more(many: int, alpha: float, result: PerkResult) -> str:
    return say(
        "{label}: difference to {control} with an interval that holds at all looks. Looking more "
        "often makes every interval wider, so that all {looks} together are wrong in at most {alpha} "
        "of tests. Money and guardrails count too. Every run takes all looks anew.",
        label=result.primary.label,
        control=w.name(result.study.design.control),
        looks=w.counted(many, "look"),
        alpha=w.percent(alpha, places=None if round(100 * alpha) != 100 * alpha else 0),
    )


def _looks_spoken(looks: Sequence[LookResult], metric: Metric) -> str:
    """The evidence of every look in words."""
    each = [
        say(
            "look {i} on {as_of}: {effect} ({span})",
            i=w.count(i + 1),
            as_of=w.day(look.as_of),
            effect=w.change(look.estimate, metric.quantity),
            span=w.interval(look.ci_low, look.ci_high, metric.quantity),
        )
        for i, look in enumerate(looks)
    ]
    return str(w.sentence("; ".join(each)))


def _running(result: PerkResult) -> Figure:
    """The running interval of a test without an end date."""
    comparison = next((c for c in result.comparisons if c.look), result.comparisons[0])
    course, metric = result.courses[comparison.variant], result.primary
    effects = course.primary
    at = _decided(comparison, course.days)
    ends = [(e.nobs, e.effect, e.effect_ci_low, e.effect_ci_high) for e in effects]
    drawn = _drawn(comparison.variant, ends, at, result)
    title = _looks_title(at, len(effects))
    early = _undecided(
        [(i + 1, low, high) for i, (_, _, low, high) in enumerate(ends[:at])],
        result,
        decided=at is not None,
    )
    last = w.interval(effects[-1].effect_ci_low, effects[-1].effect_ci_high, metric.quantity)
    return figure(
        "looks",
        title=title,
        caption=w.together(early, say(DECIDES)),
        alt=say(
            "{title}. At the latest look the running interval is {last}.", title=title, last=last
        ),
        data=_course_frame(course.days, effects),
        wide=p.running(
            drawn, unit=say("customers observed to the end of their window"), narrow=False
        ),
        narrow=p.running(drawn, unit=say("customers observed"), narrow=True),
        height=p.WIDE_HEIGHT,
        narrow_height=p.NARROW_HEIGHT,
        more=_looks_more(len(effects), effects[-1].alpha, result),
    )


def _drawn(
    variant: str,
    looks: Sequence[tuple[float, float, float, float]],
    decided: int | None,
    result: PerkResult,
) -> p.Looks:
    """Customers, effect and both ends at each look, in the units shown."""
    metric, least = result.primary, result.study.rule.min_effect
    k, sign = factor(metric), 1 if metric.good == "up" else -1
    n, effect, low, high = np.array(looks, dtype=float).T
    return p.Looks(
        label=w.name(variant),
        n=n,
        effect=k * effect,
        low=k * low,
        high=k * high,
        decided=decided,
        band=k * sign * least,
        worth=say("{worth} worth acting on", worth=w.size(least, metric.quantity)),
        unit=unit_words(metric),
        tick=tick,
    )


def _course_frame(days: Sequence[date], effects: Sequence[Effect]) -> pd.DataFrame:
    frame = to_frame(effects).drop(columns="details")
    frame.insert(0, "day", [day.isoformat() for day in days])
    return frame
