"""How often the interval of a gap within strata holds the gap, where strata hold a few answers each.

Strata have `hit` and `others` answers on average (Poisson, their means spread exponentially). The share of satisfied
answers of contacts not hit is `share` with a standard deviation of .12 over strata; those hit are `gap` away from it,
`varies` being that gap's own standard deviation over strata. What is to be held is the gap weighted by the answers of
hit contacts in the strata that have both. `alarms` is the share of p at most .05, `missed` of intervals of a Wald kind
with the same error that do not hold the gap, for comparison.
"""

from __future__ import annotations

import platform
from dataclasses import astuple, dataclass

import numpy as np

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.process.adjusted_gap import adjusted_gap


@dataclass(frozen=True)
class Setting:
    """Strata, their answers on average, and the shares behind them."""

    strata: int
    hit: float
    others: float
    gap: float
    varies: float
    share: float


SETTINGS = tuple(
    Setting(*few, *shares)
    for few in ((200, 0.3, 2.0), (200, 1.0, 1.0), (200, 1.0, 5.0), (200, 2.0, 0.7), (30, 3.0, 10.0))
    for shares in ((0.0, 0.0, 0.75), (-0.1, 0.0, 0.75), (-0.3, 0.15, 0.8), (-0.05, 0.0, 0.93))
)


def measured(setting: Setting, runs: int, seed: int = 1) -> tuple[float, float, float, float]:
    """Shares of tables: interval holds the gap, p at most .05, Wald interval misses it; and the mean width."""
    rng = np.random.default_rng([seed, SETTINGS.index(setting)])
    found = []
    for _ in range(runs):
        n1, n0 = (
            rng.poisson(rng.gamma(1, mean, setting.strata))
            for mean in (setting.hit, setting.others)
        )
        share0 = np.clip(setting.share + rng.normal(0, 0.12, setting.strata), 0.02, 0.98)
        moved = share0 + setting.gap + rng.normal(0, setting.varies, setting.strata)
        share1 = np.clip(moved, 0.02, 0.98)
        try:
            one = adjusted_gap((n1, rng.binomial(n1, share1)), (n0, rng.binomial(n0, share0)))
        except CannotEstimate:
            continue
        weight = np.where(n0 > 0, n1, 0)
        truth = (weight * (share1 - share0)).sum() / weight.sum()
        wald = abs(one.gap - truth) > 1.96 * one.se
        found.append((one.low <= truth <= one.high, one.pvalue <= 0.05, wald, one.high - one.low))
    held, alarms, missed, width = np.mean(found, axis=0)
    return float(held), float(alarms), float(missed), float(width)


def table(runs: int, day: str) -> str:
    """The table as Markdown; `runs` tables a row."""
    lines = [
        f"# Gaps within strata\n\n{__doc__}\n{day}, Python {platform.python_version()}, {runs} tables a row.\n",
        "| strata | hit | others | gap | varies | share | holds | alarms | Wald missed | width |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for setting in SETTINGS:
        held, alarms, missed, width = measured(setting, runs)
        shown = [
            *map(str, astuple(setting)),
            f"{held:.3f}",
            f"{alarms:.3f}",
            f"{missed:.3f}",
            f"{width:.2f}",
        ]
        lines.append(f"| {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"
