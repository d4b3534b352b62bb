"""Settings of notebooks/perk_ab_test.ipynb: perks given at random after a complaint."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field

from cs_lib.params.fields import Days, Names, Period, Positive, Share, SomeNames, Strict
from cs_lib.params.study import Conflict, Measure, Rule, Study, measure_conflicts, window_days


class PerkRule(Rule):
    """The rule of an A/B test: no decision before the planned size."""

    planned_n: Annotated[int, Field(ge=2)] = Field(
        description="customers planned per variant; no decision before"
    )


class Money(Strict):
    """How orders become money."""

    margin_rate: Share = Field(
        description="margin as a share of the order amount, where orders carry no margin"
    )
    window_days: Literal[7, 14, 30, 60, 90] = Field(
        description="days after assignment in which money is counted"
    )
    budget: Positive | None = Field(
        default=None, description="the most a variant may cost in all; checked when set"
    )


class PerkDesign(Strict):
    """Who was assigned to what, when."""

    experiment: str = Field(description="experiment_id in perk_assignments")
    control: str = Field(description="the variant everything is compared with")
    arms: SomeNames = Field(description="the variants compared with control")
    split: dict[str, Share] = Field(
        min_length=2, description="planned share of every variant; sums to 1"
    )
    period: Period = Field(description="first and last day of assignment")


class PerkMeasure(Measure):
    """What is measured on assigned customers, and what is known of them before."""

    covariates: Names = Field(
        default=(),
        description="what customers did before assignment, to narrow the interval: spent_before_180d",
    )


class Looks(Strict):
    """When the data may be looked at before the end; looking often is paid for."""

    spending: Literal["obrien_fleming", "pocock"] = Field(
        default="obrien_fleming",
        description="obrien_fleming is strict early and costs little; pocock is even",
    )
    dates: Days = Field(description="planned days of the looks in order; the last ends the test")


class PerkAbTest(Study):
    """Settings of notebooks/perk_ab_test.ipynb."""

    notebook: Literal["perk_ab_test"]
    design: PerkDesign
    measure: PerkMeasure
    money: Money | None = Field(default=None, description="leave out when only behaviour counts")
    rule: PerkRule
    looks: Looks | None = Field(
        default=None, description="leave out to look once, at the planned size"
    )

    @classmethod
    def conflicts(cls, draft: Any) -> list[Conflict]:
        """Contradictions of an A/B study."""
        design, found = draft.design, measure_conflicts(draft.measure)
        found += _look_conflicts(draft)
        if design.split is not None:
            total = sum(design.split.values())
            if abs(total - 1) > 1e-6:
                found.append(("design.split", f"planned shares sum to {total:.4g}, not 1"))
            for key, names in (("control", (design.control,)), ("arms", design.arms or ())):
                found += [
                    (f"design.{key}", f"'{name}' has no planned share in design.split")
                    for name in names
                    if name is not None and name not in design.split
                ]
        if design.control is not None and design.control in (design.arms or ()):
            found.append(
                (
                    "design.arms",
                    f"'{design.control}' is the control; it cannot be compared with itself",
                )
            )
        if design.period and draft.as_of:
            found += _window_conflicts(draft)
        return found


def _look_conflicts(draft: Any) -> list[Conflict]:
    """Looks in order, and late enough that somebody can have been followed."""
    dates = draft.looks.dates if draft.looks is not None else None
    if not dates:
        return [] if dates is None else [("looks.dates", "must name at least one day")]
    found = [
        ("looks.dates", f"{later} stands after {earlier}; write them in order")
        for earlier, later in pairwise(dates)
        if later < earlier
    ]
    days = window_days(draft.measure.primary_metric or "")
    if draft.design.period and days and (dates[0] - draft.design.period[0]).days <= days:
        message = f"on {dates[0]} nobody has been followed for {days} days yet"
        found.append(("looks.dates", message))
    return found


def _window_conflicts(draft: Any) -> list[Conflict]:
    """Assignment and outcome windows against the data cut."""
    start, end = draft.design.period
    if start >= draft.as_of:
        message = f"starts {start}, but only data before as_of {draft.as_of} count"
        return [("design.period", message)]
    if end >= draft.as_of and draft.looks is None:
        message = f"ends {end}, but only data before as_of {draft.as_of} count"
        return [("design.period", message)]
    found: list[Conflict] = []
    room = (draft.as_of - start).days
    names = [
        draft.measure.primary_metric,
        *(draft.measure.guardrails or {}),
        *(draft.measure.secondary or ()),
    ]
    for name in dict.fromkeys(n for n in names if n):
        days = window_days(name)
        if days and days > room:
            message = f"'{name}' needs {days} days after assignment, the data hold {room}"
            found.append(("measure", message))
    money = draft.money
    if money is not None and money.window_days is not None and money.window_days > room:
        found.append(
            ("money.window_days", f"{money.window_days} days do not fit: the data hold {room}")
        )
    return found
