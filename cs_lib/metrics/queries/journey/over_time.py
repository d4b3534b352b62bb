"""The waits of each phase over the weeks, and what slow contacts have that fast ones have not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cs_lib.data.contracts import CHANNELS
from cs_lib.metrics.queries.journey.pains import STRATA
from cs_lib.metrics.queries.journey.phases import Phase
from cs_lib.metrics.queries.journey.quantiles import quantiles
from cs_lib.metrics.queries.journey.read import Read
from cs_lib.metrics.queries.journey.walk import CASES, SHAPES, TIMED, TIMES, WALK
from cs_lib.metrics.queries.sql import not_available
from cs_lib.sentences import say

MOST_TEAMS = 10
WEEK = 7
ALL = -1  # in place of a team
THROUGH = 10  # a week is shown when at most one in so many of its contacts is not through
LEAST_RESOLVED = 50
MOST_VALUES = 100  # of each kind of trait, the commonest


@dataclass(frozen=True, slots=True)
class WeeklyWait:
    """Time of contacts in one phase, by the week of their opening, of one team or of all.

    Attributes:
        team: the team that the contact was first with; None for all.
        weeks: the first day of each, in order (`datetime64[D]`); the last week ends with the study, and days that make
            no whole week at the start are left out.
        cases, median, p90: contacts, and microseconds in the phase, of contacts under way so far; -1 where the week has
            none, or more than a tenth of them are not through, so that slow ones are not seen yet.
    """

    phase: Phase
    team: str | None
    weeks: NDArray[np.datetime64]
    cases: NDArray[np.int64]
    median: NDArray[np.int64]
    p90: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Feature:
    """Contacts with one trait among the slow fifth and among the fast fifth of resolved ones.

    `of` is what kind of trait: need_code, channel, team_id, priority, product_id, or step (the log's name of a step
    that the contact has at least once); `value` which.
    """

    of: str
    value: str
    slow: int
    fast: int


@dataclass(frozen=True, slots=True)
class SlowAndFast:
    """The slow fifth and the fast fifth of resolved contacts, by time to resolution, and what they have."""

    slow: int
    fast: int
    slow_from: int  # microseconds
    fast_to: int
    features: tuple[Feature, ...]


def weekly(read: Read) -> tuple[WeeklyWait, ...]:
    """The phases that take time, of all contacts and of the ten teams with most of them."""
    weeks = read.days // WEEK
    if not weeks:
        return ()
    first = np.datetime64(read.end) + 1 - WEEK * weeks
    starts = first + WEEK * np.arange(weeks)
    teams = _teams(read)
    groups = len(TIMED) * weeks
    sizes = _sizes(read, first, weeks, teams)
    middle = quantiles(read.desk.engine, _waits(read, first, weeks, teams), parts=True)
    found = []
    for i, team in enumerate([ALL, *teams]):
        for j, phase in enumerate(TIMED):
            cases, median, p90 = (np.full(weeks, empty, dtype=np.int64) for empty in (0, -1, -1))
            for week in range(weeks):
                group = i * groups + j * weeks + week
                n, over = sizes[group]
                cases[week] = n
                if n and THROUGH * (n - over) <= n:
                    median[week], p90[week] = middle[group]
            if cases.any():
                name = None if team == ALL else read.teams[team]
                found.append(WeeklyWait(phase, name, starts, cases, median, p90))
    return tuple(found)


def _teams(read: Read) -> list[int]:
    """The teams that most contacts were first with."""
    rows = read.rows(
        f"SELECT team, count(*) AS n FROM {CASES} WHERE team IS NOT NULL AND steps > 0 GROUP BY 1 ORDER BY 2 DESC, 1"
        f" LIMIT {MOST_TEAMS}"
    )
    return [row[0] for row in rows]


def _week(read: Read, first: np.datetime64) -> str:
    """The week of a contact of `TIMES` from a first day on."""
    days = f"CAST(t.day - DATE '{first}' AS BIGINT)"
    return read.desk.engine.dialect.divided(days, str(WEEK))


def _through(phase: Phase) -> str:
    """The column of `TIMES` that is 1 for those who are through with a phase."""
    return "answered" if phase == "answer" else "over"


def _sizes(read: Read, first: np.datetime64, weeks: int, teams: list[int]) -> list[list[int]]:
    """By group as in `_waits` contacts, and those that are through."""
    asked = ", ".join(
        f"count(t.{phase}), coalesce(sum(CASE WHEN t.{phase} IS NOT NULL THEN t.{_through(phase)} END), 0)"
        for phase in TIMED
    )
    found = [[0, 0] for _ in range((1 + len(teams)) * len(TIMED) * weeks)]
    for week, team, *counts in read.rows(
        f"SELECT {_week(read, first)}, t.team, {asked} FROM {TIMES} t WHERE t.day >= DATE '{first}' GROUP BY 1, 2"
    ):
        for i in [0, *([1 + teams.index(team)] if team in teams else [])]:
            for j in range(len(TIMED)):
                group = found[(i * len(TIMED) + j) * weeks + week]
                group[0] += int(counts[2 * j])
                group[1] += int(counts[2 * j + 1])
    return found


def _waits(read: Read, first: np.datetime64, weeks: int, teams: list[int]) -> str:
    """A row for each contact and phase: the group of all, that of its team, and the time."""
    places = " ".join(f"WHEN {team} THEN {i}" for i, team in enumerate(teams, start=1))
    number = f"CASE t.team {places} END" if teams else "NULL"
    groups = len(TIMED) * weeks
    shown = f"SELECT t.*, {_week(read, first)} AS week, {number} AS i FROM {TIMES} t WHERE t.day >= DATE '{first}'"
    return " UNION ALL ".join(
        f"SELECT {j * weeks} + s.week AS g, s.i * {groups} + {j * weeks} + s.week AS part, s.{phase} AS v"
        f" FROM ({shown}) s WHERE s.{phase} IS NOT NULL"
        for j, phase in enumerate(TIMED)
    )


def slow_and_fast(read: Read) -> SlowAndFast:
    """The slow and the fast fifth and their traits.

    Raises NotAvailable with fewer than 50 resolved contacts, or where all of them took equally long.
    """
    ends = f"stratum IN (0, {STRATA - 1})"
    rows = read.rows(
        f"SELECT stratum, count(*), min(resolved), max(resolved) FROM {CASES} WHERE stratum >= 0 GROUP BY 1"
    )
    found = {stratum: (int(n), int(low), int(high)) for stratum, n, low, high in rows}
    resolved = sum(n for n, *_ in found.values())
    if resolved < LEAST_RESOLVED or not {0, STRATA - 1} <= set(found):
        raise not_available("slow", say("too few contacts were resolved to tell slow from fast"))
    slow, fast = found[STRATA - 1], found[0]
    features: list[Feature] = []
    names: dict[str, tuple[str, ...]] = {
        "need": read.needs,
        "channel": CHANNELS,
        "team": read.teams,
    }
    called = {"need": "need_code", "channel": "channel", "team": "team_id"}
    for column, values in names.items():
        features += _features(
            read,
            called[column],
            f"SELECT {column} AS v, stratum, 1 AS n FROM {CASES} WHERE {ends}",
            values,
        )
    for column in ("priority", "product_id"):
        if not read.desk.facts["contacts"].of(column).filled:
            continue
        own = (
            f"SELECT k.{column} AS v, c.stratum, 1 AS n FROM {CASES} c JOIN contacts k ON k.contact_id = c.contact_id"
            f" WHERE {ends}"
        )
        features += _features(read, column, own, None)
    # Contacts of one shape have the same steps.
    taken = (
        f"SELECT t.shape, c.stratum, count(*) AS n FROM {CASES} c JOIN {TIMES} t ON t.number = c.number"
        f" WHERE {ends} GROUP BY 1, 2"
    )
    had = f"SELECT DISTINCT s.shape, w.activity AS v FROM {WALK} w JOIN {SHAPES} s ON s.number = w.number"
    by_shape = f"SELECT h.v, t.stratum, t.n FROM ({taken}) t JOIN ({had}) h ON h.shape = t.shape"
    features += _features(read, "step", by_shape, read.activities)
    return SlowAndFast(slow[0], fast[0], slow[1], fast[2], tuple(features))


def _features(read: Read, of: str, values: str, names: tuple[str, ...] | None) -> list[Feature]:
    """Values (`v`) of one kind of trait, of `n` contacts each, those of most contacts first."""
    rows: list[tuple[Any, ...]] = read.rows(
        "SELECT v, sum(CASE WHEN stratum > 0 THEN n ELSE 0 END), sum(CASE WHEN stratum = 0 THEN n ELSE 0 END)"
        f" FROM ({values}) s WHERE v IS NOT NULL GROUP BY 1 ORDER BY sum(n) DESC, 1 LIMIT {MOST_VALUES}"
    )
    return [
        Feature(of, value if names is None else names[value], int(slow), int(fast))
        for value, slow, fast in rows
    ]
