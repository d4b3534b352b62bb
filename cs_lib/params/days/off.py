"""Holidays in a study's settings: a calendar by its code, and days that are typed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from cs_lib.params.days.public_days import Calendar, PublicDays, days_off, public_days
from cs_lib.params.fields import Days, Strict

OfCalendar = Annotated[
    Calendar | None,
    Field(
        description="country, or country and region, whose public holidays count as holidays: CN, DE-BY"
    ),
]
Holidays = Annotated[
    Days, Field(description="days that never look like others, beside those of the calendar")
]


class DaysOff(Strict):
    """Settings with a `calendar` and typed `holidays`, which say the years that the calendar has to cover."""

    if TYPE_CHECKING:  # fields of the settings themselves, so that each keeps its order

        @property
        def calendar(self) -> str | None:
            """A country, or a country and its region."""

        @property
        def holidays(self) -> tuple[date, ...]:
            """Days that are typed."""

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last year that the calendar has to cover."""
        raise NotImplementedError

    @property
    def public(self) -> PublicDays | None:
        """The calendar of these years; None where none is named."""
        return None if self.calendar is None else public_days(self.calendar, *self.years)

    @property
    def days_off(self) -> tuple[date, ...]:
        """Holidays: those of the calendar and those that are typed."""
        return days_off(self.public, self.holidays)
