"""Days on which a table holds far less or far more than its own pace, and nothing beside it explains that.

The pace is local: the median week of the half year around a day, spread over weekdays. So growth is no fault, and a
fault of weeks does not set its own pace. A holiday is no fault either: what happens in another table, in the same
weeks of the year before, or on a day that somebody named as a holiday is taken out first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Days = NDArray[np.datetime64]
Floats = NDArray[np.float64]

WEEK = 7
# Weeks on each side whose median is the pace: faults of up to six weeks at an edge, twelve inside, do not move it.
WEEKS_BESIDE = 13
# Of the pace: half of it is a holiday's (orders at Spring Festival halve), a change of service moves no volume so far.
LEAST_SHARE, MOST_SHARE = 0.35, 2.2
# So unlikely must a run be at the pace and the weeks' own variation; a source has a few thousand runs to look at.
MAX_CHANCE = 1e-6
# Rows a run of days should have had, or has too many: fewer are told by no test.
LEAST_ROWS = 15.0
# Another table may be ahead by two weeks (contacts follow orders) or behind by a few days.
DAYS_AHEAD, DAYS_BEHIND = 14, 3
# Holidays that follow the moon move by up to so many days from year to year.
DAYS_MOVED = 25
YEAR = 365
NEAR_HOLIDAY = 3  # days around a named holiday
LEAST_WEEKS = 8
LONGEST_HOLIDAY = 10  # days; of a longer silence it is no excuse that another table is silent too


@dataclass(frozen=True, slots=True)
class Run:
    """Days in a row, the rows found on them and the rows that their pace says."""

    first: date
    last: date
    found: float
    usual: float

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1


def holes(
    days: Days, counts: Floats, *, beside: Floats | None = None, holidays: tuple[date, ...] = ()
) -> tuple[Run, ...]:
    """Runs of days with hardly a row while the table has a pace; at an end of the days it looks cut there.

    `days` are all days in order; `counts` and `beside` (another table's rows) have one number each.
    """
    pace = _pace(days, counts)
    if pace is None:
        return ()
    usual = pace * np.minimum(1.0, _around(days, beside, np.min))
    silent = _silent(counts, usual, pace)
    excused = _excused(days, counts, pace, holidays, low=True)
    return _runs(days, counts, usual, excused, silent)


def surges(
    days: Days, counts: Floats, *, beside: Floats | None = None, holidays: tuple[date, ...] = ()
) -> tuple[Run, ...]:
    """Runs of days with far more rows than the pace, as an import or a second copy makes them."""
    pace = _pace(days, counts)
    if pace is None:
        return ()
    usual = pace * np.maximum(1.0, _around(days, beside, np.max))
    return _runs(days, counts, usual, _excused(days, counts, pace, holidays, low=False), None)


def _pace(days: Days, counts: Floats) -> Floats | None:
    """Rows a day should have; None when there are too few weeks to tell."""
    if len(days) < LEAST_WEEKS * WEEK or not counts.any():
        return None
    weeks = _sums(counts)
    middle = np.empty(len(days))
    reach = WEEKS_BESIDE * WEEK
    for i in range(len(days)):
        low, high = max(0, i - reach - WEEK // 2), min(len(weeks), i + reach - WEEK // 2 + 1)
        middle[i] = np.median(weeks[low:high])
    share = np.zeros(WEEK)
    weekday = (days.astype(int) + 3) % WEEK
    # Shares of weekdays from days at pace, so that a hole of Mondays does not make Mondays empty.
    usual = counts <= 3 * np.maximum(middle, 1.0) / WEEK
    for k in range(WEEK):
        mine = (weekday == k) & usual
        share[k] = counts[mine].mean() if mine.any() else 0.0
    share = share / share.sum() if share.sum() else np.full(WEEK, 1 / WEEK)
    pace: Floats = middle * share[weekday]
    return pace


def _sums(values: Floats) -> Floats:
    """Sums of seven days in a row, by their first day."""
    total = np.append(0.0, np.cumsum(values))
    sums: Floats = total[WEEK:] - total[:-WEEK]
    return sums


def _ratios(counts: Floats, pace: Floats) -> Floats:
    """Seven days against their pace, by their first day; 1 where there is no pace."""
    below = _sums(pace)
    return np.where(below > 0, _sums(counts) / np.where(below > 0, below, 1.0), 1.0)


def _around(days: Days, beside: Floats | None, most: object) -> Floats:
    """What another table does near each day against its own pace: the least or the most of it."""
    pace = None if beside is None else _pace(days, beside)
    if pace is None or beside is None:
        return np.ones(len(days))
    ratios = _ratios(beside, pace)
    found = np.ones(len(days))
    for i in range(len(days)):
        low, high = max(0, i - DAYS_AHEAD - WEEK + 1), min(len(ratios), i + DAYS_BEHIND + 1)
        found[i] = most(ratios[low:high]) if high > low else 1.0  # type: ignore[operator]
    return found


def _excused(
    days: Days, counts: Floats, pace: Floats, holidays: tuple[date, ...], *, low: bool
) -> NDArray[np.bool_]:
    """Days that are named, or on which the year before did much the same."""
    excused = np.zeros(len(days), dtype=bool)
    for holiday in holidays:
        excused |= np.abs((days - np.datetime64(holiday)).astype(int)) <= NEAR_HOLIDAY
    ratios = _ratios(counts, pace)
    for i in range(YEAR - DAYS_MOVED, len(ratios)):
        then = ratios[max(0, i - YEAR - DAYS_MOVED) : max(0, i - YEAR + DAYS_MOVED + 1)]
        if len(then) < 2 * DAYS_MOVED:
            continue
        alike = then.min() <= 1.5 * ratios[i] + 0.1 if low else then.max() >= ratios[i] / 1.5
        if alike:
            excused[i : i + WEEK] = True
    return excused


def _spread(ratios: Floats, weekly: Floats) -> float:
    """Variation of weeks beyond counting, as a share of the pace: of their middle half, which no fault sets."""
    usual = ratios[weekly > 0]
    if not len(usual):
        return 0.0
    quarters = np.quantile(usual, [0.25, 0.75])
    sd = float(quarters[1] - quarters[0]) / 1.349
    counting = float(np.median(1 / weekly[weekly > 0]))
    return float(np.sqrt(max(0.0, sd**2 - counting)))


def _chance(found: float, usual: float, spread: float, *, low: bool) -> float:
    """Chance of so few (or so many) rows: negative binomial with the weeks' own variation."""
    if spread < 1e-3:
        return float(stats.poisson.cdf(found, usual) if low else stats.poisson.sf(found - 1, usual))
    size = 1 / spread**2
    p = size / (size + usual)
    return float(stats.nbinom.cdf(found, size, p) if low else stats.nbinom.sf(found - 1, size, p))


def _runs(
    days: Days,
    counts: Floats,
    usual: Floats,
    excused: NDArray[np.bool_],
    silent: NDArray[np.bool_] | None,
) -> tuple[Run, ...]:
    """Weeks beyond chance, and silent days where too few are looked for, joined where they touch."""
    low = silent is not None
    weekly = _sums(usual)
    spread = _spread(_ratios(counts, usual), weekly)
    marked = np.zeros(len(days), dtype=bool)
    for length in (WEEK,) if low else (1, WEEK):
        total, pace = (np.append(0.0, np.cumsum(v)) for v in (counts, usual))
        for i in range(len(days) - length + 1):
            found, expected = total[i + length] - total[i], pace[i + length] - pace[i]
            if _odd(found, expected, spread, low=low):
                marked[i : i + length] |= _odd_days(counts, usual, i, length, low=low)
    marked &= ~excused
    if silent is not None:
        marked |= silent & ~excused
    return tuple(_run(days, counts, usual, *ends) for ends in _ends(marked))


def _odd(found: float, usual: float, spread: float, *, low: bool) -> bool:
    if low:
        if usual < LEAST_ROWS or found > LEAST_SHARE * usual:
            return False
    elif found < MOST_SHARE * usual or found - usual < LEAST_ROWS:
        return False
    return _chance(found, usual, spread, low=low) < MAX_CHANCE


def _odd_days(
    counts: Floats, usual: Floats, i: int, length: int, *, low: bool
) -> NDArray[np.bool_]:
    """Of the days of an odd week those that make it odd."""
    mine, pace = counts[i : i + length], usual[i : i + length]
    return mine < 0.5 * pace if low else mine > 1.5 * pace


def _silent(counts: Floats, usual: Floats, pace: Floats) -> NDArray[np.bool_]:
    """Days without a row in a row, too many of them for chance."""
    found = np.zeros(len(counts), dtype=bool)
    spread = _spread(_ratios(counts, usual), _sums(usual))
    for first, last in _ends(counts == 0, apart=1):
        part = slice(first, last + 1)
        expected = float((pace if last - first >= LONGEST_HOLIDAY else usual)[part].sum())
        # A day varies more than a week: by its weekday, and by twice as much.
        if expected >= LEAST_ROWS and _chance(0, expected, 2 * spread, low=True) < MAX_CHANCE:
            found[part] = True
    return found


def _ends(marked: NDArray[np.bool_], apart: int = 3) -> list[tuple[int, int]]:
    """First and last place of each run; those whose ends are not further apart are one."""
    places = np.flatnonzero(marked)
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) > apart)
    firsts = places[np.append(0, breaks + 1)]
    lasts = places[np.append(breaks, len(places) - 1)]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def _run(days: Days, counts: Floats, usual: Floats, first: int, last: int) -> Run:
    part = slice(first, last + 1)
    return Run(
        days[first].item(), days[last].item(), float(counts[part].sum()), float(usual[part].sum())
    )
