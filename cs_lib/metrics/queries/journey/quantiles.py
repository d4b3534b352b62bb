"""Exact quantiles of whole numbers: the engine counts and sorts, Python interpolates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from cs_lib.data.engines.base import Engine

MEDIAN, P90 = Fraction(1, 2), Fraction(9, 10)
COUNTED, BINS = "cs_quantile_counted", "cs_quantile_bins"
BIN = "CAST(sqrt(greatest(q.v, 0) / 6e7) AS INTEGER)"  # never falls where the value rises


def quantiles(
    engine: Engine, values: str, shares: Sequence[Fraction] = (MEDIAN, P90), *, parts: bool = False
) -> dict[Any, tuple[int, ...]]:
    """Of each group the values below which some shares lie.

    `values` is a query with the columns `g` (the group) and `v` (a whole number; NULL counts for nothing). Between
    two values they are interpolated (Hyndman and Fan's type 7, the middle of the two for a median) and cut to whole.
    With `parts` it has a column `part` as well: a group within `g`, called by a number of its own, NULL for none.

    Values are counted in bins first, and only those in bins with a wanted rank are sorted.
    """
    part = "q.part" if parts else "NULL"
    narrow = f"SELECT q.g, {part} AS part, q.v, {BIN} AS b FROM ({values}) q WHERE q.v IS NOT NULL"
    whole = "CAST(sum(s.k) OVER (PARTITION BY s.g{}) AS BIGINT)"
    counted = f"SELECT g, part, b, count(*) AS k FROM ({narrow}) c GROUP BY 1, 2, 3"
    sums, rows_of = f"SELECT g, b, sum(k) AS k FROM {COUNTED} GROUP BY 1, 2", narrow
    if parts:
        sums += f" UNION ALL SELECT part, b, k FROM {COUNTED} WHERE part IS NOT NULL"
        inner = f"SELECT c.part AS g, c.part, c.v, c.b FROM ({narrow}) c WHERE c.part IS NOT NULL"
        rows_of += f" UNION ALL {inner}"
    ranks = [
        f"{at} + {one}"
        for share in shares
        for at in [engine.dialect.divided(f"(s.n - 1) * {share.numerator}", f"{share.denominator}")]
        for one in (1, 2)
    ]
    inside = " OR ".join(f"({rank} > s.till - s.k AND {rank} <= s.till)" for rank in ranks)
    try:
        engine.run(f"CREATE TEMP TABLE {COUNTED} AS {counted}")
        engine.run(
            f"CREATE TEMP TABLE {BINS} AS SELECT s.* FROM (SELECT s.g, s.b, s.k, {whole.format('')} AS n,"
            f" {whole.format(' ORDER BY s.b')} AS till FROM ({sums}) s) s WHERE {inside}"
        )
        rows = engine.rows(
            "SELECT s.g, s.n, s.r, s.v FROM (SELECT c.g, s.n, c.v, CAST(s.till - s.k AS BIGINT)"
            f" + row_number() OVER (PARTITION BY c.g, c.b ORDER BY c.v) AS r FROM ({rows_of}) c"
            f" JOIN {BINS} s ON s.g = c.g AND s.b = c.b) s WHERE s.r IN ({', '.join(ranks)})"
        )
    finally:
        for table in (BINS, COUNTED):
            engine.run(f"DROP TABLE IF EXISTS {table}")
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
