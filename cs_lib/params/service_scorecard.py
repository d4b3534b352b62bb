"""Settings of notebooks/service_scorecard.ipynb: are fewer customers having problems, are the basics kept?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from cs_lib.language import later
from cs_lib.params.days.hours import Hours
from cs_lib.params.days.off import DaysOff, Holidays, OfCalendar
from cs_lib.params.fields import (
    Day,
    Names,
    Period,
    Positive,
    Share,
    Slug,
    Strict,
    as_tuple,
)
from cs_lib.params.study import Conflict, Study

ServiceLevelOf = Literal["first_response", "resolution"]

WEEK = 7
# With fewer weeks limits are little but chance; with fewer than the second number nothing alarms.
LEAST_WEEKS, ALARM_WEEKS = 20, 39


class ServiceLevel(Strict):
    """What customers were promised from a day on; the promise in force when a contact was opened counts."""

    of: ServiceLevelOf = Field(description="first_response or resolution")
    hours: Positive = Field(description="within so many hours")
    clock: Literal["calendar", "open"] = Field(
        default="calendar",
        description="calendar, or open for hours while the contact's team is open (design.hours)",
    )
    share: Share = Field(description="of so large a share of contacts")
    since: Day = Field(description="the first day on which it was in force")
    priority: str | None = Field(
        default=None, min_length=1, description="only for contacts of this priority"
    )
    channel: str | None = Field(
        default=None, min_length=1, description="only for contacts of this channel"
    )


class Rebase(Strict):
    """A process that is another one for a known reason: limits begin anew."""

    since: Day = Field(description="the first day of the new process")
    change: str = Field(
        min_length=1,
        description="its id in the change log (flow_changes); nothing else moves limits",
    )
    metrics: Names = Field(
        default=(), description="rows whose limits begin anew; left out or empty for all"
    )


class ScorecardDesign(DaysOff):
    """Which weeks are looked at, and what they are compared with."""

    baseline: Period = Field(
        description="first and last day of the usual weeks that limits rest on, at least 20 of them, 39 for alarms;"
        " weeks are counted from its first day"
    )
    period_weeks: Annotated[int, Field(ge=1, le=26)] = Field(
        default=4, description="weeks of the latest period, and of the one before"
    )
    rebases: Annotated[tuple[Rebase, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="processes that changed for good: {since, change, metrics} of each"
    )
    calendar: OfCalendar = None
    holidays: Holidays = ()
    hours: Hours | None = Field(
        default=None,
        description="when teams are open; {} takes the calendars of the source; without it calendar time alone counts",
    )

    @property
    def weeks_of_baseline(self) -> int:
        """Whole weeks in the baseline."""
        first, last = self.baseline
        return ((last - first).days + 1) // WEEK

    @property
    def years(self) -> tuple[int, int]:
        """From the baseline's first year on."""
        first = self.baseline[0].year
        return first, first + YEARS


YEARS = 10  # a baseline is seldom kept longer


class ScorecardTargets(Strict):
    """What rows should reach."""

    service_levels: Annotated[tuple[ServiceLevel, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="what customers are promised: {of, hours, share, since} of each"
    )
    rows: dict[str, Positive] = Field(
        default={}, description="rows and what they should reach, in their unit (shares 0 to 1)"
    )


class ScorecardWatch(Strict):
    """Which rows may alarm, and how often for nothing."""

    rows: Names = Field(
        default=(), description="rows that may alarm; left out or empty for the usual ones"
    )
    false_alarms_per_year: Annotated[float, Field(ge=0.05, le=3)] = Field(
        default=0.5, description="false alarms a year that all rows together may give"
    )


class ScorecardRule(Strict):
    """When the evidence is enough."""

    alpha: Annotated[float, Field(gt=0, le=0.2)] = Field(
        default=0.05, description="two-sided error level of intervals"
    )
    smallest_cell: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=10, description="needs with fewer orders are shown together"
    )


class ServiceScorecard(Study):
    """Settings of notebooks/service_scorecard.ipynb."""

    kind: ClassVar[str] = later("Service scorecard")
    measures: ClassVar[Literal["customers", "days"]] = "days"
    fixed_once_seen: ClassVar[bool] = False

    notebook: Literal["service_scorecard"]
    design: ScorecardDesign
    targets: ScorecardTargets = Field(default=ScorecardTargets())
    watch: ScorecardWatch = Field(default=ScorecardWatch())
    rule: ScorecardRule = Field(default=ScorecardRule())
    pages: dict[str, Slug] = Field(
        default={},
        description="studies of this source whose pages look further, by notebook: {journey_map: my_journey}; others"
        " lead to the catalogue",
    )

    @property
    def weeks(self) -> tuple[date, date]:
        """First and last day of all whole weeks, counted from the baseline's first day, that end before as_of."""
        first = self.design.baseline[0]
        whole = (self.as_of - first).days // WEEK
        return first, first + timedelta(days=WEEK * whole - 1)

    @classmethod
    def conflicts(cls, draft: Any) -> list[Conflict]:
        """Contradictions of a scorecard."""
        found: list[Conflict] = []
        design = draft.design
        if design.baseline:
            found += _baseline(design.baseline, design.period_weeks or 1, draft.as_of)
        for i, one in enumerate(design.rebases or ()):
            if one.since and design.baseline and one.since <= design.baseline[0]:
                message = f"lies before the baseline, which starts {design.baseline[0]}"
                found.append((f"design.rebases.{i}.since", message))
        seen = set[tuple[Any, ...]]()
        for i, level in enumerate(draft.targets.service_levels or () if draft.targets else ()):
            key = (level.of, level.since, level.priority, level.channel)
            if key in seen:
                message = f"two of {level.of} begin on {level.since}; keep one"
                found.append((f"targets.service_levels.{i}", message))
            seen.add(key)
            if level.clock == "open" and design.hours is None:
                message = (
                    "counts time while teams are open, and design.hours does not say when they are"
                )
                found.append((f"targets.service_levels.{i}.clock", message))
        return found


def _baseline(baseline: tuple[date, date], period_weeks: int, as_of: date | None) -> list[Conflict]:
    """Too few usual weeks, or none left to look at."""
    first, last = baseline
    weeks = ((last - first).days + 1) // WEEK
    found: list[Conflict] = []
    if weeks < LEAST_WEEKS:
        message = f"has {weeks} whole weeks; limits need at least {LEAST_WEEKS}"
        found.append(("design.baseline", message))
    if as_of and last >= as_of:
        message = f"ends {last}, but only data before as_of {as_of} count"
        found.append(("design.baseline", message))
    elif as_of and (as_of - first).days // WEEK < 2 * period_weeks:
        message = f"as_of {as_of} leaves fewer than two periods of {period_weeks} weeks"
        found.append(("design.period_weeks", message))
    return found
