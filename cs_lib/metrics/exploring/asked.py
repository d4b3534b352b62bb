"""What to look at: a metric by name, a study or a window of days, and what to part by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cs_lib import sentences as w
from cs_lib.data.desk import Desk
from cs_lib.metrics.catalogue import CATALOGUE, DAILY, PER_CUSTOMER
from cs_lib.metrics.definition import DailyMetric, Metric, UnitMetric
from cs_lib.metrics.queries import per_customer as pc
from cs_lib.metrics.queries import per_day
from cs_lib.metrics.queries.beside import PERKS
from cs_lib.metrics.queries.cases import Cases, opened
from cs_lib.metrics.queries.cohort import KNOWN, assigned
from cs_lib.metrics.queries.people import enter
from cs_lib.metrics.queries.per_customer import Measured
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.metrics.queries.tables import Window
from cs_lib.params import BeforeAfter, ParamsError, PerkAbTest, Problem, Scope, Study, UnknownName
from cs_lib.params.fields import iso_date
from cs_lib.sentences import say

Days = date | str | None
VARIANT, PERIOD = "variant", "period"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of somebody who looks around, names and days checked.

    `by` is a column of contacts, of whom was assigned, `variant` (of a test) or `period` (before and after
    a change); none is everything together.
    """

    desk: Desk
    study: Study | None = None
    by: str | None = None
    start: Days = None
    end: Days = None

    @property
    def change(self) -> BeforeAfter | None:
        """The study, where it is one of a change."""
        return self.study if isinstance(self.study, BeforeAfter) else None

    @property
    def periods(self) -> dict[str, tuple[date, date]]:
        """Before the change, and after it without its wash-out; nothing without a change."""
        if self.change is None:
            return {}
        design = self.change.design
        since = design.intervention_date + timedelta(days=design.washout_days)
        after = max(design.post_period[0], since), design.post_period[1]
        return {"before": design.pre_period, "after": after}

    @property
    def scope(self) -> Scope | None:
        """The contacts that a change touched; nothing for all."""
        return self.change.design.changed if self.change else None

    def window(self, metric: DailyMetric) -> Window:
        """The days asked for: as given, else those of the change, else all that the metric's table has."""
        first, last = self._days((metric.cases, *metric.needs))
        if self.change is not None:
            first, last = self.change.design.pre_period[0], self.change.design.post_period[1]
        start, end = _day("start", self.start) or first, _day("end", self.end) or last
        if start is None or end is None:
            raise NotAvailable(say("{table} has no row with a day.", table=metric.cases))
        if end < start:
            message = f"ends ({end}) before it starts ({start})"
            raise ParamsError([Problem("end", message, "the days asked for")])
        horizon = self.change.measure.horizon_days if self.change else None
        return Window(start, end, horizon)

    def _days(self, tables: Iterable[str]) -> tuple[date | None, date | None]:
        """First and last day of the first of some tables whose rows have one: customers have none."""
        contents = {one.table: one for one in self.desk.contents()}
        for table in tables:
            if contents[table].first_day is not None:
                return contents[table].first_day, contents[table].last_day
        return None, None


def _day(key: str, value: Days) -> date | None:
    """A day that was asked for. Raises ParamsError."""
    if value is None:
        return None
    try:
        return iso_date(value)
    except ValueError as error:
        raise ParamsError([Problem(key, str(error), "the days asked for")]) from None


def metric_of(name: str) -> Metric:
    """A metric that can be looked at. Raises UnknownName, with the nearest that is one."""
    if name in DAILY:
        return DAILY[name]
    if name in PER_CUSTOMER:
        return PER_CUSTOMER[name]
    raise UnknownName("metric", name, [*DAILY, *PER_CUSTOMER])


def column_of(by: str | None, known: Iterable[str]) -> str | None:
    """What to part by. Raises UnknownName, with the nearest that can be."""
    known = list(known)
    if by is None or by in known:
        return by
    raise UnknownName("column to split by", by, known)


@contextmanager
def cases_of(asked: Asked, metrics: list[DailyMetric]) -> Iterator[Cases]:
    """The cases of some daily metrics in the days and contacts asked for.

    Raises NotAvailable for one that cannot be had, or not by that column.
    """
    by = asked.by if asked.by != PERIOD else None
    for metric in metrics:
        if by:
            per_day.check_by(asked.desk, metric, by, asked.scope)
        else:
            per_day.check(asked.desk, metric, asked.scope)
    parts: dict[str, Any] = {"parts": [by]} if by else {}
    window = asked.window(metrics[0])
    with opened(asked.desk, window, metrics, scopes=[asked.scope], **parts) as cases:
        yield cases


def customers_of(asked: Asked, names: list[str], *, pooled: bool = False) -> tuple[Measured, str]:
    """The values of a test's customers, and the column that they are parted by.

    `pooled` says that nobody looks at the parts. Raises NotAvailable without a test, for a metric that no
    single customer has a value of, and by variant while too few are observed.
    """
    study = asked.study
    if not isinstance(study, PerkAbTest):
        raise NotAvailable(
            say(
                "'{name}' is counted per customer of a test, from the assignment on; give the settings of the test "
                "as well.",
                name=names[0],
            )
        )
    for name in names:
        if not isinstance(CATALOGUE[name], UnitMetric):
            raise NotAvailable(
                say(
                    "'{name}' is no value of every customer, so there is nothing to count.",
                    name=name,
                )
            )
    by = column_of(asked.by, (VARIANT, *KNOWN)) or VARIANT
    split = [] if by == VARIANT else [by]
    columns = [*split, *(["need_code"] if pc.reads_need(names) else [])]
    columns += ["assignment_id", *PERKS] if asked.desk.has("perk_redemptions") else []
    people = enter(
        asked.desk, assigned(asked.desk, study), windows=pc.windows_of(names), columns=columns
    )
    measured = pc.measure(people, names, split_by=split)
    if by == VARIANT and not pooled:
        _require_planned(study, measured, names[0])
    return measured, by


def _require_planned(study: PerkAbTest, measured: Measured, name: str) -> None:
    """Variants are not compared before the planned number of customers is observed."""
    found = measured.values.people.observed(measured.window(name))
    smallest = min((found.get(v, 0) for v in (study.design.control, *study.design.arms)), default=0)
    planned = study.rule.planned_n or 0
    if smallest < planned:
        raise NotAvailable(
            say(
                "Withheld by variant until {planned} of each are observed ({smallest} so far), because who looks "
                "earlier stops too early; by='segment' shows all variants together.",
                planned=w.counted(planned, "customer"),
                smallest=w.count(smallest),
            )
        )
