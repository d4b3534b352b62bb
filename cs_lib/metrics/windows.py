"""Metrics of customers by name and window: `repurchase_60d` is a family's metric in 60 days."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from cs_lib.metrics.definition import Family, widened

WINDOWS = (7, 14, 30, 60, 90)  # those that are listed
LONGEST_WINDOW = 365
NAMED = re.compile(r"(.+)_([1-9][0-9]{0,2})d")


class Windowed(Mapping[str, Family]):
    """Metrics of customers by name: listed in the usual windows, known in any of 1 to 365 days.

    Those of `unlisted` are known only.
    """

    def __init__(self, families: Iterable[Family], *, unlisted: Iterable[Family] = ()) -> None:
        self.families: dict[str, Family] = {family.name: family for family in families}
        self._known: dict[str, Family] = {
            m.name: m for m in (widened(f, n) for f in self.families.values() for n in WINDOWS)
        }
        self.families.update({family.name: family for family in unlisted})
        self._listed: tuple[str, ...] = tuple(self._known)

    def __getitem__(self, name: str) -> Family:
        if name not in self._known:
            named = NAMED.fullmatch(name) if isinstance(name, str) else None
            if not named or named[1] not in self.families or int(named[2]) > LONGEST_WINDOW:
                raise KeyError(name)
            self._known[name] = widened(self.families[named[1]], int(named[2]))
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)
