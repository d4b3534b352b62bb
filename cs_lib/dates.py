"""Days into words, each language in its own order; `wording` has them all."""

from __future__ import annotations

from datetime import date

from cs_lib.language import say


def day(value: date) -> str:
    """A date: `30 June 2026`."""
    return say("{day} {month} {year}", **_calendar(value))


def month(value: date) -> str:
    """A month: `June 2026`."""
    return say("{month} {year}", **_calendar(value))


def short_month(value: date) -> str:
    """A month in few letters, for an axis: `Aug`."""
    return say("{short_month}", **_calendar(value))


def days(start: date, end: date) -> str:
    """A period: `1 April to 30 June 2026`."""
    if start == end:
        return day(start)
    if start.year == end.year:
        return say("{first_day} {first_month} to {day} {month} {year}", **_period(start, end))
    return say("{low} to {high}", low=day(start), high=day(end))


def short_days(start: date, end: date) -> str:
    """A period in few letters, for rows of a figure: `25 Aug to 3 Oct 2025`."""
    if start.year == end.year:
        return say(
            "{first_day} {first_short_month} to {day} {short_month} {year}", **_period(start, end)
        )
    return say("{low} to {high}", low=short_day(start), high=short_day(end))


def short_day(value: date) -> str:
    """A date in few letters, for an axis: `25 Aug 2025`."""
    return say("{day} {short_month} {year}", **_calendar(value))


def month_name(value: date) -> str:
    """The month of a date: `June`."""
    return say("{month}", **_calendar(value))


def _period(start: date, end: date) -> dict[str, object]:
    return {f"first_{k}": v for k, v in _calendar(start).items()} | _calendar(end)


def _calendar(value: date) -> dict[str, object]:
    """The parts of a date; a language takes those it writes."""
    return {
        "day": value.day,
        "month": f"{value:%B}",
        "short_month": f"{value:%b}",
        "month_number": value.month,
        "year": value.year,
    }
