"""Followed customers, from tables of any size to moments, counts and histograms, where the tables are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import ClusterMoments, ClusterSums, Histogram, Moments
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import Dialect, quote
from cs_lib.metrics.catalogue import COVARIATES, PER_CUSTOMER
from cs_lib.metrics.definition import SurveyMetric, UnitMetric
from cs_lib.metrics.plannable import units_of
from cs_lib.metrics.queries import cells, values
from cs_lib.metrics.queries.cells import Cells, Split
from cs_lib.metrics.queries.people import UNKNOWN, People, known
from cs_lib.metrics.queries.sql import not_available, require
from cs_lib.metrics.queries.values import VALUES, Values
from cs_lib.sentences import Text, say

ByVariant = dict[str, Moments]
MOST_PARTS = 8  # segments of one column
OTHERS = "all others"
COHORTS = 4  # parts of the period, about equal in customers
STRETCH = "stretch"  # what moments by part of the period are asked for as
CENTS = 100  # steps of one unit that are told apart in a histogram
MOST_CLUSTERS = 1_000_000


def windows_of(names: Sequence[str]) -> set[int]:
    """The windows that some metrics are measured in."""
    return {PER_CUSTOMER[name].window_days for name in names}


def reads_need(names: Sequence[str]) -> bool:
    """Whether some metric compares with the contact after which somebody was assigned."""
    return any(unit.after_contact for name in names for unit in units_of(name))


def check(people: People, name: str) -> None:
    """Raises NotAvailable when a metric cannot be had from this source."""
    desk, given = people.desk, people.cohort.instead_of
    require(desk, PER_CUSTOMER[name], given=given)
    for unit in units_of(name):
        require(desk, unit, given=given)
        if unit.after_contact and not people.knows_need:
            reason = say("no assignment names a contact with a need (contact_id, need_code)")
            raise not_available(name, reason)
        if empty := _unrecorded(people, unit):
            raise not_available(name, empty)
    if isinstance(metric := PER_CUSTOMER[name], SurveyMetric):
        for column in ("customer_id", "answered_at", "score"):
            if not desk.facts[metric.needs[-1]].of(column).filled:
                raise not_available(name, _nowhere(metric.needs[-1], column))


def _unrecorded(people: People, unit: UnitMetric) -> Text:
    """Why a metric would be made of empty columns, zeros that nobody recorded; nothing when it would not."""
    desk, by_table = people.desk, dict[str, list[str]]()
    for term in unit.terms:
        if term.table in unit.needs and term.table not in people.cohort.instead_of:
            facts = desk.facts[term.table]
            read = (
                *term.filled,
                *([term.value] if term.value else []),
                term.stamp,
                term.key.partition("=")[0],
            )
            by_table.setdefault(term.table, []).append(
                next((c for c in read if not facts.of(c).filled), "")
            )
    for table, empty in by_table.items():
        if all(empty):
            return _nowhere(table, empty[-1])
    if unit.unit_cost and people.cohort.costs:
        facts = desk.facts[people.cohort.costs]
        if facts.of("unit_cost").filled and not facts.of("delivered_at").filled:
            return say(
                "no perk is known to be delivered (delivered_at), so what they cost is not known"
            )
    return ""


def _nowhere(table: str, column: str) -> Text:
    return say("{column} is empty in every row of {table}", column=column, table=table)


@dataclass(frozen=True, slots=True)
class Measured:
    """The values of followed customers, and their exact sums by variant, stage and what they are split by."""

    values: Values
    metrics: Mapping[int, tuple[str, ...]]  # by window, the covariates last
    past: tuple[str, ...]  # what was known before, of everybody
    packs: tuple[Cells, ...]
    parts: Mapping[str, Mapping[int, str]]  # by split: what its codes are called
    course: Mapping[
        str, tuple[list[int], NDArray[np.object_]]
    ]  # by variant: stages, sums up to each

    def window(self, name: str) -> int:
        """The window a metric is measured in."""
        return PER_CUSTOMER[name].window_days


def measure(
    people: People,
    names: Sequence[str],
    *,
    covariates: Sequence[str] = (),
    past: Sequence[str] = (),
    split_by: Sequence[str] = (),
    cluster: str | None = None,
    stretches: bool = False,
    days: int = 0,
) -> Measured:
    """Every customer's value of every metric, computed once, with the covariates beside each window.

    `past` are compared of everybody, observed or not. `split_by` are columns of people, and `stretches` of the
    period, whose parts are read for the window `days`; `cluster` is a column for `cluster_sums`. Raises
    NotAvailable when a table is absent.
    """
    for name in names:
        check(people, name)
    for name in covariates:
        require(people.desk, COVARIATES[name], given=people.cohort.instead_of)
    past = [n for n in past if all(people.desk.has(t) for t in COVARIATES[n].needs)]
    windows: dict[int, dict[str, UnitMetric]] = {}
    for name in names:
        for metric in units_of(name):
            windows.setdefault(metric.window_days, {})[metric.name] = metric
    every = [m for metrics in windows.values() for m in metrics.values()]
    every += [COVARIATES[name] for name in dict.fromkeys((*covariates, *past))]
    kept = [*split_by, *([cluster] if cluster else [])]
    found = values.measured(people, every, kept=list(dict.fromkeys(kept)))
    columns = {w: (*metrics, *covariates) for w, metrics in windows.items()}
    pairs = cells.pairs_of(found, [*columns.values(), past])
    splits, parts = list[Split](), dict[str, Mapping[int, str]]()
    if days in windows:
        for column in split_by:
            parts[column] = _largest(people, column, days)
            splits.append(Split(column, _coded(column, parts[column]), len(parts[column])))
        if stretches and (ends := _ends(people.by_day(days))):
            parts[STRETCH] = dict(enumerate(_spans(people.by_day(days), ends)))
            splits.append(Split(STRETCH, _stretch(ends), len(ends)))
    packs = cells.cells(found, splits, pairs)
    return Measured(found, columns, tuple(past), tuple(packs), parts, _course(packs[0]))


def _course(pack: Cells) -> dict[str, tuple[list[int], NDArray[np.object_]]]:
    """Sums by variant up to each stage."""
    found: dict[str, dict[int, NDArray[np.object_]]] = {}
    for (variant, stage), row in pack.total(lambda key: (key["variant"], key["stage"])).items():
        found.setdefault(variant, {})[stage] = row
    return {
        variant: (sorted(rows), np.cumsum([rows[stage] for stage in sorted(rows)], axis=0))
        for variant, rows in sorted(found.items())
    }


def moments(measured: Measured, *, until: date | None = None) -> dict[int, ByVariant]:
    """Per window, per variant: n, means and centred covariance of all its metrics and covariates.

    `until` is the day of an earlier look: only windows that had ended before it count.
    """
    people = measured.values.people
    return {
        days: _up_to(measured, names, people.stages(days, until))
        for days, names in measured.metrics.items()
    }


def before(measured: Measured) -> ByVariant:
    """What assigned customers had done before, per variant: equal but for chance when assignment was random."""
    if not measured.past:
        return {}
    return _up_to(measured, measured.past, len(measured.values.people.thresholds) + 1)


def _up_to(measured: Measured, names: Sequence[str], stages: int) -> ByVariant:
    pairs, found = measured.packs[0].pairs, ByVariant()
    for variant, (have, sums) in measured.course.items():
        place = bisect_left(have, stages)
        if place:
            total = sums[place - 1]
            found[variant] = cells.moments(variant, names, measured.values, total, pairs)
    return found


def moments_by(measured: Measured, days: int, part: str) -> dict[str, ByVariant]:
    """The same per value of a column that was split by, `unknown` when null, or per stretch of the period.

    The smallest of many values are put together as `all others`: nobody can read thirty segments.
    """
    if days not in measured.metrics or part not in measured.parts:
        return {}
    called, stages = measured.parts[part], measured.values.people.stages(days)
    pack = next(pack for pack in measured.packs if part in pack.names)
    totals = pack.total(
        lambda key: (called[key[part]], key["variant"]) if key["stage"] < stages else None
    )
    found: dict[str, ByVariant] = {}
    for (name, variant), total in sorted(totals.items()):
        one = cells.moments(variant, measured.metrics[days], measured.values, total, pack.pairs)
        found.setdefault(name, {})[variant] = one
    return found


def _largest(people: People, column: str, days: int) -> dict[int, str]:
    """What the codes of a column's largest values stand for; the last one for all others, when there are more."""
    split = people.split(column, days)
    sizes = {name: sum(n for _, n in split[name].values()) for name in split}
    order = sorted((name for name in sizes if sizes[name]), key=lambda name: (-sizes[name], name))
    if len(order) > MOST_PARTS:
        order = [*order[: MOST_PARTS - 1], OTHERS]
    return dict(enumerate(order)) or {0: UNKNOWN}


