"""How long two cohorts waited, in three ways: restricted means, log-rank, and a hazard ratio if one will do.

All three count every contact as independent of the others. Contacts of one day share its queue, its
staff and its faults, so these standard errors are too small and the p-values too bold, more so with
volume. They describe; the step in the daily series decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, isfinite, sqrt

import numpy as np
from scipy import special

from cs_lib.aggregates import Durations
from cs_lib.methods.errors import CannotEstimate, tried
from cs_lib.methods.survival.kaplan_meier import (
    Floats,
    LogRank,
    compare_restricted_means,
    events_of_two,
    log_rank,
)
from cs_lib.methods.tails import chi2_tail, normal_quantile, t_two_sided
from cs_lib.results import Effect, Record
from cs_lib.sentences import Method, Text, say

# Below this p the hazards are taken to be not proportional.
PROPORTIONAL_LEVEL = 0.05
NEWTON_STEPS = 50
LOG_RATIO_TOLERANCE = 1e-12
COX = Method("cox")


@dataclass(frozen=True, slots=True)
class HazardRatio(Record):
    """Rate of ending in the second group over the first; above one ends sooner.

    One number for all times: where the ratio drifts, it is an average over nobody's question, so
    `usable` is False and it should not be shown.
    """

    group: str
    ratio: float
    ci_low: float
    ci_high: float
    pvalue: float
    log_ratio: float
    se: float  # The standard error of the log ratio.
    proportional_pvalue: float
    usable: bool  # Whether the check of proportional hazards passes.
    events: int
    nobs: int
    alpha: float
    method: Method = COX


@dataclass(frozen=True, slots=True)
class WaitingComparison(Record):
    """Two cohorts' times to an event, described; contacts taken as independent (see the module)."""

    restricted: Effect
    log_rank: LogRank
    hazard: HazardRatio | None
    hazard_absent: Text = ""  # Why there is no hazard ratio at all.


def compare_waiting(
    control: Durations,
    treatment: Durations,
    metric: str,
    *,
    horizon: float,
    unit_seconds: float = 1.0,
    alpha: float = 0.05,
) -> WaitingComparison:
    """Restricted means, log-rank and hazard ratio, treatment against control, all up to the horizon.

    The groups are cohorts by opening date with equal follow-up, contacts still open censored; what
    happens after the horizon counts for neither. Restricted means are in units of `unit_seconds`
    (3,600 for hours). Contacts are taken as independent: intervals and p-values here are too bold.

    Raises:
        CannotEstimate: an empty group, follow-up shorter than the horizon, no variation, or no event.
        ValueError: a horizon or unit that is not above zero.
    """
    if not unit_seconds > 0:
        raise ValueError("The unit must be longer than zero seconds.")
    effect = compare_restricted_means(control, treatment, metric, horizon=horizon, alpha=alpha)
    first, second = (_cut(group, horizon) for group in (control, treatment))
    test = log_rank(first, second)
    hazard, absent = tried(lambda: hazard_ratio(first, second, alpha=alpha))
    return WaitingComparison(_in_units(effect, unit_seconds), test, hazard, absent)


