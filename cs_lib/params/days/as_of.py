"""The day before which data count, as a command is given it: a date, or the calendar's own today or yesterday."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from cs_lib.params.fields import iso_date

SHAPE = re.compile(r"\d{4}-\d{2}-\d{2}")
DAYS_BACK = {"today": 0, "yesterday": 1}


class AsOf(str):
    """What was written after `--as-of`, with the moment at which the command began.

    Every study of one command gets the day of the same moment, each in the time zone of its source.
    """

    moment: datetime

    @classmethod
    def given(cls, text: str, moment: datetime) -> Self:
        """A word or a date of the command line, at a moment with its offset. Raises ValueError, one sentence."""
        if text not in DAYS_BACK:
            try:
                iso_date(text)
            except ValueError as error:
                allowed = "must be today, yesterday or a date like 2026-03-31"
                why = f"; {error}" if SHAPE.fullmatch(text) else f", got '{text}'"
                raise ValueError(f"{allowed}{why}") from None
        made = cls(text)
        made.moment = moment
        return made


def day_of(as_of: str, zone: str | None) -> str:
    """The day that was meant, as a date; in zone `zone`, UTC for none. Whatever is no word stays as it is."""
    if not isinstance(as_of, AsOf) or as_of not in DAYS_BACK:
        return str(as_of)
    local = as_of.moment.astimezone(ZoneInfo(zone or "UTC")).date()
    return (local - timedelta(days=DAYS_BACK[as_of])).isoformat()


def option(as_of: str, day: str) -> str:
    """The option as a reader should see it: as it was written, and the day it came to."""
    return f"--as-of {as_of}" if as_of == day else f"--as-of {as_of} ({day})"
