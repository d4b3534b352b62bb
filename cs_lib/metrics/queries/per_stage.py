"""Where the time of contacts goes: hours by stage and opening day, from the events, in the engine."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date

from cs_lib.aggregates import Series
from cs_lib.data.desk import Desk
from cs_lib.metrics.definition import DailyMetric
from cs_lib.metrics.definitions.contacts import HANDOFFS, RESOLUTION
from cs_lib.metrics.queries import steps
from cs_lib.metrics.queries.cases import Cases, on_days, opened
from cs_lib.metrics.queries.sql import (
    NotAvailable,
    matches,
    named,
    require,
    require_columns,
)
from cs_lib.metrics.queries.tables import Window
from cs_lib.params import Scope
from cs_lib.sentences import say

UNITS = ("minutes", "hours")  # of times to an event


@dataclass(frozen=True, slots=True)
class StageEvidence:
    """Time in every stage by opening day, in the metric's unit, of contacts that have events.

    Numerators of `stages` add up to that of `total` day by day, and all share its denominator, so
    means by stage add up to the restricted mean. Largest stage first.
    """

    stages: dict[str, Series]
    total: Series
    handoffs: Series | None  # changes of team per contact; None when no event names a team
    without_events: int  # contacts of the metric's population left out


def stage_times(
    desk: Desk,
    metric: DailyMetric = RESOLUTION,
    *,
    start: date,
    end: date,
    scope: Scope | None = None,
    horizon: int | None = None,
) -> StageEvidence:
    """A time to an event split into stages, by local opening day, for the metric's own population.

    From opening to the event or the horizon (contacts still open: the horizon) every moment belongs
    to the step last entered, by `ts` and then `seq`: see `steps.KIND` for how steps are called. Before its
    first step a contact is `created`. The time between a resolution and a reopening is `resolved`.
    Steps before opening or after the end take no time.

    Raises NotAvailable when a table or column it needs is absent or empty; ValueError for a metric
    that is no time to an event.
    """
    if metric.duration is None or metric.unit not in UNITS:
        raise ValueError(f"'{metric.name}' is not a time to an event and has no stages.")
    split = replace(metric, needs=(*metric.needs, "events"))
    require(desk, split, called=say("stages of {metric}", metric=metric.name))
    require_columns(metric, named(scope))
    moves = [HANDOFFS] if names_teams(desk) else []
    window = Window(start, end, horizon)
    with opened(desk, window, moves, scopes=[scope], staged=metric) as cases:
        return stages_of(cases, metric, scope, handoffs=bool(moves))


def names_teams(desk: Desk) -> bool:
    """Whether handoffs can be had: some event names a team."""
    try:
        require(desk, HANDOFFS)
    except NotAvailable:
        return False
    return True


def stages_of(
    cases: Cases, metric: DailyMetric, scope: Scope | None, *, handoffs: bool
) -> StageEvidence:
    """The same from cases already read, the metric among them `staged`, and the handoffs if they are asked for."""
    cases.tables.walk()
    _, day, took = cases.tables.of(metric)
    within = f"{took} IS NOT NULL AND {cases.window.holds(day)} AND {matches(scope)}"
    every = cases.series(metric, scope)
    totals, contacts = defaultdict[date, int](int), defaultdict[date, int](int)
    sums: dict[int, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    # Before its first step a contact is created.
    number = cases.desk.engine.dialect.row_of("c")
    for when, waited, total, count in cases.desk.engine.rows(_whole(day, took, within, number)):
        sums[steps.CREATED][when], totals[when], contacts[when] = waited, total, count
    for kind, when, total in cases.desk.engine.rows(_spans(day, took, within, number)):
        sums[kind][when] += total
    days, unit = every.days, metric.each
    below = on_days(days, contacts)
    found = {
        kind: on_days(days, parts, unit)
        for kind, parts in sorted((steps.KINDS[code], parts) for code, parts in sums.items())
    }
    largest = sorted((kind for kind in found if found[kind].any()), key=lambda k: -found[k].sum())
    return StageEvidence(
        stages={kind: Series(kind, days, found[kind], below) for kind in largest},
        total=Series(metric.name, days, on_days(days, totals, unit), below),
        handoffs=cases.series(HANDOFFS, scope) if handoffs else None,
        without_events=int(every.denominator.sum() - below.sum()),
    )


def _whole(day: str, took: str, within: str, number: str) -> str:
    """By day, of contacts with steps: time before the first step, all time, contacts."""
    first = f"least(coalesce(w.first, {took}), {took})"
    return (
        f"SELECT {day}, sum({first}), sum({took}), count(*) FROM {steps.CONTACTS} c"
        f" JOIN {steps.WALKED} w ON w.number = {number} WHERE {within} GROUP BY 1"
    )


def _spans(day: str, took: str, within: str, number: str) -> str:
    """Time by stage and day: each step from the opening on lasts until the next or the end."""
    lasted = f"least(coalesce(s.till, {took}), {took}) - least(s.since, {took})"
    return (
        f"SELECT s.kind, {day}, sum({lasted}) FROM {steps.WALK} s"
        f" JOIN {steps.CONTACTS} c ON {number} = s.number"
        f" WHERE s.since >= 0 AND {within} GROUP BY 1, 2"
    )
