"""The headline's own movement beside what studies claim, and what neither explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series
from cs_lib.experiment.improvement_portfolio.claims import Claim, Span, length
from cs_lib.experiment.improvement_portfolio.result import Family, TopDown
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.meta_analysis.shrinkage import Total
from cs_lib.methods.monitoring.window_change import WindowChange, window_change
from cs_lib.methods.tails import normal_quantile
from cs_lib.metrics.improvement_portfolio import PortfolioEvidence
from cs_lib.params.improvement_portfolio import ImprovementPortfolio
from cs_lib.sentences import say

WEEK, QUARTER, YEAR = 7, 13, 52  # days; weeks; weeks
LEAST = 4  # weeks on a side


@dataclass(frozen=True, slots=True)
class Weeks:
    """Whole weeks of a series, counted back from its end: first days and values."""

    first: NDArray[np.datetime64]
    value: NDArray[np.float64]

    def span(self, chosen: NDArray[np.bool_]) -> Span:
        """First and last day of some of them."""
        days = self.first[chosen]
        first, last = (day.astype("datetime64[D]").item() for day in (days[0], days[-1]))
        return first, last + timedelta(days=WEEK - 1)


def whole_weeks(series: Series) -> Weeks:
    """Sums over whole weeks that end with the series; a week without a case on either side has no value."""
    n = len(series.days) // WEEK
    cut = len(series.days) - n * WEEK
    above, below = (
        part[cut:].reshape(n, WEEK).sum(axis=1) for part in (series.numerator, series.denominator)
    )
    there = (above > 0) & (below > 0)
    value = np.where(there, above / np.where(there, below, 1.0), np.nan)
    return Weeks(series.days[cut::WEEK], value)


def top_down(
    evidence: PortfolioEvidence,
    study: ImprovementPortfolio,
    found: Family | None,
    claimed: Mapping[str, Claim],
) -> TopDown:
    """The newest quarter of the period against the same weeks a year before, else against its first weeks.

    Args:
        found: the family whose metric is the headline; None where no study measures it.
        claimed: what its studies may claim.

    Raises:
        CannotEstimate: no headline, no study of it, or too few weeks.
    """
    if evidence.headline is None:
        raise CannotEstimate(
            say("{why}", why=evidence.absent.get("headline", say("No headline is asked for.")))
        )
    if found is None or found.plain is None:
        raise CannotEstimate(say("No study in the sum measures the headline."))
    weeks = whole_weeks(evidence.headline)
    recent, before, a_year = _sides(weeks, study.design.period[0])
    moved = window_change(weeks.value, before, recent, alpha=study.rule.alpha)
    spans = weeks.span(recent), weeks.span(before)
    claim = _claim(found, claimed, *spans, alpha=study.rule.alpha)
    return _together(evidence, found, moved, claim, spans, a_year, study)


def _sides(weeks: Weeks, first: date) -> tuple[NDArray[np.bool_], NDArray[np.bool_], bool]:
    """Which weeks are compared: recent, before, and whether they lie a year apart."""
    n = len(weeks.value)
    place = np.arange(n)
    inside = weeks.first >= np.datetime64(first)
    size = int(min(QUARTER, inside.sum() // 2))
    if size < LEAST:
        raise CannotEstimate(say("Too few whole weeks of the headline lie in the period."))
    recent = place >= n - size
    if n >= YEAR + size:
        return recent, (place >= n - YEAR - size) & (place < n - YEAR), True
    start = int(np.flatnonzero(inside)[0])
    return recent, (place >= start) & (place < start + size), False


def _claim(
    found: Family, claimed: Mapping[str, Claim], recent: Span, before: Span, *, alpha: float
) -> Total:
    """What studies say of the difference between the two stretches, as far as they claim their days."""
    weights = {
        study: claim.within(recent) / length(recent) - claim.within(before) / length(before)
        for study, claim in claimed.items()
    }
    weights = {study: each for study, each in weights.items() if each}
    if found.pooled is not None:
        known = {one.id for one in found.pooled.studies}
        return found.pooled.total({s: each for s, each in weights.items() if s in known})
    raise CannotEstimate(say("{why}", why=found.why_not_pooled))


def _together(
    evidence: PortfolioEvidence,
    found: Family,
    moved: WindowChange,
    claim: Total,
    spans: tuple[Span, Span],
    a_year: bool,
    study: ImprovementPortfolio,
) -> TopDown:
    rest = moved.change - claim.mean
    half = normal_quantile(1 - study.rule.alpha / 2)
    width = (((moved.high - moved.low) / 2 / half) ** 2 + claim.sd**2) ** 0.5 * half
    return TopDown(
        metric=found.of.metric,
        label=found.label,
        good=found.good,
        unit=found.of.unit,
        recent=spans[0],
        before=spans[1],
        a_year_apart=a_year,
        level_before=moved.earlier,
        moved=moved.change,
        low=moved.low,
        high=moved.high,
        claimed=claim.mean,
        claimed_low=claim.low,
        claimed_high=claim.high,
        rest=rest,
        rest_low=rest - width,
        rest_high=rest + width,
        weeks=length(spans[0]) // WEEK,
    )
