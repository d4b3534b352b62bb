"""All numbers that a scorecard reads: every row by day or by week, from cases read once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

import numpy as np

from cs_lib.aggregates import DriverCounts, LoggedChange, Series
from cs_lib.data.desk import Desk
from cs_lib.language import later
from cs_lib.metrics.catalogue import DAILY
from cs_lib.metrics.changes_logged import changes_logged, went_live
from cs_lib.metrics.definition import DailyMetric, Metric
from cs_lib.metrics.definitions.targets import Target, service_level
from cs_lib.metrics.definitions.while_open import WHILE_OPEN
from cs_lib.metrics.fitted import fitted_by_day
from cs_lib.metrics.opening_hours import OpeningHours, opening_hours, said_hours
from cs_lib.metrics.queries.business_hours import OpenTime, open_time
from cs_lib.metrics.queries.cases import Cases, opened
from cs_lib.metrics.queries.health.by_day import TableDays, table_days
from cs_lib.metrics.queries.narrow.hours import require_hours
from cs_lib.metrics.queries.nobody import Nobodies, nobodies
from cs_lib.metrics.queries.per_day import check
from cs_lib.metrics.queries.scorecard.backlog import Backlog, backlog
from cs_lib.metrics.queries.scorecard.customers import ProblemCustomers, problem_customers
from cs_lib.metrics.queries.scorecard.drivers import driver_counts
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.metrics.queries.tables import Window
from cs_lib.metrics.queries.trust.of_orders import OrdersNamed, orders_named
from cs_lib.params import STUDIES, ServiceScorecard, closest
from cs_lib.sentences import Text, say

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
Band = Literal["problems", "basics", "delight"]

# Rows of the grid by band, in the order of the page; those that a source cannot give say why.
ROWS: dict[Band, tuple[str, ...]] = {
    "problems": (
        "orders_with_problem_7d", "orders_with_problem_30d", "contact_rate", "customers_with_problem",
        "repeat_contact_rate_7d", "repeat_contact_rate_30d",
    ),
    "basics": (
        "first_response_minutes", "first_response_open_minutes", "first_response_in_target", "resolution_hours",
        "resolution_open_hours", "resolution_in_target",
        "first_contact_resolution_7d", "backlog", "reopen_rate", "handoffs", "csat", "csat_response_rate",
        "deflection_rate", "resolved_containment", "followed_up_7d", "promises_kept",
    ),
    "delight": ("repurchase_after_contact_30d", "referral_rate", "promoter_score", "promoter_response_rate",
        "perk_redemption"),
}  # fmt: skip
# Rows that may alarm where the settings name none: one of each kind, and none that only repeats another.
WATCHED = (
    "orders_with_problem_7d", "repeat_contact_rate_7d", "first_response_minutes", "resolution_hours",
    "first_contact_resolution_7d", "backlog", "csat", "resolved_containment",
)  # fmt: skip
IN_TARGET = {"first_response_in_target": "first_response", "resolution_in_target": "resolution"}
TABLES = ("contacts", "orders", "surveys", "events")


@dataclass(frozen=True, slots=True)
class RowSeries:
    """One row of the grid over time.

    Attributes:
        band: fewer problems, basics or delight.
        metric: what is counted, in words.
        series: value = numerator / denominator by local day, or by week, told by its first day, where `by_week`.
        told: cases that say that what is looked for was recorded, over all cases, by day; None where nothing can.
        reads: tables and columns that the value rests on.
    """

    band: Band
    metric: Metric
    series: Series
    by_week: bool
    told: Series | None
    reads: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ScorecardEvidence:
    """What a scorecard reads.

    Attributes:
        start, end: the first and the last day of whole weeks, counted from the first day of the baseline.
        rows: rows of the grid by name, in the order of the page.
        backlog: open contacts by age at the end of each week; None where `absent` says why.
        customers: customers with a problem, by week; None likewise.
        drivers: orders and contacts about them, of the period before and of the latest one; None likewise.
        nobody: customer numbers that stand for many customers or for none; None without contacts that name any.
        orders_named: how contacts name their orders, by day; None without contacts or orders.
        tables: rows by day and how columns were filled, of the tables that rows come from.
        changes: logged changes from the baseline's first day on.
        absent: why a row, or one of the above, cannot be had, by its name.
        observed_until: the first local day that is not wholly observed.
        hours: when teams are open, a sentence each; none where calendar time alone is counted.
    """

    room: ClassVar[str] = "service_scorecard"

    start: date
    end: date
    rows: dict[str, RowSeries]
    backlog: Backlog | None
    customers: ProblemCustomers | None
    drivers: tuple[DriverCounts, DriverCounts] | None
    nobody: Nobodies | None
    orders_named: OrdersNamed | None
    tables: dict[str, TableDays]
    changes: tuple[LoggedChange, ...]
    absent: dict[str, Text]
    observed_until: date
    currency: str
    hours: tuple[Text, ...] = ()
    notes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """One row per row of the grid and day or week: numerator, denominator, value."""
        import pandas as pd

        frames = [
            row.series.to_frame().assign(row=name, band=row.band) for name, row in self.rows.items()
        ]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


BACKLOG = Metric(
    name="backlog",
    title=later("Contacts open at the end of the week"),
    unit="count",
    good="down",
    population=later("contacts; merged, spam and cancelled left out"),
    counted=later(
        "opened before the end of the week and not resolved by then; open again after a reopening where steps tell"
    ),
    censoring=later("weeks are left out whose last 30 days before the end are not all in the data"),
    denominator=later("none: a number of contacts"),
    source=later("open contacts at a cut time, derived from stamps and steps, not from snapshots"),
    needs=("contacts",),
    window_days=0,
)
PROBLEM_CUSTOMERS = Metric(
    name="customers_with_problem",
    title=later("Active customers with a contact in the week"),
    unit="share",
    good="down",
    population=later("customers with an order in the 90 days up to the end of the week"),
    counted=later(
        "at least one contact opened in the week; each customer counts once, however often they write"
    ),
    censoring=later("weeks are left out before 90 days of orders are there"),
    denominator=later("active customers at the end of the week"),
    source=later("distinct customers in place of contacts, so that one angry customer counts once"),
    needs=("contacts", "orders"),
    window_days=0,
)
OF_WEEKS = {one.name: one for one in (PROBLEM_CUSTOMERS, BACKLOG)}
READ_BY_WEEK = {
    "customers_with_problem": (
        ("contacts", "customer_id"), ("orders", "customer_id"),
    ),
    "backlog": (("contacts", "resolved_at"),),
}  # fmt: skip
MADE = {metric.name: metric for metric in WHILE_OPEN}
NO_TARGET = later("no service level is stated in the settings (targets.service_levels)")
# What words of a definition stand for: columns that a later contact or step is found by.
FOUND_BY = {
    "further_contact": (("contacts", "customer_id"), ("contacts", "need_code")),
    "next_order": (("contacts", "customer_id"), ("orders", "customer_id")),
    "first_contact": (("contacts", "order_id"),),
    "first_resolved": (("events", "stage"),),
    "reopened": (("events", "stage"),),
    "asked_back": (("events", "stage"),),
    "first_follow_up": (("events", "stage"),),
}


def named_rows() -> tuple[str, ...]:
    """Every row that a grid may have."""
    return tuple(name for names in ROWS.values() for name in names)


def problems(draft: Any) -> Iterator[tuple[str, str]]:
    """Rows and notebooks that a draft of settings names and that there are not, as (key, message)."""
    known, design = named_rows(), draft.design
    named = [(f"targets.rows.{name}", name) for name in getattr(draft.targets, "rows", None) or ()]
    named += [("watch.rows", name) for name in getattr(draft.watch, "rows", None) or ()]
    for i, one in enumerate(getattr(design, "rebases", None) or ()):
        named += [(f"design.rebases.{i}.metrics", name) for name in one.metrics or ()]
    for key, name in named:
        if name not in known:
            yield key, f"no row '{name}'{closest(name, known)}"
        elif name in MADE and design.hours is None:
            yield (
                key,
                f"'{name}' counts time while teams are open, and design.hours does not say when they are",
            )
    for notebook in draft.pages or ():
        if notebook not in STUDIES:
            yield f"pages.{notebook}", f"no notebook '{notebook}'{closest(notebook, STUDIES)}"


def gather(desk: Desk, study: ServiceScorecard) -> ScorecardEvidence:
    """What a source holds for a scorecard.

    Raises NotAvailable when it has no contacts, or hours that the settings ask for cannot be made out.
    """
    if not desk.has("contacts"):
        raise NotAvailable(
            say("A scorecard needs contacts, and {why}.", why=desk.absent["contacts"])
        )
    start, end = study.weeks
    window, tried = Window(start, end), _Tried()
    nobody = nobodies(desk, window) if desk.facts["contacts"].of("customer_id").filled else None
    names = [one.value for one in nobody.values] if nobody else []
    open_ones = tried("backlog", lambda: backlog(desk, start, end))
    customers = tried(
        "customers_with_problem", lambda: problem_customers(desk, start, end, nobody=names)
    )
    weekly = {
        "backlog": _of_backlog(open_ones) if open_ones else None,
        "customers_with_problem": tried(
            "customers_with_problem", lambda: _as_share(customers.series(among_active=True))
        )
        if customers
        else None,
    }
    opening = _opening(desk, study)
    rows = dict(_read(_Asked(desk, study, window, opening), tried, names, weekly))
    return ScorecardEvidence(
        start, end,
        rows=rows,
        backlog=open_ones,
        customers=customers,
        drivers=tried(
            "drivers", lambda: driver_counts(desk, end, period_weeks=study.design.period_weeks)
        ),
        nobody=nobody,
        orders_named=tried("orders_named", lambda: orders_named(desk, window)),
        tables={name: table_days(desk, name, {}) for name in TABLES if desk.has(name)},
        changes=went_live(changes_logged(desk), start, desk.observed_until),
        absent=tried.absent,
        observed_until=desk.observed_until,
        currency=desk.currency,
        hours=tuple(said_hours(opening)) if opening else (),
        notes=desk.notes,
        caveats=desk.caveats,
    )  # fmt: skip


def _opening(desk: Desk, study: ServiceScorecard) -> OpeningHours | None:
    """When teams are open, as the settings say; None where they ask for calendar time alone."""
    design = study.design
    if design.hours is None:
        return None
    return opening_hours(desk, design.hours, calendar=design.calendar, holidays=design.holidays)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What rows of days are read from."""

    desk: Desk
    study: ServiceScorecard
    window: Window
    opening: OpeningHours | None


