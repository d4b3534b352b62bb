"""Contacts open at the end of each week, by their age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definitions.contacts import EMPTY, REAL, UNSTAMPED
from cs_lib.metrics.queries.scorecard.weeks import FEW_OF_USUAL, Weeks, beginning, whole_weeks
from cs_lib.metrics.queries.sql import matches, moment, not_available, stamp
from cs_lib.params import Scope
from cs_lib.sentences import Text, say

if TYPE_CHECKING:
    import pandas as pd

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Bands of age in whole local days, each from so many on.
BANDS = {"under_1d": 0, "from_1d": 1, "from_3d": 3, "from_7d": 7, "over_30d": 30}
OLDEST = max(BANDS.values())
# Recording ended where of so many contacts hardly any was resolved in the weeks they came in, and most never were.
LEAST_OPENED, HARDLY, MOST = 20, 0.1, 0.5
FEW = 3  # contacts of a week that may end at a time nobody knows, whatever is usual
AGAIN, STEPS = "cs_score_again", "cs_score_steps"
NEVER = -2  # resolved or closed by its status, at a time that nobody knows


@dataclass(frozen=True, slots=True)
class Backlog:
    """Contacts that were opened before the end of a week and not resolved before it, by age.

    Age is counted in whole local days: a contact that was opened on the last day of the week is under a day old.

    Attributes:
        weeks: the first days of the weeks.
        bands: from which age on each band is: under a day, 1 to 3, 3 to 7, 7 to 30 and over 30 days.
        open: contacts, a row per week and a column per band.
        there: whether a week has a point: it is observed to its end, contacts of the 30 days before that end are all
            in the table, contacts still came then or later, resolutions were still recorded, and not many more of
            its contacts than usually ended at a time nobody knows.
        may_lack: contacts over 30 days old that a week may lack, because they were opened before the table begins:
            as many as are older than that at the last point.
        opened, resolved, reopened: contacts that came, ended and came back in the week; `open` changes by them.
        by_events: whether steps told that contacts were open again; else a contact counts as open from its opening
            to its last resolution.
        unstamped: contacts that ended at a time nobody knows; they are never counted as open.
        begins: the first day from which contacts come as they usually do.
        recorded_from: the first day of the first week with resolutions, where there are hardly any before it: a table
            may hold only contacts that ended from then on; None where it does not.
        recorded_until: the last day with a resolution, where they ceased to be recorded; None where they did not.
    """

    weeks: NDArray[np.datetime64]
    bands: tuple[str, ...]
    open: Whole
    there: Flags
    may_lack: Whole
    opened: Whole
    resolved: Whole
    reopened: Whole
    by_events: bool
    unstamped: int
    begins: date
    recorded_from: date | None
    recorded_until: date | None

    def to_frame(self) -> pd.DataFrame:
        """One row per week and band; no number where a week has no point."""
        import pandas as pd

        size = len(self.bands)
        frame = pd.DataFrame(
            {
                "week": self.weeks.repeat(size),
                "band": [*self.bands] * len(self.weeks),
                "open": pd.array(self.open.ravel(), dtype="Int64"),
            }
        )
        return frame.assign(open=frame.open.where(self.there.repeat(size)))


@dataclass(frozen=True, slots=True)
class _Moves:
    """Contacts by local day of opening (rows, in order) and by the week of what became of them.

    The columns of `resolved` and `reopened` are: before the first week, each week, after the last.
    """

    days: NDArray[np.datetime64]
    opened: Whole
    unstamped: Whole
    resolved: Whole
    reopened: Whole


def backlog(desk: Desk, start: date, end: date, *, scope: Scope | None = None) -> Backlog:
    """Contacts open at the end of each whole week of a period, counted backwards from its last local day.

    Merged ones, spam and cancelled ones are left out.

    Raises:
        NotAvailable: there are no contacts, no contact says when it was resolved, or no week has a point.
    """
    weeks = whole_weeks(start, end)
    moves, by_events = _moves(desk, weeks, scope)
    came = (moves.opened + moves.unstamped).tolist()
    begins = beginning(dict(zip(moves.days.tolist(), came, strict=True)), end)
    if begins is None:
        raise not_available(_name(), say("there are no such contacts"))
    if not moves.resolved.sum():
        raise not_available(_name(), say(EMPTY["resolved_at"]))
    opened, unstamped = (_by_week(moves, weeks, x) for x in (moves.opened, moves.unstamped))
    counts = _open(moves, weeks)
    ended, again = moves.resolved[:, 1:-1].sum(axis=0), moves.reopened[:, 1:-1].sum(axis=0)
    left = _by_week(moves, weeks, _still_open(moves)) + unstamped
    since = _recorded_from(moves, weeks)
    ceased = _ceased(opened + unstamped, ended, left, since)
    until = _recorded_until(desk, scope, weeks, ceased)
    there = _there(desk, weeks, begins, until)
    there[:since] = False
    there &= np.cumsum((opened + unstamped)[::-1])[::-1] > 0
    there &= _usual(unstamped, opened + unstamped, there)
    if not there.any():
        raise not_available(_name(), _why_none(weeks, begins, until))
    lack = _may_lack(moves, weeks, begins, int(np.flatnonzero(there)[-1]))
    return Backlog(
        weeks.starts,
        tuple(BANDS),
        counts,
        there,
        lack,
        opened,
        ended,
        again,
        by_events,
        int(moves.unstamped.sum()),
        begins,
        weeks.starts[since].item() if since else None,
        until,
    )


def _name() -> Text:
    return say("open contacts by age")


def _moves(desk: Desk, weeks: Weeks, scope: Scope | None) -> tuple[_Moves, bool]:
    """What became of contacts, and whether steps told of any that came back."""
    opened = desk.day_of("c.opened_at")
    ended = f"CASE WHEN {UNSTAMPED} THEN {NEVER} ELSE {_week(desk, weeks, 'c.resolved_at')} END"
    mine = f"{REAL} AND {matches(scope)}"
    rows = desk.engine.rows(
        f"SELECT {opened} AS opened, {ended} AS ended, count(*) FROM contacts c WHERE {mine}"
        f" AND {_before(desk, weeks)} GROUP BY 1, 2"
    )
    more = _by_steps(desk, weeks, mine) if desk.has("events") else []
    days = np.array(sorted({row[0] for row in rows}), dtype="datetime64[D]")
    place = {day: i for i, day in enumerate(days.tolist())}
    size = weeks.number + 2
    came, never = (np.zeros(len(days), dtype=np.int64) for _ in range(2))
    resolved, reopened = (np.zeros((len(days), size), dtype=np.int64) for _ in range(2))
    for day, week, n in rows:
        if week == NEVER:
            never[place[day]] += n
            continue
        came[place[day]] += n
        if week is not None:
            resolved[place[day], week + 1] += n
    for day, week, ended_there, again in more:
        resolved[place[day], week + 1] += ended_there
        reopened[place[day], week + 1] += again
    return _Moves(days, came, never, resolved, reopened), bool(more)


def _before(desk: Desk, weeks: Weeks) -> str:
    """SQL of whether a contact was opened before the last week ended."""
    return f"c.opened_at < {stamp(moment(desk, weeks.end + timedelta(days=1)))}"


def _week(desk: Desk, weeks: Weeks, stamp: str) -> str:
    """SQL of the week of a stamp, -1 before the first and the number of weeks after the last; NULL without it."""
    day = desk.day_of(stamp)
    return (
        f"CASE WHEN {day} < DATE {quote(weeks.first.isoformat())} THEN -1"
        f" WHEN {day} > DATE {quote(weeks.end.isoformat())} THEN {weeks.number}"
        f" ELSE {weeks.of(desk, day)} END"
    )


def _by_steps(desk: Desk, weeks: Weeks, mine: str) -> list[tuple[date, int, int, int]]:
    """Of contacts with a step `reopened`: by opening day and week, what their steps say in place of `resolved_at`.

    Resolutions by their steps less those by `resolved_at`, and reopenings. Where a contact's last step is a
    reopening, a later `resolved_at` ends it all the same; so does, at once, a status that says that it is over.
    """
    opened = desk.day_of("c.opened_at")
    again = "SELECT e.contact_id FROM events e WHERE e.stage = 'reopened' GROUP BY 1"
    # Among all contacts those few are looked for first; only they are asked whether they count.
    those = (
        f"SELECT c.contact_id, c.opened_at, c.resolved_at, c.status IN ('resolved', 'closed') AS over,"
        f" {opened} AS day, {mine} AND NOT ({UNSTAMPED}) AND {_before(desk, weeks)} AS counts"
        f" FROM contacts c JOIN ({again}) a ON a.contact_id = c.contact_id"
    )
    order = "OVER (PARTITION BY e.contact_id ORDER BY e.ts, e.seq, e.stage DESC)"
    steps = (
        f"SELECT c.day, c.resolved_at, c.over, e.ts, e.stage, lag(e.stage) {order} AS earlier,"
        f" lead(e.ts) {order} AS later FROM events e JOIN {AGAIN} c ON c.contact_id = e.contact_id"
        " WHERE c.counts AND e.stage IN ('resolved', 'reopened') AND e.ts >= c.opened_at"
    )
    try:  # asked for three times, and the engine would make them as often
        desk.engine.run(f"CREATE TEMP TABLE {AGAIN} AS {those}")
        desk.engine.run(f"CREATE TEMP TABLE {STEPS} AS {steps}")
        return _turns(desk, weeks)
    finally:
        for table in (STEPS, AGAIN):
            desk.engine.run(f"DROP TABLE IF EXISTS {table}")


def _turns(desk: Desk, weeks: Weeks) -> list[tuple[date, int, int, int]]:
    """What changes by the steps: ends and reopenings in turn, without the end that `resolved_at` tells."""
    ends = "CASE WHEN s.stage = 'resolved' THEN 1 ELSE 0 END"
    week, stamped = _week(desk, weeks, "s.ts"), _week(desk, weeks, "s.resolved_at")
    stays = "s.stage = 'reopened' AND s.resolved_at > s.ts"
    last = f"FROM {STEPS} s WHERE s.later IS NULL"
    parts = (
        f"SELECT s.day, {week} AS week, {ends} AS ended, 1 - {ends} AS again FROM {STEPS} s"
        " WHERE s.stage <> coalesce(s.earlier, 'reopened') UNION ALL"
        f" SELECT s.day, {stamped}, -1, 0 {last} AND s.resolved_at IS NOT NULL AND NOT ({stays}) UNION ALL"
        f" SELECT s.day, {week}, 1, 0 {last} AND s.stage = 'reopened' AND s.over AND NOT ({stays})"
    )
    return desk.engine.rows(
        "SELECT p.day, p.week, CAST(sum(p.ended) AS BIGINT), CAST(sum(p.again) AS BIGINT)"
        f" FROM ({parts}) p GROUP BY 1, 2 ORDER BY 1, 2"
    )


def _by_week(moves: _Moves, weeks: Weeks, values: Whole) -> Whole:
    """Values by opening day summed over the days of each week."""
    week = weeks.place(moves.days)
    inside = (week >= 0) & (week < weeks.number)
    found = np.zeros(weeks.number, dtype=np.int64)
    np.add.at(found, week[inside], values[inside])
    return found


def _still_open(moves: _Moves) -> Whole:
    """Contacts by opening day that are open after all that is known of them."""
    return np.asarray(moves.opened - moves.resolved.sum(axis=1) + moves.reopened.sum(axis=1))


def _open_by_day(moves: _Moves, weeks: Weeks) -> Whole:
    """Contacts open at the end of each week (columns), by opening day."""
    gone = np.cumsum(moves.resolved - moves.reopened, axis=1)[:, 1:-1]
    came = moves.days[:, None] <= weeks.last_days[None, :]
    return np.asarray(np.where(came, moves.opened[:, None] - gone, 0))


def _open(moves: _Moves, weeks: Weeks) -> Whole:
    """Contacts open at the end of each week, by band of age."""
    still = _open_by_day(moves, weeks)
    age = (weeks.last_days[None, :] - moves.days[:, None]).astype(np.int64)
    edges = [*BANDS.values(), np.iinfo(np.int64).max]
    bands = [
        np.where((age >= low) & (age < high), still, 0).sum(axis=0) for low, high in pairwise(edges)
    ]
    return np.stack(bands, axis=1)


def _may_lack(moves: _Moves, weeks: Weeks, begins: date, last: int) -> Whole:
    """Contacts that were open at the last point and older then than any that a week can know of."""
    still = _open_by_day(moves, weeks)[:, last]
    age = (weeks.last_days[last] - moves.days).astype(np.int64)
    known = np.maximum((weeks.last_days - np.datetime64(begins)).astype(np.int64), 0)
    return np.array([still[age > days].sum() for days in known], dtype=np.int64)


def _recorded_from(moves: _Moves, weeks: Weeks) -> int:
    """The first week in which contacts are resolved as they usually are, 0 where they were before the first one."""
    before, *ended = moves.resolved[:, :-1].sum(axis=0).tolist()
    early = moves.opened[weeks.place(moves.days) < 0].sum()
    if before and before >= HARDLY * early:
        return 0
    usual = float(np.median([n for n in ended if n] or [0]))
    return next((i for i, n in enumerate(ended) if n and n >= FEW_OF_USUAL * usual), weeks.number)


def _ceased(opened: Whole, ended: Whole, left: Whole, since: int) -> int | None:
    """The first week from which on resolutions are hardly recorded; None where they are.

    A holiday is none: those who came in it are resolved later. `since` is the first week with resolutions.
    """
    for first in range(since, len(opened)):
        came = np.cumsum(opened[first:])
        enough = np.flatnonzero(came >= LEAST_OPENED)
        if not len(enough):
            return None
        block = slice(first, first + int(enough[0]) + 1)
        of = opened[block].sum()
        before = slice(since, first)
        usual = ended[before].sum() >= MOST * opened[before].sum()
        if usual and ended[block].sum() <= HARDLY * of and left[block].sum() >= MOST * of:
            return first
    return None


def _there(desk: Desk, weeks: Weeks, begins: date, until: date | None) -> Flags:
    """Weeks that are observed, know of the days before them, and in which resolutions were still recorded."""
    there = weeks.last_days < np.datetime64(desk.observed_until)
    there &= weeks.last_days - np.datetime64(begins) >= OLDEST - 1
    if until is not None:
        there &= weeks.last_days <= np.datetime64(until)
    return there


def _usual(unstamped: Whole, came: Whole, there: Flags) -> Flags:
    """Weeks in which not many more contacts than usually ended at a time nobody knows: these are not counted."""
    if not there.any():
        return there
    usual = np.median(unstamped[there] / np.maximum(came[there], 1))
    return np.asarray(unstamped - usual * came <= np.maximum(HARDLY * came, FEW))


def _recorded_until(
    desk: Desk, scope: Scope | None, weeks: Weeks, ceased: int | None
) -> date | None:
    """The last day with a resolution before recording ceased; the day before the weeks where they have none."""
    if ceased is None:
        return None
    day, first = desk.day_of("c.resolved_at"), weeks.starts[ceased].item()
    [(last,)] = desk.engine.rows(
        f"SELECT max({day}) FROM contacts c WHERE {REAL} AND {matches(scope)}"
        f" AND {day} < DATE {quote(first.isoformat())}"
    )
    found: date = last or weeks.first - timedelta(days=1)
    return found


def _why_none(weeks: Weeks, begins: date, until: date | None) -> Text:
    """Why no week has a point."""
    if (weeks.last_days - np.datetime64(begins) < OLDEST - 1).all():
        return say(
            "contacts begin on {day}, so no week has all of the 30 days before its end", day=begins
        )
    if until is not None:
        return say("hardly any contact that came after {day} says when it was resolved", day=until)
    return say("no week is wholly observed with its contacts")
