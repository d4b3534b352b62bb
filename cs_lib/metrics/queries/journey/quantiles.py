"""Exact quantiles of whole numbers: the engine sorts, Python interpolates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from cs_lib.data.engines.base import Engine

MEDIAN, P90 = Fraction(1, 2), Fraction(9, 10)


def quantiles(
    engine: Engine, values: str, shares: Sequence[Fraction] = (MEDIAN, P90)
) -> dict[Any, tuple[int, ...]]:
    """Of each group the values below which some shares lie.

    `values` is a query with the columns `g` (the group) and `v` (a whole number; NULL counts for nothing). Between
    two values they are interpolated (Hyndman and Fan's type 7, the middle of the two for a median) and cut to whole.
    """
    wanted = " OR ".join(
        f"s.r IN (({at}), ({at}) + 1)"
        for share in shares
        for at in (
            engine.dialect.divided(f"(s.n - 1) * {share.numerator}", f"{share.denominator}")
            + " + 1",
        )
    )
    rows = engine.rows(
        "SELECT s.g, s.n, s.r, s.v FROM (SELECT g, v, count(*) OVER (PARTITION BY g) AS n,"
        f" row_number() OVER (PARTITION BY g ORDER BY v) AS r FROM ({values}) q WHERE v IS NOT NULL) s WHERE {wanted}"
    )
    found: dict[Any, dict[int, int]] = defaultdict(dict)
    sizes: dict[Any, int] = {}
    for group, n, rank, value in rows:
        found[group][rank], sizes[group] = value, n
    return {
        group: tuple(_between(ranked, sizes[group], share) for share in shares)
        for group, ranked in found.items()
    }


def _between(ranked: dict[int, int], n: int, share: Fraction) -> int:
    """The value at a share of the way from the first to the last."""
    whole, part = divmod((n - 1) * share.numerator, share.denominator)
    low = ranked[whole + 1]
    return low + (ranked[whole + 2] - low) * part // share.denominator if part else low
