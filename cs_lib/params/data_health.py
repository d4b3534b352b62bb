"""Settings of notebooks/data_health.ipynb: what a source can answer today."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from cs_lib.language import later
from cs_lib.params.days.off import Holidays, OfCalendar
from cs_lib.params.days.public_days import PublicDays, days_off, public_days
from cs_lib.params.fields import Strict, as_tuple, no_repeats
from cs_lib.params.study import Study

Analysis = Literal[
    "perk_ab_test",
    "before_after_duration",
    "before_after_rate",
    "recurrence",
    "needs",
    "journey",
    "scorecard",
    "containment",
    "survey",
]
ANALYSES: tuple[Analysis, ...] = Analysis.__args__  # type: ignore[attr-defined]
Analyses = Annotated[tuple[Analysis, ...], BeforeValidator(as_tuple), AfterValidator(no_repeats)]

# A source seldom reaches back further.
YEARS_BEFORE = 10


class DataHealthDesign(Strict):
    """What the source is wanted for."""

    studies: Analyses = Field(
        default=ANALYSES, description="the kinds of study this source should carry"
    )
    calendar: OfCalendar = None
    holidays: Holidays = ()
    previous: str | None = Field(
        default=None,
        min_length=1,
        max_length=300,
        description="result.json of an earlier look at this source, from the project's root: what came late or was "
        "written anew since is told",
    )


class DataHealth(Study):
    """Settings of notebooks/data_health.ipynb."""

    kind: ClassVar[str] = later("Data health")
    measures: ClassVar[Literal["customers", "days"]] = "days"
    fixed_once_seen: ClassVar[bool] = False

    design: DataHealthDesign = Field(default=DataHealthDesign())

    @property
    def analyses(self) -> tuple[str, ...]:
        """The kinds of study that decide the verdict."""
        return self.design.studies

    @property
    def holidays(self) -> tuple[date, ...]:
        """Days that never look like others: those of the calendar and those that are typed."""
        return days_off(self.public, self.design.holidays)

    @property
    def public(self) -> PublicDays | None:
        """The calendar of the years before the data cut; None where none is named."""
        if self.design.calendar is None:
            return None
        return public_days(self.design.calendar, self.as_of.year - YEARS_BEFORE, self.as_of.year)
