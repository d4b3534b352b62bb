"""Is the extract whole, and is it the same work before and after? Volume says so before any effect is read.

`coverage` looks at the edges of the two periods; `holes`, `surges` and `ended` at a table's whole life, by day.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series

# The extract was cut when a first or last week holds less than this share of its period's median.
MIN_EDGE_WEEK_SHARE = 0.4
# It must lie so many standard errors of a plain count below it, too.
MIN_EDGE_IN_SE = 4.0
# It was cut as well when so many days in a row are empty at an edge, and no gap inside is as long.
MIN_SILENT_EDGE_DAYS = 3
# The whole desk's volume, after against before, has collapsed below this ratio or beyond its inverse.
COLLAPSED_VOLUME_RATIO = 1 / 3
# The volume of the contacts in scope is worth a look below this ratio or beyond its inverse.
MOVED_VOLUME_RATIO = 0.5
DAYS_PER_WEEK = 7
# What a day usually holds is the median of the same weekday in so many weeks before it, and after it.
WEEKS_BESIDE = 12
# There must be so many of them on a side.
LEAST_WEEKS_BESIDE = 3
# So many days without any row in a row say nothing about what is usual.
LONG_SILENCE_DAYS = 14
# A hole holds less than this share of what is usual, for so many days that usually hold something.
MAX_HOLE_SHARE, MIN_HOLE_DAYS = 0.3, 3
# A surge holds this many times what is usual, for so many days; or as many as a spike, on any day.
MIN_SURGE_RATIO, MIN_SURGE_DAYS, MIN_SPIKE_RATIO = 2.0, 5, 4.0
# It has so many rows beyond the usual, since medians of few rows tell little.
MIN_SURGE_ROWS = 50
# Quieter days inside a surge, such as a weekend, do not end it.
MAX_DAYS_BRIDGED = 2
# The last days of a table end where they hold less than this share of the usual rows.
MAX_SHARE_AFTER_END = 0.7
# Either must lie so many standard errors off. They are those of counts that spread as this table's do.
MIN_HOLE_IN_SE, MIN_SURGE_IN_SE = 5.0, 6.0
# A year ago the same days are found up to so many days earlier or later: feasts move with the moon.
FEAST_MOVES_DAYS = 21
DAYS_A_YEAR = 364  # whole weeks

Period = tuple[date, date]
Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Median contacts a week before and after, and what looks cut off at an edge."""

    before: float
    after: float
    weakest_edge: float  # the thinnest first or last week against its period's median
    weakest_week: date | None  # The first day of that week.
    thin_weeks: tuple[date, ...]  # first days of all edge weeks that look cut, in order
    silent: tuple[date, date] | None  # The first and last of the empty days at an edge.

    @property
    def ratio(self) -> float:
        """After against before; not a number without contacts before."""
        return self.after / self.before if self.before > 0 else float("nan")

    @property
    def cut_off(self) -> bool:
        """An edge of a period is all but empty."""
        return self.weakest_edge < MIN_EDGE_WEEK_SHARE or self.silent is not None

    @property
    def collapsed(self) -> bool:
        """The whole volume changed by more than any service change explains."""
        return not COLLAPSED_VOLUME_RATIO <= self.ratio <= 1 / COLLAPSED_VOLUME_RATIO

    @property
    def moved(self) -> bool:
        """The volume changed by enough to ask whether the work is still the same."""
        return not MOVED_VOLUME_RATIO <= self.ratio <= 1 / MOVED_VOLUME_RATIO


def coverage(volume: Series, *, pre: Period, post: Period) -> Coverage:
    """Volume at the edges of both periods and across the change.

    Weeks are whole, counted from a period's first day for its start and from its last day for its
    end, so that no edge day escapes. Periods under four weeks have no edges to judge.
    """
    counts = {period: _counts(volume, period) for period in (pre, post)}
    edges = [edge for period in (pre, post) for edge in _edges(counts[period], period)]
    share, first = min(edges, default=(1.0, None), key=lambda edge: edge[0])
    silent = [gap for period in (pre, post) if (gap := _silence(counts[period], period))]
    return Coverage(
        before=_median_week(counts[pre]),
        after=_median_week(counts[post]),
        weakest_edge=share,
        weakest_week=first,
        thin_weeks=tuple(sorted({day for part, day in edges if part < MIN_EDGE_WEEK_SHARE})),
        silent=silent[0] if silent else None,
    )


