"""A before/after study of a Series, or of a frame with a row per day, in one call."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from cs_lib.experiment.before_after.result import BeforeAfterResult
from cs_lib.experiment.of_frame import (
    OfFrame,
    answered,
    headers,
    measured,
    metric,
    missing,
    opened,
    texts,
    unknown_words,
)
from cs_lib.experiment.of_frame import day as a_day
from cs_lib.metrics import from_frame
from cs_lib.metrics.from_frame import Desk
from cs_lib.params import ParamsError, Problem

Words = str | Sequence[str]


class Changed(OfFrame, BeforeAfterResult):
    """What `before_after` found: the result of a before/after study, which can be saved."""

    __slots__ = ("kept",)


# fmt: off
def change(
    frame: Any, *, date: datetime.date | str | None = None, outcome: str | None = None, day: str | None = None,
    min_effect: float | None = None, washout_days: int = 0, guardrails: Mapping[str, float] | None = None,
    secondary: Words = (), outcomes: Mapping[str, Mapping[str, str]] | None = None,
    design: Mapping[str, Any] | None = None, alpha: float = 0.05, question: str | None = None,
    as_of: datetime.date | str | None = None, timezone: str | None = None, currency: str = "", **unknown: Any,
) -> Changed:
    """Compare the days before and after a date, as notebooks/before_after.ipynb does.

    Args:
        frame: a Series with days as its index, or a frame with a row per day.
        date: the day on which the change went live.
        outcome: a column (its value each day), `share(solved, calls)`, `ratio(a, b)`; so are the names in `guardrails`
            (with their margins) and `secondary`. Of a Series nothing need be said.
        day: the column of days; else the index, or the only column of days.
        min_effect: the smallest change worth acting on, in the unit of the outcome.
        washout_days: days after the change that are left out.
        design: further settings of the design, such as holidays, calendar, also, pre_period.
        outcomes: by name, `{"better": "lower", "label": ..., "unit": ...}` where more is not better, or a name is none.

    Raises:
        ParamsError, DataError: one sentence for each fault of what was asked, and of the frame.
    """
    frame, outcome, day = _by_day(frame, outcome, day)
    faults = missing(date=date, outcome=outcome, min_effect=min_effect)
    if faults := [*faults, *unknown_words(unknown, change)]:
        raise ParamsError(faults)
    names = [str(outcome), *texts(guardrails or {}), *texts(secondary)]
    live = a_day("date", date)
    desk = opened("days", frame, {"day": day, "numbers": headers(names)}, timezone, currency, as_of)
    try:
        named = {one: metric(desk, "days", one) for one in names}
        settings = {
            "notebook": "before_after",
            "question": question or f"Did {outcome} change on {live}?"[:160],
            "as_of": (a_day("as_of", as_of) if as_of else desk.observed_until).isoformat(),
            "design": _periods(desk, live) | {"washout_days": washout_days} | dict(design or {}),
            "measure": measured(named, names[0], guardrails, secondary, outcomes),
            "rule": {"min_effect": min_effect, "alpha": alpha},
        }
        return Changed.of(*answered(desk, settings, "days", timezone))
    finally:
        desk.close()
# fmt: on


def _periods(desk: Desk, live: datetime.date) -> dict[str, Any]:
    """All days before the change, and all since. Raises ParamsError for a day that does not lie between."""
    span = from_frame.span(desk, "days", "day")
    if span is None or not span[0] < live <= span[1]:
        there = f"from {span[0]} to {span[1]}" if span else "none"
        raise ParamsError(
            [Problem("date", f"{live}: the frame has days {there}; the change must lie between")]
        )
    first, last, eve = (one.isoformat() for one in (*span, live - datetime.timedelta(days=1)))
    return {
        "intervention_date": live.isoformat(),
        "pre_period": [first, eve],
        "post_period": [live.isoformat(), last],
    }


def _by_day(frame: Any, outcome: str | None, day: str | None) -> tuple[Any, str | None, str | None]:
    """A Series as a frame, and days that stand in the index as a column."""
    if hasattr(frame, "to_frame") and type(frame).__name__ == "Series" and hasattr(frame, "index"):
        name = str(frame.name) if frame.name is not None else "value"
        frame, outcome = frame.to_frame(name), outcome or name
    if not hasattr(frame, "reset_index"):
        return frame, outcome, day or "day"
    if day is None and str(frame.index.dtype).startswith(("datetime", "period")):
        index = frame.index.to_timestamp() if hasattr(frame.index, "to_timestamp") else frame.index
        return frame.assign(day=index).reset_index(drop=True), outcome, "day"
    days = [str(one) for one in frame.columns if str(frame[one].dtype).startswith("datetime")]
    return frame, outcome, day or (days[0] if len(days) == 1 else "day")
