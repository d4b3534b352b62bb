"""Settings of notebooks/before_after.ipynb: a change to how we serve."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from cs_lib.params.fields import Day, Days, Names, Period, Strict
from cs_lib.params.study import Conflict, Measure, Rule, Study, measure_conflicts


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
        design, found = draft.design, measure_conflicts(draft.measure)
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
