"""Field types shared by the settings: strict dates, names, shares."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


class Strict(BaseModel):
    """A block of settings: no unknown key, no silent conversion, no later change."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def iso_date(value: Any) -> date:
    """A day written like 2026-03-31. Raises ValueError, one sentence."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError(f'must be a date like "2026-03-31", got {value!r}')
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"no such day in the calendar: {value}") from None
    if not 1900 <= day.year < 2200:
        raise ValueError(f"lies outside the years 1900 to 2199: {value}")
    return day


def _settled_day(value: Any) -> date:
    """A day that the settings state; a word that moves with the clock belongs on the command line."""
    try:
        return iso_date(value)
    except ValueError as error:
        word = value.strip().lower() if isinstance(value, str) else ""
        if word not in ("today", "yesterday", "now"):
            raise
        word = "today" if word == "now" else word
        hint = f"leave a date here, and let each run move it: cslib run STUDY --as-of {word}"
        raise ValueError(f"{error}; {hint}") from None


def _fixed_pair(value: Any) -> Any:
    if isinstance(value, str):
        raise ValueError(
            "must be two dates, first and last day of assignment: [from, to]; those of a test do not"
            f" move, got {value!r}"
        )
    return _pair(value)


def _pair(value: Any) -> Any:
    if isinstance(value, list) and len(value) == 2:
        return tuple(value)
    raise ValueError("must be two dates, first and last day: [from, to]")


def _ordered(value: tuple[date, date | None]) -> tuple[date, date | None]:
    if value[1] is not None and value[1] < value[0]:
        raise ValueError(f"ends ({value[1]}) before it starts ({value[0]})")
    return value


def as_tuple(value: Any) -> Any:
    """A list of a settings file as what stays as it is."""
    return tuple(value) if isinstance(value, list) else value


def no_repeats(value: tuple[Any, ...]) -> tuple[Any, ...]:
    """Refuses a value that stands twice."""
    twice = [v for i, v in enumerate(value) if v in value[:i]]
    if twice:
        raise ValueError(f"{str(twice[0])!r} stands twice; keep one")
    return value


def _some(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if not value:
        raise ValueError("must name at least one, got an empty list")
    return value


Day = Annotated[date, BeforeValidator(iso_date)]
SettledDay = Annotated[date, BeforeValidator(_settled_day)]
Days = Annotated[tuple[Day, ...], BeforeValidator(as_tuple), AfterValidator(no_repeats)]
Period = Annotated[tuple[Day, Day], BeforeValidator(_pair), AfterValidator(_ordered)]
OpenPeriod = Annotated[
    tuple[Day, Day | None], BeforeValidator(_fixed_pair), AfterValidator(_ordered)
]
Names = Annotated[tuple[str, ...], BeforeValidator(as_tuple), AfterValidator(no_repeats)]
SomeNames = Annotated[Names, AfterValidator(_some)]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