def _coded(column: str, called: Mapping[int, str]) -> str:
    """SQL of the code of a column's value; a value without observed customers has that of the last."""
    last = len(called) - 1
    whens = "".join(f" WHEN {quote(called[code])} THEN {code}" for code in range(last))
    return f"CASE {known(column)}{whens} ELSE {last} END" if whens else str(last)


def _ends(sizes: Mapping[date, int]) -> list[date]:
    """Last days of stretches of the period with about equally many customers; none for a few days."""
    if len(sizes) < COHORTS:
        return []
    days = list(sizes)
    at = np.cumsum(list(sizes.values()))
    cuts = np.searchsorted(at, at[-1] * np.arange(1, COHORTS) / COHORTS)
    return list(dict.fromkeys([*(days[i] for i in cuts), days[-1]]))


def _spans(sizes: Mapping[date, int], ends: Sequence[date]) -> list[str]:
    """Stretches as first/last day, ISO."""
    starts = [next(iter(sizes)), *(end + timedelta(days=1) for end in ends[:-1])]
    return [f"{a.isoformat()}/{b.isoformat()}" for a, b in zip(starts, ends, strict=True)]


def _stretch(ends: Sequence[date]) -> str:
    last = len(ends) - 1
    whens = " ".join(
        f"WHEN day <= DATE {quote(end.isoformat())} THEN {i}" for i, end in enumerate(ends[:-1])
    )
    return f"CASE {whens} ELSE {last} END" if whens else str(last)


