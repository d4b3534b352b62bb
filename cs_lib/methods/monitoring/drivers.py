"""Why contacts per order changed between two periods: more problems, another mix of channels, or more repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import DriverCounts
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import t_quantile
from cs_lib.results import Record
from cs_lib.sentences import say

Floats = NDArray[np.float64]
Numbers = NDArray[Any]  # real, or complex for derivatives

PER = 1000.0  # orders
LEAST_ORDERS = (
    10  # with a first contact in both periods together; with fewer a part may be anything
)
LEAST_WEEKS = 2
STEP = 1e-20  # of complex-step derivatives: nothing cancels, so it may be as small as this
PROBLEMS, MIX, REPEATS, RATE = range(4)


@dataclass(frozen=True, slots=True)
class Driven(Record):
    """A change per 1,000 orders, with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class DriverPart(Record):
    """One need (or channel), before and after.

    Attributes:
        first_before, first_after: orders whose first contact was of it.
        rate_before, rate_after: these per 1,000 orders; `rate_change` is the difference.
        repeats_before, repeats_after: further contacts per first one; not a number without any.
        by_problems, by_mix, by_repeats: what it adds to the change of contacts per 1,000 orders.
        few: fewer than ten such orders in both periods together; its numbers may be anything.
    """

    name: str
    first_before: int
    first_after: int
    rate_before: float
    rate_after: float
    rate_change: Driven
    repeats_before: float
    repeats_after: float
    by_problems: Driven
    by_mix: Driven
    by_repeats: Driven
    few: bool


@dataclass(frozen=True, slots=True)
class DriverSplit(Record):
    """The change of contacts per 1,000 orders from `before` to `after`, split exactly.

    `change` is the sum of `by_problems`, `by_mix` and `by_repeats`, and each of these is the sum of the parts'.
    `problems_before` and `problems_after` are orders with a problem per 1,000; `problem_change`, their difference, is
    the sum of the parts' `rate_change`. `dispersion` is how many times as much the rates vary from week to week as
    single orders make them.
    """

    before: float
    after: float
    problems_before: float
    problems_after: float
    problem_change: Driven
    change: Driven
    by_problems: Driven
    by_mix: Driven
    by_repeats: Driven
    parts: tuple[DriverPart, ...]  # in the order of the counts
    dispersion: float


def split_drivers(
    before: DriverCounts,
    after: DriverCounts,
    *,
    level: Literal["need", "channel"] = "need",
    alpha: float = 0.05,
) -> DriverSplit:
    """The change of contacts per 1,000 orders from one period to another, by what drove it.

    Contacts per order are the sum over needs and channels of three factors: the rate of orders whose first contact is
    about the need, the channel's share of these, and one plus the further contacts per first one. The change of a
    product is split by the mean over all orders in which its factors may change (Das Gupta 1993; Shapley 1953), which
    for two factors is Kitagawa's split (1955): with counts `by` one level only these two are left. It is symmetric in
    time. A need or channel that is absent on one side has there the shares and repeats of the other side.

    Intervals: the orders of a period are draws of where their first contact falls and of how many follow, and smooth
    functions of their means have the errors of the delta method. These variances are multiplied by how much more
    weeks vary than that: for parts as told by all parts together, for sums by the weeks of the sum itself.

    Args:
        before, after: both periods, with the same cells.
        level: what the parts are; the mix is then that of the other level within each.
        alpha: one minus the level of the intervals.

    Raises:
        CannotEstimate: a period of less than two weeks, or without a contact about its orders.
        ValueError: the cells differ.
    """
    if before.cells != after.cells:
        raise ValueError("Both periods need the same cells.")
    for counts in (before, after):
        _require(counts)
    labels = [cell[("need", "channel").index(level)] for cell in before.cells]
    names = tuple(dict.fromkeys(labels))
    into = np.array([[float(label == name) for label in labels] for name in names])
    return _split((_Side(before), _Side(after)), names, into, alpha)


