"""Figures of a plan: how surely the effect is found, and how small an effect shows, by length of the test."""

from __future__ import annotations

import numpy as np

from cs_lib import wording as w
from cs_lib.experiment.flow_planning_result import FlowPlanResult
from cs_lib.experiment.planning_result import PlanResult
from cs_lib.report import painters_plan as p
from cs_lib.report.figure import Figure, figure
from cs_lib.report.forests import factor, unit_words
from cs_lib.report.note import Note, unasked
from cs_lib.results import to_frame

A_TEST = "an A/B test"
ROOM = 5.0  # an effect so many times the one worth acting on is left out of the picture


def power(result: PlanResult | FlowPlanResult) -> Figure | Note:
    """How often the effect worth acting on is found, by length of the test."""
    if isinstance(result, FlowPlanResult):
        return unasked(A_TEST)
    if not result.curve:
        return Note(result.decision.because)
    rule, option = result.study.rule, result.planned
    worth = _worth(result)
    often = w.percent(rule.power, places=0)
    planned = (option.days / 7, option.power, _words(result, option.days)) if option else None
    title = (
        f"An effect of {worth} is found in {often} of tests that take {w.counted(option.days, 'day')}"
        if option
        else f"An effect of {worth} is not found in {often} of tests, however long they take"
    )
    data = p.Growth(
        weeks=np.array([o.days / 7 for o in result.curve]),
        values=np.array([o.power for o in result.curve]),
        unit=f"tests that find {worth}",
        wanted=(rule.power, f"{often} wanted"),
        planned=planned,
        limit=_limit(result),
        tick=lambda value: w.percent(value, places=0),
        top=1.0,
        rising=True,
    )
    caption = (
        f"{result.primary.label}: share of tests whose interval leaves out zero if the true effect is {worth}."
        f" {_basis(result)}"
    )
    return _figure("power", title, caption, data, result)


def smallest_effect(result: PlanResult | FlowPlanResult) -> Figure | Note:
    """The smallest effect that is found, by length of the test."""
    if isinstance(result, FlowPlanResult):
        return unasked(A_TEST)
    found = [o for o in result.curve if np.isfinite(o.smallest_effect)]
    if not found:
        return Note(result.decision.because)
    k, rule, option = factor(result.primary), result.study.rule, result.planned
    found = [o for o in result.options if np.isfinite(o.smallest_effect)] or found
    ends = [w.size(o.smallest_effect, result.primary.unit, currency=result.currency)
            for o in (found[0], found[-1])]  # fmt: skip
    title = (
        f"Waiting pays less and less: {ends[0]} after {w.counted(found[0].days, 'day')},"
        f" {ends[1]} after {w.count(found[-1].days)}"
    )
    data = p.Growth(
        weeks=np.array([o.days / 7 for o in result.curve]),
        values=np.array([o.smallest_effect * k for o in result.curve]),
        unit=f"smallest effect found, {unit_words(result.primary, result.currency)}".rstrip(", "),
        wanted=(rule.min_effect * k, f"{_worth(result)} worth acting on"),
        planned=(option.days / 7, option.smallest_effect * k, _words(result, option.days))
        if option
        else None,
        limit=_limit(result),
        tick=lambda value: w.plain(value, w.decimals(value) and 1 if value % 1 else 0),
        top=min(ROOM * rule.min_effect, 1.05 * max(o.smallest_effect for o in found)) * k,
        rising=False,
    )
    often = w.percent(rule.power, places=0)
    caption = (
        f"{result.primary.label}: smallest true effect found in {often} of tests. {_basis(result)}"
    )
    return _figure("smallest-effect", title, caption, data, result)


def _figure(name: str, title: str, caption: str, data: p.Growth, result: PlanResult) -> Figure:
    rows = [o for o in result.options if np.isfinite(o.smallest_effect)]
    each = [
        f"{w.counted(o.days, 'day')}: {w.percent(o.power, places=0)},"
        f" {w.size(o.smallest_effect, result.primary.unit, currency=result.currency)}"
        for o in rows
    ]
    frame = to_frame(result.curve).drop(columns="smallest_net_value")
    return figure(
        name,
        title=title,
        caption=caption,
        alt=f"{title}. {w.sentence('; '.join(each) or 'no length shows anything')}",
        data=frame.replace([np.inf, -np.inf], np.nan),
        wide=p.growth(data, narrow=False),
        narrow=p.growth(data, narrow=True),
        height=340,
        narrow_height=300,
    )


def _worth(result: PlanResult) -> str:
    return w.size(result.study.rule.min_effect, result.primary.unit, currency=result.currency)


def _words(result: PlanResult, days: int) -> str:
    word = "plan" if result.decision.verdict == "planned" else "needed"
    return f"{word}: {w.counted(days, 'day')}"


def _limit(result: PlanResult) -> tuple[float, str] | None:
    limit = result.study.limit_days
    return (limit / 7, f"limit: {w.counted(limit, 'day')}") if limit else None


def _basis(result: PlanResult) -> str:
    period = w.days(*result.study.design.history)
    return f"From {w.counted(result.evidence.entered, 'customer')} of {period}."
