"""Power of a comparison of groups of teams whose spreads are estimated, each by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cs_lib.methods.did.spreads import even_freedom, shared_freedom, side_freedom
from cs_lib.methods.power.its import Precision

Floats = NDArray[np.float64]

SPREADS_DRAWN = 2_000


@dataclass(frozen=True, slots=True)
class OwnSpreads(Precision):
    """The same when every group of teams is judged by its own spread; `df` is then the most there can be."""

    parts: tuple[float, ...]  # Each group's part of the variance.
    freedom: tuple[float, ...]  # And its degrees of freedom.
    even: bool = False  # Two groups of as many teams.

    def power(self, step: float, alpha: float) -> float:
        """How often a step of this size has p < alpha, two-sided, over spreads drawn from chi-square."""
        parts, freedom = np.array(self.parts), np.array(self.freedom)
        drawn = np.random.default_rng(0).chisquare(freedom, (SPREADS_DRAWN, len(freedom)))
        own = parts * drawn / freedom
        df = side_freedom(own, parts, freedom)
        if self.even:
            df = even_freedom(own, round(self.freedom[0]) + 1)
        return _found(step, self.sd, np.sqrt(own.sum(axis=1)), df, alpha)


@dataclass(frozen=True, slots=True)
class OwnSides(Precision):
    """The same when changed and unchanged teams are judged by their own spread, waves of a side together."""

    shares: tuple[
        Floats, ...
    ]  # Each side's products of its groups' loads under the covariance of a team.
    freedom: tuple[int, ...]  # Its teams less its groups.

    def power(self, step: float, alpha: float) -> float:
        """How often a step of this size has p < alpha, two-sided, over covariances drawn from Wishart."""
        rng, own, freedom = np.random.default_rng(0), [], []
        for shares, df in zip(self.shares, self.freedom, strict=True):
            root = np.linalg.cholesky(shares)
            draws = rng.standard_normal((SPREADS_DRAWN, df, len(shares))) @ root.T
            drawn = draws.transpose(0, 2, 1) @ draws / df
            own.append(np.trace(drawn, axis1=1, axis2=2))
            freedom.append(shared_freedom(drawn, df))
        parts, each = np.stack(own, axis=1), np.stack(freedom, axis=1)
        alike = np.array([np.trace(shares) for shares in self.shares])
        df_of_all = side_freedom(parts, alike, each)
        return _found(step, self.sd, np.sqrt(parts.sum(axis=1)), df_of_all, alpha)


def _found(step: float, sd: float, se: Floats, df: Floats, alpha: float) -> float:
    """How often a step is found, over drawn standard errors and their degrees of freedom."""
    limit, drift = special.stdtrit(df, 1 - alpha / 2) * se / sd, step / sd
    return float((special.ndtr(drift - limit) + special.ndtr(-drift - limit)).mean())
