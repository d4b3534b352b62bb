"""Figures of a plan: how surely the effect is found, and how small an effect shows, by length of the test."""

from __future__ import annotations

import numpy as np

from cs_lib import wording as w
from cs_lib.experiment.experiment_plan.perk_ab_test.result import PerkPlanResult
from cs_lib.language import say
from cs_lib.report.drawing import power_curve as p
from cs_lib.report.drawing.figure import Figure, figure
from cs_lib.report.effects import factor, unit_words
from cs_lib.report.experiment_plan.written import plan_words
from cs_lib.report.note import Note
from cs_lib.results import to_frame

# An effect so many times the one worth acting on is left out of the picture.
LARGEST_DRAWN_MULTIPLE = 5.0


def power(result: PerkPlanResult) -> Figure | Note:
    """How often the effect worth acting on is found, by length of the test."""
    if not result.curve:
        return Note(result.decision.because)
    rule, option = result.study.rule, result.planned
    worth = _worth(result)
    often = w.percent(rule.power, places=0)
    planned = (float(option.days), option.power, _words(result, option.days)) if option else None
    title = (
        say(
            "An effect of {worth} is found in {often} of tests that take {days}",
            worth=worth,
            often=often,
            days=w.counted(option.days, "day"),
        )
        if option
        else say(
            "An effect of {worth} is not found in {often} of tests, however long they take",
            worth=worth,
            often=often,
        )
    )
    data = p.Growth(
        times=np.array([float(o.days) for o in result.curve]),
        values=np.array([o.power for o in result.curve]),
        unit=say("tests that find {worth}", worth=worth),
        wanted=(rule.power, say("{often} wanted", often=often)),
        planned=planned,
        limit=_limit(result),
        tick=lambda value: w.percent(value, places=0),
        top=1.0,
        rising=True,
    )
    caption = say(
        "{label}: share of tests that find an effect when the true one is {worth}.",
        label=result.primary.label,
        worth=worth,
    )
    return _figure("power", title, caption, data, result)


def smallest(result: PerkPlanResult) -> Figure | Note:
    """The smallest effect that is found, by length of the test."""
    options = [o for o in result.curve if np.isfinite(o.smallest_effect)]
    if not options:
        return Note(result.decision.because)
    k, rule, option = factor(result.primary), result.study.rule, result.planned
    options = [o for o in result.options if np.isfinite(o.smallest_effect)] or options
    ends = [w.size(o.smallest_effect, result.primary.quantity)
            for o in (options[0], options[-1])]  # fmt: skip
    over = unit_words(result.primary)
    title = say(
        "Waiting pays less and less: {first_effect} after {first_days}, {last_effect} after {last_days}",
        first_effect=ends[0],
        first_days=w.counted(options[0].days, "day"),
        last_effect=ends[1],
        last_days=w.count(options[-1].days),
    )
    data = p.Growth(
        times=np.array([float(o.days) for o in result.curve]),
        values=np.array([o.smallest_effect * k for o in result.curve]),
        unit=say("smallest effect found, {unit}", unit=over)
        if over
        else say("smallest effect found"),
        wanted=(rule.min_effect * k, say("{worth} worth acting on", worth=_worth(result))),
        planned=(float(option.days), option.smallest_effect * k, _words(result, option.days))
        if option
        else None,
        limit=_limit(result),
        tick=lambda value: w.plain(value, w.decimals(value) and 1 if value % 1 else 0),
        top=min(
            LARGEST_DRAWN_MULTIPLE * rule.min_effect, 1.05 * max(o.smallest_effect for o in options)
        )
        * k,
        rising=False,
    )
    often = w.percent(rule.power, places=0)
    caption = say(
        "{label}: smallest true effect found in {often} of tests.",
        label=result.primary.label,
        often=often,
    )
    return _figure("smallest-effect", title, caption, data, result)


def _figure(name: str, title: str, caption: str, data: p.Growth, result: PerkPlanResult) -> Figure:
    rows = [o for o in result.options if np.isfinite(o.smallest_effect)]
    each = [
        f"{w.counted(o.days, 'day')}: {w.percent(o.power, places=0)},"
        f" {w.size(o.smallest_effect, result.primary.quantity)}"
        for o in rows
    ]
    frame = to_frame(result.curve).drop(columns="smallest_net_value")
    return figure(
        name,
        title=title,
        caption=caption,
        alt=f"{title}. {w.sentence('; '.join(each) or say('no length shows anything'))}",
        data=frame.replace([np.inf, -np.inf], np.nan),
        wide=p.growth(data, narrow=False),
        narrow=p.growth(data, narrow=True),
        height=p.WIDE_HEIGHT,
        narrow_height=p.NARROW_HEIGHT,
        more=_basis(result),
    )


def _worth(result: PerkPlanResult) -> str:
    return w.size(result.study.rule.min_effect, result.primary.quantity)


def _words(result: PerkPlanResult, days: int) -> str:
    return plan_words(w.counted(days, "day"), ready=result.decision.verdict == "planned")


def _limit(result: PerkPlanResult) -> tuple[float, str] | None:
    limit = result.study.limit_days
    return (float(limit), say("limit: {limit}", limit=w.counted(limit, "day"))) if limit else None


def _basis(result: PerkPlanResult) -> str:
    period = w.days(*result.study.design.history)
    return say(
        "From {entered} of {period}. An effect is found when its interval leaves out zero.",
        entered=w.counted(result.evidence.entered, "customer"),
        period=period,
    )
