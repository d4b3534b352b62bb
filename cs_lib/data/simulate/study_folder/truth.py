"""What a simulated folder of studies truly holds, computed from what was planted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from cs_lib.data.simulate.study_folder.draw import Drawn
from cs_lib.data.simulate.study_folder.plan import FolderPlan, Group, Kind
from cs_lib.results import Good, Verdict


@dataclass(frozen=True, slots=True)
class StudyTruth:
    """One study by its latest run. Effects are in the unit and direction of the metric.

    Attributes:
        effect: the true one; of a follow-up, what was left by then.
        estimate, se: what the page knows, or would without an invalid export.
        known: whether the page shows an effect.
        faded: of follow-ups alone.
        same_as: the study that saw the same weeks of the same contacts, if any.
    """

    kind: Kind
    metric: str
    currency: str
    good: Good
    verdict: Verdict
    effect: float
    estimate: float
    se: float
    known: bool
    shipped: bool
    planned_effect: float
    plan_changed: bool
    runs: int
    owner: str
    action: str | None
    follows: str | None
    faded: bool | None
    same_as: str | None


@dataclass(frozen=True, slots=True)
class GroupTruth:
    """First studies of one metric, design and currency; invalid and unfinished ones do not count.

    Attributes:
        mean, spread: of true effects, in the direction of the metric.
        known: studies with an effect.
        shipped: those that won.
        true_sum, raw_sum: of the true effects and of the estimates of those shipped.
        true_sum_once: the true sum when what two studies saw together counts once.
    """

    metric: str
    kind: Kind
    currency: str
    mean: float
    spread: float
    known: tuple[str, ...]
    shipped: tuple[str, ...]
    true_sum: float
    raw_sum: float
    true_sum_once: float


@dataclass(frozen=True, slots=True)
class FolderTruth:
    """A folder's truth. Names are those of studies.

    Attributes:
        studies: first studies and follow-ups that can be read.
        groups: by metric, kind and currency.
        faded, lasting: first studies whose follow-up was planted to find nothing left, or all.
        due_follow_ups: shipped studies that are old enough for a follow-up and have none.
        overlaps: pairs that saw the same weeks of the same contacts.
        not_run: plans whose study has not begun.
        failed: studies without any page.
        unreadable: studies whose result is cut off.
        newer: studies whose result is of a later version.
    """

    studies: dict[str, StudyTruth]
    groups: tuple[GroupTruth, ...]
    faded: tuple[str, ...]
    lasting: tuple[str, ...]
    due_follow_ups: tuple[str, ...]
    overlaps: tuple[tuple[str, str], ...]
    plan_changed: tuple[str, ...]
    not_run: tuple[str, ...]
    failed: tuple[str, ...]
    unreadable: tuple[str, ...]
    newer: tuple[str, ...]


def group_truth(group: Group, drawn: Sequence[Drawn]) -> GroupTruth:
    """Of the first studies of a group."""
    firsts = [one for one in drawn if one.group == group and one.follows is None]
    shipped = [one for one in firsts if one.shipped]
    names = {one.name for one in shipped}
    side = 1 if group.good == "up" else -1
    return GroupTruth(
        metric=group.metric,
        kind=group.kind,
        currency=group.currency,
        mean=side * group.mean,
        spread=group.spread,
        known=tuple(one.name for one in firsts if one.state == "done"),
        shipped=tuple(one.name for one in shipped),
        true_sum=sum(one.true for one in shipped),
        raw_sum=sum(one.latest.estimate for one in shipped),
        true_sum_once=sum(one.true for one in shipped if one.sees_same_as not in names),
    )


def study_truth(one: Drawn) -> StudyTruth:
    """Of one study."""
    return StudyTruth(
        kind=one.group.kind,
        metric=one.group.metric,
        currency=one.group.currency,
        good=one.group.good,
        verdict=one.verdict,
        effect=one.true,
        estimate=one.latest.estimate,
        se=one.latest.se,
        known=one.state == "done",
        shipped=one.shipped,
        planned_effect=one.group.min_effect,
        plan_changed=one.plan_changed,
        runs=1 + len(one.earlier),
        owner=one.idea.owner,
        action=one.action,
        follows=one.follows,
        faded=one.faded,
        same_as=one.sees_same_as,
    )


def due(drawn: Sequence[Drawn], plan: FolderPlan) -> tuple[str, ...]:
    """Shipped first studies of which nobody has looked again, though it is time."""
    followed = {one.follows for one in drawn}
    waited = timedelta(days=plan.after)
    return tuple(
        one.name
        for one in drawn
        if one.shipped
        and one.follows is None
        and one.name not in followed
        and one.latest.until + waited <= plan.as_of
    )