def _split(
    sides: tuple[_Side, _Side], names: tuple[str, ...], into: Floats, alpha: float
) -> DriverSplit:
    """The split by parts, from which part each cell belongs to (parts x cells)."""
    means = np.concatenate([side.means for side in sides])
    effects = _effects(means, into)
    nudged = [_effects(means + 1j * STEP * unit, into).imag for unit in np.eye(len(means))]
    doubt = _Doubt(sides, np.stack(nudged, axis=-1) / STEP, alpha)
    first, every = (
        np.array([PER * into @ side.means.reshape(2, -1)[kind] for side in sides])
        for kind in (0, 1)
    )
    total = effects.sum(axis=1)
    parts = (_part(sides, into[i], name, effects[:, i], doubt, i) for i, name in enumerate(names))
    before_all, after_all = every.sum(axis=1).tolist()
    before_first, after_first = first.sum(axis=1).tolist()
    by_problems, by_mix, by_repeats = (
        doubt.of_sum(float(total[kind]), [kind]) for kind in (PROBLEMS, MIX, REPEATS)
    )
    return DriverSplit(
        before=before_all,
        after=after_all,
        problems_before=before_first,
        problems_after=after_first,
        problem_change=doubt.of_sum(float(total[RATE]), [RATE]),
        change=doubt.of_sum(float(total[:RATE].sum()), [PROBLEMS, MIX, REPEATS]),
        by_problems=by_problems,
        by_mix=by_mix,
        by_repeats=by_repeats,
        parts=tuple(parts),
        dispersion=doubt.dispersion,
    )


def _require(counts: DriverCounts) -> None:
    if len(counts.orders) < LEAST_WEEKS:
        raise CannotEstimate(say("A period of one week does not show how much weeks vary."))
    if not counts.first.sum():
        raise CannotEstimate(say("In one of the periods there is no contact about its orders."))


def _effects(means: Numbers, into: Floats) -> Numbers:
    """What each part adds (columns): by its problems, by the mix within it, by repeats, and the change of its rate.

    `means` are per order, before and then after: orders with a first contact of each cell, and all their contacts.
    """
    a, b = means.reshape(2, 2, -1).swapaxes(0, 1)  # each: sides x cells
    rate = a @ into.T @ into  # of the part that a cell belongs to
    share = _filled(a, rate)
    load = _filled(b, a)
    f, s, m = (_Ends(*x) for x in (rate, share, load))
    found = np.stack(
        [_product(f, s, m), _product(s, f, m), _product(m, f, s), (a[1] - a[0]).astype(f.off.dtype)]
    )
    return np.asarray(PER * found @ into.T)


@dataclass(frozen=True, slots=True)
class _Ends:
    """A factor before and after, by cell."""

    before: Numbers
    after: Numbers

    @property
    def off(self) -> Numbers:
        """Its change."""
        return np.asarray(self.after - self.before)


def _product(one: _Ends, two: _Ends, three: _Ends) -> Numbers:
    """What the first of three factors adds to the change of their product."""
    alike = two.before * three.before + two.after * three.after
    crossed = two.before * three.after + two.after * three.before
    return np.asarray(one.off * (alike / 3 + crossed / 6))


def _filled(above: Numbers, below: Numbers) -> Numbers:
    """Ratios by side and cell; where a side has nothing below, the other side's, and 1 where neither has."""
    there = below.real > 0
    ratio = np.divide(above, below, out=np.ones_like(above), where=there)
    return np.where(there | ~there[::-1], ratio, ratio[::-1])


def _part(
    sides: tuple[_Side, _Side], mine: Floats, name: str, effects: Floats, doubt: _Doubt, i: int
) -> DriverPart:
    first, every = (
        [float(mine @ side.totals.reshape(2, -1)[kind]) for side in sides] for kind in (0, 1)
    )
    rates = [PER * n / side.n for n, side in zip(first, sides, strict=True)]
    again = [y / n - 1 if n else float("nan") for n, y in zip(first, every, strict=True)]
    rate, problems, mix, repeats = (
        doubt.of_part(float(effects[kind]), kind, i) for kind in (RATE, PROBLEMS, MIX, REPEATS)
    )
    return DriverPart(
        name=name,
        first_before=int(first[0]),
        first_after=int(first[1]),
        rate_before=rates[0],
        rate_after=rates[1],
        rate_change=rate,
        repeats_before=again[0],
        repeats_after=again[1],
        by_problems=problems,
        by_mix=mix,
        by_repeats=repeats,
        few=sum(first) < LEAST_ORDERS,
    )


