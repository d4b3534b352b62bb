"""Settings of notebooks/improvement_portfolio.ipynb: what did a year's improvements bring, and which still hold?"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from cs_lib.language import later
from cs_lib.params.fields import Names, Period, Strict
from cs_lib.params.places import REPORTS
from cs_lib.params.study import Conflict, Study


class SimulatedStudies(Strict):
    """A made-up year of studies whose truth is known."""

    seed: int = 8


class PortfolioStudies(Strict):
    """Where the results of studies are."""

    folder: str = Field(
        default=REPORTS,
        min_length=1,
        max_length=300,
        description="the folder of published pages, from the project's root; reports is where this one is published",
    )
    leave_out: Names = Field(default=(), description="studies that are not to be read")
    simulate: SimulatedStudies | None = Field(
        default=None, description="a made-up year of studies in place of a folder: {seed: 8}"
    )


class PortfolioDesign(Strict):
    """What is added up."""

    period: Period = Field(description="first and last day of what is added up, such as a year")
    follow_up_days: Annotated[int, Field(ge=14, le=730)] = Field(
        default=90, description="days after a change after which it should be checked again"
    )
    headline: str | None = Field(
        default="contact_rate",
        description="the metric by day whose own movement stands beside the claims; null for none",
    )


class PortfolioRule(Strict):
    """When the evidence is enough."""

    alpha: Annotated[float, Field(gt=0, le=0.2)] = Field(
        default=0.05, description="one minus the level of the intervals"
    )


class ImprovementPortfolio(Study):
    """Settings of notebooks/improvement_portfolio.ipynb."""

    kind: ClassVar[str] = later("Improvement portfolio")
    measures: ClassVar[Literal["customers", "days"]] = "days"
    fixed_once_seen: ClassVar[bool] = False
    reads_pages: ClassVar[bool] = True

    notebook: Literal["improvement_portfolio"]
    studies: PortfolioStudies = Field(default=PortfolioStudies())
    design: PortfolioDesign
    rule: PortfolioRule = Field(default=PortfolioRule())

    @classmethod
    def conflicts(cls, draft: Any) -> list[Conflict]:
        """Contradictions of a portfolio."""
        design, as_of = draft.design, draft.as_of
        found: list[Conflict] = []
        if design.period and as_of and design.period[0] >= as_of:
            message = f"starts {design.period[0]}, but only results before as_of {as_of} count"
            found.append(("design.period", message))
        return found
