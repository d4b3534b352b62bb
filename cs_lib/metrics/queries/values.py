"""What followed customers did, in whole numbers: every source table joined once, for all metrics and windows."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from cs_lib.data.desk import Desk
from cs_lib.metrics.definition import MICROS_A_DAY, Term, UnitMetric
from cs_lib.metrics.queries.people import TABLE, People
from cs_lib.metrics.queries.sql import after, stamp

VALUES = "customer_values"
RESULTS = "results"


@dataclass(frozen=True, slots=True)
class Basis:
    """A whole number per customer that metrics are made of: a term's sum in one window, or whether there is any.

    Without a term it is what a delivered perk cost, or a column of people that is one already.
    """

    term: Term | None = None
    days: int = 0
    before: bool = False
    flag: bool = False
    column: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """A metric as an exact combination of whole numbers: by place of the basis, over one denominator."""

    parts: Mapping[int, int]
    steps: int


@dataclass(frozen=True, slots=True)
class Source:
    """A table joined to people by one key: its stamp, its column and ours, and how far around `since` it is read.

    `low` and `high` are microseconds; a row counts after the one and up to the other.
    """

    table: str
    stamp: str
    key: str
    ours: str
    low: int
    high: int

    def near(self, people: People) -> str:
        """SQL of the rows `t` that anybody can meet; it spares most rows of a long history the join."""
        first, last = people.first_and_last
        cohort = people.cohort
        own = f" AND t.{cohort.elsewhere}" if self.table == cohort.costs != "" else ""
        return (
            f"t.{self.stamp} > {stamp(after(first + self.low))}"
            f" AND t.{self.stamp} <= {stamp(after(last + self.high))}{own}"
        )


@dataclass(frozen=True, slots=True)
class Values:
    """The table `VALUES`: variant, stage, day, columns of people, and x0, x1, ... for every basis.

    f0, f1, ... say whether a customer has any row of each source. `most` is the largest absolute value of each
    basis, so that products are given the room they need.
    """

    people: People
    bases: tuple[Basis, ...]
    sums: Mapping[str, Sum]
    most: tuple[int, ...]
    sources: tuple[Source, ...] = ()

    def product(self, i: int, j: int) -> str:
        """SQL of the product of two bases, wide enough that no sum of squares of this table overflows."""
        if self.most[i] * self.most[j] < 2**62:
            return f"x{i} * x{j}"
        return f"{self.people.desk.engine.dialect.wide(f'x{i}')} * x{j}"


def measured(people: People, metrics: Iterable[UnitMetric], *, kept: Sequence[str] = ()) -> Values:
    """Every basis of some metrics for every customer, observed or not: whoever reads it minds the stage.

    `kept` are columns of people that the values will be split by.
    """
    desk, bases = people.desk, dict[Basis, int]()
    sums: dict[str, Sum] = {}
    for metric in metrics:
        parts = {
            bases.setdefault(basis, len(bases)): times
            for basis, times in _parts(people, metric).items()
        }
        steps = math.lcm(*(times.denominator for times in parts.values()))
        sums[metric.name] = Sum({i: int(times * steps) for i, times in parts.items()}, steps)
    joins, column, sources = list[str](), {Basis(): "u.cost"}, list[Source]()
    column |= {_raw(b): f"coalesce(u.{own_number(b.column)}, 0)" for b in bases if b.column}
    for k, theirs in enumerate(_by_source(bases).values()):
        sources.append(source := _source(theirs))
        raw = list(dict.fromkeys(map(_raw, theirs)))
        desk.engine.run(f"CREATE OR REPLACE TEMP TABLE of_{k} AS {_joined(people, source, raw)}")
        joins.append(f"LEFT JOIN of_{k} ON of_{k}.unit = {people.unit('u')}")
        column |= {
            basis: f"of_{k}.r{i}" if _is_first(basis) else f"coalesce(of_{k}.r{i}, 0)"
            for i, basis in enumerate(raw)
        }
    met = "".join(
        f", CASE WHEN of_{k}.unit IS NULL THEN 0 ELSE 1 END AS f{k}" for k in range(len(joins))
    )
    listed = "".join(f", {_value(basis, column)} AS x{i}" for basis, i in bases.items())
    desk.engine.run(
        f"CREATE OR REPLACE TEMP TABLE {VALUES} AS SELECT u.variant, u.stage, u.day"
        f"{''.join(f', u.{name}' for name in kept)}{listed}{met}"
        f" FROM {TABLE} u {' '.join(joins)}"
    )
    for k in range(len(joins)):
        desk.engine.run(f"DROP TABLE of_{k}")
    return Values(people, tuple(bases), sums, _most(desk, len(bases)), tuple(sources))


def own_number(column: str) -> str:
    """What people call a number of a table of results, in whole steps."""
    return f"n_{column}"


def _parts(people: People, metric: UnitMetric) -> dict[Basis, Fraction]:
    """The bases of a metric, and how often each enters; terms of tables that are not there are left out."""
    desk, cohort = people.desk, people.cohort
    found: dict[Basis, Fraction] = {}
    if metric.column:
        steps = 1 if metric.share else desk.scale(RESULTS, metric.column).steps
        return {Basis(flag=metric.share, column=metric.column): Fraction(1, steps)}
    for term in metric.terms:
        if not desk.has(term.table):  # optional ones only: those it needs were asked for before
            continue
        if term.value and not desk.facts[term.table].of(term.value).filled:
            continue
        steps = desk.scale(term.table, term.value).steps if term.value else 1
        rate = Fraction(str(cohort.margin_rate)) if term.priced else Fraction(1)
        plain = Term(term.table, term.stamp, term.key, term.value, _without_empty(desk, term))
        basis = Basis(plain, metric.window_days, metric.before, metric.share)
        found[basis] = found.get(basis, Fraction(0)) + term.times * rate / (steps * term.each)
    if metric.unit_cost and cohort.costs:
        steps = desk.scale(cohort.costs, "unit_cost").steps
        found[Basis()] = Fraction(metric.unit_cost, steps)
    return found


def _without_empty(desk: Desk, term: Term) -> str:
    """A term's condition without the parts that an empty column meets in every row: equal ones become one sum."""
    facts = desk.facts[term.table]
    return re.sub(
        r" AND t\.(\w+) IS NULL\b",
        lambda part: part[0] if facts.of(part[1]).filled else "",
        term.when,
    )


