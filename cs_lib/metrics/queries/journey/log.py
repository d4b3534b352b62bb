"""What a log of steps can carry: what is missing in it, out of order, or done by a clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cs_lib.metrics.queries.health.gaps import BIN, LONGEST
from cs_lib.metrics.queries.journey.quantiles import MEDIAN, quantiles
from cs_lib.metrics.queries.journey.read import Read, promises
from cs_lib.metrics.queries.journey.signs import PEOPLE, kinds
from cs_lib.metrics.queries.journey.walk import CASES, CELLS, WALK
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.sentences import say

RUNS = "cs_journey_runs"  # steps with a start and an end


@dataclass(frozen=True, slots=True)
class LogFacts:
    """Counts over the study's contacts and their steps.

    Attributes:
        contacts, with_steps: contacts, and those with a step.
        strangers: steps (of the whole log) whose contact is not there.
        ties: steps at the very time of the step before them in their contact.
        unordered: those of them that `seq` does not order.
        repeated: steps equal to the one before in contact, time, stage and name.
        early: steps before their contact was opened.
        unfinished: contacts neither resolved nor closed by the data cut.
        other: steps whose stage is `other`.
        teams, agents, actors: steps that name a team, a person, an actor.
        double: steps with a start of their own (`started_at`) beside their end.
        promised: contacts with `follow_up_due_at`; None where no contact of the source has it.
        asked_back: contacts with a step `follow_up`.
        public: our replies that say whether they were public, of all our replies.
    """

    contacts: int
    with_steps: int
    strangers: int
    events: int
    ties: int
    unordered: int
    repeated: int
    early: int
    unfinished: int
    other: int
    teams: int
    agents: int
    actors: int
    double: int
    promised: int | None
    asked_back: int
    public: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Closings:
    """Times from the last resolution to the closing; whether a timer stands behind them is not judged here.

    Attributes:
        among: contacts closed at or after their resolution.
        micros: the time from resolution to closing of all of these, in all.
        bins: start of each bin that holds one, in tenths of an hour, in order; times up to 400 days.
        counts: contacts in each of these bins.
    """

    among: int
    micros: int
    bins: NDArray[np.int64]
    counts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Worked:
    """Work and idle time where steps have a start and an end (bupaR's definitions), microseconds.

    Attributes:
        cases: contacts with such a step; throughput_median from first start to last end; processing_mean the time of
            steps added up, idle_mean the time in which no step runs, a contact.
        people: by person, the time inside the log in which none of the person's own steps runs.
    """

    cases: int
    throughput_median: int
    processing_mean: float
    idle_mean: float
    people: dict[str, int]


def log_facts(read: Read) -> LogFacts:
    """What the log holds of the study's contacts, and what it lacks."""
    desk = read.desk
    [(contacts, with_steps, unfinished, due)] = read.rows(
        "SELECT count(*), count(CASE WHEN c.steps > 0 THEN 1 END), count(CASE WHEN c.ended IS NULL THEN 1 END),"
        f" count(c.due) FROM {CASES} c"
    )
    sums = ", ".join(
        f"coalesce(sum({one}), 0)"
        for one in (
            "n", "early", f"CASE WHEN {kinds(('other',))} THEN n END", "teams", "people",
            "CASE WHEN actor >= 0 THEN n END", "told * n", "CASE WHEN told IS NOT NULL THEN n END",
        )
    )  # fmt: skip
    [steps] = read.rows(f"SELECT {sums} FROM {CELLS}")
    events, early, other, teams, agents, actors, told, ours = map(int, steps)
    [(asked,)] = read.rows(
        f"SELECT count(DISTINCT w.number) FROM {WALK} w WHERE {kinds(('follow_up',), 'w.kind')}"
    )
    ties, unordered, repeated = read.ties
    return LogFacts(
        contacts=contacts,
        with_steps=with_steps,
        strangers=_strangers(read, events),
        events=events,
        ties=ties,
        unordered=unordered,
        repeated=repeated,
        early=early,
        unfinished=unfinished,
        other=other,
        teams=teams,
        agents=agents,
        actors=actors,
        double=_double(read),
        promised=due if promises(desk) else None,
        asked_back=asked,
        public=(told, ours),
    )


def _strangers(read: Read, inside: int) -> int:
    """Steps that belong neither to the contacts of the study, `inside` of them, nor to any other."""
    [(every,)] = read.rows("SELECT count(*) FROM events")
    [(outside,)] = read.rows(
        "SELECT count(*) FROM events e JOIN contacts c ON c.contact_id = e.contact_id"
        f" WHERE ({read.inside}) IS NOT TRUE"
    )
    return int(every - outside - inside)


def _double(read: Read) -> int:
    """Steps with a start of their own."""
    if not read.desk.facts["events"].of("started_at").filled:
        return 0
    [(n,)] = read.rows(
        f"SELECT count(*) FROM events e JOIN {CASES} c ON c.contact_id = e.contact_id WHERE e.started_at IS NOT NULL"
    )
    return int(n)


def closings(read: Read) -> Closings | None:
    """How long after their last resolution contacts were closed; None where none was closed after one."""
    dialect = read.desk.engine.dialect
    gap = f"SELECT c.closed - c.resolved AS g FROM {CASES} c WHERE c.closed >= c.resolved"
    whole = dialect.divided("g", f"{BIN}")
    rows = read.rows(
        f"SELECT CASE WHEN {whole} > {LONGEST} THEN {LONGEST + 1} ELSE {whole} END AS b, count(*),"
        f" sum({dialect.wide('g')}) FROM ({gap}) s GROUP BY 1 ORDER BY 1"
    )
    if not rows:
        return None
    kept = [(int(b), int(n)) for b, n, _ in rows if b <= LONGEST]
    bins, counts = np.array(kept, dtype=np.int64).reshape(-1, 2).T
    return Closings(sum(int(n) for _, n, _ in rows), sum(int(g) for *_, g in rows), bins, counts)


def worked(read: Read) -> Worked:
    """Work and idle time of steps that have a start and an end.

    Raises NotAvailable where no step of these contacts has a start.
    """
    engine, dialect = read.desk.engine, read.desk.engine.dialect
    if not _double(read):
        raise NotAvailable(
            say(
                "Work and waiting cannot be told apart because no step has a start of its own (started_at)."
            )
        )
    start, end = dialect.micros("e.started_at"), dialect.micros("e.ts")
    try:
        engine.run(
            f"CREATE TEMP TABLE {RUNS} AS SELECT c.number, p.number AS person, {start} AS began, {end} AS ended"
            f" FROM events e JOIN {CASES} c ON c.contact_id = e.contact_id"
            f" LEFT JOIN {PEOPLE} p ON p.name = e.agent_id WHERE e.started_at IS NOT NULL"
        )
        [(cases, processing)] = read.rows(
            f"SELECT count(DISTINCT number), sum({dialect.wide('ended - began')}) FROM {RUNS}"
        )
        idle = sum(_idle(read, "number").values())
        people = {read.people[one]: took for one, took in _idle(read, "person").items()}
        throughput = f"SELECT 0 AS g, max(ended) - min(began) AS v FROM {RUNS} GROUP BY number"
        [(median,)] = quantiles(engine, throughput, [MEDIAN]).values()
    finally:
        engine.run(f"DROP TABLE IF EXISTS {RUNS}")
    return Worked(cases, median, int(processing) / cases, idle / cases, people)


def _idle(read: Read, whose: str) -> dict[int, int]:
    """By contact or person the time between their steps in which none runs."""
    wide = read.desk.engine.dialect.wide
    before = (
        f"max(ended) OVER (PARTITION BY {whose} ORDER BY began, ended"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )
    rows = read.rows(
        f"SELECT whose, sum({wide('CASE WHEN began > till THEN began - till ELSE 0 END')}) FROM"
        f" (SELECT {whose} AS whose, began, {before} AS till FROM {RUNS} WHERE {whose} IS NOT NULL) s"
        " GROUP BY 1 ORDER BY 1"
    )
    return {one: int(idle) for one, idle in rows}
