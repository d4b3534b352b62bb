"""How the columns behind a metric were filled in, day by day: gaps, stamps that cannot be, codes that come and go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from cs_lib.aggregates import Series
from cs_lib.data.desk import Desk
from cs_lib.metrics.definition import MICROS_A_DAY, DailyMetric, expand
from cs_lib.metrics.definitions.contacts import MINUTE
from cs_lib.metrics.queries import steps
from cs_lib.metrics.queries.cases import Cases, on_days
from cs_lib.metrics.queries.filled import closed_together
from cs_lib.metrics.queries.sql import between, matches, micros
from cs_lib.metrics.queries.tables import Window, kind_of
from cs_lib.params import Scope

Fault = Literal[
    "left_out", "unstamped", "never", "at_once", "midnight", "empty", "open_stamped", "together",
    "not_the_last", "open_again", "zero", "copied", "copied_orders",
]  # fmt: skip
OPEN = "('new', 'open', 'waiting_customer', 'waiting_third_party')"
# A step's stamp and the contact's may be written so many microseconds apart.
APART = 60 * 60 * 1_000_000
CODES = "need_code"  # what customers come with, coded by hand or by a model: taxonomies change
MOST_CODES = 10_000  # of a column that holds free text, those with most contacts
CODED = "coded"


@dataclass(frozen=True, slots=True)
class Gap:
    """One way in which a column may be recorded badly: contacts with it over contacts, by opening day.

    `left_out`: contacts that the metric does not count; `unstamped`: ended by their status, without
    the stamp; `never`: without the stamp within the follow-up; `at_once`: the stamp is the opening's;
    `midnight`: among stamps, those without a time of day; `empty`: a column of the scope, or the need, not filled;
    `zero`: among contacts of persons, those that took no time at all; `copied` and `copied_orders`: contacts or orders
    with the customer and the minute of another.
    Contradictions: `open_stamped`: open by its status, with the stamp of an end; `together`: among stamps, those
    of an instant at which many were ended at once; `not_the_last`: ended once more, by its steps, after the
    stamp; `open_again`: reopened, by its steps, after the stamp and not ended since.

    `inside` is the metric of the contacts at fault, `instead` what it would be at most were each of them as
    the contradiction says; both None where the metric is not the contacts' own.
    """

    fault: Fault
    column: str
    series: Series
    inside: Series | None = None
    instead: Series | None = None
    example: str = ""  # a contact at fault


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a coded column in the study's days: contacts, first and last day."""

    value: str
    count: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a check of recording reads; `contacts` are all that could have had a code."""

    gaps: tuple[Gap, ...]
    codes: tuple[Code, ...]
    contacts: Series


@dataclass(frozen=True, slots=True)
class Watch:
    """What to mark at every contact so that its recording can be told: a fault, a column, and two conditions.

    `above` and `below` name the marks of contacts at fault, and of those among which they are.
    """

    metric: DailyMetric
    scope: Scope
    faults: tuple[tuple[Fault, str, str, str], ...]  # fault, column, above, below
    marks: dict[str, str]  # SQL by name


def watch(desk: Desk, metric: DailyMetric, window: Window, scope: Scope) -> Watch:
    """How contacts opened in the study's days, and followed as the metric needs, are marked."""
    follow = metric.follow_up(window.horizon)
    followed = f"c.opened_at + {follow} * {MICROS_A_DAY} <= {micros(desk.cut)}"
    mine = f"{followed} AND {matches(scope)}"
    names: dict[str, str] = {}  # of the marks, by their SQL: what many faults share is marked once
    faults: list[tuple[Fault, str, str, str]] = []

    def add(fault: Fault, column: str, wrong: str, among: str) -> None:
        marks = (f"{among} AND ({wrong})", among)
        above, below = (names.setdefault(sql, f"m{len(names)}") for sql in marks)
        faults.append((fault, column, above, below))

    odd = _faults(desk, metric, follow) | _contradictions(desk, metric, window)
    for (fault, column), (wrong, among) in odd.items():
        add(fault, column, wrong, mine if among == "TRUE" else f"{mine} AND {among}")
    for column in Scope.COLUMNS:
        if column == CODES or getattr(scope, column):
            wider = scope.model_copy(update={column: ()})
            add("empty", column, f"c.{column} IS NULL", f"{followed} AND {matches(wider)}")
    uncoded = scope.model_copy(update={CODES: ()})
    coded = f"{followed} AND {matches(uncoded)} AND c.{CODES} IS NOT NULL"
    return Watch(
        metric, scope, tuple(faults), {**{name: sql for sql, name in names.items()}, CODED: coded}
    )