class _Side:
    """One period: its orders, and what its cells hold: first contacts, then all contacts."""

    def __init__(self, counts: DriverCounts) -> None:
        self.orders = counts.orders.astype(float)
        self.weekly = np.hstack([counts.first, counts.first + counts.further]).astype(float)
        further = counts.further.sum(axis=0)
        # An order with x further contacts has 1 + x in all, whose square is 1 + 2 x + x squared.
        self.squares = (counts.first.sum(axis=0) + 2 * further + counts.squares).astype(float)
        self.n = float(self.orders.sum())
        self.totals = self.weekly.sum(axis=0)
        self.means = self.totals / self.n

    def counted(self, slopes: Floats) -> Floats:
        """Variances of linear functions of the means, from orders drawn one by one."""
        one, every = np.split(slopes, 2, axis=-1)
        first, contacts = np.split(self.totals, 2)
        second = one**2 @ first + 2 * (one * every) @ contacts + every**2 @ self.squares
        return np.asarray((second - (slopes @ self.totals) ** 2 / self.n) / self.n**2)

    def varied(self, slopes: Floats) -> Floats:
        """The same from how weeks vary (Liang & Zeger 1986, weeks as clusters)."""
        off = (self.weekly - self.orders[:, None] * self.means) / self.n
        weeks = len(self.orders)
        return np.asarray(((slopes @ off.T) ** 2).sum(axis=-1) * weeks / (weeks - 1))


class _Doubt:
    """Intervals of parts and of sums. `slopes`: kinds x parts x means of both sides."""

    def __init__(self, sides: tuple[_Side, _Side], slopes: Floats, alpha: float) -> None:
        self._sides, self._slopes, self._alpha = sides, slopes, alpha
        self._weeks = sum(len(side.orders) - 1 for side in sides)
        self._counted, varied = self._variances(slopes)
        below = self._counted.sum(axis=1)
        ratio = np.divide(varied.sum(axis=1), below, out=np.ones(len(below)), where=below > 0)
        self._ratio = np.maximum(ratio, 1.0)

    @property
    def dispersion(self) -> float:
        """By how much more the parts' rates vary over weeks than by single orders, at least 1."""
        return float(self._ratio[RATE])

    def of_part(self, value: float, kind: int, part: int) -> Driven:
        """What one part adds by one kind."""
        degrees = self._weeks * self._slopes.shape[1]
        return self._interval(value, self._counted[kind, part] * self._ratio[kind], degrees)

    def of_sum(self, value: float, kinds: Sequence[int]) -> Driven:
        """What all parts add by some kinds."""
        counted, varied = map(float, self._variances(self._slopes[list(kinds)].sum(axis=(0, 1))))
        if varied > counted:
            return self._interval(value, varied, self._weeks)
        return self._interval(value, counted, float("inf"))

    def _variances(self, slopes: Floats) -> tuple[Floats, Floats]:
        """Of single orders and of weeks, both periods together."""
        halves = np.split(slopes, 2, axis=-1)
        pairs = list(zip(self._sides, halves, strict=True))
        counted = sum((side.counted(half) for side, half in pairs), np.zeros(slopes.shape[:-1]))
        varied = sum((side.varied(half) for side, half in pairs), np.zeros(slopes.shape[:-1]))
        return counted, varied

    def _interval(self, value: float, variance: float, degrees: float) -> Driven:
        half = t_quantile(1 - self._alpha / 2, degrees) * sqrt(max(variance, 0.0))
        return Driven(value, value - half, value + half)
