"""What the tables behind the outcomes of followed customers hold: are keys found, columns filled, days whole?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from cs_lib import sentences as w
from cs_lib.metrics.definition import MICROS_A_DAY, Term, UnitMetric
from cs_lib.metrics.queries.forms import key_form
from cs_lib.metrics.queries.people import TABLE, Counts, People
from cs_lib.metrics.queries.trust.levels import Level, levels_of
from cs_lib.metrics.queries.trust.looked_at import EVERY, shapes_of, some_customers
from cs_lib.metrics.queries.trust.moments import Moments, moments_of
from cs_lib.metrics.queries.trust.rows_read import (
    LEAST_DAYS_ONLY,
    Sized,
    Volume,
    at_midnight,
    sized_of,
    volume_of,
)
from cs_lib.metrics.queries.trust.stretches import cells_of, stretch_of
from cs_lib.metrics.queries.trust.whose import Whose, whose
from cs_lib.metrics.queries.values import VALUES, Source, Values
from cs_lib.sentences import Text, say

EXAMPLES = 2
# With fewer customers nobody need be in a table.
LEAST_ASKED = 20
# When so many are there only with their key written otherwise, the join has lost them.
MAX_WRITTEN_OTHERWISE = 0.01


@dataclass(frozen=True, slots=True)
class Found:
    """One join: who was looked for in a table, and who is there.

    Attributes:
        table, column: where they are looked for.
        asked: by variant, followed customers, of very many some; of a key that leads to another table, the table's
            rows under ``""``.
        known: those with a row there at any time.
        otherwise: those who are there only with their key written in another way.
        examples: up to two pairs of a key as it is looked for and as it is there.
    """

    table: str
    column: str
    asked: Counts
    known: Counts
    otherwise: Counts
    examples: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Filled:
    """A column that outcomes are made of: rows that enter them, and those that have a value.

    Attributes:
        cells: (variant, first day of a stretch of the intake, rows, rows with a value), in order.
    """

    table: str
    column: str
    cells: tuple[tuple[str, date, int, int], ...]


@dataclass(frozen=True, slots=True)
class TablesRead:
    """The tables that the metrics of an A/B study are made of, as far as one can doubt them.

    `days_only` are tables, their stamp and the share of it that is midnight sharp, where that is more than chance
    and customers are followed from a moment of a day.
    """

    found: tuple[Found, ...] = ()
    filled: tuple[Filled, ...] = ()
    volume: tuple[Volume, ...] = ()
    sized: tuple[Sized, ...] = ()
    days_only: tuple[tuple[str, str, float], ...] = ()
    levels: tuple[Level, ...] = ()
    whose: tuple[Whose, ...] = ()
    moments: Moments = field(default_factory=Moments)


def tables_read(values: Values, metrics: Iterable[UnitMetric]) -> TablesRead:
    """What stands behind the values of some metrics."""
    people, metrics = values.people, tuple(metrics)
    # Neither the assignments themselves nor, in a plan, what leads to them.
    given = {*people.cohort.instead_of, people.cohort.costs}
    others = [
        s
        for s in values.sources
        if s.table not in given and (people.cohort.costs or s.ours != "assignment_id")
    ]
    filled = [*_of_rows(people, metrics), *_of_people(people, metrics)]
    days = [(s.table, s.stamp, at_midnight(people, s)) for s in others]
    volume = {source: volume_of(people, source) for source in others}
    return TablesRead(
        found=tuple(_found(values, volume)),
        filled=tuple(filled),
        volume=tuple(volume.values()),
        sized=tuple(sized_of(people, metrics)),
        days_only=tuple(one for one in days if one[2] >= LEAST_DAYS_ONLY),
        levels=tuple(levels_of(people, others, metrics)),
        whose=tuple(_whose(people, others)),
        moments=moments_of(people, others, metrics[0] if metrics else None),
    )


def _whose(people: People, sources: Sequence[Source]) -> Iterator[Whose]:
    """Whose the rows are that customers may meet, and the contacts that assignments came from."""
    cohort = people.cohort
    near = {s.table: s.near(people) for s in sources if s.key == s.ours == "customer_id"}
    if cohort.costs == "perk_assignments":
        near[cohort.costs] = f"NOT (t.{cohort.elsewhere})"
    return whose(people.desk, tuple(near), near)


def _found(values: Values, sources: Mapping[Source, Volume]) -> Iterator[Found]:
    """Every join of customers; looked into where nobody of a variant is met, or keys are not written plainly."""
    people = values.people
    sums = ", ".join(f"sum(f{k})" for k in range(len(values.sources)))
    met = people.desk.engine.rows(
        f"SELECT variant, {sums or 0} FROM {VALUES} GROUP BY 1 ORDER BY 1"
    )
    for k, source in enumerate(values.sources):
        if source not in sources:
            continue
        counts = {row[0]: int(row[1 + k]) for row in met}
        if source.key != "customer_id":
            yield _led(people, source)
            continue
        own = shapes_of(people, source.ours)[1]
        if all(counts.values()) and not own.may_differ(sources[source].writing):
            yield Found(source.table, source.key, people.assigned, counts, {})
        else:
            yield _looked_for(people, source)


def why_lost(found: Found) -> Text:
    """Why a join cannot be believed, in a clause: keys that lead nowhere or are written in two ways; else nothing."""
    asked, known = sum(found.asked.values()), sum(found.known.values())
    otherwise, own = sum(found.otherwise.values()), "" in found.asked
    named = {"table": found.table, "column": found.column, "asked": w.count(asked)}
    if asked and otherwise > MAX_WRITTEN_OTHERWISE * asked:
        pairs = [say("'{one}' for '{other}'", one=v, other=k) for v, k in found.examples]
        return say(
            "{n} of {asked} {table}.{column} are there only written otherwise ({examples}); write them alike "
            "in a query of the source, or by a cleaning step (rewrite)"
            if own
            else "{n} of {asked} customers are in {table} only with their {column} written otherwise ({examples}); "
            "write them alike in a query of the source, or by a cleaning step (rewrite)",
            n=w.count(otherwise),
            examples=w.listed(pairs),
            **named,
        )
    if asked < LEAST_ASKED or known:
        return ""
    return say(
        "none of {asked} {table}.{column} leads anywhere"
        if own
        else "none of {asked} customers is in {table} ({column}): are these the same customers?",
        **named,
    )


def _led(people: People, source: Source) -> Found:
    """A key of the table that leads to the customers' own: how many rows of the table have one that is there."""
    base = people.cohort.costs if source.ours == "assignment_id" else "customers"
    asked = f"SELECT '' AS variant, {source.key} AS v FROM {source.table} WHERE {source.key} IS NOT NULL"
    known = f"SELECT DISTINCT {source.ours} AS k FROM {base} WHERE {source.ours} IS NOT NULL"
    return _compared(people, source, asked, known)


