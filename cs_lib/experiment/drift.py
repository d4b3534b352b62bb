"""Would the finding survive if changed teams had gone on drifting away from the others?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd

import numpy as np

from cs_lib.experiment.errors import CannotEstimate
from cs_lib.experiment.pretrend import RelativeBounds, relative_bounds
from cs_lib.experiment.team_panel import first_changed
from cs_lib.language import say
from cs_lib.results import TeamPanel

MOST_PERIODS = 4  # of one block: a month of weeks
LEAST_BLOCKS = 3  # before the first change: two steps to learn from
MAGNITUDES = (0.0, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Drift:
    """Bounds of the effect under drifts as large as before, from blocks of `block` periods."""

    bounds: RelativeBounds
    block: int

    @property
    def as_before(self) -> tuple[float, float]:
        """The interval when trends go on to differ by as much as the largest step before (x 1)."""
        at = int(np.flatnonzero(self.bounds.magnitude == 1.0)[0])
        return float(self.bounds.low[at]), float(self.bounds.high[at])


def drift_bounds(panel: TeamPanel, *, alpha: float = 0.05) -> Drift:
    """Relative-magnitude bounds of the overall effect, from neighbouring periods taken together.

    Between single weeks chance moves teams more than any drift does, and a change of twenty weeks
    would allow twenty such moves in a row; blocks average chance out and leave the slow drift that
    is to be feared. A block has at most 4 periods, no change inside, and leaves at least three
    blocks before the first change; weeks that fill no block are left out, and a wash-out counts as
    changed. Teams are compared with the last block before their change, so at no drift (x 0) the
    interval is not that of a comparison with all periods before.

    Raises:
        CannotEstimate: fewer than three periods before the first change, or as `relative_bounds`.
    Source: Rambachan & Roth 2023.
    """
    size = _block(panel)
    bounds = relative_bounds(in_blocks(panel, size), magnitudes=MAGNITUDES, alpha=alpha)
    return Drift(bounds, size)


def _block(panel: TeamPanel) -> int:
    """Periods of a block: as many as the dates of change and the time before the first allow."""
    first, periods = first_changed(panel), len(panel.periods)
    starts = np.unique(first[first < periods])
    if len(starts) == 0:
        raise CannotEstimate(
            say("{metric}: no team was changed within these periods.", metric=panel.metric)
        )
    apart = gcd(*(int(start - starts[0]) for start in starts)) if len(starts) > 1 else 0
    for size in range(MOST_PERIODS, 0, -1):
        fits = starts[0] >= LEAST_BLOCKS * size and periods - starts[-1] >= size
        if fits and apart % size == 0:
            return size
    raise CannotEstimate(
        say(
            "{metric}: too few periods before the change to say how teams drift.",
            metric=panel.metric,
        )
    )


def in_blocks(panel: TeamPanel, size: int) -> TeamPanel:
    """Means of `size` periods in a row, counted from the first change; cases are summed."""
    first = first_changed(panel)
    at = int(first.min())
    begin = at % size
    blocks = (len(panel.periods) - begin) // size
    read = slice(begin, begin + blocks * size)

    def folded(values: np.ndarray) -> np.ndarray:
        return values[:, read].reshape(len(values), blocks, size)

    return replace(
        panel,
        periods=panel.periods[read][::size],
        value=folded(panel.value).mean(axis=2),
        weight=folded(panel.weight).sum(axis=2),
    )
