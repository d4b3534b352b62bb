"""Studies of one metric and design seen together, and what they add up to where adding means something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cs_lib.experiment.improvement_portfolio.claims import Claim, Span, length, months
from cs_lib.experiment.improvement_portfolio.result import Family, Kindred, Measured
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.meta_analysis.shrinkage import (
    LEAST_STUDIES,
    Estimate,
    Pooled,
    Total,
    plain_total,
    shrink,
)
from cs_lib.sentences import Text, say

DAYS_A_YEAR = 365


def families(
    studies: Iterable[Measured], claimed: Mapping[Kindred, Mapping[str, Claim]], period: Span, alpha: float
) -> tuple[Family, ...]:  # fmt: skip
    """Every family, that with fewer problems per 1,000 orders first, then money, then the larger one."""
    by_kind = dict[Kindred, list[Measured]]()
    for one in studies:
        by_kind.setdefault(one.of, []).append(one)
    found = [family(members, claimed[of], period, alpha) for of, members in sorted(by_kind.items())]
    return tuple(sorted(found, key=_rank))


def _rank(one: Family) -> tuple[bool, int, int, Kindred]:
    order = {"per_1000": 0, "money": 1}
    return one.pooled is None, order.get(one.of.unit, 2), -one.n, one.of


def family(
    members: Sequence[Measured], claimed: Mapping[str, Claim], period: Span, alpha: float
) -> Family:
    """One family: shrunk effects, the sum of what went live, and the same month by month."""
    one = members[0]
    estimates = estimates_of(members)
    pooled, why_not = _pooled(estimates, alpha)
    weights = {m.study: weight(m, claimed.get(m.study), period) for m in members}
    counted = {study: each for study, each in weights.items() if each > 0}
    refusal = _no_total(members, counted)
    total = plain = None
    by_month: tuple[tuple[Span, Total], ...] = ()
    if not refusal:
        plain = plain_total(estimates, counted, alpha=alpha)
        total = pooled.total(counted) if pooled is not None else None
        if one.of.unit != "money":
            by_month = tuple(_by_month(members, claimed, period, pooled, estimates, alpha))
    return Family(
        of=one.of,
        label=one.label,
        good=one.good,
        pooled=pooled,
        why_not_pooled=why_not,
        total=total,
        why_no_total=refusal,
        plain=plain,
        n=len(members),
        n_counted=len(counted),
        by_month=tuple((span[0], each) for span, each in by_month),
    )


def estimates_of(members: Iterable[Measured]) -> list[Estimate]:
    """Effects with their errors."""
    return [Estimate(m.study, m.effect, m.se) for m in members]


def pool(members: Sequence[Measured], alpha: float) -> Pooled | None:
    """Studies of one kind seen together; None with too few."""
    return _pooled(estimates_of(members), alpha)[0]


def _pooled(estimates: Sequence[Estimate], alpha: float) -> tuple[Pooled | None, Text]:
    if len(estimates) < LEAST_STUDIES:
        return None, say(
            "{n} of this metric and design; chance can be taken out from {least} on.",
            n=len(estimates),
            least=LEAST_STUDIES,
        )
    try:
        return shrink(estimates, alpha=alpha), ""
    except CannotEstimate as refusal:
        return None, refusal.reason


def weight(one: Measured, claim: Claim | None, period: Span) -> float:
    """What an effect counts with: of money the customers a year it reaches, else the share of the period's days."""
    if claim is None or not one.live:
        return 0.0
    if one.of.unit == "money":
        if not claim.days or one.first is None or one.last is None:
            return 0.0
        return one.customers / length((one.first, one.last)) * DAYS_A_YEAR
    return claim.within(period) / length(period)


def _no_total(members: Sequence[Measured], counted: Mapping[str, float]) -> Text:
    """Why effects of a family are not added; empty where they are."""
    one = members[0]
    if not counted:
        return say("None of them is in use in the period.")
    if one.of.unit == "money":
        if one.of.kind == "randomised":
            return ""
        return say("Amounts per contact of different contacts are no sum.")
    if len({m.source for m in members if m.study in counted and m.source}) > 1:
        return say("They are of different desks, each with orders and contacts of its own.")
    same_scope = len({_scope(m) for m in members if m.study in counted}) == 1
    if one.of.kind == "randomised":
        return say("Customers of different tests are different customers: their shares are no sum.")
    if same_scope or (one.of.unit == "per_1000" and one.of.kind == "before_after"):
        return ""
    return say("They are of different contacts or teams: averages of different groups are no sum.")


def _scope(one: Measured) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((column, tuple(sorted(values))) for column, values in sorted(one.scope.items()))


def _by_month(
    members: Sequence[Measured],
    claimed: Mapping[str, Claim],
    period: Span,
    pooled: Pooled | None,
    estimates: Sequence[Estimate],
    alpha: float,
) -> Iterator[tuple[Span, Total]]:
    """The sum of what was in force, month by month."""
    live = [m for m in members if m.study in claimed]
    for span in months(period):
        weights = {m.study: claimed[m.study].within(span) / length(span) for m in live}
        weights = {study: each for study, each in weights.items() if each > 0}
        if not weights:
            yield span, Total(0, 0.0, 0.0, 0.0, 0.0, 0.0)
        elif pooled is not None:
            yield span, pooled.total(weights)
        else:
            yield span, plain_total(estimates, weights, alpha=alpha)
