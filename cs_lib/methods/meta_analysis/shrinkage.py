"""Effects of many studies seen together: each drawn towards what such studies usually find, and what they add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cs_lib import sentences as w
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import normal_quantile
from cs_lib.results import Record
from cs_lib.sentences import Text, say

Floats = NDArray[np.float64]
MeanPrior = Literal["sceptical", "flat"]
SpreadPrior = Literal["half_normal", "flat"]

LEAST_STUDIES = 5  # with fewer, the spread of true effects cannot be told
SCALE = 2.0  # of the half-normal prior of the spread, in median standard errors
MEAN_APART = 0.75  # what the prior of the mean has beside the spread, in median standard errors
POINTS = 120  # of the grid of spreads
COARSE, FARTHEST, NEGLIGIBLE = 400, 1e8, 40.0  # how far the grid must reach is looked up first
MOST_STEPS, EXACT = 80, 1e-13  # of the search for an end of an interval


@dataclass(frozen=True, slots=True)
class Estimate:
    """One study: its effect with its standard error, both in the unit of the metric.

    A standard error of few degrees of freedom is best given as half the interval's width over 1.96.
    """

    id: str
    effect: float
    se: float


@dataclass(frozen=True, slots=True)
class Posterior(Record):
    """What is believed of a number: its mean, standard deviation and interval."""

    mean: float
    sd: float
    low: float
    high: float


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
    _grid: _Grid = field(repr=False, compare=False)

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
    grid = _Grid.of(given, alpha, mean_prior, spread_prior)
    return Pooled(grid.mean(), grid.spread(), grid.next_effect(), tuple(grid.each(given)), grid)


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


@dataclass(frozen=True, slots=True)
class _Grid:
    """The posterior of the spread on a grid, and of the mean given each spread.

    Attributes:
        effect, se: one entry a study.
        log_spread: where the grid lies, arcsinh(spread / scale) in equal steps: density and integrands are even and
            smooth in it, so that the plain trapezoid sum is exact to many digits.
        scale: the median standard error.
        density: of the grid's points in `log_spread`, not normed.
        tau: the spreads.
        weight: their posterior probabilities.
        centre, variance: of the mean given each spread.
        level: of the intervals.
    """

    effect: Floats
    se: Floats
    log_spread: Floats
    scale: float
    density: Floats
    tau: Floats
    weight: Floats
    centre: Floats
    variance: Floats
    level: float

    @classmethod
    def of(
        cls,
        given: Sequence[Estimate],
        alpha: float,
        mean_prior: MeanPrior,
        spread_prior: SpreadPrior,
    ) -> _Grid:
        """The grid as far as the posterior reaches."""
        effect, se = (np.array([getattr(one, name) for one in given]) for name in ("effect", "se"))
        scale = float(np.median(se))
        priors = (mean_prior, spread_prior)
        coarse = np.linspace(0, np.arcsinh(FARTHEST), COARSE)
        high = _log_density(coarse, effect, se, scale, priors)[0]
        reached = np.flatnonzero(high > high.max() - NEGLIGIBLE)[-1]
        points = np.linspace(0, coarse[min(reached + 1, COARSE - 1)], POINTS)
        log_density, centre, variance = _log_density(points, effect, se, scale, priors)
        density = np.exp(log_density - log_density.max())
        part = density.copy()
        part[[0, -1]] /= 2
        tau = scale * np.sinh(points)
        weight = part / part.sum()
        return cls(effect, se, points, scale, density, tau, weight, centre, variance, 1 - alpha)

    def mean(self) -> Posterior:
        """Of the mean of true effects."""
        return self._mixed(self.centre, self.variance)

    def next_effect(self) -> Posterior:
        """Of the true effect of a next study."""
        return self._mixed(self.centre, self.variance + self.tau**2)

    def spread(self) -> Posterior:
        """Of the standard deviation of true effects."""
        from scipy.interpolate import CubicSpline

        below = CubicSpline(self.log_spread, self.density).antiderivative()
        tail, whole = (1 - self.level) / 2, float(below(self.log_spread[-1]))
        wanted = whole * np.array([tail, 1 - tail])
        least, most = (np.full(2, self.log_spread[end]) for end in (0, -1))
        shape = below.derivative()
        ends = _root(lambda x: (below(x) - wanted, shape(x)), least, most)
        low, high = self.scale * np.sinh(ends)
        # The spread itself is no even function of the grid's points: the sum lacks what its slope at 0 brings.
        lacks = self.log_spread[1] * self.scale * self.weight[0] / 6
        mean = float((self.weight * self.tau).sum() + lacks)
        sd = (float((self.weight * self.tau**2).sum()) - mean**2) ** 0.5
        return Posterior(mean, sd, float(low), float(high))

    def sum(self, weights: Floats) -> Posterior:
        """Of a weighted sum of true effects."""
        return self._mixed(*self._given_spread(weights))

    def estimate(self, place: int, se: float) -> Posterior:
        """Of an estimate with a standard error of one study's true effect."""
        mean, variance = self._given_spread(np.arange(len(self.se)) == place)
        return self._mixed(mean, variance + se**2)

    def each(self, given: Sequence[Estimate]) -> Iterator[ShrunkEffect]:
        """Every study's true effect."""
        rest = 1 - self._kept
        mean = self._kept * self.effect[:, None] + rest * self.centre
        variance = self.se[:, None] ** 2 * self._kept + rest**2 * self.variance
        for one, *found in zip(given, *self._mixtures(mean, variance), strict=True):
            yield ShrunkEffect(one.id, one.effect, one.se, *map(float, found))

    @property
    def _kept(self) -> Floats:
        """How much each spread leaves of each effect's distance from the mean, studies by spreads."""
        return self.tau**2 / (self.se[:, None] ** 2 + self.tau**2)

    def _given_spread(self, weights: Floats) -> tuple[Floats, Floats]:
        """Mean and variance of a weighted sum of true effects by spread: the mean is an error that all share."""
        each, kept = weights[:, None], self._kept
        lies = kept * self.effect[:, None] + (1 - kept) * self.centre
        shared = (each * (1 - kept)).sum(axis=0)
        own = (each**2 * self.se[:, None] ** 2 * kept).sum(axis=0)
        return (each * lies).sum(axis=0), own + shared**2 * self.variance

    def _mixed(self, mean: Floats, variance: Floats) -> Posterior:
        """Of one mixture of normals over the spreads."""
        return Posterior(*(float(row[0]) for row in self._mixtures(mean[None], variance[None])))

    def _mixtures(self, mean: Floats, variance: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Means, standard deviations and both ends of mixtures over the spreads, one a row."""
        middle = (self.weight * mean).sum(axis=1)
        sd = np.sqrt((self.weight * (variance + (mean - middle[:, None]) ** 2)).sum(axis=1))
        each = np.sqrt(np.maximum(variance, np.finfo(float).tiny))
        tail = (1 - self.level) / 2
        far = -special.ndtri(tail) * each
        least, most = (mean - far).min(axis=1), (mean + far).max(axis=1)

        def end(want: float) -> Floats:
            def rises(x: Floats) -> tuple[Floats, Floats]:
                apart = (x[:, None] - mean) / each
                below = (self.weight * special.ndtr(apart)).sum(axis=1) - want
                slope = (self.weight / each * np.exp(-(apart**2) / 2)).sum(axis=1)
                return below, slope / np.sqrt(2 * np.pi)

            return _root(rises, least, most)

        return middle, sd, end(tail), end(1 - tail)


def _log_density(
    log_spread: Floats,
    effect: Floats,
    se: Floats,
    scale: float,
    priors: tuple[MeanPrior, SpreadPrior],
) -> tuple[Floats, Floats, Floats]:
    """Log posterior density of points of the grid, and the mean given each, with its variance."""
    mean_prior, spread_prior = priors
    tau = scale * np.sinh(log_spread)
    variances = se[:, None] ** 2 + tau**2
    prior = np.zeros_like(tau) if mean_prior == "flat" else 1 / (tau**2 + (MEAN_APART * scale) ** 2)
    precision = (1 / variances).sum(axis=0) + prior
    centre = (effect[:, None] / variances).sum(axis=0) / precision
    apart = ((effect[:, None] - centre) ** 2 / variances).sum(axis=0) + prior * centre**2
    found = -(np.log(variances).sum(axis=0) + np.log(precision) + apart) / 2
    if mean_prior == "sceptical":
        found += np.log(prior) / 2
    if spread_prior == "half_normal":
        found -= (tau / (SCALE * scale)) ** 2 / 2
    return found + np.log(np.cosh(log_spread)), centre, 1 / precision


def _root(rises: Callable[[Floats], tuple[Floats, Floats]], low: Floats, high: Floats) -> Floats:
    """Where rising functions are 0, one entry a function: Newton's steps, and halves where one would lead astray.

    Args:
        rises: the functions and their slopes.
        low, high: what they are 0 between.
    """
    x, near = (low + high) / 2, EXACT * (high - low)
    for step in range(MOST_STEPS):
        value, slope = rises(x)
        low, high = np.where(value < 0, x, low), np.where(value < 0, high, x)
        half = (low + high) / 2
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            newton = x - value / slope
        astray = ~((newton >= low) & (newton <= high)) | (step > MOST_STEPS / 4)
        nearer = np.where(astray, half, newton)
        if (np.abs(nearer - x) <= near).all():
            return nearer
        x = nearer
    return x