def _read(
    asked: _Asked, tried: _Tried, nobody: Sequence[str], weekly: Mapping[str, Series | None]
) -> Iterator[tuple[str, RowSeries]]:
    """Every row that there is, in the order of the page."""
    desk, window = asked.desk, asked.window
    with open_time(desk, asked.opening) if asked.opening else nullcontext() as time:
        metrics = dict[str, DailyMetric]()
        skipped = {*OF_WEEKS, *(MADE if time is None else ())}
        for name in named_rows():
            if name not in skipped and (found := tried(name, partial(_checked, asked, name, time))):
                metrics[name] = found
        with opened(desk, window, list(metrics.values()), nobody=nobody, open_time=time) as cases:
            mine = [name for name in metrics if name in DAILY]
            words = fitted_by_day(mine, desk, window.start, window.end)
            yield from _rows(cases, metrics, words, weekly)


def _rows(
    cases: Cases,
    metrics: Mapping[str, DailyMetric],
    words: Mapping[str, Metric],
    weekly: Mapping[str, Series | None],
) -> Iterator[tuple[str, RowSeries]]:
    """Every row that there is, in the order of the page."""
    for band, members in ROWS.items():
        for name in members:
            if name in metrics:
                yield name, _of_days(cases, band, metrics[name], words.get(name))
            elif (series := weekly.get(name)) is not None:
                yield name, RowSeries(band, OF_WEEKS[name], series, True, None, READ_BY_WEEK[name])


