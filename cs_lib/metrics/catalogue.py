"""Every metric by name. A test of each stands on a table small enough to count by eye."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from cs_lib.metrics.definition import (
    CustomerMetric,
    DailyMetric,
    Metric,
    RatioMetric,
    SurveyMetric,
    UnitMetric,
    widened,
)
from cs_lib.metrics.definitions.bots import BY_BOTS
from cs_lib.metrics.definitions.contacts import BY_DAY
from cs_lib.metrics.definitions.customers import FAMILIES, PAST, RATIOS, SURVEYED
from cs_lib.metrics.definitions.deliveries import BY_DELIVERY
from cs_lib.metrics.definitions.effort import EFFORT
from cs_lib.params import UnknownName

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CATALOGUE",
    "COVARIATES",
    "DAILY",
    "FAMILIES",
    "PAST",
    "PAST_WINDOWS",
    "PER_CUSTOMER",
    "PER_UNIT",
    "RATIOS",
    "SURVEYED",
    "WINDOWS",
]


class Catalogue(dict[str, Metric]):
    """Metrics by name; a name that is none is refused with the nearest that is."""

    def __missing__(self, name: str) -> Metric:
        raise UnknownName("metric", name, self)

    def to_frame(self) -> pd.DataFrame:
        """One row per metric: its name, what it is called, its unit, and which way is better."""
        import pandas as pd

        columns = ("name", "title", "unit", "good", "population", "counted")
        return pd.DataFrame(
            [[getattr(m, c) for c in columns] for m in self.values()], columns=columns
        )


WINDOWS = (7, 14, 30, 60, 90)
PAST_WINDOWS = (30, 90, 180, 365)

DAILY: dict[str, DailyMetric] = {m.name: m for m in (*BY_DAY, *EFFORT, *BY_BOTS, *BY_DELIVERY)}
PER_UNIT: dict[str, UnitMetric] = {
    m.name: m for family in FAMILIES for m in (widened(family, days) for days in WINDOWS)
}
_RATIO: dict[str, RatioMetric] = {
    m.name: m for family in RATIOS for m in (widened(family, days) for days in WINDOWS)
}
_SURVEY: dict[str, SurveyMetric] = {
    m.name: m for family in SURVEYED for m in (widened(family, days) for days in WINDOWS)
}
PER_CUSTOMER: dict[str, CustomerMetric] = {**PER_UNIT, **_RATIO, **_SURVEY}
COVARIATES: dict[str, UnitMetric] = {
    m.name: m for family in PAST for m in (widened(family, days) for days in PAST_WINDOWS)
}
CATALOGUE = Catalogue({**DAILY, **PER_CUSTOMER, **COVARIATES})


def in_currency(names: Iterable[str], currency: str) -> dict[str, Metric]:
    """Metrics by name, amounts in the currency of the desk that they are read from."""
    return {name: replace(CATALOGUE[name], currency=currency) for name in dict.fromkeys(names)}
