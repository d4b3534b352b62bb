"""Sums of whole numbers and of their products by cell, and the exact moments that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Moments
from cs_lib.metrics.queries.values import VALUES, Sum, Values

MOST_CELLS = 20_000  # of one grouping; what would be more is asked for apart
K = TypeVar("K", bound=Hashable)
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Split:
    """One way to part customers: what it is called, SQL of a code for each part, and how many parts there are."""

    name: str
    sql: str
    size: int


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows of one grouping: a key by name, then count, sums and products as whole numbers.

    `rows` has a column for the count, one for every basis and one for every pair, as Python integers.
    """

    names: tuple[str, ...]
    keys: tuple[tuple[Any, ...], ...]
    rows: NDArray[np.object_]
    pairs: Mapping[Pair, int]

    def total(self, key: Callable[[dict[str, Any]], K | None]) -> dict[K, NDArray[np.object_]]:
        """Exact sums by what a function makes of each cell's key; None leaves the cell out."""
        found: dict[K, NDArray[np.object_]] = {}
        for values, row in zip(self.keys, self.rows, strict=True):
            group = key(dict(zip(self.names, values, strict=True)))
            if group is not None:
                found[group] = found[group] + row if group in found else row
        return found


def cells(values: Values, splits: Sequence[Split], pairs: Iterable[Pair]) -> list[Cells]:
    """Sums by variant, stage and splits: crossed while there are few cells, else a grouping for each split apart."""
    people, packs = values.people, [list[Split]()]
    base = size = len(people.assigned) * (len(people.thresholds) + 1)
    for split in splits:
        if size * split.size > MOST_CELLS and packs[-1]:
            packs.append([])
            size = base
        packs[-1].append(split)
        size *= split.size
    pairs = tuple(dict.fromkeys(pairs))
    return [grouped(values, ["variant", "stage"], pack, pairs) for pack in packs]


def grouped(
    values: Values,
    keys: Sequence[str],
    splits: Sequence[Split],
    pairs: Sequence[Pair],
    where: str = "TRUE",
) -> Cells:
    """Sums by some columns and splits of the customers who meet a condition."""
    by = [*keys, *(split.sql for split in splits)]
    sums = [f"sum(x{i})" for i in range(len(values.bases))]
    sums += [f"sum({values.product(i, j)})" for i, j in pairs]
    places = ", ".join(str(k + 1) for k in range(len(by)))
    rows = values.people.desk.engine.rows(
        f"SELECT {', '.join([*by, 'count(*)', *sums])} FROM {VALUES} WHERE {where}"
        f" GROUP BY {places} ORDER BY {places}"
    )
    k = len(by)
    numbers = np.empty((len(rows), 1 + len(sums)), dtype=object)
    for i, row in enumerate(rows):
        numbers[i] = [int(value) for value in row[k:]]
    at = {pair: 1 + len(values.bases) + n for n, pair in enumerate(pairs)}
    names = (*keys, *(split.name for split in splits))
    return Cells(names, tuple(tuple(row[:k]) for row in rows), numbers, at)


def pairs_of(values: Values, groups: Iterable[Sequence[str]]) -> list[Pair]:
    """The products that the moments of some groups of metrics are made of; a flag is its own square."""
    found: list[Pair] = []
    for names in groups:
        bases = sorted({i for name in names for i in values.sums[name].parts})
        found += [
            (i, j)
            for i, j in combinations_with_replacement(bases, 2)
            if i != j or not values.bases[i].flag
        ]
    return list(dict.fromkeys(found))


def moments(
    variant: str,
    names: Sequence[str],
    values: Values,
    total: NDArray[np.object_],
    pairs: Mapping[Pair, int],
) -> Moments:
    """n, means and covariance of some metrics from exact sums: one division at the end, nothing cancels."""
    n = int(total[0])
    bases = sorted({i for name in names for i in values.sums[name].parts})
    of = [values.sums[name] for name in names]
    share = np.array([[one.parts.get(i, 0) for i in bases] for one in of], dtype=object)
    share = share.reshape(len(of), len(bases))
    sums = np.array([total[1 + i] for i in bases], dtype=object)
    product = np.zeros((len(bases), len(bases)), dtype=object)
    for (a, i), (b, j) in combinations_with_replacement(enumerate(bases), 2):
        flag = i == j and values.bases[i].flag
        product[a, b] = product[b, a] = total[1 + i] if flag else total[pairs[i, j]]
    centred = n * product - np.outer(sums, sums)
    above = share @ centred @ share.T if bases else np.zeros((len(of), len(of)), dtype=object)
    cov = np.full((len(of), len(of)), np.nan)
    if n > 1:
        for a, b in np.ndindex(cov.shape):
            cov[a, b] = int(above[a, b]) / (n * (n - 1) * of[a].steps * of[b].steps)
    return Moments(variant, tuple(names), n, means(of, sums, bases, n), cov)


def means(
    of: Sequence[Sum], sums: NDArray[np.object_], bases: Sequence[int], n: int
) -> NDArray[np.float64]:
    """Means of metrics that are sums of bases over a number of customers."""
    place = {i: k for k, i in enumerate(bases)}
    return np.array(
        [
            sum(times * int(sums[place[i]]) for i, times in one.parts.items()) / (one.steps * n)
            for one in of
        ]
    )
