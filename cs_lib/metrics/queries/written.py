"""A metric as one query over a source's tables, to be read and tried: the analyses read all their metrics at once.

By day it gives each local day, the total and the cases; of customers each experiment and variant, its customers
whose window is observed, and the total of their values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import Engine, quote
from cs_lib.metrics.catalogue import CATALOGUE
from cs_lib.metrics.definition import (
    MICROS_A_DAY,
    DailyMetric,
    Metric,
    RatioMetric,
    SurveyMetric,
    Term,
    UnitMetric,
    expand,
)
from cs_lib.metrics.plannable import units_of
from cs_lib.metrics.queries.cases import opened
from cs_lib.metrics.queries.sql import faults, last_followed, micros
from cs_lib.metrics.queries.tables import Window, joins, source_columns
from cs_lib.sentences import Text, say

DAYS = 28  # for which a metric in several steps is shown


def lacking(desk: Desk, name: str) -> list[Text]:
    """What a metric needs and this source has not got; its tables and columns, each told once."""
    metric = CATALOGUE[name]
    if isinstance(metric, DailyMetric):
        parts: list[Metric] = [metric]
    else:
        parts = [metric, *(units_of(name) if not _is_past(metric) else [])]
    found: dict[str, Text] = {}
    for part in parts:
        for table in part.needs:
            if not desk.has(table):
                found[table] = desk.absent[table]
    if found:
        return list(found.values())
    return list(dict.fromkeys(said for part in parts for said in _empty(desk, part)))


def _is_past(metric: Metric) -> bool:
    return isinstance(metric, UnitMetric) and metric.before


def _empty(desk: Desk, metric: Metric) -> Iterator[Text]:
    """Columns that it reads and that are empty in every row."""
    if isinstance(metric, DailyMetric):
        yield from faults(desk, metric)
    if isinstance(metric, UnitMetric):
        for term in metric.terms:
            yield from _empty_of(desk, term.table, (*term.filled, term.stamp))
    if isinstance(metric, SurveyMetric):
        yield from _empty_of(desk, "surveys", ("customer_id", "answered_at", "score"))


def _empty_of(desk: Desk, table: str, columns: tuple[str, ...]) -> Iterator[Text]:
    for column in columns:
        if desk.has(table) and not desk.facts[table].of(column).filled:
            yield say("{column} is empty in every row of {table}", column=column, table=table)


def query_of(desk: Desk, name: str) -> str:
    """The query of a metric, of which nothing is lacking; the statements of its steps where it takes several."""
    metric = CATALOGUE[name]
    if isinstance(metric, DailyMetric):
        return _by_day(desk, metric)
    if isinstance(metric, SurveyMetric):
        return _of_surveys(desk, metric)
    units = [metric] if isinstance(metric, UnitMetric) else units_of(name)
    return _of_customers(desk, units, metric if isinstance(metric, RatioMetric) else None)


class _Heard:
    """An engine that remembers what it was asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self.statements = engine, list[str]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def run(self, sql: str) -> None:
        """A statement without a result."""
        self.statements.append(sql)
        self._engine.run(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a small result."""
        self.statements.append(sql)
        return self._engine.rows(sql)


def _in_steps(desk: Desk, metric: DailyMetric) -> str:
    """What is asked of the engine for the last days that are followed."""
    heard = _Heard(desk.engine)
    end = last_followed(desk, metric.window_days)
    window = Window(end - timedelta(days=DAYS - 1), end)
    with opened(replace(desk, engine=cast(Engine, heard)), window, [metric]) as cases:
        cases.series(metric)
    return ";\n\n".join(_broken(sql) for sql in heard.statements if not sql.startswith("DROP"))


def _broken(sql: str) -> str:
    """A statement with a line for each of its parts; texts in quotes stay as they are."""
    parts = re.split(r"('(?:[^']|'')*')", sql)
    words = r" (FROM|WHERE|LEFT JOIN|JOIN|GROUP BY|ORDER BY) "
    return "".join(
        part if i % 2 else re.sub(words, r"\n  \1 ", part) for i, part in enumerate(parts)
    )


def _by_day(desk: Desk, metric: DailyMetric) -> str:
    if joins(metric):
        return _in_steps(desk, metric)
    follow = metric.window_days
    value, where = (expand(sql, horizon=follow) for sql in (metric.value, metric.where))
    scales = [desk.scale(*column) for column in metric.times]
    factors = [
        desk.engine.dialect.fixed(f"c.{column}", scale.steps)
        for (_, column), scale in zip(metric.times, scales, strict=True)
    ]
    whole = " * ".join([*([] if factors and value == "1" else [value]), *factors])
    unit = metric.each * math.prod(scale.steps for scale in scales)
    followed = f"{metric.time} + {follow} * {MICROS_A_DAY} <= {micros(desk.cut)}"
    read = source_columns(
        desk, metric.cases, f"{metric.time} {metric.time}_day {value} {where} {' '.join(factors)}"
    )
    lines = [
        f"SELECT {metric.time}_day AS day, sum({whole}) / {unit}e0 AS total, count(*) AS cases",
        f"FROM (SELECT {', '.join(read)} FROM {metric.cases} x) c",
        f"WHERE {where}",
        f"  AND {followed}",
        "GROUP BY 1 ORDER BY 1",
    ]
    if metric.per:
        table, stamp = metric.per
        lines.insert(
            0, f"-- cases: SELECT {desk.day_of(stamp)} AS day, count(*) FROM {table} GROUP BY 1"
        )
    return "\n".join(lines)


def _of_customers(desk: Desk, units: list[UnitMetric], ratio: RatioMetric | None) -> str:
    days, before = units[0].window_days, units[0].before
    terms = [term for unit in units for term in unit.terms if desk.has(term.table)]
    names = {id(term): f"t{i}" for i, term in enumerate(terms)}
    people = _people(
        desk,
        0 if before else days,
        need=any(unit.after_contact for unit in units),
        cost=any(unit.unit_cost for unit in units),
    )
    tables = [f"{names[id(t)]} AS ({_joined(desk, t, days, before=before)})" for t in terms]
    values = []
    for unit in units:
        parts = [f"coalesce({names[id(t)]}.total, 0)" for t in unit.terms if id(t) in names]
        parts = [
            f"{t.times} * {p}" if t.times != 1 else p
            for t, p in zip(unit.terms, parts, strict=False)
        ]
        value = " + ".join([*parts, *([f"{unit.unit_cost} * u.cost"] if unit.unit_cost else [])])
        values.append(
            f"sum(CASE WHEN {value} > 0 THEN 1 ELSE 0 END)" if unit.share else f"sum({value})"
        )
    totals = (
        [f"{values[0]} AS total"]
        if ratio is None
        else [f"{ratio.scale!r} * {values[0]} AS total", f"{values[1]} AS below"]
    )
    joins = [f"LEFT JOIN {n} ON {n}.assignment_id = u.assignment_id" for n in names.values()]
    before_it = ",\n".join([people, *tables])
    return "\n".join(
        [
            f"WITH {before_it}",
            f"SELECT u.experiment_id, u.variant, count(*) AS customers, {', '.join(totals)}",
            "FROM people u",
            *joins,
            "GROUP BY 1, 2 ORDER BY 1, 2",
        ]
    )


def _people(desk: Desk, days: int, *, need: bool = False, cost: bool = False) -> str:
    """Customers of every test whose window is observed."""
    since = desk.engine.dialect.micros("a.assigned_at")
    columns = ["assignment_id", "experiment_id", "customer_id", "variant"]
    listed = [*(f"a.{column}" for column in columns), f"{since} AS since"]
    if need:
        code = "SELECT k.need_code FROM contacts k WHERE k.contact_id = a.contact_id"
        listed.append(f"({code}) AS need_code")
    if cost:
        given = "CASE WHEN a.delivered_at IS NOT NULL THEN coalesce(a.unit_cost, 0) ELSE 0 END"
        listed.append(f"{given} AS cost")
    return (
        f"people AS (SELECT {', '.join(listed)}\n  FROM perk_assignments a"
        f"\n  WHERE {since} + {days} * {MICROS_A_DAY} <= {micros(desk.cut)})"
    )


def _joined(desk: Desk, term: Term, days: int, *, before: bool) -> str:
    """One row per customer with any row in the window."""
    theirs, _, ours = term.key.partition("=")
    since = f"{desk.engine.dialect.micros(f't.{term.stamp}')} - u.since"
    window = days * MICROS_A_DAY
    within = (
        f"{since} > {-window} AND {since} <= 0"
        if before
        else f"{since} > 0 AND {since} <= {window}"
    )
    total = "count(*)"
    if term.value:
        steps = desk.scale(term.table, term.value).steps
        unit = steps * term.each
        total = f"sum({desk.engine.dialect.fixed(f't.{term.value}', steps)}) / {unit}e0"
    rate = " * 0.30 -- margin_rate of the study\n " if term.priced else ""
    elsewhere = (
        " AND t.experiment_id <> u.experiment_id" if term.table == "perk_assignments" else ""
    )
    return (
        f"SELECT u.assignment_id, {total}{rate} AS total\n  FROM {term.table} t"
        f" JOIN people u ON t.{theirs} = u.{ours or theirs}{elsewhere}"
        f"\n  WHERE {term.when}\n    AND {within}\n  GROUP BY 1"
    )


def _of_surveys(desk: Desk, metric: SurveyMetric) -> str:
    dialect, window = desk.engine.dialect, metric.window_days * MICROS_A_DAY
    offered, answered = (
        f"{dialect.micros(f's.{stamp}')} - u.since" for stamp in ("offered_at", "answered_at")
    )
    return "\n".join(
        [
            f"WITH {_people(desk, metric.window_days)},",
            f"first AS (SELECT u.experiment_id, u.variant, CASE WHEN {answered} <= {window} THEN s.score END AS score,",
            "  row_number() OVER (PARTITION BY u.assignment_id ORDER BY s.offered_at, s.survey_id) AS number",
            f"  FROM surveys s JOIN people u ON s.customer_id = u.customer_id AND s.kind = {quote(metric.kind)}",
            f"  WHERE {offered} > 0 AND {offered} <= {window})",
            "SELECT experiment_id, variant, count(score) AS customers, sum(score) AS total",
            "FROM first WHERE number = 1",
            "GROUP BY 1, 2 ORDER BY 1, 2",
        ]
    )
