"""What the sorted pass rests on: neighbours of rows as they come, and quantiles of bins, against plain windows."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cs_lib.data.engines.duckdb import DuckDB
from cs_lib.metrics.queries.journey.quantiles import MEDIAN, P90, quantiles

ROWS = (
    "SELECT i, CAST(hash(i) % 60000 AS INTEGER) AS number, CAST(hash(i + 7) % 100 AS INTEGER) AS v"
    " FROM range({}) t(i)"
)


@pytest.fixture
def engine():
    made = DuckDB(memory_limit_gb=1, threads=4)
    yield made
    made.close()


def test_neighbours_of_rows_as_they_come_are_those_of_a_window(engine):
    beside, highest = engine.dialect.beside, engine.dialect.highest_yet
    engine.run(f"CREATE TABLE a AS {ROWS.format(400_000)}")
    near = {k: beside("v", k, "number", "i") for k in (-2, -1, 1, 3)}
    inner = (
        "SELECT number, i, row_number() OVER () AS row,"
        f" CASE WHEN {beside('number', -1, 'number', 'i')} IS NULL THEN row_number() OVER () END AS first,"
        f" {', '.join(f'{text} AS n{j}' for j, text in enumerate(near.values()))}"
        " FROM (SELECT * FROM a ORDER BY number, i) s"
    )
    engine.run(
        f"CREATE TABLE found AS SELECT *, row - {highest('first', 'number', 'row')} AS place FROM ({inner}) t"
    )
    order = "OVER (PARTITION BY number ORDER BY i)"
    plain = ", ".join(
        f"{'lead' if k > 0 else 'lag'}(v, {abs(k)}) {order} AS n{j}" for j, k in enumerate(near)
    )
    engine.run(
        f"CREATE TABLE expected AS SELECT i, {plain}, row_number() {order} - 1 AS place FROM a"
    )
    columns = ", ".join(["i", "place", *(f"n{j}" for j in range(len(near)))])
    for one, other in (("found", "expected"), ("expected", "found")):
        left = f"SELECT count(*) FROM (SELECT {columns} FROM {one} EXCEPT SELECT {columns} FROM {other}) d"
        assert engine.rows(left) == [(0,)]
    # A table made in this order keeps it, with a filter over it as well.
    engine.run("CREATE TABLE kept AS SELECT number, i, v FROM a ORDER BY number, i")
    again = f"SELECT i, {beside('v', -1, 'number', 'i')} AS b FROM kept WHERE v > 50"
    own = f"SELECT i, lag(v) {order} AS b FROM kept WHERE v > 50"
    assert engine.rows(f"SELECT count(*) FROM ({again} EXCEPT {own}) d") == [(0,)]


@pytest.mark.parametrize(
    "value",
    [
        "CAST(hash(i + 1) % 40000000000 AS BIGINT)",
        "CAST(hash(i + 1) % 7 AS BIGINT) - 3",
        "CASE WHEN i % 3 > 0 THEN CAST(exp(CAST(hash(i) % 30 AS BIGINT)) AS BIGINT) END",
        "CAST(5 AS BIGINT)",
    ],
)
def test_quantiles_are_those_of_all_values_sorted(engine, value):
    engine.run(
        f"CREATE TABLE q AS SELECT CAST(hash(i) % 9 AS INTEGER) AS g, {value} AS v FROM range(5000) t(i)"
        " UNION ALL SELECT 10, 4 UNION ALL SELECT 11, NULL UNION ALL SELECT 12, 4 UNION ALL SELECT 12, 9"
    )
    found = quantiles(engine, "SELECT g, v FROM q")
    groups: dict[int, list[int]] = {}
    for g, v in engine.rows("SELECT g, v FROM q WHERE v IS NOT NULL ORDER BY g, v"):
        groups.setdefault(g, []).append(v)
    assert found == {
        g: tuple(between(values, share) for share in (MEDIAN, P90)) for g, values in groups.items()
    }
    assert found[10] == (4, 4) and 11 not in found
    assert engine.rows("SELECT count(*) FROM duckdb_tables() WHERE temporary") == [(0,)]


def test_quantiles_of_groups_and_of_the_groups_within_them(engine):
    engine.run(
        "CREATE TABLE q AS SELECT CAST(hash(i) % 3 AS INTEGER) AS g, CAST(hash(i + 9) % 4 AS INTEGER) AS team,"
        " CAST(hash(i + 1) % 40000000000 AS BIGINT) AS v FROM range(5000) t(i)"
    )
    inner = "CASE WHEN team < 3 THEN 100 + 10 * g + team END"
    together = quantiles(engine, f"SELECT g, {inner} AS part, v FROM q", parts=True)
    apart = quantiles(engine, "SELECT g, v FROM q")
    apart |= quantiles(engine, f"SELECT {inner} AS g, v FROM q WHERE team < 3")
    assert together == apart and len(apart) == 12


def between(values: list[int], share: Fraction) -> int:
    at = (len(values) - 1) * share
    low, high = values[int(at)], values[min(int(at) + 1, len(values) - 1)]
    return low + int((high - low) * (at - int(at)))
