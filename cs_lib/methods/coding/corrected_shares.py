"""Shares that rules gave, corrected by a sample that people coded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import normal_quantile
from cs_lib.sentences import say

Whole = NDArray[np.int64]
Floats = NDArray[np.float64]

LEAST_CODED = 10  # contacts a stratum needs that people coded


@dataclass(frozen=True, slots=True)
class Stratum:
    """Contacts from which a sample was drawn at random and coded by people.

    Attributes:
        size: contacts it stands for: all of the stratum, or the sum of the sample's weights.
        coded: the sample, one row for each label of the rules and one column for each of people.
    """

    name: str
    size: float
    coded: Whole


@dataclass(frozen=True, slots=True)
class CorrectedShare:
    """One label: its share by rules alone, and what people say it is, with an interval.

    `coded` is how many contacts people coded, of which they gave it to `given`.
    """

    name: str
    raw: float
    share: float
    low: float
    high: float
    se: float
    coded: int
    given: int


def corrected_shares(
    names: Sequence[str], ruled: Whole, strata: Sequence[Stratum], *, alpha: float = 0.05
) -> tuple[CorrectedShare, ...]:
    """The share of each label among all contacts, as people would have coded them.

    Prediction-powered inference (Angelopoulos et al. 2023): the rules' share plus the mean of people minus rules in
    the coded sample; variance var(rules) / N + var(people - rules) / n, the second part stratum by stratum, weighted
    by what each stands for. That variance is of paired shares with half a contact added to each of the four cells
    (Agresti & Min 2005), so that a sample without an error is no proof that there is none.

    Args:
        names: the labels.
        ruled: all contacts by the rules' label, those that people coded too.
        strata: the coded sample; one stratum where it was drawn from all.
        alpha: one minus the level of the intervals.

    Raises:
        CannotEstimate: no contacts, or a stratum of which people coded fewer than ten.
    """
    total = int(np.sum(ruled))
    if total == 0 or not strata:
        raise CannotEstimate(say("There is no contact to take shares of."))
    for stratum in strata:
        _require_coded(stratum)
    raw = np.asarray(ruled) / total
    value, variance = raw.copy(), raw * (1 - raw) / total
    whole = sum(stratum.size for stratum in strata)
    for stratum in strata:
        n, weight = int(stratum.coded.sum()), stratum.size / whole
        more, fewer = _moved(stratum.coded)
        value += weight * (more - fewer) / n
        spread = (more + fewer + 1) / (n + 2) - ((more - fewer) / (n + 2)) ** 2
        variance += weight**2 * spread / (n + 2)
    coded = sum(int(stratum.coded.sum()) for stratum in strata)
    given = np.sum([stratum.coded.sum(axis=0) for stratum in strata], axis=0)
    z = normal_quantile(1 - alpha / 2)
    found = list[CorrectedShare]()
    for i, name in enumerate(names):
        se, share = sqrt(variance[i]), min(max(float(value[i]), 0.0), 1.0)
        low, high = max(float(value[i]) - z * se, 0.0), min(float(value[i]) + z * se, 1.0)
        found.append(
            CorrectedShare(name, float(raw[i]), share, low, high, se, coded, int(given[i]))
        )
    return tuple(found)


def _moved(coded: Whole) -> tuple[Floats, Floats]:
    """By label, the coded contacts that people gave it against the rules, and those they took from it."""
    hits = np.diag(coded)
    return (coded.sum(axis=0) - hits).astype(float), (coded.sum(axis=1) - hits).astype(float)


def _require_coded(stratum: Stratum) -> None:
    coded = int(stratum.coded.sum())
    if coded < LEAST_CODED:
        raise CannotEstimate(
            say(
                "People coded {coded} contacts of {stratum}; {least} are the least from which shares can be corrected.",
                coded=coded,
                stratum=stratum.name,
                least=LEAST_CODED,
            )
        )