def _counts(volume: Series, period: Period) -> Floats:
    first, last = (np.datetime64(day) for day in period)
    return volume.numerator[(volume.days >= first) & (volume.days <= last)]


def _weeks(counts: Floats) -> Floats:
    """Sums of whole weeks from the first day on."""
    whole = len(counts) // DAYS_PER_WEEK
    weeks: Floats = counts[: whole * DAYS_PER_WEEK].reshape(whole, DAYS_PER_WEEK).sum(axis=1)
    return weeks


def _median_week(counts: Floats) -> float:
    weeks = _weeks(counts)
    return float(np.median(weeks)) if len(weeks) else float(counts.sum())


def _edges(counts: Floats, period: Period) -> list[tuple[float, date]]:
    """First two and last two weeks as shares of the median, with the first day of each.

    Weeks so small that chance alone can make them thin are left out.
    """
    if len(counts) < 4 * DAYS_PER_WEEK:
        return []
    usual = _median_week(counts) or 1.0
    last = len(counts) - DAYS_PER_WEEK
    weeks = {i: float(counts[i : i + DAYS_PER_WEEK].sum()) for i in (0, 7, last, last - 7)}
    return [
        (rows / usual, period[0] + timedelta(days=i))
        for i, rows in weeks.items()
        if rows >= MIN_EDGE_WEEK_SHARE * usual or (usual - rows) / np.sqrt(usual) >= MIN_EDGE_IN_SE
    ]


def _silence(counts: Floats, period: Period) -> tuple[date, date] | None:
    """Empty days at an edge that are longer than any silence inside."""
    busy = np.flatnonzero(counts > 0)
    if len(counts) < 4 * DAYS_PER_WEEK or len(busy) < 2:
        return None
    inside = int(np.diff(busy).max()) - 1
    lead, trail = int(busy[0]), len(counts) - 1 - int(busy[-1])
    if trail >= MIN_SILENT_EDGE_DAYS and trail > inside:
        return period[1] - timedelta(days=trail - 1), period[1]
    if lead >= MIN_SILENT_EDGE_DAYS and lead > inside:
        return period[0], period[0] + timedelta(days=lead - 1)
    return None


@dataclass(frozen=True, slots=True)
class Spell:
    """Days in a row on which a table holds far less, or far more, than in the weeks beside them."""

    first: date
    last: date
    found: float  # rows on these days
    usual: float  # rows that the weeks beside them would have led to expect

    @property
    def share(self) -> float:
        """Rows found over rows expected."""
        return self.found / self.usual if self.usual > 0 else float("inf")

    def covers(self, days: Days) -> NDArray[np.bool_]:
        """Which days lie in it."""
        return (days >= np.datetime64(self.first)) & (days <= np.datetime64(self.last))


