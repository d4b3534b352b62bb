"""Effects of many studies seen together: each drawn towards what such studies usually find, and what they add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from cs_lib import sentences as w
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.meta_analysis.spread_grid import (
    MeanPrior,
    Posterior,
    SpreadGrid,
    SpreadPrior,
)
from cs_lib.methods.tails import normal_quantile
from cs_lib.results import Record
from cs_lib.sentences import Text, say

LEAST_STUDIES = 5  # with fewer, the spread of true effects cannot be told


@dataclass(frozen=True, slots=True)
class Estimate:
    """One study: its effect with its standard error, both in the unit of the metric.

    A standard error of few degrees of freedom is best given as half the interval's width over 1.96.
    """

    id: str
    effect: float
    se: float


@dataclass(frozen=True, slots=True)
class ShrunkEffect(Record):
    """One study's effect as it was estimated, and what is believed of its true effect beside the others."""

    id: str
    effect: float
    se: float
    mean: float
    sd: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Total(Record):
    """A weighted sum of true effects with its interval.

    Attributes:
        n: studies that count, those with a weight other than 0.
        mean, sd, low, high: of the sum.
        raw: the same sum of the effects as they were estimated.
    """

    n: int
    mean: float
    sd: float
    low: float
    high: float
    raw: float


@dataclass(frozen=True, slots=True)
class Pooled:
    """Studies seen together.

    Attributes:
        mean, spread: of the true effects of all studies of this kind, the spread as a standard deviation.
        next_effect: the true effect that a next study of this kind will have.
        studies: by id.
    """

    mean: Posterior
    spread: Posterior
    next_effect: Posterior
    studies: tuple[ShrunkEffect, ...]
    _grid: SpreadGrid = field(repr=False, compare=False)

    def total(self, weights: Mapping[str, float]) -> Total:
        """The sum over some studies of weight times true effect.

        Studies share what is believed of mean and spread, so that their errors do not cancel out as those of
        separate studies would. Given a spread the sum is normal; its interval is that of the mixture over the grid
        and needs no draws.

        Args:
            weights: by id, such as 1 or how many customers it reaches; a study that is not named does not count.

        Raises:
            KeyError: an id that is not among the studies.
            ValueError: a weight that is not a number.
        """
        ids = [one.id for one in self.studies]
        if unknown := sorted(set(weights) - set(ids)):
            raise KeyError(f"No study is called {unknown[0]}.")
        each = np.array([weights.get(one, 0.0) for one in ids])
        if not np.isfinite(each).all():
            raise ValueError("A weight is not a number.")
        found = self._grid.sum(each)
        raw = float((each * self._grid.effect).sum())
        return Total(int((each != 0).sum()), found.mean, found.sd, found.low, found.high, raw)

    def follow_up(self, study: str, se: float) -> Posterior:
        """The estimate that a second study would find if the effect of a first one had not changed.

        Args:
            study: id of the first one; the second must not be among the studies.
            se: standard error of the second.

        Raises:
            KeyError: an id that is not among the studies.
            ValueError: a standard error that is not above 0.
        """
        ids = [one.id for one in self.studies]
        if study not in ids:
            raise KeyError(f"No study is called {study}.")
        if not (np.isfinite(se) and se > 0):
            raise ValueError("A standard error must be above 0.")
        return self._grid.estimate(ids.index(study), se)