def _looked_for(people: People, source: Source) -> Found:
    """Customers who have any row of the table, at whatever time; of very many some, if these tell enough."""
    asked = f"SELECT variant, {source.ours} AS v FROM {TABLE} u"
    known = f"SELECT DISTINCT {source.key} AS k FROM {source.table} WHERE {source.key} IS NOT NULL"
    if (some := some_customers(people)) != EVERY:
        chosen = f"{asked} WHERE {some}"
        among = f"{known} AND {source.key} IN (SELECT v FROM ({chosen}) c)"
        found = _counted(people, source, chosen, among)
        if not _lacking(found):
            return found
    return _compared(people, source, asked, known)


def _compared(people: People, source: Source, asked: str, known: str) -> Found:
    found = _counted(people, source, asked, known)
    if not _lacking(found):
        return found
    otherwise, examples = _otherwise(people.desk.engine.rows, asked, known)
    return replace(
        found,
        otherwise=otherwise,
        examples=tuple((str(v), str(k)) for v, k in examples),
    )


def _counted(people: People, source: Source, asked: str, known: str) -> Found:
    counts = people.desk.engine.rows(
        f"SELECT variant, count(*), count(o.k) FROM ({asked}) u LEFT JOIN ({known}) o ON o.k = u.v"
        " GROUP BY 1 ORDER BY 1"
    )
    asked_for, there = ({row[0]: row[i] for row in counts} for i in (1, 2))
    return Found(source.table, source.key, asked_for, there, {})


