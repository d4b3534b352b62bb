"""The cases of a study's days as narrow tables of whole numbers; every table of the source is read once for them.

A case's value is a whole number, so that sums are exact, and the same in whatever order they are made.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definition import MICROS_A_DAY, DailyMetric, expand
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.queries import steps
from cs_lib.metrics.queries.business_hours import OpenTime
from cs_lib.metrics.queries.narrow import firsts
from cs_lib.metrics.queries.narrow.hours import NOW, while_open
from cs_lib.metrics.queries.narrow.kinds import (
    TABLE,
    Kind,
    Window,
    any_of,
    dated_elsewhere,
    has,
    joins,
    kind_of,
    of_contacts,
    source_columns,
)
from cs_lib.metrics.queries.sql import between, matches, micros, named
from cs_lib.params import Scope

__all__ = ["Kind", "Tables", "Window", "joins", "kind_of", "source_columns"]

PLACED = "cs_placed"  # orders while their contacts are looked for
LARGEST = 2**63


class Tables:
    """Narrow tables of the cases of some metrics in a window of days, each made when it is first asked for.

    A row has the local days its cases are dated to, the columns that scopes and parts name, and for
    every metric its whole number, NULL for no case. `scopes` are those in which metrics will be asked
    for, `parts` the columns by which they will be split, `marks` conditions over contacts by name, and
    `staged` the time to an event whose stages will be asked for; `open_time` is read by metrics of time while
    teams are open.
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
        nobody: Collection[str] = (),
        open_time: OpenTime | None = None,
    ) -> None:
        self.desk, self.window = desk, window
        self._nobody, self._open_time = sorted(nobody), open_time
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
            if kind in ("histories", "surveys") or self._asking(kind, "first_contact"):
                self.table("contacts")
            make = {
                "contacts": self._contacts,
                "histories": self._histories,
                "surveys": self._surveys,
                "orders": self._orders,
                "customers": self._customers,
                "perk_assignments": self._perks,
            }[kind]
            make()
        return TABLE[kind]

    def value(self, metric: DailyMetric) -> str:
        """The column that holds a metric's whole number."""
        return f"v{list(self.metrics).index(metric.name)}"

    def running(self, metric: DailyMetric) -> str | None:
        """The column that says of a row that it will be a case; None where all cases of a day are followed alike."""
        return f"r{list(self.metrics).index(metric.name)}" if metric.each_followed else None

    def told(self, metric: DailyMetric) -> str | None:
        """The column that says of a case that what the metric looks for was recorded; None where nothing is."""
        return None if metric.told is None else f"t{list(self.metrics).index(metric.name)}"

    def _whole(self, metric: DailyMetric) -> str:
        """SQL of a metric's whole number, factors of its own scale included."""
        value = expand(metric.value, horizon=self.follow(metric))
        value = re.sub(r"AGAIN\((\d+)\)", r"(c.again_\1 IS NOT NULL)", value)
        value = re.sub(r"MOVES\((\d+)\)", r"c.moves_\1", value)
        dialect, scales = self.desk.engine.dialect, [self.desk.scale(*c) for c in metric.times]
        factors = [
            dialect.fixed(f"c.{column}", scale.steps)
            for (_, column), scale in zip(metric.times, scales, strict=True)
        ]
        small = value == "1" and math.prod(scale.most for scale in scales) < LARGEST
        if factors and not small:
            factors[0] = dialect.wide(factors[0])
        return " * ".join([f"({value})", *factors])

    def _cases(self, kind: Kind) -> list[str]:
        """A column for every metric of a kind: the whole number of its followed cases, else NULL."""
        found = []
        for metric in self._of_kind(kind):
            follow, name = self.follow(metric), self.value(metric)
            mine = f"c.is_{name}" if kind == "histories" else expand(metric.where, horizon=follow)
            followed = self._followed(metric)
            case = f"({mine}) AND {followed}"
            found.append(f"CASE WHEN {case} THEN {self._whole(metric)} END AS {name}")
            if metric.told is not None:
                told = expand(metric.told[0], horizon=follow)
                found.append(f"({case} AND {told}) AS {self.told(metric)}")
            if metric.each_followed:
                found.append(f"(({mine}) AND NOT ({followed})) AS {self.running(metric)}")
        return found

    def _followed(self, metric: DailyMetric) -> str:
        """Whether all that a case is followed for lies before the data cut."""
        until = metric.until or f"{metric.time} + {self.follow(metric)} * {MICROS_A_DAY}"
        days = f"{until} <= {micros(self.desk.cut)}"
        return days if metric.open_for is None else f"{days} AND {NOW} >= {metric.open_for}"

    def _make(self, table: str, query: str) -> None:
        self.desk.engine.run(f"CREATE TEMP TABLE {table} AS {query}")
        self._made[table] = None

    def _contacts(self) -> None:
        """Contacts of the window's days, and where others may have cases in these all contacts in scope."""
        later = self._of_kind("histories")
        made = [f"({sql}) AS {name}" for name, sql in self._marks.items()] + self._cases("contacts")
        for metric in later:
            where = expand(metric.where, horizon=self.follow(metric))
            made.append(f"coalesce({where}, FALSE) AS is_{self.value(metric)}")
        asked = [(self._whole(metric), metric.time, (metric.told or ("",))[0]) for metric in later]
        said = " ".join(" ".join(parts) for parts in asked)
        about = self._asking("orders", "first_contact")
        kept = {*self._days(), *self._named}
        kept |= {name for name in re.findall(r"\bc\.(\w+)", said) if of_contacts(name)}
        if self._staged or self._walkers() or self._of_kind("surveys"):
            kept |= {"contact_id", "opened_at"}
        if self._staged and self._staged.duration:
            kept.add(self._staged.duration[1])
        within = [self.window.holds(f"c.{day}") for day in self._days()]
        if self._returning() or about:
            made.append(f"({REAL}) AS known")
        if self._returning():
            kept |= {"customer_id", "need_code", "opened_at", "resolved_at"}
            within.append(self._may_repeat())
        if any(metric.asks("next_order") for metric in later):
            kept |= {"customer_id", "resolved_at"}
        if about:
            kept |= {"order_id", "opened_at"}
            within.append(
                f"c.order_id IS NOT NULL AND {self._soon_after('c.opened_at_day', about)}"
            )
        if any(map(dated_elsewhere, self.metrics.values())):
            within += self.scopes
        text = ", ".join([*(f"c.{name}" for name in sorted(kept)), *made])
        text, hours = while_open(text, self._open_time)
        columns = self._known_customers(source_columns(self.desk, "contacts", text + hours))
        join = ""
        if any(m.cases == "contacts" and "agents" in m.needs for m in self.metrics.values()):
            columns.append("a.cost_per_hour")
            join = " LEFT JOIN agents a ON a.agent_id = x.agent_id"
        self._make(
            TABLE["contacts"],
            f"SELECT {text} FROM (SELECT {', '.join(columns)} FROM contacts x{join}) c{hours}"
            f" WHERE {any_of(within)}",
        )

    def _known_customers(self, columns: list[str]) -> list[str]:
        """The columns of contacts, customers that are nobody made unknown."""
        if not self._nobody:
            return columns
        those = ", ".join(map(quote, self._nobody))
        known = f"CASE WHEN x.customer_id NOT IN ({those}) THEN x.customer_id END AS customer_id"
        return [known if column == "x.customer_id" else column for column in columns]

    def _histories(self) -> None:
        """Contacts with what followed: their steps, and whether the customer came back."""
        mine, dialect = self._of_kind("histories"), self.desk.engine.dialect
        whose = f"{any_of(f'c.is_{self.value(m)}' for m in mine)} AND {any_of(self.scopes)}"
        number, told, joins = dialect.row_of("c"), [], ""
        if self._walkers():
            self.walk()
            first = "c.opened_at + r.first_resolved"
            told += [f"{first} AS first_resolved", "c.opened_at + r.reopened AS reopened"]
            told.append(f"{self.desk.day_of(dialect.instant(first))} AS first_resolved_day")
            joins += f" LEFT JOIN {steps.REOPENED} r ON r.number = {number}"
            if asked := self._follow_ups():
                told += [f"c.opened_at + f.{name} AS {name}" for name in asked]
                joins += f" LEFT JOIN {steps.FOLLOWED} f ON f.number = {number}"
        if moves := self._words("MOVES"):
            told += [f"w.moves_{days}" for days in moves]
            joins += f" LEFT JOIN {steps.WALKED} w ON w.number = {number}"
        back = self._dated_here([m for m in self._returning() if "AGAIN" in m.value])
        for days in self._words("AGAIN"):
            told.append(f"g{days}.number AS again_{days}")
            again = firsts.again(dialect, TABLE["contacts"], days, back)
            joins += f" LEFT JOIN ({again}) g{days} ON g{days}.number = {number}"
        if self._asking("histories", "further_contact"):
            told.append("n.further_contact")
            joins += f" LEFT JOIN ({firsts.further(dialect, TABLE['contacts'])}) n ON n.number = {number}"
        if buying := self._asking("histories", "next_order"):
            told.append("o.next_order")
            within = self._soon_after(self.desk.day_of("o.ordered_at"), buying)
            then = firsts.next_order(dialect, TABLE["contacts"], self._dated_here(buying), within)
            joins += f" LEFT JOIN ({then}) o ON o.number = {number}"
        read = f"SELECT {', '.join(['c.*', *told])} FROM {TABLE['contacts']} c{joins} WHERE {whose}"
        self._narrow("histories", read)

    def _returning(self) -> list[DailyMetric]:
        """The metrics that ask whether a customer came back."""
        return [metric for metric in self._of_kind("histories") if metric.repeats]

    def _may_repeat(self) -> str:
        """Contacts that may be the repeat of one whose cases the window has, whatever their own scope."""
        asked, last = self._returning(), self.window.start
        if not {metric.time for metric in asked} <= {"c.opened_at", "c.resolved_at"}:
            return "TRUE"
        for metric in asked:
            days = [self.follow(metric), *self._words("AGAIN")]
            known = metric.time == "c.resolved_at" or "AGAIN" not in metric.value
            last = max(last, self.window.end + timedelta(days=max(days) + 1) if known else date.max)
        return between("c.opened_at_day", self.window.start, last)

    def _soon_after(self, day: str, asked: Sequence[DailyMetric]) -> str:
        """Local days on which something may follow a case of the window within the time that cases are followed."""
        days = max(map(self.follow, asked))
        return between(day, self.window.start, self.window.end + timedelta(days=days + 1))

    def _dated_here(self, asked: Sequence[DailyMetric]) -> str:
        """Contacts in scope that are cases of some metrics, and of the window's days as far as these are known."""
        theirs = []
        for metric in asked:
            known = has("contacts", metric.time.removeprefix("c."))
            dated = self.window.holds(f"{metric.time}_day") if known else "TRUE"
            theirs.append(f"c.is_{self.value(metric)} AND {dated}")
        return f"{any_of(theirs)} AND {any_of(self.scopes)}"

    @property
    def walks(self) -> bool:
        """Whether the steps of a time's contacts are read."""
        return self._staged is not None

    def walk(self) -> None:
        """The steps of contacts in scope, in order: see `steps`."""
        if steps.REOPENED in self._made:
            return
        self.table("contacts")
        moves, dialect = self._words("MOVES"), self.desk.engine.dialect
        those = [f"c.is_{self.value(metric)}" for metric in self._walkers()]
        if self._staged:
            those.append(f"c.{self.value(self._staged)} IS NOT NULL")
        whole = bool(moves or self._staged)
        inside = self.window.holds("c.opened_at_day") if whole else "FALSE"
        if any("MOVES" in m.value and m.time != "c.opened_at" for m in self._walkers()):
            inside = "TRUE"
        whose = f"{any_of(those)} AND {any_of(self.scopes)}"
        asked = self._follow_ups()
        self._make(steps.STEPS, steps.taken(dialect, whose, inside, follow_ups=bool(asked)))
        self._make(steps.REOPENED, steps.reopened())
        if asked:
            back = "asked_back" in asked
            self._make(steps.FOLLOWED, steps.followed(dialect, resolved=back))
        if whole:
            self._make(steps.WALK, steps.walk(dialect))
            self._make(steps.WALKED, steps.walked(moves))
        if self._staged:
            self._make(steps.LASTS, steps.lasts())
        self.desk.engine.run(f"DROP TABLE {steps.STEPS}")
        del self._made[steps.STEPS]

    def _of_kind(self, kind: Kind) -> list[DailyMetric]:
        return [metric for metric in self.metrics.values() if kind_of(metric) == kind]

    def _asking(self, kind: Kind, *names: str) -> list[DailyMetric]:
        """The metrics of a kind that read one of these columns."""
        return [metric for metric in self._of_kind(kind) if metric.asks(*names)]

    def _follow_ups(self) -> list[str]:
        """What is asked of follow-ups."""
        names = ("first_follow_up", "asked_back")
        return [name for name in names if self._asking("histories", name)]

    def _walkers(self) -> list[DailyMetric]:
        """The metrics that need steps."""
        return [metric for metric in self._of_kind("histories") if "events" in metric.needs]

    def _days(self) -> list[str]:
        """The local days of contacts to which cases are dated, and that of the opening."""
        found = {m.time for m in self.metrics.values() if m.cases == "contacts"}
        stamps = {"opened_at", *(stamp.removeprefix("c.") for stamp in found)}
        return sorted(f"{stamp}_day" for stamp in stamps if has("contacts", stamp))

    def _words(self, word: str) -> list[int]:
        """The days for which one of our words is used in the metrics' values."""
        values = (expand(m.value, horizon=self.follow(m)) for m in self.metrics.values())
        return sorted({int(n) for sql in values for n in re.findall(rf"{word}\((\d+)\)", sql)})

    def _surveys(self) -> None:
        """Surveys with the columns of their contacts that scopes and parts name."""
        own = source_columns(self.desk, "surveys", self._asked("surveys"))
        theirs = [f"k.{name}" for name in self._named]
        join = f"LEFT JOIN {TABLE['contacts']} k ON k.contact_id = x.contact_id"
        self._narrow("surveys", f"SELECT {', '.join([*own, *theirs])} FROM surveys x {join}")

    def _orders(self) -> None:
        """Orders, with their first contact where that is asked for."""
        read = self._read("orders")
        if not self._asking("orders", "first_contact"):
            self._narrow("orders", read)
            return
        dialect = self.desk.engine.dialect
        days = any_of(self.window.holds(f"c.{stamp}_day") for stamp in self._stamps("orders"))
        self._make(PLACED, f"SELECT * FROM ({read}) c WHERE {days}")
        first = firsts.first_contact(dialect, PLACED, TABLE["contacts"])
        self._narrow(
            "orders",
            f"SELECT c.*, k.first_contact FROM {PLACED} c"
            f" LEFT JOIN ({first}) k ON k.number = {dialect.row_of('c')}",
        )
        self.desk.engine.run(f"DROP TABLE {PLACED}")
        del self._made[PLACED]

    def _customers(self) -> None:
        self._narrow("customers", self._read("customers"))

    def _perks(self) -> None:
        """Assignments, with their first redemption where that is asked for."""
        read = self._read("perk_assignments", "assignment_id")
        if self._asking("perk_assignments", "first_redeemed"):
            first = firsts.first_redeemed(self.desk.engine.dialect)
            read = (
                f"SELECT a.*, r.first_redeemed FROM ({read}) a"
                f" LEFT JOIN ({first}) r ON r.assignment_id = a.assignment_id"
            )
        self._narrow("perk_assignments", read)

    def _read(self, kind: Kind, *always: str) -> str:
        """The columns that metrics of a kind and scopes name, from the source."""
        text = " ".join([self._asked(kind), *(f"c.{name}" for name in self._named)])
        if self._asking(kind, "first_contact"):
            always = ("order_id", "ordered_at")
        return f"SELECT {', '.join(source_columns(self.desk, kind, text, always=always))} FROM {kind} x"

    def _narrow(self, kind: Kind, read: str) -> None:
        """Cases of the window's days from a query `c`."""
        days = [f"c.{stamp}_day" for stamp in self._stamps(kind)]
        own = kind in ("histories", "surveys")
        kept = [*days, *(f"c.{name}" for name in self._named if own or has(kind, name))]
        columns = ", ".join([*kept, *self._cases(kind)])
        within = any_of(map(self.window.holds, days))
        self._make(TABLE[kind], f"SELECT {columns} FROM ({read}) c WHERE {within}")

    def _stamps(self, kind: Kind) -> list[str]:
        """The stamps to which cases of a kind are dated, without `c.`."""
        found = (m.time for m in self.metrics.values() if kind_of(m) == kind)
        return [stamp.removeprefix("c.") for stamp in dict.fromkeys(found)]

    def _asked(self, kind: Kind) -> str:
        """All that the metrics of a kind say in SQL, and their days."""
        return " ".join([*self._cases(kind), *(f"c.{stamp}_day" for stamp in self._stamps(kind))])
