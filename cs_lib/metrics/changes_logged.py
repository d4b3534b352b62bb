"""The change log of a desk as it was known at the data cut: its entries, and when it was last written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from math import ceil
from typing import Any

from cs_lib.aggregates import LoggedChange
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.queries.sql import between
from cs_lib.params import PerkAbTest
from cs_lib.params.study import window_days
from cs_lib.sentences import Sentence

LOG = "flow_changes"
TEXTS = ("scope", "kind", "rollout", "owner", "action")


def changes_logged(desk: Desk) -> tuple[LoggedChange, ...]:
    """Every change that was live before the cut, in the order of their days; an end after the cut is not known yet."""
    return _entries(desk, f"live_at < {_cut(desk)}") if desk.has(LOG) else ()


def changes_planned(desk: Desk, *, start: date, end: date) -> tuple[LoggedChange, ...]:
    """Entries whose day of going live lies behind the cut and in a period, as the log has them today.

    They are announcements, and for plans alone: in what is read again as of an earlier day they would be hindsight.
    """
    if not desk.has(LOG):
        return ()
    day = desk.day_of("live_at")
    return _entries(desk, f"live_at >= {_cut(desk)} AND {between(day, start, end)}")


def logged_until(desk: Desk) -> date | None:
    """The day of the latest entry before the cut, a start or an end; None where no log is, or an empty one."""
    if not desk.has(LOG):
        return None
    latest = ", ".join(f"max({desk.day_of(stamp)})" for stamp in ("live_at", "ended_at"))
    found = desk.engine.rows(f"SELECT {latest} FROM {LOG} WHERE live_at < {_cut(desk)}")[0]
    return max((day for day in found if day is not None), default=None)


def went_live(changes: Sequence[LoggedChange], start: date, end: date) -> tuple[LoggedChange, ...]:
    """Those that went live in a period."""
    return tuple(one for one in changes if start <= one.day <= end)


def moved_within(
    changes: Sequence[LoggedChange], start: date, end: date
) -> tuple[LoggedChange, ...]:
    """Those that went live in a period, were still growing in it, or were taken back in it.

    What was on all through a period moves nothing in it and is left out.
    """
    return tuple(
        one
        for one in changes
        if one.day <= end
        and (
            one.day >= start
            or ((one.last is None or one.last >= start) and (one.settled or one.day) > start)
            or (one.last is not None and start <= one.last <= end)
        )
    )


def while_served(desk: Desk, study: PerkAbTest) -> dict[str, Any]:
    """What the change log tells of the days from the first assignment to the last outcome.

    Nothing for a table of results without a log: nobody expects one beside it, and no change favours a variant.
    """
    if study.design.period is None or (study.reads_results and not desk.has(LOG)):
        return {}
    windows = [window_days(study.measure.primary_metric) or 0]
    windows += [study.money.window_days] if study.money else []
    first, end = study.assigned_days
    last = min(end + timedelta(days=max(windows)), desk.observed_until - timedelta(days=1))
    if last < first:
        return {}
    changes = moved_within(changes_logged(desk), first, last)
    return {"served": (first, last), "changes": changes, "logged_until": logged_until(desk)}


def _cut(desk: Desk) -> str:
    return f"TIMESTAMP {quote(desk.cut.isoformat(sep=' '))}"


def _entries(desk: Desk, condition: str) -> tuple[LoggedChange, ...]:
    days = ", ".join(desk.day_of(stamp) for stamp in ("live_at", "ended_at", "found_at"))
    rows = desk.engine.rows(
        f"SELECT change_id, coalesce(name, change_id), {days}, ramp_days, {', '.join(TEXTS)} FROM {LOG}"
        f" WHERE {condition} ORDER BY 3, 1"
    )
    return tuple(_entry(*row) for row in rows)


def _entry(
    code: str,
    name: str,
    day: date,
    last: date | None,
    found: date | None,
    ramp: float | None,
    *texts: Any,
) -> LoggedChange:
    told = {key: text or "" for key, text in zip(TEXTS, texts, strict=True)}
    settled = day + timedelta(days=ceil(min(ramp or 0.0, 36_500.0)))
    return LoggedChange(code, Sentence(name), day, last=last, settled=settled, found=found, **told)