def hazard_ratio(control: Durations, treatment: Durations, *, alpha: float = 0.05) -> HazardRatio:
    """Cox regression on the group from duration counts, with its check of proportional hazards.

    Ties are Efron's, summed in closed form, so the work grows with distinct times and not with
    contacts. The check is the score test for a log ratio linear in the rank of the event time
    (ties share their mean rank); `usable` says that its p is at least 5 %.

    Raises:
        CannotEstimate: an empty group, or events of only one group while both were at risk.
    Source: Cox 1972; Efron 1977; Grambsch & Therneau 1994, in the score form of Therneau's survival 3.
    """
    d0, n0, d1, n1 = events_of_two(control, treatment)
    shared = (d0 + d1 > 0) & (n0 > 0) & (n1 > 0)
    table = (d0[shared], n0[shared], d1[shared], n1[shared])
    if not (table[0].sum() > 0 and table[2].sum() > 0):
        raise CannotEstimate(
            say(
                "There is no hazard ratio: while both groups were at risk, only one of them "
                "had events."
            )
        )
    log_ratio, excess, variance = _solve(table)
    information = float(variance.sum())
    if not information > 0:
        raise CannotEstimate(
            say("There is no hazard ratio: the events do not tell the groups apart.")
        )
    se = 1 / sqrt(information)
    half = normal_quantile(1 - alpha / 2) * se
    drift = _drift_pvalue(table[0] + table[2], excess, variance)
    return HazardRatio(
        group=treatment.group,
        ratio=exp(log_ratio),
        ci_low=exp(log_ratio - half),
        ci_high=exp(log_ratio + half),
        pvalue=float(t_two_sided(log_ratio / se, np.inf)),
        log_ratio=log_ratio,
        se=se,
        proportional_pvalue=drift,
        usable=drift >= PROPORTIONAL_LEVEL,  # A p that is not a number does not pass.
        events=int(d0.sum() + d1.sum()),
        nobs=int(control.count.sum() + treatment.count.sum()),
        alpha=alpha,
    )


# By time: events and number at risk of the first group, then of the second.
Table = tuple[Floats, Floats, Floats, Floats]


def _solve(table: Table) -> tuple[float, Floats, Floats]:
    """Log ratio by Newton's method, with the score and information of every time there."""
    log_ratio = 0.0
    for _ in range(NEWTON_STEPS):
        expected, variance = _efron(log_ratio, table)
        excess, information = table[2] - expected, float(variance.sum())
        if not information > 0:
            break
        move = float(np.clip(excess.sum() / information, -2.0, 2.0))
        if abs(move) <= LOG_RATIO_TOLERANCE * max(abs(log_ratio), 1.0):
            return log_ratio, excess, variance
        log_ratio += move
    if not isfinite(log_ratio) or information <= 0 or abs(move) > 1e-7:
        raise CannotEstimate(say("There is no hazard ratio: its estimate does not settle."))
    return log_ratio, excess, variance


def _efron(log_ratio: float, table: Table) -> tuple[Floats, Floats]:
    """Expected events of the second group at every time, and their variance, under Efron's ties.

    Of d tied events the l-th falls on the second group with chance
    r (n1 - l d1 / d) / (n0 + r n1 - l (d0 + r d1) / d) = a + k / (c - l), l from 0 to d - 1; sums of
    1 / (c - l) and its square are differences of the digamma and trigamma functions.
    """
    d0, n0, d1, n1 = table
    d, r = d0 + d1, exp(log_ratio)
    weight = r / (d0 + r * d1)
    c = (n0 + r * n1) * d / (d0 + r * d1)
    a, k = weight * d1, weight * (n1 * d - d1 * c)
    once = special.digamma(c + 1) - special.digamma(c - d + 1)
    squared = special.zeta(2, c - d + 1) - special.zeta(2, c + 1)
    expected = d * a + k * once
    return expected, np.maximum(expected - (d * a**2 + 2 * a * k * once + k**2 * squared), 0.0)


def _drift_pvalue(events: Floats, excess: Floats, variance: Floats) -> float:
    """Score test that the log ratio does not change in proportion to the rank of the event time."""
    rank = np.cumsum(events) - (events - 1) / 2
    g = (rank - np.average(rank, weights=variance)) / max(float(events.sum()), 1.0)
    spread = float((g**2 * variance).sum())
    if not spread > 0:
        return float("nan")  # With one event time nothing could drift.
    return float(chi2_tail(float((g * excess).sum()) ** 2 / spread, 1))


def _cut(durations: Durations, horizon: float) -> Durations:
    """The same with what lies beyond the horizon censored there."""
    beyond = durations.seconds > horizon
    return replace(
        durations,
        seconds=np.where(beyond, horizon, durations.seconds),
        ended=durations.ended & ~beyond,
    )


def _in_units(effect: Effect, seconds: float) -> Effect:
    names = ("control", "treatment", "effect", "effect_ci_low", "effect_ci_high", "se")
    return effect.with_(**{name: getattr(effect, name) / seconds for name in names})
