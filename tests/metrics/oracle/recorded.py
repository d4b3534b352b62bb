"""How columns were filled in, as it was read before one pass."""

from __future__ import annotations

from datetime import date

import numpy as np

from cs_lib.aggregates import Series
from cs_lib.data.desk import Desk
from cs_lib.metrics.queries.recorded import Code, Fault, Gap, Recorded
from cs_lib.metrics.queries.sql import between, instant, matches
from cs_lib.params import BeforeAfter, Scope
from tests.metrics.oracle.definitions import Old, expand, plus_days, seconds_between
from tests.metrics.oracle.per_day import follow_up

CODES = "need_code"  # what customers come with, coded by hand or by a model: taxonomies change


def recorded(desk: Desk, metric: Old, study: BeforeAfter) -> Recorded:
    """How contacts opened in the study's days, and followed as the metric needs, were recorded."""
    scope = study.design.changed
    faults = _faults(desk, metric, study)
    gaps = _gaps(desk, metric, study, scope, faults) if faults else []
    for column in Scope.COLUMNS:
        if column == CODES or getattr(scope, column):
            wider = scope.model_copy(update={column: ()})
            empty: Conditions = {("empty", column): (f"c.{column} IS NULL", "TRUE")}
            gaps += _gaps(desk, metric, study, wider, empty)
    codes, contacts = _codes(desk, metric, study, scope.model_copy(update={CODES: ()}))
    return Recorded(tuple(gaps), codes, contacts)


Conditions = dict[tuple[Fault, str], tuple[str, str]]  # what is at fault, and among which contacts


def _faults(desk: Desk, metric: Old, study: BeforeAfter) -> Conditions:
    """SQL of every fault this metric can suffer from; nothing for metrics of other tables."""
    if metric.table != "contacts c":
        return {}
    dialect, follow = desk.engine.dialect, follow_up(metric, study.measure.horizon_days)
    found: Conditions = {}
    if metric.where != "TRUE":
        where = expand(metric.where, horizon=follow)
        found["left_out", ""] = (f"NOT coalesce({where}, FALSE)", "TRUE")
    if metric.duration is None:
        return found
    start, end = (f"c.{name}" for name in metric.duration)
    took = seconds_between(start, end)
    ended = "c.status IN ('resolved', 'closed')"
    midnight = dialect.to_utc(f"CAST({desk.day_of(end)} AS TIMESTAMP)", desk.zone)
    name = metric.duration[1]
    found["unstamped", name] = (f"{end} IS NULL", ended)
    found["never", name] = (f"coalesce({took} > {follow * 86_400}, TRUE)", "TRUE")
    found["at_once", name] = (f"{end} = {start}", f"{end} IS NOT NULL")
    found["midnight", name] = (f"{end} = {midnight}", f"{end} IS NOT NULL")
    return found


def _gaps(
    desk: Desk, metric: Old, study: BeforeAfter, scope: Scope, faults: Conditions
) -> list[Gap]:
    day, within = _within(desk, metric, study, scope)
    sums = [
        f"sum(CASE WHEN {part} THEN 1 ELSE 0 END)"
        for fault, among in faults.values()
        for part in (f"({fault}) AND ({among})", among)
    ]
    rows = desk.engine.rows(f"SELECT {day}, {', '.join(sums)} FROM contacts c {within} GROUP BY 1")
    by_day = {row[0]: row[1:] for row in rows}
    gaps = []
    for i, (fault, column) in enumerate(faults):
        above, below = ({d: float(v[2 * i + k]) for d, v in by_day.items()} for k in (0, 1))
        gaps.append(Gap(fault, column, _series(fault, study, above, below)))
    return gaps


def _codes(
    desk: Desk, metric: Old, study: BeforeAfter, scope: Scope
) -> tuple[tuple[Code, ...], Series]:
    """Every value of the coded column, and contacts with any value by day."""
    day, within = _within(desk, metric, study, scope)
    coded = f"FROM contacts c {within} AND c.{CODES} IS NOT NULL GROUP BY 1 ORDER BY 1"
    rows = desk.engine.rows(f"SELECT c.{CODES}, count(*), min({day}), max({day}) {coded}")
    total = {d: float(n) for d, n in desk.engine.rows(f"SELECT {day}, count(*) {coded}")}
    return tuple(Code(*row) for row in rows), _series(CODES, study, total, dict.fromkeys(total, 1))


def _within(desk: Desk, metric: Old, study: BeforeAfter, scope: Scope) -> tuple[str, str]:
    """The local opening day, and the condition on contacts: the study's days, followed, in scope."""
    design = study.design
    day = desk.day_of("c.opened_at")
    follow = follow_up(metric, study.measure.horizon_days)
    followed = f"{plus_days('c.opened_at', follow)} <= {instant(desk)}"
    days = between(day, design.pre_period[0], design.post_period[1])
    return day, f"WHERE {days} AND {followed} AND {matches(scope)}"


def _series(
    name: str, study: BeforeAfter, above: dict[date, float], below: dict[date, float]
) -> Series:
    days = np.arange(
        np.datetime64(study.design.pre_period[0]), np.datetime64(study.design.post_period[1]) + 1
    )
    parts = (np.array([values.get(d.item(), 0.0) for d in days]) for values in (above, below))
    return Series(name, days, *parts)
