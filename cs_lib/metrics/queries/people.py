"""Followed customers as a narrow table in the engine: whole numbers and what they are split by, read once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from cs_lib.data.desk import Desk
from cs_lib.metrics.definition import MICROS_A_DAY
from cs_lib.metrics.queries.cohort import COMPLAINED, Cohort
from cs_lib.metrics.queries.sql import NotAvailable, micros, moment
from cs_lib.sentences import say

TABLE = "people"
UNKNOWN = "unknown"
MOST_VARIANTS = 200
MOST_CODES = 1_000  # values of a text that is taken as codes
# What is not a text of few values.
PLAIN = (
    "customer_id",
    "contact_id",
    "assignment_id",
    "day",
    "face_value",
    "expires_at",
    COMPLAINED,
)
Counts = dict[str, int]


def known(column: str) -> str:
    """A column as text, `unknown` when null."""
    return f"coalesce(CAST({column} AS VARCHAR), '{UNKNOWN}')"


@dataclass(frozen=True)
class People:
    """Customers of a cohort: one row each of `TABLE`, and how many they are.

    Columns of the table: customer_id, variant, since (microseconds), day, stage, delivered, cost (whole steps) and
    those of the cohort that were asked for.
    `stage` is how many of the sorted `thresholds` lie before it: a window is observed for the
    first stages.
    """

    desk: Desk
    cohort: Cohort
    columns: tuple[str, ...]
    thresholds: tuple[int, ...]
    number: Mapping[tuple[str, date, int], tuple[int, int]] = field(default_factory=dict)
    _splits: dict[tuple[str, int], dict[str, dict[str, tuple[int, int]]]] = field(
        default_factory=dict
    )
    looked_at: dict[str, Any] = field(default_factory=dict)  # what `looked_at` found out once

    def unit(self, alias: str) -> str:
        """SQL of a number that tells the customers of the table apart."""
        return self.desk.engine.dialect.row_of(alias)

    def stages(self, days: int, until: date | None = None) -> int:
        """How many stages have a window of so many days observed at the data cut, or at an earlier look."""
        return self.thresholds.index(_threshold(self.desk, days, until)) + 1

    def _by_variant(self, *, stages: int | None = None, part: int = 0) -> Counts:
        found: Counter[str] = Counter()
        for (variant, _, stage), counts in self.number.items():
            if stages is None or stage < stages:
                found[variant] += counts[part]
        return dict(sorted(found.items()))

    @cached_property
    def assigned(self) -> Counts:
        """Customers by variant, observed or not."""
        return self._by_variant()

    @cached_property
    def delivered(self) -> Counts:
        """Customers by variant to whom something was delivered."""
        return self._by_variant(part=1)

    def observed(self, days: int) -> Counts:
        """Customers by variant whose window is observed; none of a variant without any."""
        return self._by_variant(stages=self.stages(days))

    @cached_property
    def arrivals(self) -> dict[str, Counts]:
        """Customers by local day and variant."""
        found: dict[str, Counts] = {}
        for (variant, day, _), (count, _) in sorted(self.number.items()):
            by_variant = found.setdefault(day.isoformat(), {})
            by_variant[variant] = by_variant.get(variant, 0) + count
        return dict(sorted(found.items()))

    def by_day(self, days: int) -> dict[date, int]:
        """Customers whose window is observed, by local day."""
        stages, found = self.stages(days), Counter[date]()
        for (_, day, stage), (count, _) in self.number.items():
            if stage < stages:
                found[day] += count
        return dict(sorted(found.items()))

    def split(self, column: str, days: int) -> dict[str, dict[str, tuple[int, int]]]:
        """Customers by a column's value (`unknown` when null) and variant: all, and those whose window is observed."""
        if (column, days) not in self._splits:
            observed = f"count(CASE WHEN stage < {self.stages(days)} THEN 1 END)"
            rows = self.desk.engine.rows(
                f"SELECT {known(column)}, variant, count(*), {observed} FROM {TABLE} GROUP BY 1, 2 ORDER BY 1, 2"
            )
            found: dict[str, dict[str, tuple[int, int]]] = {}
            for value, variant, count, followed in rows:
                found.setdefault(value, {})[variant] = count, followed
            self._splits[column, days] = found
        return self._splits[column, days]

    def split_by(self, column: str, days: int) -> dict[str, Counts]:
        """Customers by a column's value and variant, observed or not."""
        return {
            value: {variant: count for variant, (count, _) in by_variant.items()}
            for value, by_variant in self.split(column, days).items()
        }

    def clusters(self, column: str) -> Counts:
        """Clusters by variant; one with customers in several counts once, where it has most of them."""
        first = f"row_number() OVER (PARTITION BY {column} ORDER BY count(*) DESC, variant)"
        counted = (
            f"SELECT variant, count(CASE WHEN place = 1 THEN 1 END) FROM (SELECT {column}, variant, {first} AS place"
            f" FROM {TABLE} WHERE {column} IS NOT NULL GROUP BY {column}, variant) c GROUP BY 1 ORDER BY 1"
        )
        return dict(self.desk.engine.rows(counted))

    @cached_property
    def knows_need(self) -> bool:
        """Whether any of them is known to have come with a need."""
        counted = f"SELECT count(need_code) FROM {TABLE}"
        return "need_code" in self.columns and bool(self.desk.engine.rows(counted)[0][0])

    @cached_property
    def first_and_last(self) -> tuple[int, int]:
        """The first and the last `since`; the epoch twice when there is nobody."""
        first, last = self.desk.engine.rows(f"SELECT min(since), max(since) FROM {TABLE}")[0]
        return first or 0, last or 0


