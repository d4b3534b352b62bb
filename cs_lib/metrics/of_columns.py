"""Metrics made of the columns of a user's own table: `share(bought)`, `mean(spend)`, `ratio(revenue, orders)`.

A table of results has a row per customer, a table of days a row per day. What such a metric is called, whether more
is better and its unit are the study's to say (`measure.outcomes`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

from cs_lib.language import later
from cs_lib.metrics.definition import CustomerMetric, DailyMetric, Metric, RatioMetric, UnitMetric
from cs_lib.params import OfColumns, headers_of, of_columns
from cs_lib.params.study import Outcome
from cs_lib.quantity import Unit

M = TypeVar("M", bound=Metric)
RESULTS, DAYS = "results", "days"
CUSTOMERS = later("customers of the table, by the variant they were given")
ALL_DAYS = later("days of the table")
AS_GIVEN = later("as the table has it; over which time is the table's to say")
EMPTY_CUSTOMER = later("customers whose outcome is empty are left out, never counted as no")
EMPTY_DAY = later("days on which it is empty are left out")
OWN_SOURCE = later("a column of the study's own table")


class Named(Mapping[str, M]):
    """Metrics that are made as their names say; none is listed, because there are as many as columns."""

    def __init__(self, make: Callable[[str], M | None]) -> None:
        self._make = make

    def __getitem__(self, name: str) -> M:
        made = self._make(name) if isinstance(name, str) else None
        if made is None:
            raise KeyError(name)
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def is_own(name: str | None) -> bool:
    """Whether a metric is made of columns of a user's own table."""
    return name is not None and of_columns(name) is not None


def _title(name: str) -> str:
    plain = [one.replace("{", "(").replace("}", ")") for one in headers_of(name)]
    words = [one.strip("_ ").replace("_", " ") or one for one in plain]
    first = words[0][:1].upper() + words[0][1:]
    return first if len(words) == 1 else f"{first} / {words[1]}"


def _unit(kind: OfColumns) -> Unit:
    return "share" if kind.kind == "share" else "count"


def _words(name: str, kind: OfColumns, population: str, empty: str) -> dict[str, Any]:
    """What every metric says of itself, of a customer or of a day."""
    return {
        "title": _title(name),
        "unit": _unit(kind),
        "good": "up",
        "population": population,
        "counted": AS_GIVEN,
        "censoring": empty,
        "source": OWN_SOURCE,
        "window_days": 0,
    }


@cache
def per_customer(name: str) -> CustomerMetric | None:
    """The metric of a table of results that a name says; None for another name."""
    kind = of_columns(name)
    if kind is None:
        return None
    if len(kind.columns) == 1:
        return per_unit(name)
    above, below = (f"mean({column})" for column in kind.columns)
    words = _words(name, kind, CUSTOMERS, EMPTY_CUSTOMER)
    denominator = later("the sum of the second column over customers")
    return RatioMetric(
        name=name, denominator=denominator, needs=(RESULTS,), above=above, below=below, **words
    )


@cache
def per_unit(name: str) -> UnitMetric | None:
    """The plain one of a single column; None for another name."""
    kind = of_columns(name)
    if kind is None or len(kind.columns) != 1:
        return None
    return UnitMetric(
        name=name,
        denominator=later("customers of the variant"),
        needs=(RESULTS,),
        terms=(),
        column=kind.columns[0],
        share=kind.kind == "share",
        **_words(name, kind, CUSTOMERS, EMPTY_CUSTOMER),
    )


@cache
def per_day(name: str) -> DailyMetric | None:
    """The metric of a table of days that a name says; None for another name."""
    kind = of_columns(name)
    if kind is None or (kind.kind == "share" and len(kind.columns) == 1):
        return None
    denominator = later("days, each alike") if kind.kind == "mean" else later("the second column")
    words = _words(name, kind, ALL_DAYS, EMPTY_DAY)
    return DailyMetric(
        name=name, denominator=denominator, needs=(DAYS,), time="", value="", **words
    )


def as_stated(metric: M, outcome: Outcome | None) -> M:
    """A metric as the study describes it: its label, which way is better, its unit."""
    if outcome is None:
        return metric
    changes: dict[str, Any] = {"good": "up" if outcome.better == "higher" else "down"}
    if outcome.label is not None:
        changes["title"] = outcome.label.replace("{", "(").replace("}", ")")
    if outcome.unit is not None:
        changes["unit"] = outcome.unit
    return replace(metric, **changes)
