"""Every metric by name, those of params/metrics among them.

A test of each that is built in stands on a table small enough to count by eye.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from cs_lib.metrics.definition import (
    CustomerMetric,
    DailyMetric,
    Metric,
    UnitMetric,
    widened,
)
from cs_lib.metrics.definitions import EVERY_DAY
from cs_lib.metrics.definitions.customers import FAMILIES, PAST, RATIOS, SURVEYED
from cs_lib.metrics.of_columns import Named, per_customer, per_day, per_unit
from cs_lib.metrics.own.registry import current
from cs_lib.metrics.windows import LONGEST_WINDOW, WINDOWS, Windowed
from cs_lib.params import UnknownName

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BUILT_IN",
    "CATALOGUE",
    "COVARIATES",
    "DAILY",
    "DAILY_BUILT_IN",
    "FAMILIES",
    "FORMS",
    "LONGEST_WINDOW",
    "PAST",
    "PAST_WINDOWS",
    "PER_CUSTOMER",
    "PER_UNIT",
    "RATIOS",
    "SURVEYED",
    "WINDOWS",
]

Read = TypeVar("Read", bound=Metric, covariant=True)

PAST_WINDOWS = (30, 90, 180, 365)
FORMS = (
    Path(__file__).parent / "definitions" / "forms"
)  # the built-in ones as files, where a file can say them


class Now(Mapping[str, Read]):
    """A mapping that is asked for anew each time: metrics of one's own, whose files may change."""

    def __init__(self, read: Callable[[], Mapping[str, Read]]) -> None:
        self._read = read

    def __getitem__(self, name: str) -> Read:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


class Together(Mapping[str, Read]):
    """Several of such as one."""

    def __init__(self, *parts: Mapping[str, Read]) -> None:
        self._parts = parts

    def __getitem__(self, name: str) -> Read:
        for part in self._parts:
            if name in part:
                return part[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._parts)

    def __len__(self) -> int:
        return sum(map(len, self._parts))


class Catalogue(Together[Metric]):
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


DAILY_BUILT_IN: dict[str, DailyMetric] = {m.name: m for m in EVERY_DAY}
DAILY = cast(
    Mapping[str, DailyMetric],
    Together(DAILY_BUILT_IN, Now(lambda: current().daily), Named(per_day)),
)
PER_UNIT = cast(
    Mapping[str, UnitMetric],
    Together(Windowed(FAMILIES), Now(lambda: current().units), Named(per_unit)),
)
PER_CUSTOMER = cast(
    Mapping[str, CustomerMetric],
    Together(
        PER_UNIT,
        Windowed(RATIOS),
        Windowed(SURVEYED),
        Now(lambda: current().ratios),
        Named(per_customer),
    ),
)
COVARIATES = cast(
    Mapping[str, UnitMetric],
    Together(
        {m.name: m for family in PAST for m in (widened(family, days) for days in PAST_WINDOWS)},
        Named(per_unit),
    ),
)
CATALOGUE = Catalogue(DAILY, PER_CUSTOMER, COVARIATES)
BUILT_IN = Catalogue(
    DAILY_BUILT_IN, Windowed(FAMILIES), Windowed(RATIOS), Windowed(SURVEYED), COVARIATES
)


def in_currency(names: Iterable[str], currency: str) -> dict[str, Metric]:
    """Metrics by name, amounts in the currency of the desk that they are read from."""
    return {name: replace(CATALOGUE[name], currency=currency) for name in dict.fromkeys(names)}
