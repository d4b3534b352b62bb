"""The cases of a study's days as narrow tables of whole numbers; every table of the source is read once for them.

A case's value is a whole number, so that sums are exact, and the same in whatever order they are made.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.data.contracts import TABLES
from cs_lib.data.desk import Desk
from cs_lib.metrics.definition import MICROS_A_DAY, DailyMetric, expand
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.queries import steps
from cs_lib.metrics.queries.sql import between, matches, micros, named
from cs_lib.params import Scope

Kind = Literal["contacts", "histories", "surveys", "orders"]
TABLE: dict[Kind, str] = {
    "contacts": steps.CONTACTS,
    "histories": "cs_histories",  # contacts with what their steps tell
    "surveys": "cs_surveys",
    "orders": "cs_orders",
}
KNOWN = "cs_known"  # real contacts with customer and need, by which a repeat is told
LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Window:
    """Local days from `start` to `end`, and the days a case is followed where its metric leaves that open."""

    start: date
    end: date
    horizon: int | None = None

    def holds(self, day: str) -> str:
        """Whether a local day lies in it, as SQL."""
        return between(day, self.start, self.end)

    @property
    def days(self) -> NDArray[np.datetime64]:
        """Every day."""
        return np.arange(np.datetime64(self.start), np.datetime64(self.end) + 1)


class Tables:
    """Narrow tables of the cases of some metrics in a window of days, each made when it is first asked for.

    A row has the local days its cases are dated to, the columns that scopes and parts name, and for
    every metric its whole number, NULL for no case. `scopes` are those in which metrics will be asked
    for, `parts` the columns by which they will be split, `marks` conditions over contacts by name, and
    `staged` the time to an event whose stages will be asked for.
    """

    def __init__(
        self,
        desk: Desk,
        window: Window,
        metrics: Sequence[DailyMetric],
        *,
        scopes: Collection[Scope | None] = (None,),
        parts: Collection[str] = (),
        marks: Mapping[str, str] | None = None,
        staged: DailyMetric | None = None,
    ) -> None:
        self.desk, self.window = desk, window
        self.metrics = {m.name: m for m in [*metrics, *([staged] if staged else [])]}
        self.scopes = list(dict.fromkeys(matches(scope) for scope in scopes))
        columns = {*parts, *(name for scope in scopes for name in named(scope))}
        self._named = sorted(columns)
        self._marks, self._staged = dict(marks or {}), staged
        self._made: dict[str, None] = {}

    def close(self) -> None:
        """Free the engine of the tables."""
        for table in self._made:
            self.desk.engine.run(f"DROP TABLE IF EXISTS {table}")
        self._made.clear()

    def follow(self, metric: DailyMetric) -> int:
        """Days a case of a metric is followed."""
        return metric.follow_up(self.window.horizon)

    def of(self, metric: DailyMetric) -> tuple[str, str, str]:
        """The table of a metric's cases, and its columns of their local day and whole number, NULL for no case."""
        return self.table(kind_of(metric)), f"{metric.time}_day", f"c.{self.value(metric)}"

    def table(self, kind: Kind) -> str:
        """The table of a kind of cases, made when it is first asked for."""
        if TABLE[kind] not in self._made:
            if kind in ("histories", "surveys"):
                self.table("contacts")
            make = {
                "contacts": self._contacts,
                "histories": self._histories,
                "surveys": self._surveys,
                "orders": self._orders,
            }[kind]
            make()
        return TABLE[kind]

    def value(self, metric: DailyMetric) -> str:
        """The column that holds a metric's whole number."""
        return f"v{list(self.metrics).index(metric.name)}"

    def _whole(self, metric: DailyMetric) -> str:
        """SQL of a metric's whole number, factors of its own scale included."""
        value = expand(metric.value, horizon=self.follow(metric))
        dialect, scales = self.desk.engine.dialect, [self.desk.scale(*c) for c in metric.times]
        factors = [
            dialect.fixed(f"c.{column}", scale.steps)
            for (_, column), scale in zip(metric.times, scales, strict=True)
        ]
        small = value == "1" and math.prod(scale.most for scale in scales) < LARGEST
        if factors and not small:
            factors[0] = dialect.wide(factors[0])
        return " * ".join([f"({value})", *factors])

    def _cases(self, kind: Kind, *, where: bool = True) -> list[str]:
        """A column for every metric of a kind: the whole number of its followed cases, else NULL."""
        cut, found = micros(self.desk.cut), []
        for metric in self.metrics.values():
            if kind_of(metric) != kind:
                continue
            follow = self.follow(metric)
            followed = f"{metric.time} + {follow} * {MICROS_A_DAY} <= {cut}"
            condition = (
                expand(metric.where, horizon=follow) if where else f"c.is_{self.value(metric)}"
            )
            found.append(
                f"CASE WHEN ({condition}) AND {followed} THEN {self._whole(metric)} END"
                f" AS {self.value(metric)}"
            )
        return found

    def _make(self, table: str, query: str) -> None:
        self.desk.engine.run(f"CREATE TEMP TABLE {table} AS {query}")
        self._made[table] = None

    def _contacts(self) -> None:
        """Contacts of the window's days, and where cases are dated by other tables all contacts in scope."""
        later = [m for m in self.metrics.values() if kind_of(m) == "histories"]
        joined = bool(later or self._staged) or any(
            m.cases == "surveys" for m in self.metrics.values()
        )
        made = [f"({sql}) AS {name}" for name, sql in self._marks.items()]
        made += self._cases("contacts")
        for metric in later:
            where = expand(metric.where, horizon=self.follow(metric))
            made.append(f"coalesce({where}, FALSE) AS is_{self.value(metric)}")
        days = {"opened_at_day", *(f"{s}_day" for s in self._stamps("contacts"))}
        kept = [f"c.{name}" for name in sorted({*days, *self._named})]
        if joined:
            kept += ["row_number() OVER () AS number", "c.contact_id", "c.opened_at"]
        within = [self.window.holds(f"c.{day}") for day in sorted(days)]
        if any(_dated_elsewhere(metric) for metric in self.metrics.values()):
            within += self.scopes
        text = ", ".join([*kept, *made])
        again = sorted({int(n) for n in re.findall(r"AGAIN\((\d+)\)", text)})
        text = re.sub(r"AGAIN\((\d+)\)", r"(c.again_\1 IS NOT NULL)", text)
        self._make(
            TABLE["contacts"],
            f"SELECT {text} FROM ({self._read_contacts(text, again)}) c"
            f" WHERE {' OR '.join(f'({one})' for one in within)}",
        )

    def _read_contacts(self, text: str, again: Sequence[int]) -> str:
        """Contacts with what of them, of their agents and of repeats a text speaks of."""
        columns, joins = _columns(self.desk, "contacts", text, always=("opened_at",)), ""
        if "c.cost_per_hour" in text:
            columns.append("a.cost_per_hour")
            joins += " LEFT JOIN agents a ON a.agent_id = x.agent_id"
        if again:
            self._know(max(again))
        for days in again:
            columns.append(f"g{days}.contact_id AS again_{days}")
            joins += f" LEFT JOIN ({_repeats(days)}) g{days} ON g{days}.contact_id = x.contact_id"
        return f"SELECT {', '.join(columns)} FROM contacts x{joins}"

    def _know(self, days: int) -> None:
        """Real contacts with customer and need that may be repeated, or be the repeat, in the window."""
        dialect = self.desk.engine.dialect
        first = micros(datetime.combine(self.window.start, time.min) - timedelta(days=2))
        last = micros(datetime.combine(self.window.end, time.min) + timedelta(days=3 + days))
        columns = ("opened_at", "resolved_at")
        stamps = ", ".join(f"{dialect.micros(f'c.{name}')} AS {name}" for name in columns)
        self._make(
            KNOWN,
            f"SELECT * FROM (SELECT c.contact_id, c.customer_id, c.need_code, {stamps}"
            f" FROM contacts c WHERE {REAL} AND c.customer_id IS NOT NULL AND c.need_code IS NOT NULL) c"
            f" WHERE c.opened_at <= {last} AND (c.opened_at >= {first} OR c.resolved_at >= {first})",
        )

    def _histories(self) -> None:
        """Contacts with what their steps tell."""
        self.walk()
        dialect = self.desk.engine.dialect
        first = "c.opened_at + r.first_resolved"
        moves = [f"w.moves_{days}" for days in self._moves()]
        told = [
            f"{first} AS first_resolved",
            f"{self.desk.day_of(dialect.instant(first))} AS first_resolved_day",
            "c.opened_at + r.reopened AS reopened",
        ]
        values = ", ".join(self._cases("histories", where=False))
        values = re.sub(r"MOVES\((\d+)\)", r"c.moves_\1", values)
        kept = [f"c.{stamp}_day" for stamp in self._stamps("histories")]
        kept += [f"c.{name}" for name in self._named]
        joins = f"LEFT JOIN {steps.REOPENED} r ON r.number = c.number"
        if moves:
            joins += f" LEFT JOIN {steps.WALKED} w ON w.number = c.number"
        self._make(
            TABLE["histories"],
            f"SELECT {', '.join([*kept, values])}"
            f" FROM (SELECT c.*, {', '.join([*told, *moves])} FROM {TABLE['contacts']} c {joins}) c",
        )

    def walk(self) -> None:
        """The steps of contacts in scope, in order: see `steps`."""
        if steps.WALKED in self._made or steps.REOPENED in self._made:
            return
        self.table("contacts")
        moves, dialect = self._moves(), self.desk.engine.dialect
        whole = bool(moves or self._staged)
        those = [
            f"c.is_{self.value(m)}" for m in self.metrics.values() if kind_of(m) == "histories"
        ]
        if self._staged:
            those.append(f"c.{self.value(self._staged)} IS NOT NULL")
        scopes = " OR ".join(f"({scope})" for scope in self.scopes)
        inside = self.window.holds("c.opened_at_day") if whole else "FALSE"
        self._make(
            steps.STEPS,
            steps.taken(dialect, f"({' OR '.join(those)}) AND ({scopes})", inside),
        )
        self._make(steps.REOPENED, steps.reopened())
        if whole:
            self._make(steps.WALK, steps.walk(dialect))
            self._make(steps.WALKED, steps.walked(moves))
        self.desk.engine.run(f"DROP TABLE {steps.STEPS}")
        del self._made[steps.STEPS]

    def _moves(self) -> list[int]:
        """The follow-ups within which changes of team are asked for."""
        asked = (expand(m.value, horizon=self.follow(m)) for m in self.metrics.values())
        return sorted({int(n) for sql in asked for n in re.findall(r"MOVES\((\d+)\)", sql)})

    def _surveys(self) -> None:
        """Surveys with the columns of their contacts that scopes and parts name."""
        own = _columns(self.desk, "surveys", self._asked("surveys"))
        theirs = [f"k.{name}" for name in self._named]
        join = f"LEFT JOIN {TABLE['contacts']} k ON k.contact_id = x.contact_id"
        self._narrow("surveys", f"SELECT {', '.join([*own, *theirs])} FROM surveys x {join}")

    def _orders(self) -> None:
        text = " ".join([self._asked("orders"), *(f"c.{name}" for name in self._named)])
        self._narrow(
            "orders", f"SELECT {', '.join(_columns(self.desk, 'orders', text))} FROM orders x"
        )

    def _narrow(self, kind: Kind, read: str) -> None:
        """Cases of a table of their own, of the window's days."""
        days = [f"c.{stamp}_day" for stamp in self._stamps(kind)]
        kept = [*days, *(f"c.{n}" for n in self._named if kind != "orders" or _has("orders", n))]
        within = " OR ".join(self.window.holds(day) for day in days)
        columns = ", ".join([*kept, *self._cases(kind)])
        self._make(TABLE[kind], f"SELECT {columns} FROM ({read}) c WHERE {within}")

    def _stamps(self, kind: Kind) -> list[str]:
        """The stamps to which cases of a kind are dated, without `c.`."""
        found = (m.time for m in self.metrics.values() if kind_of(m) == kind)
        return [stamp.removeprefix("c.") for stamp in dict.fromkeys(found)]

    def _asked(self, kind: Kind) -> str:
        """All that the metrics of a kind say in SQL, and their days."""
        return " ".join([*self._cases(kind), *(f"c.{stamp}_day" for stamp in self._stamps(kind))])


