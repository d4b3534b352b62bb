"""Time on the way counted in the opening hours of teams, beside calendar time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cs_lib.data.contracts import OWNERS
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import Engine
from cs_lib.metrics.opening_hours import OpeningHours
from cs_lib.metrics.queries.business_hours import open_time
from cs_lib.metrics.queries.journey.phases import HOLDERS, PHASES
from cs_lib.metrics.queries.journey.quantiles import quantiles
from cs_lib.metrics.queries.journey.signs import TEAMS
from cs_lib.metrics.queries.journey.walk import BEFORE, CASES, TIMED, WALK

OPEN = "cs_journey_open"
FIRST = -1  # in place of a step's name, for the time before the first step


@contextmanager
def counted(desk: Desk, opening: OpeningHours | None) -> Iterator[None]:
    """The open time of every step as a table beside the walk, and of the time before the first; none without hours.

    A step counts in the hours of the team that it names, else in those of the team that the contact was first with.
    Raises NotAvailable, one sentence a fault, where the hours of a team are not known.
    """
    if opening is None:
        yield
        return
    team = "coalesce(w.team, c.team)"
    steps = (
        "SELECT w.number, w.phase, w.holder, w.activity, n.name AS team, c.opened + w.since AS since,"
        f" c.opened + greatest(w.till, w.since) AS till FROM {WALK} w JOIN {CASES} c ON c.number = w.number"
        f" LEFT JOIN {TEAMS} n ON n.number = {team} WHERE w.since >= 0"
    )
    answer, ours = PHASES.index("answer"), HOLDERS.index("waiting_on_us")
    before = (
        f"SELECT c.number, {answer} AS phase, {ours} AS holder, {FIRST} AS activity, n.name AS team, c.opened AS since,"
        f" c.opened + greatest({BEFORE}, 0) AS till FROM {CASES} c LEFT JOIN {TEAMS} n ON n.number = c.team"
        " WHERE c.steps > 0"
    )
    try:
        with open_time(desk, opening) as time:
            time.table(
                OPEN, f"({steps} UNION ALL {before}) s", "s.since", "s.till", team="s.team",
                keep="s.number, s.phase, s.holder, s.activity",
            )  # fmt: skip
        yield
    finally:
        desk.engine.run(f"DROP TABLE IF EXISTS {OPEN}")


def by_span(engine: Engine) -> dict[tuple[int, int, int, int], int]:
    """Open microseconds by phase, holder, step (`FIRST` before the first one) and owner."""
    unknown = OWNERS.index("unknown")
    rows = engine.rows(
        f"SELECT o.phase, o.holder, o.activity, coalesce(c.owner, {unknown}),"
        f" sum({engine.dialect.wide('o.open_micros')}) FROM {OPEN} o JOIN {CASES} c ON c.number = o.number"
        " GROUP BY 1, 2, 3, 4"
    )
    return {(p, h, a, own): int(total) for p, h, a, own, total in rows}


def by_phase(engine: Engine) -> dict[int, tuple[int, ...]]:
    """Median and ninth decile of the open time of contacts in each phase, of those that are through with it."""
    timed = ", ".join(str(PHASES.index(phase)) for phase in TIMED)
    answer = PHASES.index("answer")
    return quantiles(
        engine,
        f"SELECT o.phase AS g, sum(o.open_micros) AS v FROM {OPEN} o JOIN {CASES} c ON c.number = o.number"
        f" WHERE o.phase IN ({timed}) AND (c.ended IS NOT NULL OR (o.phase = {answer} AND c.answered_at IS NOT NULL))"
        " GROUP BY o.phase, o.number",
    )