def enter(
    desk: Desk,
    cohort: Cohort,
    *,
    windows: Iterable[int],
    looks: Sequence[date] = (),
    columns: Iterable[str] = (),
) -> People:
    """Read a cohort into the engine's table of people, whatever stood there before.

    `windows` (days) can be asked for later, at the data cut and at every look. Raises NotAvailable when the
    variants are too many to be arms of a test.
    """
    columns = tuple(dict.fromkeys(columns))
    instants = (None, *looks)
    thresholds = tuple(sorted({_threshold(desk, days, at) for days in windows for at in instants}))
    dialect, engine = desk.engine.dialect, desk.engine
    beside = cohort.beside(columns)
    first, *others = [*beside] or [""]
    later = {name for alias in others for name in beside[alias]}
    own = list(
        dict.fromkeys(["customer_id", "variant", "day", *(c for c in columns if c not in later)])
    )
    keys = [key for key in (cohort.joins[alias][1] for alias in others) if key not in own]
    coded = _coded(desk, cohort, [*own, *later])
    rows = cohort.rows([*own, *keys, "assigned_at", "delivered_at", "unit_cost"], first, coded)
    cost = (
        dialect.fixed("unit_cost", desk.scale(cohort.costs, "unit_cost").steps)
        if cohort.costs
        else "0"
    )
    at = dialect.micros("assigned_at")
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE {TABLE} AS SELECT {', '.join([*own, *keys])}, {at} AS since,"
        f" {_stage(at, thresholds)} AS stage,"
        " delivered_at IS NOT NULL AS delivered,"
        f" CASE WHEN delivered_at IS NOT NULL THEN coalesce({cost}, 0) ELSE 0 END AS cost FROM ({rows}) u"
    )
    have = [*own, *keys, "since", "stage", "delivered", "cost"]
    for alias in others:
        key = cohort.joins[alias][1]
        have = [name for name in have if name in own or name != key]
        _beside(desk, have, (cohort.narrow(alias, beside[alias], coded), key), beside[alias])
        have += beside[alias]
    _require_few_variants(desk)
    counted = engine.rows(
        "SELECT variant, day, stage, count(*), count(CASE WHEN delivered THEN 1 END)"
        f" FROM {TABLE} GROUP BY 1, 2, 3"
    )
    number = {(row[0], row[1], row[2]): (row[3], row[4]) for row in counted}
    return People(desk, cohort, columns, thresholds, number)


def _coded(desk: Desk, cohort: Cohort, names: Iterable[str]) -> dict[str, str]:
    """SQL of columns that are texts of few values, as codes where the engine has them: a fifth of their room."""
    found: dict[str, str] = {}
    for name in names:
        query = "" if name in PLAIN else cohort.values(name)
        values = desk.engine.rows(f"{query} LIMIT {MOST_CODES + 1}") if query else []
        if 0 < len(values) <= MOST_CODES:
            found[name] = desk.engine.dialect.coded(name, sorted(value for (value,) in values))
    return found


def _beside(desk: Desk, have: Sequence[str], join: tuple[str, str], names: Sequence[str]) -> None:
    """Add columns of one table to people. One at a time: two at once need memory for both, or fail under a limit."""
    table, key = join
    ours, theirs = ", ".join(f"u.{name}" for name in have), ", ".join(f"t.{name}" for name in names)
    desk.engine.run(f"ALTER TABLE {TABLE} RENAME TO {TABLE}_before")
    desk.engine.run(
        f"CREATE TEMP TABLE {TABLE} AS SELECT {ours}, {theirs}"
        f" FROM {TABLE}_before u LEFT JOIN {table} t ON t.{key} = u.{key}"
    )
    desk.engine.run(f"DROP TABLE {TABLE}_before")


def _threshold(desk: Desk, days: int, until: date | None) -> int:
    """The last `since` whose window of so many days is observed."""
    return micros(moment(desk, until)) - days * MICROS_A_DAY


def _stage(at: str, thresholds: Sequence[int], offset: int = 0) -> str:
    """How many thresholds lie before a moment, by halves: eight comparisons for two hundred of them."""
    if not thresholds:
        return str(offset)
    middle = len(thresholds) // 2
    early = _stage(at, thresholds[:middle], offset)
    late = _stage(at, thresholds[middle + 1 :], offset + middle + 1)
    return f"CASE WHEN {at} <= {thresholds[middle]} THEN {early} ELSE {late} END"


def _require_few_variants(desk: Desk) -> None:
    count = desk.engine.rows(f"SELECT count(DISTINCT variant) FROM {TABLE}")[0][0]
    if count > MOST_VARIANTS:
        raise NotAvailable(
            say(
                "The experiment has more than {most} variants; is the column `variant` what it should be?",
                most=MOST_VARIANTS,
            )
        )
