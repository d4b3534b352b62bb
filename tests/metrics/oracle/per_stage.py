"""Hours by stage as they were read before whole numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series
from cs_lib.data.desk import Desk
from cs_lib.metrics.queries.per_stage import StageEvidence
from cs_lib.metrics.queries.sql import NotAvailable, between, instant, matches
from cs_lib.params import Scope
from cs_lib.sentences import say
from tests.metrics.oracle import per_day
from tests.metrics.oracle.definitions import OLD, Old, expand, plus_days, require, seconds_between

SECONDS_IN = {"minutes": 60, "hours": 3600}

# What a step lets begin. A reply is four things: ours is out, a bot's is out and people may still be
# awaited, the customer has written and waits, or colleagues talked. Both ways of handing on are one.
KIND = (
    "CASE WHEN e.stage IN ('transferred', 'escalated') THEN 'handed_on'"
    " WHEN e.stage = 'replied' AND e.actor = 'customer' THEN 'customer_wrote'"
    " WHEN e.stage = 'replied' AND NOT e.is_public THEN 'noted'"
    " WHEN e.stage = 'replied' AND e.actor = 'bot' THEN 'bot_replied' ELSE e.stage END"
)


def stage_times(
    desk: Desk,
    metric: Old,
    *,
    start: date,
    end: date,
    scope: Scope | None = None,
    horizon: int | None = None,
) -> StageEvidence:
    """A time to an event split into stages, by local opening day, for the metric's own population.

    From opening to the event or the horizon (contacts still open: the horizon) every moment belongs
    to the step last entered, by `ts` and then `seq`: see `KIND` for how steps are called. Before its
    first step a contact is `created`. The time between a resolution and a reopening is `resolved`.
    Steps before opening or after the end take no time.

    Raises NotAvailable when a table or column it needs is absent or empty; ValueError for a metric
    that is no time to an event.
    """
    if metric.duration is None or metric.unit not in SECONDS_IN:
        raise ValueError(f"'{metric.name}' is not a time to an event and has no stages.")
    split = replace(metric, needs=(*metric.needs, "events"))
    require(desk, split, called=say("stages of {metric}", metric=metric.name))
    window: dict[str, Any] = {"start": start, "end": end, "scope": scope, "horizon": horizon}
    everyone = per_day.daily(desk, metric, **window)
    chosen = _chosen(desk, metric, **window)
    days, unit = everyone.days, SECONDS_IN[metric.unit]
    took = seconds_between("opened", "until")
    rows = desk.engine.rows(
        f"WITH chosen AS ({chosen}) SELECT day, sum({took}), count(*) FROM chosen GROUP BY 1 ORDER BY 1"
    )
    total = _by_day(days, ((row[0], row[1] / unit) for row in rows))
    contacts = _by_day(days, ((row[0], row[2]) for row in rows))
    found: dict[str, list[tuple[date, float]]] = {}
    for kind, day, seconds in desk.engine.rows(_spans(chosen)):
        found.setdefault(kind, []).append((day, seconds / unit))
    sums = {kind: _by_day(days, parts) for kind, parts in found.items()}
    largest = sorted((kind for kind in sums if sums[kind].any()), key=lambda k: -sums[k].sum())
    return StageEvidence(
        stages={kind: Series(kind, days, sums[kind], contacts) for kind in largest},
        total=Series(metric.name, days, total, contacts),
        handoffs=_handoffs(desk, window),
        without_events=int(everyone.denominator.sum() - contacts.sum()),
    )


def _chosen(
    desk: Desk,
    metric: Old,
    *,
    start: date,
    end: date,
    scope: Scope | None,
    horizon: int | None,
) -> str:
    """Contacts of the metric that have events: local day, opening, and the event or the horizon."""
    assert metric.duration is not None
    follow = per_day.follow_up(metric, horizon)
    opened, ended = (f"c.{name}" for name in metric.duration)
    limit, day = plus_days(opened, follow), desk.day_of(metric.time)
    table, where = (expand(sql, horizon=follow) for sql in (metric.table, metric.where))
    observed = f"{plus_days(metric.time, follow)} <= {instant(desk)}"
    return (
        f"SELECT c.contact_id, {day} AS day, {opened} AS opened,"
        f" least(coalesce({ended}, {limit}), {limit}) AS until FROM {table}"
        f" WHERE {where} AND {observed} AND {between(day, start, end)} AND {matches(scope)}"
        " AND EXISTS (SELECT 1 FROM events e WHERE e.contact_id = c.contact_id)"
    )


def _spans(chosen: str) -> str:
    """Seconds by stage and day: each step lasts until the next, within opening and end."""
    took = seconds_between("since", "till")
    return (
        f"WITH chosen AS ({chosen}), steps AS ("
        "SELECT contact_id, day, opened, until, opened AS ts, 0 AS real, 0 AS seq, 'created' AS kind"
        " FROM chosen UNION ALL"
        f" SELECT k.contact_id, k.day, k.opened, k.until, e.ts, 1, e.seq, {KIND}"
        " FROM events e JOIN chosen k ON k.contact_id = e.contact_id"
        "), spans AS (SELECT day, kind, least(greatest(ts, opened), until) AS since,"
        " least(greatest(coalesce(lead(ts) OVER (PARTITION BY contact_id ORDER BY ts, real, seq),"
        " until), opened), until) AS till FROM steps)"
        f" SELECT kind, day, sum({took}) FROM spans GROUP BY 1, 2 ORDER BY 1, 2"
    )


def _by_day(days: NDArray[np.datetime64], parts: Iterable[tuple[date, float]]) -> NDArray[Any]:
    """Values put on their days, zero elsewhere."""
    values = dict(parts)
    return np.array([float(values.get(d.item(), 0.0)) for d in days])


def _handoffs(desk: Desk, window: dict[str, Any]) -> Series | None:
    try:
        return per_day.daily(desk, OLD["handoffs"], **window)
    except NotAvailable:
        return None