Conditions = dict[tuple[Fault, str], tuple[str, str]]  # what is at fault, and among which contacts


def _faults(desk: Desk, metric: DailyMetric, follow: int) -> Conditions:
    """SQL of every fault this metric can suffer from; nothing for metrics that read contacts with other tables."""
    if metric.cases != "contacts" or {"agents", "events"} & set(metric.needs):
        return {}
    dialect = desk.engine.dialect
    found: Conditions = {}
    if metric.where != "TRUE":
        where = expand(metric.where, horizon=follow)
        found["left_out", ""] = (f"NOT coalesce({where}, FALSE)", "TRUE")
    if ("contacts", "handle_seconds") in metric.times:
        found["zero", "handle_seconds"] = (
            "c.handle_seconds = 0",
            "c.handle_seconds IS NOT NULL AND coalesce(c.handled_by, '') <> 'bot'",
        )
    if metric.duration is None:
        return found
    start, end = (f"c.{name}" for name in metric.duration)
    ended = "c.status IN ('resolved', 'closed')"
    midnight = dialect.micros(dialect.to_utc(f"CAST({end}_day AS TIMESTAMP)", desk.zone))
    # Local midnights are whole minutes in UTC since 1972; only such stamps are compared with theirs.
    at_midnight = f"CASE WHEN {end} % {MINUTE} = 0 THEN {end} = {midnight} ELSE FALSE END"
    name = metric.duration[1]
    found["unstamped", name] = (f"{end} IS NULL", ended)
    found["never", name] = (f"coalesce({end} - {start} > {follow} * {MICROS_A_DAY}, TRUE)", "TRUE")
    found["at_once", name] = (f"{end} = {start}", f"{end} IS NOT NULL")
    found["midnight", name] = (at_midnight, f"{end} IS NOT NULL")
    return found


def _contradictions(desk: Desk, metric: DailyMetric, window: Window) -> Conditions:
    """SQL of what a contact says against itself, for metrics that read when it was resolved."""
    if metric.cases != "contacts" or not reads(metric, "resolved_at"):
        return {}
    found: Conditions = {
        ("open_stamped", "resolved_at"): (
            f"c.resolved_at IS NOT NULL AND c.status IN {OPEN}",
            "c.resolved_at IS NOT NULL",
        )
    }
    if instants := closed_together(desk, "resolved_at", start=window.start):
        wrong = f"c.resolved_at IN ({', '.join(str(micros(at)) for at in instants)})"
        found["together", "resolved_at"] = (wrong, "c.resolved_at IS NOT NULL")
    return found


def reads(metric: DailyMetric, column: str) -> bool:
    """Whether a metric's cases, their day or their value rest on a column of theirs."""
    return f"c.{column}" in f"{metric.time} {metric.where} {metric.value}"


def recorded(cases: Cases, watched: Watch) -> Recorded:
    """How contacts opened in the study's days were recorded, from cases that carry the marks."""
    table, day = cases.tables.table("contacts"), "c.opened_at_day"
    within = cases.window.holds(day)
    counts = ", ".join(f"count(CASE WHEN c.{mark} THEN 1 END)" for mark in watched.marks)
    rows = cases.desk.engine.rows(
        f"SELECT {day}, {counts} FROM {table} c WHERE {within} GROUP BY 1"
    )
    by_day = {mark: {row[0]: row[1 + i] for row in rows} for i, mark in enumerate(watched.marks)}
    gaps = [
        Gap(fault, column, _series(fault, cases.window, by_day[above], by_day[below]))
        for fault, column, above, below in watched.faults
    ]
    gaps = _with_values(cases, watched, gaps) + _against_steps(cases, watched)
    gaps += _copied(cases, watched)
    largest = (
        f"SELECT c.{CODES} AS code, count(*) AS n, min({day}) AS since, max({day}) AS until FROM {table} c"
        f" WHERE {within} AND c.{CODED} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_CODES}"
    )
    codes = cases.desk.engine.rows(f"SELECT code, n, since, until FROM ({largest}) s ORDER BY 1")
    total = {when: n for when, n in by_day[CODED].items() if n}
    contacts = _series(CODES, cases.window, total, dict.fromkeys(total, 1))
    return Recorded(tuple(gaps), tuple(Code(*row) for row in codes), contacts)


def _series(
    name: str, window: Window, above: Mapping[date, int], below: Mapping[date, int]
) -> Series:
    return Series(name, window.days, on_days(window.days, above), on_days(window.days, below))


