"""What a roll-out reads by team: the metric of every team, and rates over their own orders where these are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series
from cs_lib.metrics.catalogue import DAILY
from cs_lib.metrics.definition import DailyMetric
from cs_lib.metrics.queries import per_day
from cs_lib.metrics.queries.cases import Cases, orders_of, together
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params import BeforeAfter


def _teams(cases: Cases, study: BeforeAfter, metric: DailyMetric) -> dict[str, Series]:
    """A metric of every team of a roll-out."""
    teams = study.design.teams
    if teams is None:
        return {}
    found = cases.by(metric, "team_id", study.design.scope, values=list(teams))
    return {team: only(found[team], study) for team in teams if team in found}


def by_team(
    cases: Cases, study: BeforeAfter, primary: DailyMetric, had: Sequence[DailyMetric]
) -> dict[str, Any]:
    """What a roll-out reads by team, and `rates`: those of the changed teams together where orders are by team."""
    teams, others = _teams(cases, study, primary), _others_by_team(cases, study, had)
    found = {
        name: parts for name, parts in {primary.name: teams, **others}.items() if DAILY[name].per
    }
    own = any(_own_orders(cases, parts) for parts in found.values())
    changed = [t for t, day in (study.design.teams or {}).items() if day is not None]
    mine = {name: [parts[t] for t in changed if t in parts] for name, parts in found.items()}
    return {
        "teams": teams,
        "others_by_team": others,
        "orders_by_team": own,
        "rates": {name: together(parts) for name, parts in mine.items() if own and parts},
    }


def _own_orders(cases: Cases, parts: dict[str, Series]) -> bool:
    """Whether the orders of every team of a rate are counted."""
    return bool(orders_of(cases.desk, list(parts), cases.window.holds))


def _others_by_team(
    cases: Cases, study: BeforeAfter, had: Sequence[DailyMetric]
) -> dict[str, dict[str, Series]]:
    """Guardrails and secondary metrics by team when teams were changed on several dates.

    Of rates only those with orders of their own: over the desk's they would be in another unit.
    """
    if not study.design.in_waves:
        return {}
    found: dict[str, dict[str, Series]] = {}
    for metric in (m for m in had if m.name != study.measure.primary_metric):
        try:
            per_day.check_by(cases.desk, metric, "team_id", study.design.scope)
        except NotAvailable:
            continue
        parts = _teams(cases, study, metric)
        if not metric.per or _own_orders(cases, parts):
            found[metric.name] = parts
    return found


def days_inside(days: NDArray[np.datetime64], study: BeforeAfter) -> NDArray[np.bool_]:
    """Which days lie in one of the study's two periods, weekends that were worked in exchange left out."""
    inside = np.zeros(len(days), dtype=bool)
    for first, last in (study.design.pre_period, study.design.post_period):
        inside |= (days >= np.datetime64(first)) & (days <= np.datetime64(last))
    public = study.design.public
    worked = np.array(public.worked if public else (), dtype="datetime64[D]")
    return inside & ~np.isin(days, worked)


def only(series: Series, study: BeforeAfter) -> Series:
    """The series with nothing outside the days that the study reads."""
    inside = days_inside(series.days, study)
    return replace(
        series,
        numerator=np.where(inside, series.numerator, 0.0),
        denominator=np.where(inside, series.denominator, 0.0),
    )