class Filling:
    """How a table is filled day by day: `days` without a gap between them, rows of each, days that never look usual.

    What is usual on a day is told by the same weekday in the weeks before, and in the weeks after it: two
    answers, so that a lasting change of level is neither a hole nor a surge.
    """

    def __init__(self, days: Days, counts: Floats, *, holidays: Collection[date] = ()) -> None:
        self.days, self.counts = days.astype("datetime64[D]"), counts.astype(float)
        free = np.array(sorted(holidays), dtype="datetime64[D]")
        self.holiday = np.isin(self.days, free)
        busy = np.flatnonzero(self.counts > 0)
        self.life = (int(busy[0]), int(busy[-1])) if len(busy) else (0, -1)
        self.before, self.after = self._beside(forward=False), self._beside(forward=True)
        both = [self.before, self.after]
        self.low, self.high = np.fmin(*both), np.fmax(*both)
        self.inside = ~np.isnan(self.before) & ~np.isnan(self.after)
        self.spread = self._spread()

    def _beside(self, *, forward: bool) -> Floats:
        """The median of the same weekday in the weeks on one side; not a number without enough of them."""
        n, (first, last) = len(self.days), self.life
        known = np.where(self.holiday | _long_silence(self.counts), np.nan, self.counts)
        known[:first], known[last + 1 :] = np.nan, np.nan
        weeks = np.full((WEEKS_BESIDE, n), np.nan)
        for k in range(1, WEEKS_BESIDE + 1):
            shift = k * DAYS_PER_WEEK
            if shift < n and forward:
                weeks[k - 1, : n - shift] = known[shift:]
            elif shift < n:
                weeks[k - 1, shift:] = known[: n - shift]
        enough = (~np.isnan(weeks)).sum(axis=0) >= LEAST_WEEKS_BESIDE
        usual = np.full(n, np.nan)
        usual[enough] = np.nanmedian(weeks[:, enough], axis=0)
        order = range(n) if not forward else range(n - 1, -1, -1)
        for i in order:  # In a silence longer than the weeks looked at, what was usual at its edge.
            from_edge = i + DAYS_PER_WEEK if forward else i - DAYS_PER_WEEK
            if np.isnan(usual[i]) and 0 <= from_edge < n and first <= i <= last:
                usual[i] = usual[from_edge]
        return usual

    def _spread(self) -> float:
        """Variance over mean of ordinary days, at least that of plain counts; by the median deviation."""
        usual = (self.low + self.high) / 2
        there = (usual >= 1) & ~self.holiday
        if not there.any():
            return 1.0
        off = np.abs(self.counts[there] - usual[there]) / np.sqrt(usual[there])
        return max(1.0, float((1.4826 * np.median(off)) ** 2))

    def share(self, spell: Spell) -> float | None:
        """Rows in a spell over the usual ones of this table; None where that cannot be told."""
        return self._share(spell.covers(self.days))

    def _share(self, inside: NDArray[np.bool_]) -> float | None:
        usual = (self.low + self.high) / 2
        told = inside & ~self.holiday & ~np.isnan(usual)
        if told.sum() < inside.sum() / 2 or not inside.any() or usual[told].sum() < 1:
            return None
        return float(self.counts[told].sum() / usual[told].sum())

    def a_year_ago(self, spell: Spell, *, down: bool) -> float | None:
        """The lowest (or highest) share of the usual rows in as many days about a year before; None when unknown."""
        shares = []
        for shift in range(-FEAST_MOVES_DAYS, FEAST_MOVES_DAYS + 1):
            back = np.timedelta64(DAYS_A_YEAR + shift, "D")
            first, last = (np.datetime64(day) - back for day in (spell.first, spell.last))
            if first < self.days[0]:
                continue
            share = self._share((self.days >= first) & (self.days <= last))
            if share is not None:
                shares.append(share)
        if not shares:
            return None
        return min(shares) if down else max(shares)


def holes(filling: Filling) -> tuple[Spell, ...]:
    """Days inside a table's life on which it holds far less than in the weeks before and in the weeks after.

    A hole has at least three such days that usually hold something, under 30 % of the usual rows
    together, and lies five standard errors below them. Where it lies at an end of the table's life
    nothing follows it, and `ended` tells.
    """
    counts, usual = filling.counts, np.where(filling.inside & ~filling.holiday, filling.low, 0.0)
    low = (usual > 0) & (counts < MAX_HOLE_SHARE * usual)
    low |= (counts < 0.6 * usual) & _in_low_week(counts, usual)
    found = []
    for first, last in _runs(low, idle=usual == 0, bridged=1):
        days = slice(first, last + 1)
        rows, expected = float(counts[days][usual[days] > 0].sum()), float(usual[days].sum())
        far = (expected - rows) / np.sqrt(filling.spread * expected) if expected else 0.0
        if (
            low[days].sum() >= MIN_HOLE_DAYS
            and rows < MAX_HOLE_SHARE * expected
            and far >= MIN_HOLE_IN_SE
        ):
            found.append(_spell(filling, first, last, rows, expected))
    return tuple(found)


