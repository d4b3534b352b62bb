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
from scipy import special

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
LEAST_USUAL = (
    7.0  # rows that the days of a surge should have had: a table of next to none has no pace
)
# Another table may be ahead by two weeks (contacts follow orders) or behind by a few days.
DAYS_AHEAD, DAYS_BEHIND = 14, 3
# Holidays that follow the moon move by up to so many days from year to year.
DAYS_MOVED = 25
YEAR = 365
NEAR_HOLIDAY = 3  # days around a named holiday
LEAST_WEEKS = 8
JOINED = 2  # days from one run to the next that make them one
STRAY_SHARE = 0.05  # of the median week; what comes before the first fuller week is strays
LEAST_BUSY = 0.4  # of the days; a table with fewer has no daily pace
LEAST_PACE = 0.25  # of the median week, below which no pace falls
LONGEST_HOLIDAY = 16  # days; of a longer silence it is no excuse that another table is silent too


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

    `days` are all days in order; `counts` and `beside` (another table's rows) have one number each. A run longer than
    a holiday stays a hole when the other table is silent too.
    """
    return _found(days, counts, beside, holidays, low=True)


def surges(
    days: Days, counts: Floats, *, beside: Floats | None = None, holidays: tuple[date, ...] = ()
) -> tuple[Run, ...]:
    """Runs of days with far more rows than the pace, as an import or a second copy makes them."""
    return _found(days, counts, beside, holidays, low=False)


def _found(
    days: Days, counts: Floats, beside: Floats | None, holidays: tuple[date, ...], *, low: bool
) -> tuple[Run, ...]:
    """Runs beyond chance that no other table, no holiday and no year before explains."""
    pace = _pace(days, counts)
    if pace is None:
        return ()
    begins = _begins(counts)
    spread = _spread(_ratios(counts, pace)[begins:], _sums(pace)[begins:])
    marked = _weeks(counts, pace, spread, low=low)
    if low:
        marked |= _silent(counts, pace, spread)
        marked[:begins] |= begins >= WEEK
    for holiday in holidays:
        marked &= np.abs((days - np.datetime64(holiday)).astype(int)) > NEAR_HOLIDAY
    if low:
        marked = _widened(counts, pace, marked)
    around = _around(days, beside, low=low)
    found = list[Run]()
    for first, last in _ends(marked, JOINED):
        run = _run(days, counts, pace, first, last)
        explained = run.usual * float(np.mean(around[first : last + 1]))
        odd = (low and run.days > LONGEST_HOLIDAY) or _odd(run.found, explained, spread, low=low)
        if odd and not _seen_before(counts, pace, begins, first, last, low=low):
            found.append(run)
    return tuple(found)


def _widened(counts: Floats, pace: Floats, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Thin runs with the thin weeks that follow and precede them, too small to be told by themselves."""
    wide, total, usual = marked.copy(), *(np.append(0.0, np.cumsum(v)) for v in (counts, pace))
    for first, last in _ends(marked, JOINED):
        end, start = last + 1, first
        while end < len(counts) and _thin(total, usual, end, min(end + WEEK, len(counts))):
            end += 1
        while start > 0 and _thin(total, usual, max(0, start - WEEK), start):
            start -= 1
        wide[start:end] = True
    return wide


def _thin(total: Floats, usual: Floats, first: int, end: int) -> bool:
    return bool(total[end] - total[first] <= LEAST_SHARE * (usual[end] - usual[first]))


def _seen_before(
    counts: Floats, pace: Floats, begins: int, first: int, last: int, *, low: bool
) -> bool:
    """Whether as many days, a year before and some weeks around, were much the same."""
    length = last - first + 1
    start = first - YEAR
    if start < begins + DAYS_MOVED:
        return False
    total, usual = (np.append(0.0, np.cumsum(values)) for values in (counts, pace))
    starts = np.arange(start - DAYS_MOVED, min(start + DAYS_MOVED, first - length) + 1)
    below = usual[starts + length] - usual[starts]
    then = (total[starts + length] - total[starts]) / np.maximum(below, 1e-9)
    now = (total[last + 1] - total[first]) / max(float(usual[last + 1] - usual[first]), 1e-9)
    return bool(then.min() <= 1.5 * now + 0.1) if low else bool(then.max() >= now / 1.5)


def _pace(days: Days, counts: Floats) -> Floats | None:
    """Rows a day should have; None when there are too few weeks to tell."""
    body = counts[_begins(counts) :]
    if len(body) < LEAST_WEEKS * WEEK or np.count_nonzero(body) < LEAST_BUSY * len(body):
        return None
    weeks = _sums(counts)
    reach = WEEKS_BESIDE * WEEK
    middles = [
        float(np.median(weeks[max(0, i - reach) : i + reach + 1]))
        for i in range(0, len(days), WEEK)
    ]
    middle = np.repeat(middles, WEEK)[: len(days)]
    # Months without a row would be a pace of none; a table that grew tenfold is no table with a hole.
    middle = np.maximum(middle, LEAST_PACE * float(np.median(weeks[weeks > 0])))
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


def _begins(counts: Floats) -> int:
    """The place from which on rows come: a few strays of years before do not count."""
    weeks = _sums(counts)
    if not len(weeks) or not weeks.any():
        return 0
    busy = np.flatnonzero(weeks >= STRAY_SHARE * float(np.median(weeks[weeks > 0])))
    return int(busy[0] + np.argmax(counts[busy[0] :] > 0))


def _sums(values: Floats) -> Floats:
    """Sums of seven days in a row, by their first day."""
    total = np.append(0.0, np.cumsum(values))
    sums: Floats = total[WEEK:] - total[:-WEEK]
    return sums


def _ratios(counts: Floats, pace: Floats) -> Floats:
    """Seven days against their pace, by their first day; 1 where there is no pace."""
    below = _sums(pace)
    return np.where(below > 0, _sums(counts) / np.where(below > 0, below, 1.0), 1.0)


def _around(days: Days, beside: Floats | None, *, low: bool) -> Floats:
    """What another table does near each day against its own pace, 1 where it explains nothing."""
    pace = None if beside is None else _pace(days, beside)
    if pace is None or beside is None:
        return np.ones(len(days))
    ratios = _ratios(beside, pace)
    found = np.ones(len(days))
    for i in range(len(days)):
        near = ratios[max(0, i - DAYS_AHEAD - WEEK + 1) : min(len(ratios), i + DAYS_BEHIND + 1)]
        if len(near):
            found[i] = min(1.0, float(near.min())) if low else max(1.0, float(near.max()))
    return found


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
        return float(special.pdtr(found, usual) if low else special.pdtrc(found - 1, usual))
    size = 1 / spread**2
    p = size / (size + usual)
    chance = special.betainc(size, found + 1, p) if low else special.betainc(found, size, 1 - p)
    return float(chance)


def _weeks(counts: Floats, usual: Floats, spread: float, *, low: bool) -> NDArray[np.bool_]:
    """The days that make seven days in a row odd."""
    total, pace = (np.append(0.0, np.cumsum(values)) for values in (counts, usual))
    marked = np.zeros(len(counts), dtype=bool)
    for i in range(len(counts) - WEEK + 1):
        if _odd(total[i + WEEK] - total[i], pace[i + WEEK] - pace[i], spread, low=low):
            part = slice(i, i + WEEK)
            marked[part] |= (
                counts[part] < 0.5 * usual[part] if low else counts[part] > 1.5 * usual[part]
            )
    return marked


def _odd(found: float, usual: float, spread: float, *, low: bool) -> bool:
    if low:
        if usual < LEAST_ROWS or found > LEAST_SHARE * usual:
            return False
    elif usual < LEAST_USUAL or found < MOST_SHARE * usual or found - usual < LEAST_ROWS:
        return False
    return _chance(found, usual, spread, low=low) < MAX_CHANCE


def _silent(counts: Floats, usual: Floats, spread: float) -> NDArray[np.bool_]:
    """Days without a row in a row, too many of them for chance."""
    found = np.zeros(len(counts), dtype=bool)
    for first, last in _ends(counts == 0, 1):
        part = slice(first, last + 1)
        expected = float(usual[part].sum())
        # A day varies more than a week, by twice as much.
        few_days = last - first < WEEK
        if (
            expected >= LEAST_ROWS
            and _chance(0, expected, (1 + few_days) * spread, low=True) < MAX_CHANCE
        ):
            found[part] = True
    return found


def _ends(marked: NDArray[np.bool_], apart: int) -> list[tuple[int, int]]:
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
