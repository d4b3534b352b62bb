"""Public holidays by country and region, from the library `holidays`: read only where a study names a calendar."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from functools import lru_cache
from importlib import metadata
from typing import Annotated, Any

from pydantic import AfterValidator

from cs_lib.params.problems import closest

CODE = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?")
DAY = timedelta(days=1)
MOST_NEAR = 4


@dataclass(frozen=True, slots=True)
class PublicDays:
    """What a calendar holds from one day to another.

    Attributes:
        code: country, or country and region by ISO 3166-2.
        version: of the library.
        off: public holidays, and the weekend days that lie between two of them.
        worked: days of a weekend that were made working days in exchange.
        estimated: those of `off` that the library can only reckon, mostly by the moon.
        unannounced: years in which a country that moves working days has not said which.
        uncovered: years of which the calendar holds nothing.
    """

    code: str
    version: str
    off: tuple[date, ...]
    worked: tuple[date, ...]
    estimated: tuple[date, ...] = ()
    unannounced: tuple[int, ...] = ()
    uncovered: tuple[int, ...] = ()

    def within(self, *periods: tuple[date, date]) -> PublicDays:
        """The same calendar of some periods alone, first and last day of each."""

        def inside(days: tuple[date, ...]) -> tuple[date, ...]:
            return tuple(d for d in days if any(first <= d <= last for first, last in periods))

        def touched(years: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(y for y in years if any(a.year <= y <= b.year for a, b in periods))

        return PublicDays(
            self.code,
            self.version,
            inside(self.off),
            inside(self.worked),
            inside(self.estimated),
            touched(self.unannounced),
            touched(self.uncovered),
        )


def days_off(public: PublicDays | None, typed: Sequence[date]) -> tuple[date, ...]:
    """Holidays of a calendar, if there is one, and those that are typed, in order."""
    return tuple(sorted({*(public.off if public else ()), *typed}))


@lru_cache(maxsize=32)
def public_days(code: str, first: int, last: int) -> PublicDays:
    """The calendar of a known code, from one year to another. Raises ValueError for an unknown one."""
    known_calendar(code)
    import holidays

    country, _, region = code.partition("-")
    years = range(first, last + 1)
    found = holidays.country_holidays(country, subdiv=region or None, years=years)
    span = (date(first, 1, 1), date(last, 12, 31))
    worked = {day for day in found.weekend_workdays if span[0] <= day <= span[1]}
    named = {day: name for day, name in found.items() if span[0] <= day <= span[1]}
    off = set(named) | _between(set(named), worked, found.weekend)
    marks = [
        str(found.tr(getattr(found, label))).replace("%s", "").strip()
        for label in ("estimated_label", "observed_estimated_label")
        if hasattr(found, label)
    ]
    return PublicDays(
        code=code,
        version=metadata.version("holidays"),
        off=tuple(sorted(off)),
        worked=tuple(sorted(worked)),
        estimated=tuple(sorted(d for d, n in named.items() if any(mark in n for mark in marks))),
        unannounced=_unannounced(found, years),
        uncovered=tuple(y for y in years if not found.start_year <= y <= found.end_year),
    )


def _between(off: set[date], worked: set[date], weekend: set[int]) -> set[date]:
    """Weekend days that only other such days part from a holiday on either side."""

    def free(day: date) -> bool:
        return day.weekday() in weekend and day not in worked and day not in off

    found: set[date] = set()
    for day in off:
        run = day + DAY
        while free(run):
            run += DAY
        if run in off:
            found |= {day + DAY * k for k in range(1, (run - day).days)}
    return found


def _unannounced(found: Any, years: range) -> tuple[int, ...]:
    """The years after the last one whose moved days are known, of a country that moves days."""
    if not found.has_substituted_holidays:
        return ()
    from holidays import country_holidays

    # A fresh calendar: years asked for before are not in it.
    every = country_holidays(found.country, years=range(years[0] - 5, years[-1] + 1))
    last = max((day.year for day in every.weekend_workdays), default=years[0] - 1)
    return tuple(year for year in years if year > last)


def known_calendar(code: str) -> str:
    """The code, when the library has such a calendar.

    Raises:
        ValueError: it has none; one sentence, with codes that are near.
    """
    from holidays.registry import COUNTRIES

    codes = {entry[1] for entry in COUNTRIES.values()}
    match = CODE.fullmatch(code)
    if match is None or match[1] not in codes:
        raise ValueError(
            'must be a country like "CN", or a country and its region like "DE-BY" (ISO 3166-2), '
            f"got {code!r}{_near(code)}"
        )
    if match[2] is None:
        return code
    import holidays

    regions = [
        r for r in holidays.country_holidays(match[1]).subdivisions if CODE.fullmatch(f"XX-{r}")
    ]
    if match[2] not in regions:
        known = f"; known are {', '.join(regions)}" if regions else "; leave the region out"
        raise ValueError(
            f"the calendar of {match[1]} has no region {match[2]!r}"
            f"{closest(match[2], regions) or known}"
        )
    return code


def _near(code: str) -> str:
    """Codes that may be meant: by a country's name or another code of it, else by the first letter."""
    from holidays.registry import COUNTRIES

    known = {name.lower(): entry[1] for entry in COUNTRIES.values() for name in entry}
    words = [code.replace(" ", "").lower(), re.split(r"[-_ ]", code.lower())[0]]
    hits = [known[word] for word in words if word in known]
    hits = hits or [known[hit] for hit in get_close_matches(words[0], list(known), n=1, cutoff=0.7)]
    hits = hits or [
        found for found in sorted(known.values()) if found[:1].lower() == code[:1].lower()
    ]
    near = list(dict.fromkeys(hits))[:MOST_NEAR]
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


Calendar = Annotated[str, AfterValidator(known_calendar)]