def surges(filling: Filling) -> tuple[Spell, ...]:
    """Days on which a table holds far more than in the weeks before and in the weeks after, at its ends too.

    A surge has twice the usual rows for five days or more, or four times on any day; it lies six
    standard errors, and 50 rows, above them.
    """
    counts, known = filling.counts, ~np.isnan(filling.high) & ~filling.holiday
    weekly = np.convolve(np.where(known, filling.high, 0.0), np.ones(DAYS_PER_WEEK) / 7, "same")
    usual = np.where(known, np.maximum(filling.high, weekly / 4), 0.0)
    high = known & (usual > 0) & (counts > MIN_SURGE_RATIO * usual)
    found = []
    for first, last in _runs(high, idle=~known, bridged=MAX_DAYS_BRIDGED):
        days = slice(first, last + 1)
        rows, expected = float(counts[days][known[days]].sum()), float(usual[days].sum())
        long = last - first + 1 >= MIN_SURGE_DAYS and rows >= MIN_SURGE_RATIO * expected
        far = (rows - expected) / np.sqrt(filling.spread * max(expected, 1.0))
        much = far >= MIN_SURGE_IN_SE and rows - expected >= MIN_SURGE_ROWS
        if much and (long or rows >= MIN_SPIKE_RATIO * expected):
            found.append(_spell(filling, first, last, rows, expected))
    return tuple(found)


def ended(filling: Filling) -> date | None:
    """The last day with a row of a table that ends before the last of its days; None when it goes on, or may.

    It ends when its last days hold under 30 % of the usual rows and lie five standard errors below them.
    """
    counts, n, (_, last) = filling.counts, len(filling.counts), filling.life
    ahead = np.where(np.isnan(filling.before) | filling.holiday, 0.0, filling.before)
    for i in range(max(last + 1, DAYS_PER_WEEK), n):  # After its last row it would go on as it did.
        ahead[i] = 0.0 if filling.holiday[i] else ahead[i - DAYS_PER_WEEK]
    lacking = np.cumsum((MAX_SHARE_AFTER_END * ahead - counts)[::-1])[::-1]
    start = int(np.argmax(lacking)) if n else 0
    rows, expected = float(counts[start:].sum()), float(ahead[start:].sum())
    far = (expected - rows) / np.sqrt(filling.spread * max(expected, 1.0))
    busy = np.flatnonzero(counts[:start] > 0)
    if rows >= MAX_HOLE_SHARE * expected or far < MIN_HOLE_IN_SE or not len(busy):
        return None
    found: date = filling.days[busy[-1]].item()
    return found


def _spell(filling: Filling, first: int, last: int, rows: float, usual: float) -> Spell:
    return Spell(filling.days[first].item(), filling.days[last].item(), rows, usual)


def _long_silence(counts: Floats) -> NDArray[np.bool_]:
    """Days of a long run without a row."""
    long = np.zeros(len(counts), dtype=bool)
    for first, last in _runs(counts == 0, idle=np.zeros(len(counts), dtype=bool)):
        long[first : last + 1] = last - first + 1 >= LONG_SILENCE_DAYS
    return long


def _in_low_week(counts: Floats, usual: Floats) -> NDArray[np.bool_]:
    """Days of some seven days in a row that together hold under 30 % of what is usual."""
    low = np.zeros(len(counts), dtype=bool)
    if len(counts) < DAYS_PER_WEEK:
        return low
    rows, expected = (np.convolve(v, np.ones(DAYS_PER_WEEK), "valid") for v in (counts, usual))
    for start in np.flatnonzero((expected > 0) & (rows < MAX_HOLE_SHARE * expected)):
        low[start : start + DAYS_PER_WEEK] = True
    return low


def _runs(
    marked: NDArray[np.bool_], *, idle: NDArray[np.bool_], bridged: int = 0
) -> Sequence[tuple[int, int]]:
    """First and last place of runs of marked days; idle days, and so many others, do not end one."""
    found: list[tuple[int, int]] = []
    for place in np.flatnonzero(marked).tolist():
        if found:
            between = slice(found[-1][1] + 1, place)
            if int((~idle[between]).sum()) <= bridged:
                found[-1] = (found[-1][0], place)
                continue
        found.append((place, place))
    return found
