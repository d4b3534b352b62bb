"""How far two codings of the same contacts agree: raw, beyond chance in two ways, and class by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import normal_quantile
from cs_lib.sentences import say

Floats = NDArray[np.float64]


class Estimate(NamedTuple):
    """A number with its interval; not a number throughout where it cannot be had."""

    value: float
    low: float
    high: float


NONE = Estimate(nan, nan, nan)


@dataclass(frozen=True, slots=True)
class ClassAgreement:
    """One class: how many each coding gave it, both together, and how far the other can be trusted in it.

    Attributes:
        reference, other, both: contacts to which the reference, the other, and both gave the class.
        precision: of those the other gave it, the share to which the reference did too.
        recall: of those the reference gave it, the share to which the other did too.
    """

    name: str
    reference: int
    other: int
    both: int
    precision: Estimate
    recall: Estimate


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two codings of `n` contacts; where one class is rare kappa is low by itself, which raw agreement is not."""

    n: int
    agreed: Estimate
    kappa: Estimate
    ac1: Estimate
    classes: tuple[ClassAgreement, ...]


def agreement(names: Sequence[str], table: ArrayLike, *, alpha: float = 0.05) -> Agreement:
    """Agreement of two codings of the same contacts, with intervals.

    Kappa is Cohen's (1960), its interval that of Fleiss, Cohen & Everitt (1969); AC1 and its variance are Gwet's
    (2008, for a population that is much larger than the sample); shares have Wilson's interval (1927).

    Args:
        names: the classes; for AC1 a class that nobody used counts as one that could have been.
        table: contacts by class, one row for each class of the reference (people), one column for each of the other.

    Raises:
        CannotEstimate: no contact has both codings.
        ValueError: a table that is not square or does not fit the names.
    """
    counts = np.asarray(table, dtype=np.int64)
    if counts.shape != (len(names), len(names)):
        raise ValueError("The table needs one row and one column for each class.")
    n = int(counts.sum())
    if n == 0:
        raise CannotEstimate(say("No contact was coded twice."))
    hits, rows, columns = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    classes = tuple(
        ClassAgreement(
            name,
            int(rows[i]),
            int(columns[i]),
            int(hits[i]),
            share(int(hits[i]), int(columns[i]), alpha),
            share(int(hits[i]), int(rows[i]), alpha),
        )
        for i, name in enumerate(names)
    )
    agreed = share(int(hits.sum()), n, alpha)
    return Agreement(n, agreed, _kappa(counts, alpha), _ac1(counts / n, n, alpha), classes)


def share(hits: int, of: int, alpha: float = 0.05) -> Estimate:
    """A share with Wilson's interval; not a number of nothing."""
    from statsmodels.stats.proportion import proportion_confint

    if of == 0:
        return NONE
    low, high = proportion_confint(hits, of, alpha=alpha, method="wilson")
    return Estimate(hits / of, float(low), float(high))


def _kappa(counts: NDArray[np.int64], alpha: float) -> Estimate:
    """Cohen's kappa; not a number where both codings know one class only."""
    from statsmodels.stats.inter_rater import cohens_kappa

    used = (counts.sum(axis=0) + counts.sum(axis=1)) > 0
    if used.sum() < 2:
        return NONE
    found = cohens_kappa(counts[np.ix_(used, used)])
    value, se = float(found.kappa), float(found.std_kappa)
    return _around(value, se, alpha) if isfinite(value) else NONE


def _ac1(cells: Floats, n: int, alpha: float) -> Estimate:
    """Gwet's AC1; not a number where there is one class only."""
    q = len(cells)
    if q < 2:
        return NONE
    usual = (cells.sum(axis=0) + cells.sum(axis=1)) / 2
    hits, agreed = np.diag(cells), float(np.trace(cells))
    chance = float((usual * (1 - usual)).sum()) / (q - 1)
    value = (agreed - chance) / (1 - chance)
    own = float((hits * (1 - usual)).sum()) / (q - 1)
    pairs = 1 - (usual[:, None] + usual[None, :]) / 2
    spread = float((cells * pairs**2).sum()) / (q - 1) ** 2
    left = 1 - value
    inner = agreed * (1 - agreed) - 4 * left * (own - agreed * chance)
    variance = (inner + 4 * left**2 * (spread - chance**2)) / (n * (1 - chance) ** 2)
    return _around(value, sqrt(max(variance, 0.0)), alpha)


def _around(value: float, se: float, alpha: float) -> Estimate:
    half = normal_quantile(1 - alpha / 2) * se
    return Estimate(value, max(value - half, -1.0), min(value + half, 1.0))
