"""Every metric by name. A test of each stands on a table small enough to count by eye."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, cast

from cs_lib.metrics.definition import (
    CustomerMetric,
    DailyMetric,
    Family,
    Metric,
    UnitMetric,
    widened,
)
from cs_lib.metrics.definitions.bots import BY_BOTS
from cs_lib.metrics.definitions.contacts import BY_DAY
from cs_lib.metrics.definitions.customers import FAMILIES, PAST, RATIOS, SURVEYED
from cs_lib.metrics.definitions.deliveries import BY_DELIVERY
from cs_lib.metrics.definitions.effort import EFFORT
from cs_lib.metrics.of_columns import Named, per_customer, per_day, per_unit
from cs_lib.params import UnknownName

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CATALOGUE",
    "COVARIATES",
    "DAILY",
    "FAMILIES",
    "LONGEST_WINDOW",
    "PAST",
    "PAST_WINDOWS",
    "PER_CUSTOMER",
    "PER_UNIT",
    "RATIOS",
    "SURVEYED",
    "WINDOWS",
]


WINDOWS = (7, 14, 30, 60, 90)  # those that are listed
LONGEST_WINDOW = 365
PAST_WINDOWS = (30, 90, 180, 365)
NAMED = re.compile(r"(.+)_([1-9][0-9]{0,2})d")


class Windowed(Mapping[str, Family]):
    """Metrics of customers by name: listed in the usual windows, known in any of 1 to 365 days."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families: dict[str, Family] = {family.name: family for family in families}
        self._known: dict[str, Family] = {
            m.name: m for f in self._families.values() for m in (widened(f, n) for n in WINDOWS)
        }
        self._listed: tuple[str, ...] = tuple(self._known)

    def __getitem__(self, name: str) -> Family:
        if name not in self._known:
            named = NAMED.fullmatch(name) if isinstance(name, str) else None
            if not named or named[1] not in self._families or int(named[2]) > LONGEST_WINDOW:
                raise KeyError(name)
            self._known[name] = widened(self._families[named[1]], int(named[2]))
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)


class Together(Mapping[str, Metric]):
    """Several of such as one."""

    def __init__(self, *parts: Mapping[str, Metric]) -> None:
        self._parts = parts

    def __getitem__(self, name: str) -> Metric:
        for part in self._parts:
            if name in part:
                return part[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._parts)

    def __len__(self) -> int:
        return sum(map(len, self._parts))


class Catalogue(Together):
    """Metrics by name; a name that is none is refused with the nearest that is."""

    def __getitem__(self, name: str) -> Metric:
        try:
            return super().__getitem__(name)
        except KeyError:
            raise UnknownName("metric", name, self) from None

    def to_frame(self) -> pd.DataFrame:
        """One row per metric: its name, what it is called, its unit, and which way is better."""
        import pandas as pd

        columns = ("name", "title", "unit", "good", "population", "counted")
        return pd.DataFrame(
            [[getattr(m, c) for c in columns] for m in self.values()], columns=columns
        )


DAILY = cast(
    Mapping[str, DailyMetric],
    Together({m.name: m for m in (*BY_DAY, *EFFORT, *BY_BOTS, *BY_DELIVERY)}, Named(per_day)),
)
PER_UNIT = cast(Mapping[str, UnitMetric], Together(Windowed(FAMILIES), Named(per_unit)))
PER_CUSTOMER = cast(
    Mapping[str, CustomerMetric],
    Together(PER_UNIT, Windowed(RATIOS), Windowed(SURVEYED), Named(per_customer)),
)
COVARIATES = cast(
    Mapping[str, UnitMetric],
    Together(
        {m.name: m for family in PAST for m in (widened(family, days) for days in PAST_WINDOWS)},
        Named(per_unit),
    ),
)
CATALOGUE = Catalogue(DAILY, PER_CUSTOMER, COVARIATES)


def in_currency(names: Iterable[str], currency: str) -> dict[str, Metric]:
    """Metrics by name, amounts in the currency of the desk that they are read from."""
    return {name: replace(CATALOGUE[name], currency=currency) for name in dict.fromkeys(names)}
