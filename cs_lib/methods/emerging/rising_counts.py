"""Needs that come up more often than before, weeks varying as they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cs_lib.methods.ab.multiplicity import benjamini_hochberg
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import normal_quantile, t_quantile
from cs_lib.sentences import say

Floats = NDArray[np.float64]

BLOCKS, WEEKS = (
    6,
    4,
)  # the baseline: so many blocks of so many weeks; the weeks after it are one block more
NEEDED = WEEKS * (BLOCKS + 1)
HALF = 0.5  # of a rise, that is to be left without some weeks


@dataclass(frozen=True, slots=True)
class RisingCount:
    """One need: its rate in the last block against the baseline's.

    Attributes:
        recent, before: contacts in the last block and in the baseline.
        ratio: recent over before, each by its exposure; `low` and `high` are its interval.
        peak: the highest block of the baseline over the whole of it, likewise.
        pvalue: one-sided, against no rise.
        qvalue: adjusted for all needs (Benjamini & Hochberg 1995).
        found: whether it rose at the rate of false discoveries asked for.
    """

    name: str
    recent: int
    before: int
    ratio: float
    low: float
    high: float
    peak: float
    pvalue: float
    qvalue: float
    found: bool

    @property
    def seen_before(self) -> bool:
        """Whether a block of the baseline may have been as high: it may come after every holiday, and not be new."""
        return self.peak >= self.low


@dataclass(frozen=True, slots=True)
class RisingCounts:
    """Every need in the order given; `variation` is what blocks vary by beyond chance, as a share (sd)."""

    needs: tuple[RisingCount, ...]
    variation: float
    df: float


def in_blocks(weekly: ArrayLike) -> Floats:
    """Sums of the last 28 weeks in seven blocks of four, along the last axis.

    Raises:
        CannotEstimate: there are fewer weeks.
    """
    weeks = np.asarray(weekly, dtype=float)
    if weeks.shape[-1] < NEEDED:
        raise CannotEstimate(
            say(
                "What is new needs {needed} whole weeks, there are {weeks}.",
                needed=NEEDED,
                weeks=weeks.shape[-1],
            )
        )
    last = weeks[..., weeks.shape[-1] - NEEDED :]
    return np.asarray(last.reshape(*last.shape[:-1], BLOCKS + 1, WEEKS).sum(axis=-1))


def rising_counts(
    names: Sequence[str],
    blocks: ArrayLike,
    exposure: ArrayLike,
    *,
    rate: float = 0.10,
    alpha: float = 0.05,
) -> RisingCounts:
    """Which needs rose in the last block, beyond their exposure and beyond what blocks vary by anyway.

    With A and B contacts in the last block and in k = 6 blocks before it, the logarithm of the ratio of rates has the
    variance 1 / (A + .5) + 1 / (B + .5) + v (1 + 1 / k). v is the squared variation that counts have beyond Poisson's:
    by moments, pooled over needs, sum(k / (k - 1) S - sum mu) / sum mu^2 and at least 0, where S sums the squared
    deviations of a need's blocks from their expectations mu. One need's six blocks would say too little of it, and
    pooling is why this holds its rate where tests of single needs do not (docs/bench/emerging.md). The
    statistic is compared with t of 5/4 degrees of freedom a need, one-sided, and the needs with Benjamini-Hochberg.

    Args:
        names: the needs.
        blocks: contacts, one row for each need and seven columns, the last block last.
        exposure: what could have led to contacts (orders) by block; one row, or one for each need.
        rate: false discoveries allowed among what is found, as a share.
        alpha: of the two-sided interval of each ratio.

    Raises:
        CannotEstimate: no needs, or a block without exposure.
        ValueError: other than seven blocks.
    """
    counts = np.asarray(blocks, dtype=float)
    if counts.ndim != 2 or counts.shape != (len(names), BLOCKS + 1):
        raise ValueError("Every need needs seven blocks.")
    exposed = np.broadcast_to(np.asarray(exposure, dtype=float), counts.shape)
    if not len(names) or not (exposed > 0).all():
        raise CannotEstimate(say("What is new needs orders in each of its seven blocks of weeks."))
    before, recent = counts[:, :BLOCKS].sum(axis=1), counts[:, BLOCKS]
    past = exposed[:, :BLOCKS].sum(axis=1)
    excess = _excess(counts[:, :BLOCKS], exposed[:, :BLOCKS], before / past)
    log_ratio = np.log((recent + 0.5) / (before + 0.5)) - np.log(exposed[:, BLOCKS] / past)
    se = np.sqrt(1 / (recent + 0.5) + 1 / (before + 0.5) + excess * (1 + 1 / BLOCKS))
    df = 5 * len(names) / 4
    pvalues = special.stdtr(df, -log_ratio / se)
    qvalues = benjamini_hochberg(pvalues)
    half = t_quantile(1 - alpha / 2, df) * se
    low, ratio, high = np.exp(log_ratio - half), np.exp(log_ratio), np.exp(log_ratio + half)
    peak = _peaks(counts[:, :BLOCKS], exposed[:, :BLOCKS])
    numbers = np.column_stack([ratio, low, high, peak, pvalues, qvalues])
    found = tuple(
        _rising(name, int(recent[i]), int(before[i]), numbers[i], rate)
        for i, name in enumerate(names)
    )
    return RisingCounts(found, float(np.sqrt(excess)), df)


def _rising(name: str, recent: int, before: int, numbers: Floats, rate: float) -> RisingCount:
    ratio, low, high, peak, pvalue, qvalue = map(float, numbers)
    return RisingCount(name, recent, before, ratio, low, high, peak, pvalue, qvalue, qvalue <= rate)


def _peaks(counts: Floats, exposed: Floats) -> Floats:
    """The highest block's rate over that of all blocks."""
    ratios = (counts + 0.5) / (counts.sum(axis=1, keepdims=True) + 0.5)
    return np.asarray((ratios * exposed.sum(axis=1, keepdims=True) / exposed).max(axis=1))


