"""All looks at a running test, recomputed: boundary, interval and p-value valid at each of them.

Every run takes every look from the first on and gives the same answer for the same looks. A
p-value is called final only at the first look that crossed, or at the end; before that there is
the repeated one, and nowhere the unadjusted one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import copysign, inf, isfinite
from typing import TYPE_CHECKING

from scipy import special

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.sequential.spending import (
    LEAST_INFORMATION_GAIN,
    Boundaries,
    Kind,
    Side,
    boundaries,
    sides,
    stagewise_tails,
)
from cs_lib.methods.tails import normal_quantile, t_two_sided
from cs_lib.results import Effect, Good, Record, to_frame
from cs_lib.sentences import day, say

if TYPE_CHECKING:
    import pandas as pd


# Beyond it a p-value is below what a float can hold.
LARGEST_Z = 37.0


@dataclass(frozen=True, slots=True)
class LookPlan:
    """What was fixed before the first look.

    `planned_n` counts mature units in all arms; `end` is the planned date of the last look, at
    which the test ends whatever it has reached. `harm` gives the harmful side its own boundary;
    `good` says which side that is.
    """

    planned_n: int
    alpha: float = 0.05
    kind: Kind = "obrien_fleming"
    end: date | None = None
    harm: Side | None = None
    good: Good = "up"


@dataclass(frozen=True, slots=True)
class Look:
    """One look: the estimate, its standard error and degrees of freedom, and n mature units."""

    as_of: date
    estimate: float
    se: float
    n: int
    df: float = inf


@dataclass(frozen=True, slots=True)
class LookResult(Record):
    """One look judged: z and the boundaries it is held against, all on the normal scale.

    The repeated interval, in the metric's unit, covers at all looks together with 1 - alpha and
    excludes zero exactly when the look crosses; a t boundary at a tiny fraction makes it infinite.
    `repeated_pvalue` is the smallest alpha at which this look would have crossed.
    """

    as_of: date
    n: int
    fraction: float
    z: float
    lower: float
    upper: float
    estimate: float
    ci_low: float
    ci_high: float
    repeated_pvalue: float
    crossed: bool
    crossed_harm: bool
    final: bool


@dataclass(frozen=True, slots=True)
class Monitoring(Record):
    """Every look up to the end, and where the test stands.

    `pvalue` is the final one by stage-wise ordering, None while the test runs;
    `repeated_pvalue` the smallest of all looks; `stopped` the first look that crossed; `unused`
    counts looks after the end.
    """

    looks: tuple[LookResult, ...]
    stopped: date | None
    ended: bool
    pvalue: float | None
    repeated_pvalue: float
    alpha: float
    unused: int

    @property
    def shown(self) -> LookResult:
        """The look whose interval counts: the first that crossed, else the latest."""
        return next((look for look in self.looks if look.crossed), self.looks[-1])

    def to_frame(self) -> pd.DataFrame:
        """One row per look."""
        return to_frame(self.looks)


def look_at(as_of: date, effect: Effect) -> Look:
    """An effect as a look, with the units it was measured on as the mature ones."""
    return Look(as_of, effect.effect, effect.se, effect.nobs, effect.df)


def with_new_information(looks: Sequence[Look]) -> list[Look]:
    """The looks that add units: a day on which almost nobody matured is no look.

    The choice depends on n alone, never on the estimate, so it costs no level.
    """
    kept: list[Look] = []
    for look in looks:
        if (
            not kept
            or look.n - kept[-1].n > LEAST_INFORMATION_GAIN * kept[-1].n
            or look.n < kept[-1].n
        ):
            kept.append(look)
    return kept


def monitor(looks: Sequence[Look], plan: LookPlan) -> Monitoring:
    """Every look with its boundary, repeated interval and p, and the final p once there is one.

    Lan-DeMets spending at the information each look had (Lan & DeMets 1983); repeated intervals
    after Jennison & Turnbull (1989); final p by stage-wise ordering at the first crossing or at
    the end. With t estimates a boundary becomes the t value of the same tail. The end is the first
    look at the planned n or the planned date; later looks are left out and counted.

    Raises:
        ValueError: no looks, looks out of order or twice, shrinking units, a broken plan.
        CannotEstimate: an estimate without a standard error, or a look that adds almost nothing.
    """
    _check(looks, plan)
    used = looks[: _end(looks, plan) + 1]
    ended = _is_end(used[-1], plan)
    bounds = _boundaries(used, plan, plan.alpha, ended=ended)
    results = tuple(_judge(used, k, plan, bounds) for k in range(len(used)))
    crossings = [k for k, result in enumerate(results) if result.crossed]
    decisive = crossings[0] if crossings else len(used) - 1 if ended else None
    return Monitoring(
        looks=results,
        stopped=results[crossings[0]].as_of if crossings else None,
        ended=ended,
        pvalue=None if decisive is None else _stagewise(used[decisive], decisive, plan, bounds),
        repeated_pvalue=min(result.repeated_pvalue for result in results),
        alpha=plan.alpha,
        unused=len(looks) - len(used),
    )


def _judge(looks: Sequence[Look], k: int, plan: LookPlan, bounds: Boundaries) -> LookResult:
    look, z = looks[k], _z(looks[k])
    lower, upper = float(bounds.lower[k]), float(bounds.upper[k])
    crossed = z >= upper or z <= lower
    return LookResult(
        as_of=look.as_of,
        n=look.n,
        fraction=float(bounds.fractions[k]),
        z=z,
        lower=lower,
        upper=upper,
        estimate=look.estimate,
        ci_low=look.estimate - _errors(upper, look.df) * look.se,
        ci_high=look.estimate - _errors(lower, look.df) * look.se,
        repeated_pvalue=_repeated(looks[: k + 1], z, plan),
        crossed=crossed,
        crossed_harm=crossed and (z < 0) == (plan.good == "up"),
        final=_is_end(look, plan),
    )


def _boundaries(looks: Sequence[Look], plan: LookPlan, alpha: float, *, ended: bool) -> Boundaries:
    """Boundaries in the direction of the estimate: harm below when up is good, else above."""
    fractions = [look.n / plan.planned_n for look in looks]
    share = alpha / plan.alpha
    harm = Side(plan.harm.kind, plan.harm.alpha * share) if plan.harm else None
    upward = boundaries(fractions, alpha=alpha, kind=plan.kind, harm=harm, ended=ended)
    if plan.good == "up":
        return upward
    return Boundaries(upward.fractions, -upward.lower, -upward.upper)


def _repeated(looks: Sequence[Look], z: float, plan: LookPlan) -> float:
    """The smallest alpha at which the last of these looks crosses on the side it lies on.

    Searched on the normal scale, where the boundary is close to a straight line; a boundary is
    never inside the fixed-sample one, so the search ends at z itself.
    """
    from scipy.optimize import brentq

    ended = _is_end(looks[-1], plan)

    def short(scale: float) -> float:
        bounds = _boundaries(looks, plan, 2 * float(special.ndtr(-scale)), ended=ended)
        bound = bounds.upper[-1] if z >= 0 else -bounds.lower[-1]
        return float(bound) - abs(z)

    low, high = 1e-6, min(abs(z), LARGEST_Z) + 0.1
    if short(low) >= 0:
        return 1.0
    if short(high) <= 0:
        return 2 * float(special.ndtr(-high))
    return 2 * float(special.ndtr(-brentq(short, low, high, xtol=1e-11)))


def _stagewise(look: Look, k: int, plan: LookPlan, bounds: Boundaries) -> float:
    """Two-sided p: twice the smaller tail, a harm side of its own level weighted by that level."""
    above, below = stagewise_tails(bounds, k, _z(look))
    harm = plan.alpha / plan.harm.alpha if plan.harm else 2.0
    weights = (2.0, harm) if plan.good == "up" else (harm, 2.0)
    return min(1.0, weights[0] * above, weights[1] * below)


def _z(look: Look) -> float:
    """The estimate in standard errors, as the normal value with the same tail as its t value."""
    t = look.estimate / look.se
    if not isfinite(look.df):
        return t
    tail = float(t_two_sided(t, look.df)) / 2
    return copysign(-normal_quantile(tail), t) if tail > 0 else copysign(LARGEST_Z, t)


def _errors(bound: float, df: float) -> float:
    """A boundary as a number of standard errors, through the t value with the same tail."""
    if not isfinite(df):
        return bound
    tail = float(special.ndtr(-abs(bound)))
    return copysign(-float(special.stdtrit(df, tail)) if tail > 0 else inf, bound)


def _is_end(look: Look, plan: LookPlan) -> bool:
    return look.n >= plan.planned_n or (plan.end is not None and look.as_of >= plan.end)


def _end(looks: Sequence[Look], plan: LookPlan) -> int:
    """Position of the last look that counts."""
    return next((k for k, look in enumerate(looks) if _is_end(look, plan)), len(looks) - 1)


def _check(looks: Sequence[Look], plan: LookPlan) -> None:
    """Refuse a plan or looks that cannot be, in one sentence."""
    if plan.planned_n < 1:
        raise ValueError("The planned number of units must be at least one.")
    sides(plan.alpha, plan.kind, plan.harm)
    if not looks:
        raise ValueError("There is no look yet.")
    for look in looks:
        if not (isfinite(look.estimate) and isfinite(look.se) and look.se > 0 and look.df > 0):
            raise CannotEstimate(
                say(
                    "The look of {as_of} has no estimate with a standard error.",
                    as_of=day(look.as_of),
                )
            )
        if look.n < 1:
            raise CannotEstimate(
                say("At the look of {as_of} no unit was mature.", as_of=day(look.as_of))
            )
    for before, look in pairwise(looks):
        if look.as_of == before.as_of:
            raise ValueError(f"There are two looks of {look.as_of}.")
        if look.as_of < before.as_of:
            raise ValueError(f"The look of {look.as_of} stands after that of {before.as_of}.")
        if look.n < before.n:
            raise ValueError(f"At the look of {look.as_of} fewer units were mature than before.")
