"""What a plan of a before/after study reads: the daily series of its metrics over the history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, TypeVar

from cs_lib.data.desk import Desk
from cs_lib.metrics import per_day, sql
from cs_lib.metrics.catalogue import CATALOGUE, DAILY
from cs_lib.metrics.definition import Metric
from cs_lib.metrics.series_evidence import USUAL_GUARDRAILS
from cs_lib.params import FlowPlan
from cs_lib.results import Series

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FlowPlanEvidence:
    """A plan of a before/after study: series by day over the history, days without follow-up left off."""

    metrics: dict[str, Metric]
    series: dict[str, Series]  # of the contacts in scope; in a roll-out of its teams together
    teams: dict[str, dict[str, Series]]  # by metric and team, for a roll-out
    volume: Series  # contacts of the whole desk
    changes: tuple[tuple[str, str, date, str], ...]  # logged in the history
    horizon: int  # days a case of the primary metric is followed
    observed_until: date
    currency: str
    guardrails: dict[str, float] = field(default_factory=dict)  # margins, the usual ones included
    absent: dict[str, str] = field(default_factory=dict)  # what cannot be had, and why


def gather_flow_plan(desk: Desk, study: FlowPlan) -> FlowPlanEvidence:
    """The evidence of a plan. Raises NotAvailable when its primary metric cannot be had."""
    measure, (start, end) = study.measure, study.design.history
    name = measure.primary_metric
    usual = USUAL_GUARDRAILS if measure.usual_guardrails else {}
    margins = {**{k: v for k, v in usual.items() if k != name}, **measure.guardrails}
    plan: dict[str, Any] = {"start": start, "end": end, "horizon": measure.horizon_days}
    series, teams = {name: per_day.daily(desk, DAILY[name], scope=study.scope, **plan)}, {}
    absent: dict[str, str] = {}
    if study.design.rollout is not None:
        teams[name] = _by_team(desk, study, name, plan)
    for guard in margins:
        found, why = _maybe(partial(per_day.daily, desk, DAILY[guard], scope=study.scope, **plan))
        if found is None:
            if guard in measure.guardrails:
                absent[guard] = why
            continue
        series[guard] = found
        if study.design.rollout is not None:
            parts, _ = _maybe(partial(_by_team, desk, study, guard, plan))
            teams[guard] = parts or {}
    return FlowPlanEvidence(
        metrics={n: CATALOGUE[n] for n in dict.fromkeys([*series, *absent, *measure.secondary])},
        series=series,
        teams=teams,
        volume=per_day.volume(desk, start=start, end=end),
        changes=tuple(per_day.logged_changes(desk, start=start, end=end)),
        horizon=per_day.follow_up(DAILY[name], measure.horizon_days),
        observed_until=desk.observed_until,
        currency=desk.currency,
        guardrails={guard: margin for guard, margin in margins.items() if guard in series},
        absent=absent,
    )


def _by_team(desk: Desk, study: FlowPlan, name: str, plan: dict[str, Any]) -> dict[str, Series]:
    """One metric of every team of the roll-out that has cases, in the order of the settings."""
    assert study.design.rollout is not None
    found = per_day.daily_by(desk, DAILY[name], "team_id", scope=study.design.scope, **plan)
    return {team: found[team] for team in study.design.rollout.teams if team in found}


def _maybe(make: Callable[[], T]) -> tuple[T | None, str]:
    """What can be had, or why it cannot."""
    try:
        return make(), ""
    except sql.NotAvailable as error:
        return None, str(error)