def _excess(counts: Floats, exposed: Floats, rates: Floats) -> float:
    """The squared variation of blocks beyond Poisson's, pooled over needs."""
    expected = exposed * rates[:, None]
    deviations = ((counts - expected) ** 2).sum()
    squares = (expected**2).sum()
    if squares == 0:
        return 0.0
    return max(float((BLOCKS / (BLOCKS - 1) * deviations - expected.sum()) / squares), 0.0)


def rises_without(
    one: RisingCount, weekly: ArrayLike, exposure: ArrayLike, kept: ArrayLike, variation: float
) -> bool:
    """Whether a need that rose does so in the kept weeks too, and by half of its rise at least.

    For weeks that are left out for a reason (those after a holiday). The rates of the kept weeks of the last block and
    of the baseline are compared as above, one-sided at 5 %, with the variation that was pooled over needs. Without
    a kept week in either of them nothing is shown.

    Args:
        one: the need as tested with all weeks.
        weekly, exposure, kept: its counts, their exposure and whether a week is kept; the last 28 weeks are read.
        variation: `RisingCounts.variation`.
    """
    counts, exposed = (
        np.asarray(weekly, dtype=float)[-NEEDED:],
        np.asarray(exposure, dtype=float)[-NEEDED:],
    )
    keep = np.asarray(kept, dtype=bool)[-NEEDED:]
    late = np.arange(NEEDED) >= NEEDED - WEEKS
    recent, past = keep & late, keep & ~late
    if exposed[recent].sum() <= 0 or exposed[past].sum() <= 0:
        return False
    now, then = counts[recent].sum() + 0.5, counts[past].sum() + 0.5
    log_ratio = np.log(now / then) - np.log(exposed[recent].sum() / exposed[past].sum())
    se = np.sqrt(1 / now + 1 / then + variation**2 * (1 + 1 / BLOCKS))
    shown = log_ratio > normal_quantile(0.95) * se
    return bool(shown and np.exp(log_ratio) - 1 >= HALF * (one.ratio - 1))
