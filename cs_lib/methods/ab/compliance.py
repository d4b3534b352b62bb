"""What the perk did to those who took it because it was offered: explanation beside the decision."""

from __future__ import annotations

from math import inf, sqrt
from typing import NoReturn

import numpy as np

from cs_lib.aggregates import Moments
from cs_lib.language import later
from cs_lib.methods.ab.means import compare_means
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import t_quantile, t_two_sided
from cs_lib.results import Effect
from cs_lib.sentences import Method, say

# When uptake differs by less, nobody took it because of the offer.
UPTAKE_TOLERANCE = 1e-9
# Above this first-stage F a ratio of two effects can be trusted.
MIN_FIRST_STAGE_F = 10.0

ASSUMPTIONS = later(
    "It holds for customers who redeem when offered and not otherwise, if the "
    "offer was random, if it works only through redeeming, and if nobody redeems "
    "because they were not offered."
)


def complier_effect(
    control: Moments, treatment: Moments, metric: str, taken: str, *, alpha: float = 0.05
) -> Effect:
    """Effect per customer who took the perk because of the offer (CACE), in the metric's unit.

    Two-stage least squares with assignment as the instrument, HC2 errors, Satterthwaite degrees
    of freedom (Angrist, Imbens & Rubin 1996). `control` and `treatment` stay the means by
    assignment; their difference, the effect that decides, is in the details with the first stage.

    Args:
        taken: a variable that is 1 when the customer took the perk, else 0.

    Raises:
        CannotEstimate: a first stage with F of 10 or less, fewer than two units, no variation.
    """
    offered = compare_means(control, treatment, metric, alpha=alpha)
    uptake, strength = _first_stage(control, treatment, taken)
    if strength <= MIN_FIRST_STAGE_F:
        raise CannotEstimate(
            say(
                "{metric}: the offer hardly changed who took the perk (first-stage F of 10 or "
                "less), so its effect on takers cannot be told.",
                metric=metric,
            )
        )
    effect = offered.effect / uptake
    parts = np.array([_residual_part(arm, metric, taken, effect) for arm in (control, treatment)])
    if parts.sum() == 0:
        raise CannotEstimate(say("{metric} follows exactly from taking the perk.", metric=metric))
    se = sqrt(parts.sum()) / abs(uptake)
    df = float(parts.sum() ** 2 / (parts**2 / [control.n - 1, treatment.n - 1]).sum())
    half = t_quantile(1 - alpha / 2, df) * se
    return offered.with_(
        effect=effect,
        effect_ci_low=effect - half,
        effect_ci_high=effect + half,
        pvalue=float(t_two_sided(effect / se, df)),
        method=Method("complier_2sls"),
        se=se,
        df=df,
        details={
            **offered.details,
            "effect_by_assignment": offered.effect,
            "uptake_difference": uptake,
            "first_stage_F": strength,
        },
    )


def compare_redeemers(*_: object, **__: object) -> NoReturn:
    """Refused, whatever is given: redeemers choose themselves.

    Raises:
        CannotEstimate: always, with the reason and what to read instead.
    """
    raise CannotEstimate(
        say(
            "Redeemers are not compared with the rest: they choose themselves, so they "
            "would differ without the perk too; read the effect by assignment, and the "
            "complier effect beside it."
        )
    )


def _first_stage(control: Moments, treatment: Moments, taken: str) -> tuple[float, float]:
    """Difference in uptake and its robust F; infinite when uptake never varies within an arm."""
    (n0, mean0, var0), (n1, mean1, var1) = control.of(taken), treatment.of(taken)
    uptake, variance = mean1 - mean0, var0 / n0 + var1 / n1
    if abs(uptake) < UPTAKE_TOLERANCE or variance != variance:
        return 0.0, 0.0
    return uptake, uptake**2 / variance if variance > 0 else inf


def _residual_part(arm: Moments, metric: str, taken: str, effect: float) -> float:
    """Variance of the mean of outcome - effect x taken: HC2, as the instrument's leverage is 1/n."""
    i, j = arm.names.index(metric), arm.names.index(taken)
    weights = np.array([1.0, -effect])
    pair = arm.cov[np.ix_([i, j], [i, j])]
    return max(float(weights @ pair @ weights), 0.0) / arm.n