def kind_of(metric: DailyMetric) -> Kind:
    """Which table holds a metric's cases."""
    return "histories" if metric.cases == "contacts" and "events" in metric.needs else metric.cases


def _dated_elsewhere(metric: DailyMetric) -> bool:
    """Whether contacts outside a window's days may have cases in them."""
    return metric.cases == "surveys" or (
        kind_of(metric) == "histories" and metric.time != "c.opened_at"
    )


def _has(table: str, column: str) -> bool:
    return any(c.name == column for c in TABLES[table].columns)


def _columns(desk: Desk, table: str, text: str, *, always: Collection[str] = ()) -> list[str]:
    """Columns of a source's table `x` that a text names as `c.name`: stamps as whole numbers, with `_day` their day."""
    wanted = {*re.findall(r"\bc\.(\w+)", text), *always}
    found = []
    for column in TABLES[table].columns:
        name = column.name
        if name in wanted:
            stamp = f"{desk.engine.dialect.micros(f'x.{name}')} AS {name}"
            found.append(stamp if column.type == "time" else f"x.{name}")
        if f"{name}_day" in wanted:
            found.append(f"{desk.day_of(f'x.{name}')} AS {name}_day")
    return found


def _repeats(days: int) -> str:
    """Contacts whose customer came back with the need within some days after the resolution."""
    same = "r.customer_id = c.customer_id AND r.need_code = c.need_code"
    soon = f"r.opened_at > c.resolved_at AND r.opened_at <= c.resolved_at + {days} * {MICROS_A_DAY}"
    return (
        f"SELECT c.contact_id FROM {KNOWN} c WHERE c.resolved_at IS NOT NULL AND EXISTS"
        f" (SELECT 1 FROM {KNOWN} r WHERE {same} AND r.contact_id <> c.contact_id AND {soon})"
    )