def histograms(measured: Measured, name: str) -> dict[str, Histogram]:
    """How many customers of each variant have each value of a metric, to the cent, half cents up."""
    people = measured.values.people
    desk, stages = people.desk, people.stages(measured.window(name))
    return by_value(
        desk,
        f"SELECT variant, {_cents(measured.values, name)} AS v, count(*) FROM {VALUES}"
        f" WHERE stage < {stages} GROUP BY 1, 2",
        CENTS,
    )


def _cents(of: Values, name: str) -> str:
    """SQL of a metric's value in cents, from whole numbers alone."""
    dialect, exact = of.people.desk.engine.dialect, of.sums[name]
    reach = sum(abs(times) * of.most[i] for i, times in exact.parts.items())
    up = reach * CENTS // exact.steps + 1
    number = str if 2 * CENTS * reach + (2 * up + 1) * exact.steps < 2**62 else _wide(dialect)
    value = " + ".join(f"{number(times)} * x{i}" for i, times in exact.parts.items()) or number(0)
    if exact.steps == CENTS:
        return value
    # Moved up by whole cents, because engines cut the quotient of a negative number towards zero.
    moved = f"({value}) * {number(2 * CENTS)} + {number((2 * up + 1) * exact.steps)}"
    return f"{dialect.divided(moved, number(2 * exact.steps))} - {up}"


def _wide(dialect: Dialect) -> Callable[[int], str]:
    return lambda number: dialect.wide(str(number))


