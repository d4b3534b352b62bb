"""Settings of notebooks/perk_ab_test.ipynb: perks given at random."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from cs_lib.language import later
from cs_lib.params.fields import (  # fmt: skip
    Days,
    Names,
    OpenPeriod,
    Positive,
    Share,
    SomeNames,
    Strict,
)
from cs_lib.params.own.columns import of_columns
from cs_lib.params.study import Conflict, Measure, Rule, Study, measure_conflicts, window_days


class PerkRule(Rule):
    """The rule of an A/B test: no decision before the planned size."""

    planned_n: Annotated[int, Field(ge=2)] | None = (
        Field(  # None: a table of results is all there is
            default=None, description="customers planned per variant; no decision before"
        )
    )
    correction: Literal["holm", "dunnett"] = Field(
        default="holm",
        description="for several variants: holm, or dunnett, whose intervals hold together",
    )

    @property
    def size(self) -> int:
        """Customers planned per variant, 0 where none were."""
        return self.planned_n or 0


class Money(Strict):
    """How orders become money."""

    margin_rate: Share = Field(
        description="margin as a share of the order amount, where orders carry no margin"
    )
    window_days: Annotated[int, Field(ge=1, le=365)] = Field(
        description="days after assignment in which money is counted"
    )
    budget: Positive | None = Field(
        default=None, description="the most a variant may cost in all; checked when set"
    )


class PerkDesign(Strict):
    """Who was assigned to what, when."""

    experiment: str = Field(default="", description="experiment_id in perk_assignments")
    control: str = Field(description="the variant everything is compared with")
    arms: SomeNames = Field(description="the variants compared with control")
    split: dict[str, Share] = Field(
        min_length=2, description="planned share of every variant; sums to 1"
    )
    period: OpenPeriod | None = Field(  # None: a table of results without days
        default=None,
        description="first and last day of assignment; null as last day when no end is planned",
    )
    cluster: str | None = Field(
        default=None,
        description="customers of one agent_id, team_id, region or stratum (or label of a table of results) move"
        " together: errors by it",
    )
    assigned_by: Literal["customer", "cluster"] | None = Field(
        default=None,
        description="with cluster: whether whole clusters got a variant, or each customer inside them; "
        "null: whole clusters, and the study stops where many are mixed",
    )

    @property
    def inside(self) -> bool:
        """Whether customers were assigned one by one inside clusters that move together."""
        return self.cluster is not None and self.assigned_by == "customer"

    @property
    def whole(self) -> bool:
        """Whether whole clusters were assigned."""
        return self.cluster is not None and not self.inside

    @property
    def unit(self) -> str:
        """What was assigned, in one word: customer, agent."""
        return self.together if self.whole else "customer"

    @property
    def together(self) -> str:
        """What moves together, in one word: agent; customer when each stands alone."""
        name = (self.cluster or "customer").removesuffix("_id")
        return name if name in ("customer", "agent", "team", "region", "stratum") else "cluster"


CLUSTERS = ("agent_id", "team_id", "region", "stratum")
SEGMENTS = (
    "segment",
    "region",
    "stratum",
    "need_code",
    "issue",
    "owner",
    "channel",
    "product_id",
    "team_id",
)


class PerkMeasure(Measure):
    """What is measured on assigned customers, and what is known of them before."""

    covariates: Names = Field(
        default=(),
        description="what customers did before assignment, to narrow the interval: spent_before_180d",
    )
    segments: Names = Field(
        default=(),
        description="for whom it works: columns known before assignment, such as segment or need_code",
    )
    usual_guardrails: bool = Field(
        default=True,
        description="guard against paying people to complain: complaints, the same problem again, further perks",
    )


class Looks(Strict):
    """When the data may be looked at before the end; looking often is paid for."""

    spending: Literal["obrien_fleming", "pocock", "always_valid"] = Field(
        default="obrien_fleming",
        description="obrien_fleming is strict early and costs little; pocock is even; always_valid needs no end",
    )
    dates: Days = Field(
        default=(), description="planned days of the looks in order; the last ends the test"
    )
    every_days: Annotated[int, Field(ge=1, le=365)] | None = Field(
        default=None, description="for always_valid: days from one look to the next"
    )
    harm: Literal["obrien_fleming", "pocock"] | None = Field(
        default=None,
        description="an earlier line on the harmful side; pocock stops soonest",
    )


class PerkAbTest(Study):
    """Settings of notebooks/perk_ab_test.ipynb."""

    kind: ClassVar[str] = later("Perk A/B test")
    measures: ClassVar[Literal["customers", "days"]] = "customers"

    notebook: Literal["perk_ab_test"]
    design: PerkDesign
    measure: PerkMeasure
    money: Money | None = Field(default=None, description="leave out when only behaviour counts")
    rule: PerkRule
    looks: Looks | None = Field(
        default=None, description="leave out to look once, at the planned size"
    )

    @property
    def assigned_days(self) -> tuple[date, date]:
        """First and last day of assignment; an open end reaches to the data cut."""
        last = self.as_of - timedelta(days=1)
        start, end = self.design.period or (last, last)
        return start, end or last

    @property
    def reads_results(self) -> bool:
        """Whether its outcomes are columns of a table of results."""
        return of_columns(self.measure.primary_metric) is not None

    @property
    def open_ended(self) -> bool:
        """Whether the test is looked at for ever, with intervals that allow it."""
        return self.looks is not None and self.looks.spending == "always_valid"

    @classmethod
    def conflicts(cls, draft: Any) -> list[Conflict]:
        """Contradictions of an A/B study."""
        design, found = draft.design, measure_conflicts(draft.measure) + _own_conflicts(draft)
        found += _look_conflicts(draft) + method_conflicts(draft) + split_conflicts(design)
        if design.assigned_by == "cluster" and design.cluster is None:
            found.append(("design.assigned_by", "cluster needs design.cluster, which names them"))
        if design.period and draft.as_of:
            found += _window_conflicts(draft)
        return found


def _own_conflicts(draft: Any) -> list[Conflict]:
    """What only a table of results can have, or cannot."""
    primary, design = draft.measure.primary_metric, draft.design
    if primary is None:
        return []
    if of_columns(primary):
        alone = (
            (
                "looks",
                draft.looks,
                "a table of results has one value for each customer, not one for each look",
            ),
            (
                "money",
                draft.money,
                "it is worked out from orders; name the net value per customer as an outcome",
            ),
        )
        return [(key, f"leave it out: {why}") for key, value, why in alone if value is not None]
    # Only a table of results may lack them; its customers are all there are, on days that may not be known.
    needed = {"design": ("experiment", "period"), "rule": ("planned_n",)}
    found = [
        (f"{block}.{key}", "missing")
        for block, keys in needed.items()
        if block not in draft.left_out
        for key in keys
        if key in getattr(draft, block).left_out
    ]
    return found + (_unknown("design.cluster", design.cluster, CLUSTERS) if design.cluster else [])


def _unknown(key: str, name: str, known: tuple[str, ...]) -> list[Conflict]:
    """A column that customers of canonical tables do not have."""
    if name in known:
        return []
    listed = [f"'{one}'" for one in known]
    return [(key, f"must be one of {', '.join(listed[:-1])} or {listed[-1]}, got '{name}'")]


def split_conflicts(design: Any) -> list[Conflict]:
    """Variants and their planned shares that do not go together."""
    found: list[Conflict] = []
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
        message = f"'{design.control}' is the control; it cannot be compared with itself"
        found.append(("design.arms", message))
    return found


def _look_conflicts(draft: Any) -> list[Conflict]:
    """Looks in order, and late enough that somebody can have been followed."""
    looks, period = draft.looks, draft.design.period
    always = looks is not None and looks.spending == "always_valid"
    found = []
    if period and period[1] is None and not always:
        found.append(("design.period", "without a last day it needs looks.spending always_valid"))
    if looks is None or looks.dates is None or looks.spending is None:
        return found
    if always:
        if looks.dates:
            found.append(("looks.dates", "always_valid has no planned days; set every_days"))
        if looks.harm is not None:
            found.append(("looks.harm", "always_valid guards both sides already"))
        return found
    if looks.every_days is not None:
        found.append(("looks.every_days", "is for always_valid; planned looks have dates"))
    dates = looks.dates
    if not dates:
        return [*found, ("looks.dates", "must name at least one day")]
    found += [
        ("looks.dates", f"{later} stands after {earlier}; write them in order")
        for earlier, later in pairwise(dates)
        if later < earlier
    ]
    days = window_days(draft.measure.primary_metric or "")
    if period and days and (dates[0] - period[0]).days <= days:
        found.append(("looks.dates", f"on {dates[0]} nobody has been followed for {days} days yet"))
    return found


def method_conflicts(draft: Any) -> list[Conflict]:
    """What cannot be had together when errors are by cluster, or several levels are corrected."""
    found: list[Conflict] = []
    if not of_columns(draft.measure.primary_metric or ""):
        for i, name in enumerate(draft.measure.segments or ()):
            found += _unknown(f"measure.segments.{i}", name, SEGMENTS)
    if draft.design.cluster is not None:
        planned = draft.notebook == "experiment_plan"
        when = "when whole clusters were assigned" if planned else "with errors by cluster"
        reason = f"is not available {when} (design.cluster); leave it out"
        if draft.measure.segments:
            found.append(("measure.segments", f"segments {reason}"))
        if draft.looks is not None:
            found.append(("looks", f"looks {reason}"))
    if draft.rule.correction == "dunnett":
        blocked = [
            ("looks", draft.looks is not None),
            ("measure.covariates", bool(draft.measure.covariates)),
            ("design.cluster", draft.design.cluster is not None),
        ]
        found += [
            ("rule.correction", f"dunnett cannot be combined with {k}") for k, on in blocked if on
        ]
    return found


def _window_conflicts(draft: Any) -> list[Conflict]:
    """Assignment and outcome windows against the data cut."""
    start, end = draft.design.period
    if start >= draft.as_of:
        message = f"starts {start}, but only data before as_of {draft.as_of} count"
        return [("design.period", message)]
    if end is not None and end >= draft.as_of and draft.looks is None:
        message = f"ends {end}, but only data before as_of {draft.as_of} count"
        return [("design.period", message)]
    looks = draft.looks
    if looks is not None and not (looks.dates and draft.as_of > looks.dates[-1]):
        return []  # run every night from its first day on, it waits for a look
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