def _raw(basis: Basis) -> Basis:
    """What a join reads for a basis: when there first was a row answers for every window whether there is any."""
    return replace(basis, flag=_is_any(basis), days=0 if _is_first(basis) else basis.days)


def _is_any(basis: Basis) -> bool:
    return basis.flag and basis.term is not None and basis.term.value is None


def _is_first(basis: Basis) -> bool:
    return _is_any(basis) and not basis.before


def _value(basis: Basis, column: Mapping[Basis, str]) -> str:
    own = column[_raw(basis)]
    if _is_first(basis):
        return f"CASE WHEN {own} <= {basis.days * MICROS_A_DAY} THEN 1 ELSE 0 END"
    return f"CASE WHEN {own} > 0 THEN 1 ELSE 0 END" if basis.flag and not _is_any(basis) else own


def _by_source(bases: Iterable[Basis]) -> dict[tuple[str, str, str], list[Basis]]:
    """Bases by table, stamp and key: what one join can answer."""
    found: dict[tuple[str, str, str], list[Basis]] = {}
    for basis in bases:
        if basis.term is not None:
            term = basis.term
            found.setdefault((term.table, term.stamp, term.key), []).append(basis)
    return found


def _source(bases: Sequence[Basis]) -> Source:
    """What the bases of one table, stamp and key read together."""
    low = -max((b.days for b in bases if b.before), default=0) * MICROS_A_DAY
    high = max((b.days for b in bases if not b.before), default=0) * MICROS_A_DAY
    term = bases[0].term
    assert term is not None
    theirs, _, ours = term.key.partition("=")
    return Source(term.table, term.stamp, theirs, ours or theirs, low, high)


def _joined(people: People, source: Source, bases: Sequence[Basis]) -> str:
    """One row per customer who has any row of a table near assignment: the sum of every basis."""
    desk, table = people.desk, source.table
    dialect = desk.engine.dialect
    whens = list(dict.fromkeys(b.term.when for b in bases if b.term))
    numbers = list(dict.fromkeys(b.term.value for b in bases if b.term and b.term.value))
    read = [f"CASE WHEN {when} THEN 1 ELSE 0 END AS c{i}" for i, when in enumerate(whens)]
    read += [
        f"{dialect.fixed(f't.{name}', desk.scale(table, name).steps)} AS v{i}"
        for i, name in enumerate(numbers)
    ]
    sums = []
    for i, basis in enumerate(bases):
        assert basis.term is not None
        condition = f"c{whens.index(basis.term.when)} = 1"
        if _is_first(basis):
            sums.append(f"min(CASE WHEN {condition} AND d > 0 THEN d END) AS r{i}")
            continue
        within = (
            f"d > {-basis.days * MICROS_A_DAY} AND d <= 0"
            if basis.before
            else f"d > 0 AND d <= {basis.days * MICROS_A_DAY}"
        )
        met = f"{condition} AND {within}"
        value = f"v{numbers.index(basis.term.value)}" if basis.term.value else "1"
        each = f"CASE WHEN {met} THEN {value} ELSE 0 END"
        total = f"max({each})" if basis.flag else f"CAST(sum({each}) AS BIGINT)"
        sums.append(f"{total} AS r{i}")
    return (
        f"SELECT unit, {', '.join(sums)} FROM (SELECT {people.unit('u')} AS unit,"
        f" {dialect.micros(f't.{source.stamp}')} - u.since AS d, {', '.join(read)}"
        f" FROM {table} t JOIN {TABLE} u ON t.{source.key} = u.{source.ours} WHERE {source.near(people)}) x"
        f" WHERE d > {source.low} AND d <= {source.high} GROUP BY unit"
    )


def _most(desk: Desk, count: int) -> tuple[int, ...]:
    if not count:
        return ()
    largest = ", ".join(f"max(abs(x{i}))" for i in range(count))
    return tuple(value or 0 for value in desk.engine.rows(f"SELECT {largest} FROM {VALUES}")[0])