def shrink(
    estimates: Iterable[Estimate],
    *,
    alpha: float = 0.05,
    mean_prior: MeanPrior = "sceptical",
    spread_prior: SpreadPrior = "half_normal",
) -> Pooled:
    """True effects of studies of one metric and one design, when chance is taken out as far as it can be.

    The normal-normal model (Rubin 1981; Gelman 2006): effects are normal about true ones with known standard errors,
    true effects normal about a mean. The spread is integrated over a grid, everything else is exact given it, so that
    intervals hold what is not known of mean and spread (Morris 1983 has why plugging in one value is too sure of
    itself). What is believed of an effect does not depend on why it was looked at, so sums of those chosen for their
    size are not inflated by the choice.

    The prior of the spread is half-normal with a scale of two median standard errors. That of the mean is normal about
    no effect, its variance the squared spread and the square of three quarters of a median standard error: with a flat
    one, sums of winners among a dozen studies were a seventh too large where the mean is none and the spread one
    standard error (docs/bench/portfolio.md). Studies are taken in order of their ids; the order in which they are given
    changes no digit.

    Args:
        estimates: independent studies, one each; shipped, stopped and undecided ones, without those that are invalid.
        alpha: one minus the level of all intervals.
        mean_prior: flat for comparison with published analyses.
        spread_prior: flat for the same.

    Raises:
        CannotEstimate: fewer than five studies, an effect or a standard error that is no number, or one id twice.
    """
    given = _usable(estimates)
    if len(given) < LEAST_STUDIES:
        raise CannotEstimate(
            say(
                "Only {n} studies can be seen together; how much true effects differ can be told from "
                "{LEAST_STUDIES} on.",
                n=len(given),
                LEAST_STUDIES=LEAST_STUDIES,
            )
        )
    effect, se = np.array([(one.effect, one.se) for one in given], dtype=float).T
    grid = SpreadGrid.of(
        effect,
        se,
        alpha=alpha,
        mean_prior=mean_prior,
        spread_prior=spread_prior,
    )
    return Pooled(grid.mean(), grid.spread(), grid.next_effect(), _shrunk(given, grid), grid)


def plain_total(
    estimates: Iterable[Estimate],
    weights: Mapping[str, float] | None = None,
    *,
    alpha: float = 0.05,
) -> Total:
    """The sum of effects as they were estimated, with the interval of independent studies; for any number of them.

    Where the studies were chosen for their effects, the sum is too large and the interval does not allow for it.

    Args:
        estimates: independent studies.
        weights: by id; 1 each when absent.
        alpha: one minus the level of the interval.

    Raises:
        CannotEstimate: an effect or a standard error that is no number, one id twice, or no study at all.
    """
    given = _usable(estimates)
    if not given:
        raise CannotEstimate(say("There is no study to add up."))
    each = [1.0 if weights is None else weights.get(one.id, 0.0) for one in given]
    raw = sum(weight * one.effect for weight, one in zip(each, given, strict=True))
    sd = sum((weight * one.se) ** 2 for weight, one in zip(each, given, strict=True)) ** 0.5
    half = normal_quantile(1 - alpha / 2) * sd
    return Total(sum(weight != 0 for weight in each), raw, sd, raw - half, raw + half, raw)


def _usable(estimates: Iterable[Estimate]) -> list[Estimate]:
    """The studies by id, or a sentence for each kind of fault."""
    given = sorted(estimates, key=lambda one: one.id)
    twice = [name for name, times in Counter(one.id for one in given).items() if times > 1]
    no_effect = [one.id for one in given if not np.isfinite(one.effect)]
    no_error = [one.id for one in given if not (np.isfinite(one.se) and one.se > 0)]
    faults: list[Text] = []
    if twice:
        faults.append(say("A study stands twice: {studies}.", studies=w.listed(twice)))
    if no_effect:
        faults.append(say("No effect is known of: {studies}.", studies=w.listed(no_effect)))
    if no_error:
        faults.append(
            say("No standard error above 0 is known of: {studies}.", studies=w.listed(no_error))
        )
    if faults:
        raise CannotEstimate(
            say("Not every study can be used. {faults}", faults=w.together(*faults))
        )
    return given


def _shrunk(given: list[Estimate], grid: SpreadGrid) -> tuple[ShrunkEffect, ...]:
    return tuple(
        ShrunkEffect(one.id, one.effect, one.se, own.mean, own.sd, own.low, own.high)
        for one, own in zip(given, grid.each(), strict=True)
    )