def _checked(asked: _Asked, name: str, time: OpenTime | None) -> DailyMetric:
    """The metric of a row. Raises NotAvailable when it cannot be had."""
    metric = _in_target(name, asked.study) if name in IN_TARGET else MADE.get(name) or DAILY[name]
    check(asked.desk, metric, None)
    if metric.open_for is not None and time is not None:
        require_hours(metric, time, asked.window)
    return metric


def _in_target(name: str, study: ServiceScorecard) -> DailyMetric:
    """The share of contacts within the target in force. Raises NotAvailable where none is stated."""
    of = IN_TARGET[name]
    targets = [
        Target(
            level.since,
            round(level.hours * 60),
            level.priority or "",
            level.channel or "",
            level.clock,
        )
        for level in study.targets.service_levels
        if level.of == of
    ]
    if not targets:
        raise NotAvailable(say(NO_TARGET))
    return service_level("first_response" if of == "first_response" else "resolution", targets)


def _of_days(cases: Cases, band: Band, metric: DailyMetric, words: Metric | None) -> RowSeries:
    return RowSeries(
        band, words or metric, cases.series(metric), False, cases.told(metric), _reads(metric)
    )


def _reads(metric: DailyMetric) -> tuple[tuple[str, str], ...]:
    """Tables and columns that a metric rests on."""
    said = f"{metric.time} {metric.where} {metric.value}"
    found = list[tuple[str, str]]()
    for word in dict.fromkeys(re.findall(r"\bc\.(\w+)", said)):
        found += FOUND_BY.get(word, ((metric.cases, word),))
    if "AGAIN" in said:
        found += FOUND_BY["further_contact"]
    if "MOVES" in said:
        found.append(("events", "team_id"))
    if "OPEN(" in said:
        found.append(("contacts", "team_id"))
    if metric.per:
        found.append(metric.per)
    return tuple(dict.fromkeys(found))


def _of_backlog(found: Backlog) -> Series:
    """Open contacts as a series by week; weeks without a point have no denominator."""
    return Series(
        "backlog",
        found.weeks,
        found.open.sum(axis=1) * found.there,
        np.where(found.there, 1.0, 0.0),
    )


def _as_share(per_1000: Series) -> Series:
    """The same as a share, 0 to 1."""
    return replace(per_1000, numerator=per_1000.numerator / 1000)


class _Tried:
    """Asks for what may not be there; `absent` says why it is not."""

    def __init__(self) -> None:
        self.absent: dict[str, Text] = {}

    def __call__(self, name: str, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except NotAvailable as refusal:
            self.absent[name] = refusal.reason
            return None
