"""The settings of each kind of study, one model per notebook, from shared parts."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from cs_lib.params.fields import Day, Days, Names, Period, Positive, Share, Slug, SomeNames, Strict

Conflict = tuple[str, str]


class Study(Strict):
    """What every study states."""

    study: Slug = Field(
        description="name of the study; the file and the report folder are called so"
    )
    notebook: str = Field(description="the notebook that answers it")
    question: str = Field(
        min_length=10,
        max_length=160,
        description="the reader's question, one line; the page's title",
    )
    as_of: Day = Field(description="data before this day count; the report never reads the clock")
    source: str = Field(description="where the tables come from: a file name in params/sources")

    @classmethod
    def conflicts(cls, draft: Any) -> list[Conflict]:
        """Contradictions between settings as (key, message); values that are themselves faulty are None."""
        return []


class Rule(Strict):
    """When the evidence is enough."""

    alpha: Annotated[float, Field(gt=0, le=0.2)] = Field(
        default=0.05, description="two-sided error level"
    )
    min_effect: Positive = Field(
        description="smallest effect worth acting on, in the primary metric's unit"
    )


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


class Measure(Strict):
    """What is measured; metric names as in the catalogue."""

    primary_metric: str = Field(description="the one metric that decides")
    guardrails: dict[str, Positive] = Field(
        default={}, description="metrics that must not get worse by more than this margin"
    )
    secondary: Names = Field(default=(), description="metrics shown beside, marked exploratory")


class PerkMeasure(Measure):
    """What is measured on assigned customers, and what is known of them before."""

    covariates: Names = Field(
        default=(),
        description="what customers did before assignment, to narrow the interval: spent_before_180d",
    )


def _measure_conflicts(measure: Any) -> list[Conflict]:
    primary, guardrails = measure.primary_metric, measure.guardrails or {}
    found: list[Conflict] = []
    if primary in guardrails:
        found.append(
            ("measure.guardrails", f"'{primary}' is the primary metric; it cannot guard itself")
        )
    for name in measure.secondary or ():
        if name == primary or name in guardrails:
            found.append(
                ("measure.secondary", f"'{name}' is already the primary metric or a guardrail")
            )
    return found


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
        design, found = draft.design, _measure_conflicts(draft.measure)
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


def window_days(metric: str) -> int | None:
    """The window a metric's name carries: 60 for repurchase_60d."""
    tail = metric.rsplit("_", 1)[-1]
    return int(tail[:-1]) if tail.endswith("d") and tail[:-1].isdigit() else None


class Scope(Strict):
    """Which contacts the change concerns; every list given must match."""

    team_id: Names = ()
    channel: Names = ()
    need_code: Names = ()
    issue: Names = ()
    product_id: Names = ()
    owner: Names = ()
    priority: Names = ()
    handled_by: Names = ()

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "team_id", "channel", "need_code", "issue", "product_id", "owner", "priority", "handled_by",
    )  # fmt: skip


class BeforeAfterDesign(Strict):
    """What changed, when, where."""

    intervention_date: Day = Field(description="the day the change went live")
    washout_days: Annotated[int, Field(ge=0, le=90)] = Field(
        default=0, description="days from then on that are left out: ramp, training"
    )
    pre_period: Period = Field(description="first and last day before the change")
    post_period: Period = Field(description="first and last day after the change")
    scope: Scope = Field(default=Scope(), description="which contacts; leave out for all")
    change_id: str | None = Field(
        default=None, description="the change in the change log (flow_changes), if logged"
    )
    holidays: Days = Field(default=(), description="days that never look like others")
    picked_for_bad_results: bool = Field(
        default=False, description="true when this queue was changed because its numbers were bad"
    )


class BeforeAfterMeasure(Measure):
    """What is measured, and how long a case is followed."""

    horizon_days: Annotated[int, Field(ge=1, le=90)] | None = Field(
        default=None,
        description="times are counted up to this many days, so that open contacts count too",
    )


class BeforeAfter(Study):
    """Settings of notebooks/before_after.ipynb."""

    notebook: Literal["before_after"]
    design: BeforeAfterDesign
    measure: BeforeAfterMeasure
    rule: Rule

    @classmethod
    def conflicts(cls, draft: Any) -> list[Conflict]:
        """Contradictions of a before/after study."""
        design, found = draft.design, _measure_conflicts(draft.measure)
        pre, post, day = design.pre_period, design.post_period, design.intervention_date
        if pre and post and post[0] <= pre[1]:
            found.append(
                (
                    "design.post_period",
                    f"starts {post[0]}, before the pre-period has ended ({pre[1]})",
                )
            )
        if day and pre and pre[1] >= day:
            found.append(
                ("design.pre_period", f"ends {pre[1]}, not before the intervention on {day}")
            )
        if day and post and post[0] < day:
            found.append(
                ("design.post_period", f"starts {post[0]}, before the intervention on {day}")
            )
        if post and draft.as_of and post[1] >= draft.as_of:
            message = f"ends {post[1]}, but only data before as_of {draft.as_of} count"
            found.append(("design.post_period", message))
        if (
            day
            and post
            and design.washout_days
            and day + timedelta(days=design.washout_days) > post[1]
        ):
            found.append(
                (
                    "design.washout_days",
                    f"{design.washout_days} days leave nothing of the post-period",
                )
            )
        return found


STUDIES: dict[str, type[Study]] = {"perk_ab_test": PerkAbTest, "before_after": BeforeAfter}