def _lacking(found: Found) -> bool:
    everybody, known = sum(found.asked.values()), sum(found.known.values())
    return everybody - known > MAX_WRITTEN_OTHERWISE * everybody


def _otherwise(
    rows: Callable[[str], list[tuple[Any, ...]]], asked: str, known: str
) -> tuple[Counts, list[tuple[Any, ...]]]:
    """Those of `asked` who are among `known` in another writing only, by variant, and examples of the two."""
    lost = (
        f"SELECT variant, v, {key_form('v')} AS f FROM (SELECT u.variant, u.v FROM ({asked}) u"
        f" LEFT JOIN ({known}) o ON o.k = u.v WHERE o.k IS NULL) l"
    )
    forms = f"SELECT {key_form('k')} AS f, min(k) AS k FROM ({known}) o GROUP BY 1"
    meant = f"SELECT l.variant, l.v, o.k FROM ({lost}) l JOIN ({forms}) o ON o.f = l.f"
    counts = dict(rows(f"SELECT variant, count(*) FROM ({meant}) m GROUP BY 1 ORDER BY 1"))
    pairs = f"SELECT DISTINCT v, k FROM ({meant}) m ORDER BY 1 LIMIT {EXAMPLES}"
    return counts, rows(pairs) if counts else []


def _of_rows(people: People, metrics: Sequence[UnitMetric]) -> Iterator[Filled]:
    """Columns of the rows that count after assignment, where some row of the table lacks a value."""
    terms = {
        (term.table, column): (term, metric.window_days)
        for metric in reversed(metrics)
        for term in metric.terms
        for column in (() if metric.before else term.filled)
    }
    for (table, column), (term, days) in sorted(terms.items()):
        facts = people.desk.facts.get(table)
        if facts and 0 < facts.of(column).filled < facts.rows:
            yield _of_term(people, term, column, days)


def _of_term(people: People, term: Term, column: str, days: int) -> Filled:
    theirs, _, ours = term.key.partition("=")
    since = f"{people.desk.engine.dialect.micros(f't.{term.stamp}')} - u.since"
    entering = f" AND {term.when}" if column == term.value else ""
    rows = people.desk.engine.rows(
        f"SELECT u.variant, {stretch_of(people)} AS part, count(*), count(t.{column})"
        f" FROM {term.table} t JOIN {TABLE} u ON t.{theirs} = u.{ours or theirs}"
        f" WHERE {since} > 0 AND {since} <= {days * MICROS_A_DAY}{entering} GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return Filled(term.table, column, cells_of(people, rows))


def _of_people(people: People, metrics: Sequence[UnitMetric]) -> Iterator[Filled]:
    """What must be known of customers themselves: the need they came with, and what their perk cost."""
    rows = people.desk.engine.rows
    if any(metric.after_contact for metric in metrics) and people.knows_need:
        found = rows(
            f"SELECT u.variant, {stretch_of(people)} AS part, count(*), count(need_code) FROM {TABLE} u"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        )
        yield Filled("contacts", "need_code", cells_of(people, found))
    costs = people.cohort.costs
    if costs and any(metric.unit_cost for metric in metrics):
        facts = people.desk.facts[costs]
        if 0 < facts.of("unit_cost").filled < facts.rows:
            own = people.cohort.rows(["variant", "day", "delivered_at", "unit_cost"])
            found = rows(
                f"SELECT u.variant, {stretch_of(people)} AS part, count(*), count(u.unit_cost) FROM ({own}) u"
                " WHERE u.delivered_at IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"
            )
            yield Filled(costs, "unit_cost", cells_of(people, found))