def _with_values(cases: Cases, watched: Watch, gaps: list[Gap]) -> list[Gap]:
    """The gaps with the metric of the contacts at fault, where the metric's cases are contacts by opening day."""
    metric = watched.metric
    if kind_of(metric) != "contacts" or metric.time != "c.opened_at":
        return gaps
    table, day, value = cases.tables.of(metric)
    marks = [above for _, _, above, _ in watched.faults]
    sums = ", ".join(
        f"sum(CASE WHEN c.{mark} THEN {value} END), count(CASE WHEN c.{mark} THEN {value} END)"
        for mark in marks
    )
    rows = cases.desk.engine.rows(
        f"SELECT {day}, {sums} FROM {table} c WHERE {cases.window.holds(day)}"
        f" AND {matches(watched.scope)} GROUP BY 1"
    )
    found = []
    for i, gap in enumerate(gaps):
        above, below = ({row[0]: row[1 + 2 * i + k] or 0 for row in rows} for k in (0, 1))
        inside = cases.valued(metric, above, below)
        instead = None
        if gap.fault == "open_stamped" and metric.duration is not None:
            longest = cases.tables.follow(metric) * MICROS_A_DAY
            most = {when: longest * n for when, n in below.items()}
            instead = cases.valued(metric, most, below)
        found.append(replace(gap, inside=inside, instead=instead))
    return found


def _copied(cases: Cases, watched: Watch) -> list[Gap]:
    """Contacts that are as another in customer and minute, where a metric counts them, and orders, where it counts per
    these."""
    metric = watched.metric
    per_order = metric.per == ("orders", "ordered_at")
    if metric.cases != "contacts" or not (per_order or metric.repeats):
        return []
    found = []
    asked: tuple[tuple[Fault, str, str, str], ...] = (
        ("copied", "contacts", "opened_at", matches(watched.scope)),
        ("copied_orders", "orders", "ordered_at", "TRUE"),
    )
    for fault, table, stamp, mine in asked[: 1 + per_order]:
        day = cases.desk.day_of(f"c.{stamp}")
        within = between(day, cases.window.start, cases.window.end)
        dialect = cases.desk.engine.dialect
        minute = dialect.divided(dialect.micros(f"c.{stamp}"), str(MINUTE))
        alike = (
            f"SELECT {day} AS day, count(*) AS n FROM {table} c"
            f" WHERE c.customer_id IS NOT NULL AND {within} AND {mine} GROUP BY 1, c.customer_id, {minute}"
        )
        rows = cases.desk.engine.rows(
            f"SELECT day, CAST(sum(n) AS BIGINT), count(*) FROM ({alike}) s GROUP BY 1 ORDER BY 1"
        )
        above, below = {at: n - kinds for at, n, kinds in rows}, {at: n for at, n, _ in rows}
        found.append(Gap(fault, "", _series(fault, cases.window, above, below)))
    return found


def _against_steps(cases: Cases, watched: Watch) -> list[Gap]:
    """What the steps of contacts say of when they ended, where the metric is the time until then and steps are read."""
    metric = watched.metric
    if metric.duration != ("opened_at", "resolved_at") or not cases.tables.walks:
        return []
    cases.tables.walk()
    table, day, value = cases.tables.of(metric)
    number, took = cases.desk.engine.dialect.row_of("c"), "c.resolved_at - c.opened_at"
    longest = cases.tables.follow(metric) * MICROS_A_DAY
    again = f"l.resolved > {took} + {APART}"
    reopened = f"l.reopened > {took} + {APART} AND l.reopened > coalesce(l.resolved, 0)"
    rows = cases.desk.engine.rows(
        f"SELECT {day}, CASE WHEN {reopened} THEN 1 ELSE 0 END AS kind, count(*), sum({value}),"
        f" sum(least(l.resolved, {longest})) FROM {table} c JOIN {steps.LASTS} l ON l.number = {number}"
        f" WHERE {value} IS NOT NULL AND ({again} OR {reopened}) AND {cases.window.holds(day)}"
        f" AND {matches(watched.scope)} GROUP BY 1, 2"
    )
    every = cases.series(metric, watched.scope)
    faults: tuple[Fault, ...] = ("not_the_last", "open_again")
    found = []
    for kind, fault in enumerate(faults):
        mine = [row for row in rows if row[1] == kind]
        below = {row[0]: row[2] for row in mine}
        last = {row[0]: row[4] if kind == 0 else longest * row[2] for row in mine}
        inside = cases.valued(metric, {row[0]: row[3] for row in mine}, below)
        share = Series(fault, every.days, inside.denominator, every.denominator)
        found.append(Gap(fault, "resolved_at", share, inside, cases.valued(metric, last, below)))
    return found
