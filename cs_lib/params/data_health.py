"""Settings of notebooks/data_health.ipynb: what a source can answer today."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from cs_lib.language import later
from cs_lib.params.fields import Days, Strict, as_tuple, no_repeats
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


class DataHealthDesign(Strict):
    """What the source is wanted for."""

    studies: Analyses = Field(
        default=ANALYSES, description="the kinds of study this source should carry"
    )
    holidays: Days = Field(default=(), description="days that never look like others")


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
        """Days that never look like others."""
        return self.design.holidays
