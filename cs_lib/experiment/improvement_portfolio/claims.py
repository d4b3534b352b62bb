"""Which days each study may claim: a cell of metric, scope and day counts once, and only while it is confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cs_lib.experiment.improvement_portfolio.result import Measured

Span = tuple[date, date]  # first and last day
ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a study may claim.

    Attributes:
        days: spans of the period in which it is in force and nobody else claims the same cells.
        inside_of: the study that claims its other days; empty where there is none.
    """

    days: tuple[Span, ...]
    inside_of: str = ""

    def within(self, span: Span) -> int:
        """How many of its days lie in a span."""
        return sum(
            max((min(last, span[1]) - max(first, span[0])).days + 1, 0) for first, last in self.days
        )


def claims(
    studies: Iterable[Measured],
    period: Span,
    confirmed: Mapping[str, date],
    ended: Mapping[str, date],
) -> dict[str, Claim]:
    """The claim of every study of one metric that went live and knows its days.

    Cells that several speak of go to the randomised one, then to the one that read several changes together, then to
    that with the narrower interval.

    Args:
        studies: of one metric, of any design.
        period: what is added up.
        confirmed: the last day of a follow-up that found the effect again, by study; without one an effect is claimed
            up to the last day that its study speaks of.
        ended: the last day of changes that were taken back, by study.
    """
    taken = list[tuple[Measured, tuple[Span, ...]]]()
    found = dict[str, Claim]()
    for one in sorted(studies, key=_precedence):
        if not one.live or one.first is None or one.last is None:
            continue
        last = max(one.last, confirmed.get(one.study, one.last))
        last = min(last, ended.get(one.study, last))
        wanted: tuple[Span, ...] = ()
        if one.first <= period[1] and last >= period[0]:
            wanted = ((max(one.first, period[0]), min(last, period[1])),)
        left, inside = wanted, ""
        for other, days in taken:
            if touch(one, other):
                before = left
                left = without(left, days)
                inside = inside or (other.study if left != before else "")
        taken.append((one, left))
        found[one.study] = Claim(left, inside)
    return found


def touch(one: Measured, other: Measured) -> bool:
    """Whether two studies of a metric may speak of the same cases: one desk, and no column that keeps them apart."""
    if one.source and other.source and one.source != other.source:
        return False
    shared = set(one.scope) & set(other.scope)
    return all(set(one.scope[column]) & set(other.scope[column]) for column in shared)


def without(spans: Sequence[Span], taken: Sequence[Span]) -> tuple[Span, ...]:
    """Spans less the days of others."""
    left = list(spans)
    for first, last in taken:
        parts = list[Span]()
        for start, end in left:
            if last < start or first > end:
                parts.append((start, end))
                continue
            if start < first:
                parts.append((start, first - ONE))
            if last < end:
                parts.append((last + ONE, end))
        left = parts
    return tuple(left)


def _precedence(one: Measured) -> tuple[bool, bool, float, str]:
    return one.of.kind != "randomised", not one.joint, one.high - one.low, one.study


def months(period: Span) -> list[Span]:
    """The calendar months of a period, the first and last one as far as they lie in it."""
    found = list[Span]()
    first = period[0]
    while first <= period[1]:
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        last = min(following - ONE, period[1])
        found.append((first, last))
        first = following
    return found


def length(span: Span) -> int:
    """Days of a span, both ends with it."""
    return (span[1] - span[0]).days + 1