def by_value(desk: Desk, counted: str, steps: int = 1) -> dict[str, Histogram]:
    """From a query of variant, value (so many steps are one unit) and count."""
    grouped: dict[str, list[tuple[float, int]]] = {}
    for variant, value, n in desk.engine.rows(f"{counted} ORDER BY 1, 2"):
        grouped.setdefault(variant, []).append((value / steps, int(n)))
    return {
        variant: Histogram(
            variant,
            np.array([v for v, _ in pairs]),
            np.array([n for _, n in pairs], dtype=np.int64),
        )
        for variant, pairs in grouped.items()
    }


def cluster_sums(measured: Measured, names: Sequence[str], cluster: str) -> dict[str, ClusterSums]:
    """Some metrics summed by cluster and variant; customers without a cluster are left out.

    Raises NotAvailable when the clusters are too many to be read one by one.
    """
    return {
        name: _cluster_sums(measured.values, table, name)
        for name, table in _by_cluster(measured, names, cluster)
    }


def cluster_moments(
    measured: Measured, names: Sequence[str], covariates: Sequence[str], cluster: str
) -> dict[str, ClusterMoments]:
    """The same with some covariates beside each metric. Raises as `cluster_sums`."""
    return {
        name: _cluster_moments(measured.values, table, (name, *covariates))
        for name, table in _by_cluster(measured, names, cluster, covariates)
    }


def _by_cluster(
    measured: Measured, names: Sequence[str], cluster: str, covariates: Sequence[str] = ()
) -> Iterator[tuple[str, Cells]]:
    """Sums by cluster and variant, those of one window read together."""
    people, wanted = measured.values.people, dict[int, list[str]]()
    for name in names:
        wanted.setdefault(measured.window(name), []).append(name)
    if wanted and max(people.clusters(cluster).values(), default=0) > MOST_CLUSTERS:
        raise not_available(
            names[0], say("'{column}' has more than a million values", column=cluster)
        )
    for days, together in wanted.items():
        pairs = cells.pairs_of(measured.values, [[name, *covariates] for name in together])
        where = f"{cluster} IS NOT NULL AND stage < {people.stages(days)}"
        table = cells.grouped(measured.values, [cluster, "variant"], [], pairs, where)
        yield from ((name, table) for name in together)


def _cluster_sums(of: Values, table: Cells, name: str) -> ClusterSums:
    rows = [
        cells.moments(str(variant), [name], of, row, table.pairs)
        for (_, variant), row in zip(table.keys, table.rows, strict=True)
    ]
    return ClusterSums(
        np.array([key[0] for key in table.keys], dtype=str),
        np.array([key[1] for key in table.keys], dtype=str),
        np.array([one.n for one in rows], dtype=np.int64),
        np.array([_total(of, row, name) for row in table.rows], dtype=float),
        np.array([0.0 if one.n == 1 else float(one.cov[0, 0]) * (one.n - 1) for one in rows]),
    )


def _cluster_moments(of: Values, table: Cells, names: Sequence[str]) -> ClusterMoments:
    rows = [
        cells.moments(str(variant), names, of, row, table.pairs)
        for (_, variant), row in zip(table.keys, table.rows, strict=True)
    ]
    k = len(names)
    within = [np.zeros((k, k)) if one.n == 1 else one.cov * (one.n - 1) for one in rows]
    return ClusterMoments(
        tuple(names),
        np.array([key[0] for key in table.keys], dtype=str),
        np.array([key[1] for key in table.keys], dtype=str),
        np.array([one.n for one in rows], dtype=np.int64),
        np.array([one.mean for one in rows]).reshape(-1, k),
        np.array(within).reshape(-1, k, k),
    )


def _total(of: Values, row: NDArray[Any], name: str) -> float:
    parts: Mapping[int, int] = of.sums[name].parts
    return float(sum(times * int(row[1 + i]) for i, times in parts.items()) / of.sums[name].steps)
