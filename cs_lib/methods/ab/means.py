"""Two variants compared from their moments: means, shares, and what must not get worse."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import Literal

import numpy as np

from cs_lib import sentences as w
from cs_lib.aggregates import Moments
from cs_lib.methods.ab.share_intervals import counts_of, newcombe, newcombe_above
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import normal_quantile, t_quantile, t_two_sided
from cs_lib.results import Effect, Good, Guardrail
from cs_lib.sentences import Method, say

SMALL_EXPECTED_COUNT = 5


def compare_means(
    control: Moments, treatment: Moments, metric: str, *, alpha: float = 0.05
) -> Effect:
    """Difference of means, treatment minus control, in the metric's own unit.

    Welch's unpooled t test with Satterthwaite degrees of freedom (Welch 1947).

    Raises:
        CannotEstimate: fewer than two units in an arm, or no variation in either arm.
    """
    n0, mean0, var0 = _usable(control, metric)
    n1, mean1, var1 = _usable(treatment, metric)
    part0, part1 = var0 / n0, var1 / n1
    se = sqrt(part0 + part1)
    if se == 0:
        raise CannotEstimate(
            say(
                "{metric} has the same value for every {unit}, so nothing can differ.",
                metric=metric,
                unit=say("unit"),
            )
        )
    share0, share1 = part0 / se**2, part1 / se**2
    df = 1 / (share0**2 / (n0 - 1) + share1**2 / (n1 - 1))
    effect = mean1 - mean0
    half = t_quantile(1 - alpha / 2, df) * se
    return Effect(
        metric=metric,
        variant=treatment.variant,
        control=mean0,
        treatment=mean1,
        effect=effect,
        effect_ci_low=effect - half,
        effect_ci_high=effect + half,
        pvalue=float(t_two_sided(effect / se, df)),
        nobs=n0 + n1,
        method=Method("welch_t"),
        alpha=alpha,
        se=se,
        df=df,
        details={"n_control": n0, "n_treatment": n1},
    )


def compare_shares(
    control: Moments, treatment: Moments, metric: str, *, alpha: float = 0.05
) -> Effect:
    """Difference of shares, treatment minus control, between -1 and 1.

    Test: pooled z without continuity correction (Campbell 2007), or Fisher's exact test when an
    expected count is below 5. Interval: Newcombe's hybrid score (Newcombe 1998, method 10). The
    two are built differently and may disagree when p is very near alpha. `se` is the unpooled one.

    Raises:
        CannotEstimate: fewer than two units in an arm.
        ValueError: the metric is not made of zeros and ones.
    """
    n0, count0 = _counts(control, metric)
    n1, count1 = _counts(treatment, metric)
    share0, share1 = count0 / n0, count1 / n1
    pooled = (count0 + count1) / (n0 + n1)
    exact = min(n0, n1) * min(pooled, 1 - pooled) < SMALL_EXPECTED_COUNT
    if exact:
        pvalue = _fisher(count0, n0, count1, n1)
    else:
        z = (share1 - share0) / sqrt(pooled * (1 - pooled) * (1 / n0 + 1 / n1))
        pvalue = float(t_two_sided(z, np.inf))
    low, high = newcombe(count0, n0, count1, n1, normal_quantile(1 - alpha / 2))
    return Effect(
        metric=metric,
        variant=treatment.variant,
        control=share0,
        treatment=share1,
        effect=share1 - share0,
        effect_ci_low=low,
        effect_ci_high=high,
        pvalue=pvalue,
        nobs=n0 + n1,
        method=Method("fisher_newcombe" if exact else "pooled_z_newcombe"),
        alpha=alpha,
        se=sqrt(share0 * (1 - share0) / n0 + share1 * (1 - share1) / n1),
        details={"n_control": n0, "n_treatment": n1, "x_control": count0, "x_treatment": count1},
    )


def non_inferiority(effect: Effect, *, good: Good, margin: float) -> Guardrail:
    """Whether a metric that must not get worse stays within `margin` of control.

    One-sided 2.5 %, read from the two-sided 95 % interval (ICH E9, E10): `holds` when even the
    bad end is no worse than the margin, `breached` when even the good end is, else `not_shown`. Its
    p is one-sided, against a loss of the margin or more; None where the interval is not one that
    a single test turns round.

    Args:
        good: the direction in which the metric improves.
        margin: the largest acceptable loss, in the effect's unit, zero or more.

    Raises:
        ValueError: a negative margin, or an interval at another level than 95 %.
    """
    if not (isfinite(margin) and margin >= 0):
        raise ValueError("A guardrail's margin must be zero or more.")
    if abs(effect.alpha - 0.05) > 1e-12:
        raise ValueError("A guardrail reads the 95 % interval; this effect has another level.")
    worst, best = effect.gain_interval(good)
    outcome: Literal["holds", "breached", "not_shown"] = "not_shown"
    if worst > -margin:
        outcome = "holds"
    elif best < -margin:
        outcome = "breached"
    pvalue = _against_margin(effect, good, margin)
    return Guardrail(effect.metric, outcome, margin, effect, pvalue=pvalue)


def _usable(moments: Moments, metric: str) -> tuple[int, float, float]:
    n, mean, variance = moments.of(metric)
    if n < 2:
        raise CannotEstimate(
            say(
                "{metric}: {variant} has fewer than two {units}.",
                metric=metric,
                variant=w.name(moments.variant),
                units=say("units"),
            )
        )
    if not (isfinite(mean) and isfinite(variance)):
        raise CannotEstimate(
            say(
                "{metric}: the mean or variance of {variant} is missing.",
                metric=metric,
                variant=w.name(moments.variant),
            )
        )
    return n, mean, variance


def _counts(moments: Moments, metric: str) -> tuple[int, int]:
    """Units and successes; refused unless mean and variance are those of zeros and ones."""
    n, mean, variance = _usable(moments, metric)
    count = round(n * mean)
    expected = mean * (1 - mean) * n / (n - 1)
    whole = 0 <= count <= n and abs(n * mean - count) <= 1e-6 + 1e-9 * n
    if not whole or abs(variance - expected) > 1e-6 * max(expected, 1 / n):
        raise ValueError(f"{metric} is not made of zeros and ones, so it is not a share.")
    return n, count


def _fisher(count0: int, n0: int, count1: int, n1: int) -> float:
    from scipy.stats import fisher_exact

    return float(fisher_exact([[count1, n1 - count1], [count0, n0 - count0]]).pvalue)


def _against_margin(effect: Effect, good: Good, margin: float) -> float | None:
    """One-sided p against a loss of `margin` or more, which is below 2.5 % just where the interval rules it out.

    Newcombe's interval turned round for shares, else the t test; None for an interval of another kind.
    """
    if effect.method.code.endswith("newcombe"):
        x0, n0, x1, n1 = counts_of(effect)
        return newcombe_above((x0, n0, x1, n1) if good == "up" else (x1, n1, x0, n0), -margin)
    half = t_quantile(1 - effect.alpha / 2, effect.df) * effect.se
    ends = (effect.effect_ci_low - effect.effect, effect.effect_ci_high - effect.effect)
    if not (half > 0 and max(abs(ends[0] + half), abs(ends[1] - half)) <= 1e-9 * half):
        return None
    gain = effect.effect if good == "up" else -effect.effect
    t = (gain + margin) / effect.se
    tail = float(t_two_sided(t, effect.df)) / 2
    return tail if t > 0 else 1 - tail
