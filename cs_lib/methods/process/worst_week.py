"""The week from which a wait is longer, or shorter, for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cs_lib.methods.ab.multiplicity import holm

Floats = NDArray[np.float64]

SIDE = 4  # weeks at least before a shift, and from it on
LEAST_WEEKS = 16
RHOS = np.round(np.arange(-0.2, 0.95, 0.1), 1)  # tried for each week of a shift
MOST_RHO = 0.8  # of the series that are drawn, all from 0 on alike
DRAWN = 8_000
WIDTH = 0.1  # drawn series count as far as their rho is like the one found
FLOOR = 0.01  # of the middle week; shorter waits are taken as that long
LEAST_VARIATION = 1e-9
STILL = 0.5  # of a shift that must be there at the end


@dataclass(frozen=True, slots=True)
class Shift:
    """The clearest shift of one weekly series.

    Attributes:
        name: of the series.
        week: its place in the weeks given: the first of the new level.
        ratio: level from then on over the level before, geometric means over weeks.
        pvalue: against no shift in any week, for this series alone.
        adjusted: for all series looked at (Holm 1979).
        lasting: whether half of it at least is still there in the last quarter of the weeks after it.
        sudden: whether it leaves less than a straight line does.
        found: all three, adjusted at most the level asked for.
    """

    name: str
    week: int
    ratio: float
    pvalue: float
    adjusted: float
    lasting: bool
    sudden: bool
    found: bool


def worst_weeks(
    series: Sequence[tuple[str, ArrayLike]], *, alpha: float = 0.05
) -> tuple[Shift, ...]:
    """The clearest shift of each series, in the order given, and whether it is one.

    For each week that leaves four on both sides a step on the logarithm is fitted with first-order autoregressive
    errors, their correlation at its restricted likelihood's best for that week, so that a large shift is not taken for
    correlation; the statistic is the largest F (Andrews 1993). How large it comes without a shift is drawn: series of
    as many weeks with correlations from 0 to .8 are treated alike, and each counts as far as the correlation found in
    it is like that of the series. Alone a series is wrong 0 to 5 times in a hundred with correlations up to .5, about
    10 times with .7 (docs/bench/journey_weeks.md); the p of several are Holm's, so that the budget is that of all.

    Args:
        series: name and values by week, NaN or below 0 for weeks without any; weeks around a missing one count as
            neighbours.
        alpha: false alarms allowed, over all series together. Series that are too short, or never vary, are left out.
    """
    read = ((place, _logs(weekly)) for place, (_, weekly) in enumerate(series))
    logs = {place: one for place, one in read if one is not None}
    largest: dict[int, tuple[int, float]] = {}
    for weeks in {len(y) for _, y in logs.values()}:
        alike = [place for place, (_, y) in logs.items() if len(y) == weeks]
        statistics, at, rhos = _largest(np.stack([logs[place][1] for place in alike]))
        for i, place in enumerate(alike):
            pvalue = _pvalue(weeks, float(statistics[i]), float(rhos[i]))
            largest[place] = int(at[i]), pvalue
    adjusted = holm([largest[place][1] for place in logs]) if logs else ()
    found = []
    for (place, (there, y)), q in zip(logs.items(), adjusted, strict=True):
        week, pvalue = largest[place]
        ratio, lasting, sudden = _kind(y, week)
        real = bool(q <= alpha and lasting and sudden)
        at_week = int(there[week])
        found.append(
            Shift(series[place][0], at_week, ratio, pvalue, float(q), lasting, sudden, real)
        )
    return tuple(found)


def _logs(weekly: ArrayLike) -> tuple[NDArray[np.int64], Floats] | None:
    """Places of the weeks with contacts and the logarithms of their waits.

    None for too few weeks, without any wait in half of them, or without variation.
    """
    values = np.asarray(weekly, dtype=float)
    there = np.flatnonzero(np.isfinite(values) & (values >= 0))
    if len(there) < LEAST_WEEKS:
        return None
    middle = float(np.median(values[there]))
    if middle <= 0:
        return None
    y = np.log(np.maximum(values[there], FLOOR * middle))
    return (there, y) if np.ptp(y) > LEAST_VARIATION else None


def _kind(y: Floats, week: int) -> tuple[float, bool, bool]:
    """Ratio of a step, whether it lasts, and whether it is sudden."""
    before, after = y[:week], y[week:]
    step = float(after.mean() - before.mean())
    left = float(((before - before.mean()) ** 2).sum() + ((after - after.mean()) ** 2).sum())
    last = after[-max(SIDE, len(after) // 4) :]
    lasting = (np.median(last) - before.mean()) * np.sign(step) >= STILL * abs(step)
    return float(np.exp(step)), bool(lasting), left < _of_line(y)


def _of_line(y: Floats) -> float:
    """What a straight line leaves: sum of squares."""
    time = np.arange(len(y)) - (len(y) - 1) / 2
    apart = y - y.mean()
    return float((apart**2).sum() - (apart * time).sum() ** 2 / (time**2).sum())


def _pvalue(weeks: int, statistic: float, rho: float) -> float:
    drawn, rhos = _without_shift(weeks)
    weight = np.exp(-(((rhos - rho) / WIDTH) ** 2) / 2)
    alike = drawn >= statistic * (1 - 1e-9)
    return float((weight[alike].sum() + 1) / (weight.sum() + 1))


@lru_cache(maxsize=16)
def _without_shift(weeks: int) -> tuple[Floats, Floats]:
    """Statistics and correlations found in series of so many weeks without a shift."""
    rng = np.random.default_rng(weeks)
    rho = rng.uniform(0, MOST_RHO, DRAWN)
    y = rng.standard_normal((weeks, DRAWN))
    for i in range(1, weeks):
        y[i] = rho * y[i - 1] + np.sqrt(1 - rho**2) * y[i]
    statistic, _, found = _largest(y.T)
    return statistic, found


def _largest(y: Floats) -> tuple[Floats, NDArray[np.int64], Floats]:
    """By series (series x weeks): the largest F of a step, its week, and the correlation with it."""
    weeks = y.shape[1]
    at = np.arange(SIDE, weeks - SIDE + 1)
    steps = (np.arange(weeks) >= at[:, None]).astype(float)
    best = np.full((len(y), len(at)), -np.inf)
    values, rhos = np.zeros_like(best), np.zeros_like(best)
    for rho in RHOS:
        level, step, own = (_whitened(x, rho) for x in (np.ones((1, weeks)), steps, y))
        of_level, both = (level**2).sum(), np.einsum("kn,n->k", step, level[0])
        free = (step**2).sum(axis=1) - both**2 / of_level
        first = np.einsum("mn,n->m", own, level[0])
        pull = np.einsum("mn,kn->mk", own, step) - first[:, None] * both / of_level
        left = (own**2).sum(axis=1) - first**2 / of_level
        explained = pull**2 / free
        rest = left[:, None] - explained
        size = (weeks - 1) * np.log(1 - rho**2) + np.log(of_level * free)
        likely = -((weeks - 2) * np.log(rest) + size) / 2
        better = likely > best
        best = np.where(better, likely, best)
        values = np.where(better, explained * (weeks - 2) / rest, values)
        rhos = np.where(better, rho, rhos)
    top, row = values.argmax(axis=1), np.arange(len(y))
    return values[row, top], at[top], rhos[row, top]


def _whitened(x: Floats, rho: float) -> Floats:
    """Rows of weeks as innovations of one variance."""
    return np.hstack([x[:, :1], (x[:, 1:] - rho * x[:, :-1]) / np.sqrt(1 - rho**2)])
