"""A metric's values on tables small enough to check by eye."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from cs_lib.aggregates import Moments, Series
from cs_lib.data import Desk
from cs_lib.metrics import COVARIATES, DAILY, PER_UNIT
from cs_lib.metrics.catalogue import Together
from cs_lib.metrics.queries import beside, cohort, per_customer, per_day, values
from cs_lib.metrics.queries.people import People, enter
from cs_lib.metrics.queries.per_customer import Measured
from cs_lib.metrics.queries.values import VALUES
from cs_lib.params import PerkAbTest

UNITS = Together(PER_UNIT, COVARIATES)


def perk_study(**design: Any) -> PerkAbTest:
    """An A/B study of experiment `e`, assigned in January 2026."""
    return PerkAbTest.model_validate(
        {
            "study": "perk",
            "notebook": "perk_ab_test",
            "question": "Does the perk bring them back?",
            "as_of": "2026-06-01",
            "source": "tiny",
            "design": {
                "experiment": "e",
                "control": "control",
                "arms": ["coupon"],
                "split": {"control": 0.5, "coupon": 0.5},
                "period": ["2026-01-01", "2026-01-31"],
                **design,
            },
            "measure": {"primary_metric": "repurchase_30d"},
            "money": {"margin_rate": 0.3, "window_days": 30},
            "rule": {"min_effect": 0.01, "planned_n": 2},
        }
    )


def people_of(
    desk: Desk, study: PerkAbTest, names: Any = (), *, looks: Any = (), windows: Any = (30,)
) -> People:
    """The customers of a study, with all that is known of them."""
    columns = ("assignment_id", *cohort.KNOWN, *beside.PERKS)
    every = {*windows, *per_customer.windows_of(list(names))}
    return enter(desk, cohort.assigned(desk, study), windows=every, looks=looks, columns=columns)


def measured_of(
    desk: Desk, study: PerkAbTest, names: Any, *, looks: Any = (), **how: Any
) -> Measured:
    """The same with their values of some metrics."""
    return per_customer.measure(people_of(desk, study, names, looks=looks), list(names), **how)


def moments(desk: Desk, study: PerkAbTest, names: Any) -> dict[str, dict[str, Moments]]:
    """Moments by metric and variant."""
    measured = measured_of(desk, study, names)
    found = per_customer.moments(measured)
    return {name: found[measured.window(name)] for name in names}


def rows_of(measured: Measured, days: int) -> list[dict[str, Any]]:
    """Every customer whose window is observed: assignment, variant, and the value of each metric."""
    people = measured.values.people
    again = values.measured(
        people, [UNITS[name] for name in measured.values.sums], kept=["assignment_id"]
    )
    listed = "".join(f", x{i}" for i in range(len(again.bases)))
    rows = people.desk.engine.rows(
        f"SELECT assignment_id, variant{listed} FROM {VALUES} WHERE stage < {people.stages(days)} ORDER BY 1"
    )
    return [
        {"assignment_id": row[0], "variant": row[1]}
        | {
            name: sum(times * row[2 + i] for i, times in one.parts.items()) / one.steps
            for name, one in again.sums.items()
        }
        for row in rows
    ]


@pytest.fixture
def study() -> PerkAbTest:
    return perk_study()


@pytest.fixture
def observed(source) -> Callable[..., Desk]:
    """The desk of the source, observed to the end of the day before `as_of`."""

    def desk(as_of: str = "2026-06-01") -> Desk:
        source.settings["observed_until"] = f"{as_of}T00:00:00"
        return source.desk(as_of)

    return desk


@pytest.fixture
def series(observed) -> Callable[..., Series]:
    """A daily metric from 1 February 2026."""

    def measure(
        name: str, *, end: str = "2026-02-28", as_of: str = "2026-06-01", **how: Any
    ) -> Series:
        first, last = date(2026, 2, 1), date.fromisoformat(end)
        return per_day.daily(observed(as_of), DAILY[name], start=first, end=last, **how)

    return measure


@pytest.fixture
def by_day(series) -> Callable[..., dict[str, tuple[float, float]]]:
    """(numerator, denominator) of the days that have either, by day of the month."""

    def measure(name: str, **how: Any) -> dict[int, tuple[float, float]]:
        found = series(name, **how)
        parts = zip(found.days, found.numerator, found.denominator, strict=True)
        return {d.item().day: (float(n), float(m)) for d, n, m in parts if n or m}

    return measure


@pytest.fixture
def by_product(observed) -> Callable[..., dict[str, tuple[float, float]]]:
    """(numerator, denominator) of February 2026 by product, which may name the case of a test."""

    def measure(name: str) -> dict[str, tuple[float, float]]:
        days = {"start": date(2026, 2, 1), "end": date(2026, 2, 28)}
        found = per_day.daily_by(observed(), DAILY[name], "product_id", **days)
        return {k: (float(v.numerator.sum()), float(v.denominator.sum())) for k, v in found.items()}

    return measure


@pytest.fixture
def units(observed, study) -> Callable[..., dict[str, float]]:
    """A metric's value for every assignment whose window is observed."""

    def measure(name: str, *, as_of: str = "2026-06-01") -> dict[str, float]:
        measured = measured_of(observed(as_of), study, [name])
        days = PER_UNIT[name].window_days
        return {row["assignment_id"]: row[name] for row in rows_of(measured, days)}

    return measure
