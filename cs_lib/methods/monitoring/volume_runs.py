"""Days on which a table holds far less or far more than its own pace, and nothing beside it explains that.

Every notebook that asks for holes, early ends or surges of a table asks here. The pace is local: the median week of
the half year around a day, spread over weekdays. So growth is no fault, and a fault of weeks does not set its own pace.
A holiday is no fault either: what happens in another table, in the same weeks of the year before, or on a day that
somebody named as a holiday is taken out first.
"""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cs_lib.methods.monitoring.fillings import WEEK, Days, Filling, Floats, Spell, runs_of

# Weeks on each side whose median is the pace: faults of up to six weeks at an edge, twelve inside, do not move it.
WEEKS_BESIDE = 13
# Of the pace, for a hole: half of it is a holiday's (orders at Spring Festival halve).
LEAST_SHARE = 0.35
# Fewer days are looked at where they hold next to nothing of it.
LEAST_SHARE_OF_DAYS = 0.2
MIN_HOLE_DAYS = 3  # of a hole that changes a figure
# So unlikely must a run be at the pace and the weeks' own variation; a source has a few thousand runs to look at.
MAX_CHANCE = 1e-6
# Rows a run of days should have had: fewer are told by no test.
LEAST_ROWS = 15.0
# A surge holds this many times what is usual, for so many days; or as many as a spike, on any day.
MIN_SURGE_RATIO, MIN_SURGE_DAYS, MIN_SPIKE_RATIO = 2.0, 5, 4.0
# Where weeks vary much, a surge is so many of their standard deviations above, on the scale of ratios.
MIN_SURGE_IN_SD = 4.0
# Another table explains a surge from such a share of its own pace on: less is its usual coming and going.
LEAST_SHARE_THAT_EXPLAINS = 1.5
# It lies so many standard errors above the usual, those of counts that spread as this table's do.
MIN_SURGE_IN_SE = 6.0
# It has so many rows beyond the usual, since medians of few rows tell little.
MIN_SURGE_ROWS = 50
# Quieter days inside a surge, such as a weekend, do not end it.
MAX_DAYS_BRIDGED = 2
TOUCHES = 1  # days from the end of the days at which a run still reaches it
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
MOST_SPREAD_OF_FOLLOWING = (
    0.25  # of weeks whose rows follow from another table's; desks show 0 to 0.21
)
LONGEST_HOLIDAY = 16  # days; of a longer silence it is no excuse that another table is silent too


def holes(filling: Filling) -> tuple[Spell, ...]:
    """Runs of days with hardly a row while the table has a pace; at an end of the days it looks cut there.

    A run longer than a holiday stays a hole when the table beside it is silent too.
    """
    days, counts = filling.days, filling.counts
    pace = _pace(filling)
    if pace is None:
        return ()
    begins = _begins(counts)
    spread = _spread_of(filling, pace, begins)
    marked = _weeks(counts, pace, spread) | _silent(counts, pace, spread)
    marked[:begins] |= begins >= WEEK
    marked = _widened(counts, pace, marked & ~_near_holidays(filling))
    around = _around(days, filling.beside, low=True)
    found = list[Spell]()
    for first, last in _ends(marked, JOINED):
        run = _run(days, counts, pace, first, last)
        explained = run.usual * float(np.mean(around[first : last + 1]))
        long = run.days > LONGEST_HOLIDAY and filling.expected is None
        odd = long or _odd(run.found, explained, spread)
        if odd and not _seen_before(counts, pace, begins, first, last, low=True):
            found.append(run)
    return tuple(found)


def inside(filling: Filling) -> tuple[Spell, ...]:
    """Holes of three days or more that do not reach the last of the days."""
    return tuple(
        run for run in holes(filling) if run.days >= MIN_HOLE_DAYS and not _at_end(filling, run)
    )


def ended(filling: Filling) -> date | None:
    """The last day with a row before the hole that reaches the last of the days; None when the table goes on."""
    for run in holes(filling):
        busy = np.flatnonzero((filling.counts > 0) & (filling.days < np.datetime64(run.first)))
        if _at_end(filling, run) and len(busy):
            found: date = filling.days[busy[-1]].item()
            return found
    return None


def _at_end(filling: Filling, run: Spell) -> bool:
    return bool(np.datetime64(run.last) >= filling.days[-1] - TOUCHES)


def surges(filling: Filling) -> tuple[Spell, ...]:
    """Days on which a table holds far more than in the weeks before and in the weeks after, at its ends too.

    A surge has twice the usual rows for five days or more, or four times on any day; it lies six standard errors, and
    50 rows, above them. What the table beside it, or the year before, has as well is none.
    """
    days, counts = filling.days, filling.counts
    pace = _pace(filling)
    if pace is None:
        return ()
    known, usual = _usual(filling, pace)
    around, begins = _around(days, filling.beside, low=False), _begins(counts)
    around = np.where(around < LEAST_SHARE_THAT_EXPLAINS, 1.0, around)
    spread = _spread_of(filling, pace, begins)
    least = max(MIN_SURGE_RATIO, float(np.exp(MIN_SURGE_IN_SD * spread)))
    high = known & (usual > 0) & (counts > least * usual * around)
    found = []
    for first, last in runs_of(high, bridged=~known, apart=MAX_DAYS_BRIDGED):
        part = slice(first, last + 1)
        rows, expected = float(counts[part][known[part]].sum()), float(usual[part].sum())
        explained = float((usual * around)[part].sum())
        long = last - first + 1 >= MIN_SURGE_DAYS and rows >= least * explained
        far = (rows - explained) / np.sqrt(filling.spread * max(explained, 1.0))
        much = far >= MIN_SURGE_IN_SE and rows - explained >= MIN_SURGE_ROWS
        high_enough = long or rows >= max(MIN_SPIKE_RATIO, least) * explained
        if much and high_enough and not _seen_before(counts, pace, begins, first, last, low=False):
            found.append(Spell(days[first].item(), days[last].item(), rows, expected))
    return tuple(found)


def _usual(filling: Filling, pace: Floats) -> tuple[NDArray[np.bool_], Floats]:
    """Days of which one can tell what is usual at most, and that; what they follow from where that is known."""
    ordinary = ~_near_holidays(filling)
    if filling.expected is not None:
        return ordinary, np.where(ordinary, pace, 0.0)
    known = ~np.isnan(filling.high) & ordinary
    weekly = np.convolve(np.where(known, filling.high, 0.0), np.ones(WEEK) / WEEK, "same")
    return known, np.where(known, np.maximum(filling.high, np.maximum(weekly / 4, pace)), 0.0)


def _near_holidays(filling: Filling) -> NDArray[np.bool_]:
    near = np.zeros(len(filling.days), dtype=bool)
    for holiday in filling.holidays:
        near |= np.abs((filling.days - np.datetime64(holiday)).astype(int)) <= NEAR_HOLIDAY
    return near


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


def _pace(filling: Filling) -> Floats | None:
    """Rows a day should have: those it follows from, or by its own pace; None when there are too few weeks to tell."""
    own = filling.expected
    return own if own is not None else _own_pace(filling.days, filling.counts)


def _own_pace(days: Days, counts: Floats) -> Floats | None:
    """Rows a day should have by the weeks around it; None when there are too few weeks to tell."""
    body = counts[_begins(counts) :]
    if len(body) < LEAST_WEEKS * WEEK or np.count_nonzero(body) < LEAST_BUSY * len(body):
        return None
    weeks = _sums(counts)
    reach = WEEKS_BESIDE * WEEK
    near = (weeks[max(0, i - reach) : i + reach + 1] for i in range(0, len(days), WEEK))
    # In half a year with rows, weeks without any tell nothing of the pace.
    least = 1 if np.count_nonzero(weeks) >= YEAR // 2 else 0
    middles = [float(np.median(w[w >= least])) if (w >= least).any() else 0.0 for w in near]
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
    pace = None if beside is None else _own_pace(days, beside)
    if pace is None or beside is None:
        return np.ones(len(days))
    ratios = _ratios(beside, pace)
    found = np.ones(len(days))
    for i in range(len(days)):
        near = ratios[max(0, i - DAYS_AHEAD - WEEK + 1) : min(len(ratios), i + DAYS_BEHIND + 1)]
        if len(near):
            found[i] = min(1.0, float(near.min())) if low else max(1.0, float(near.max()))
    return found


def _spread_of(filling: Filling, pace: Floats, begins: int) -> float:
    """How much weeks vary from the day on from which rows come."""
    ratios, weekly = _ratios(filling.counts, pace)[begins:], _sums(pace)[begins:]
    if filling.expected is not None:  # of which some weeks expect next to nothing
        told = weekly >= LEAST_ROWS
        # A test has too few weeks for one of them not to set it.
        return min(_spread(ratios[told], weekly[told]), MOST_SPREAD_OF_FOLLOWING)
    return _spread(ratios, weekly)


def _spread(ratios: Floats, weekly: Floats) -> float:
    """Variation of weeks beyond counting, as a share of the pace: of their middle half, which no fault sets.

    Nor does a hole of months: where half a year has rows, weeks without any that should have some are left out.
    """
    empty = (ratios == 0) & (weekly >= LEAST_ROWS)
    usual = ratios[(weekly > 0) & ~(empty & (np.count_nonzero(ratios) >= YEAR // 2))]
    if not len(usual):
        return 0.0
    quarters = np.quantile(usual, [0.25, 0.75])
    sd = float(quarters[1] - quarters[0]) / 1.349
    counting = float(np.median(1 / weekly[weekly > 0]))
    return float(np.sqrt(max(0.0, sd**2 - counting)))


def _chance(found: float, usual: float, spread: float) -> float:
    """Chance of so few rows: negative binomial with the weeks' own variation."""
    if spread < 1e-3:
        return float(special.pdtr(found, usual))
    size = 1 / spread**2
    return float(special.betainc(size, found + 1, size / (size + usual)))


def _weeks(counts: Floats, usual: Floats, spread: float) -> NDArray[np.bool_]:
    """The days that make seven days in a row odd."""
    total, pace = (np.append(0.0, np.cumsum(values)) for values in (counts, usual))
    marked = np.zeros(len(counts), dtype=bool)
    found, expected = total[WEEK:] - total[:-WEEK], pace[WEEK:] - pace[:-WEEK]
    for i in np.flatnonzero((expected >= LEAST_ROWS) & (found <= LEAST_SHARE * expected)):
        if _odd(found[i], expected[i], spread):
            part = slice(i, i + WEEK)
            marked[part] |= counts[part] < 0.5 * usual[part]
    return marked


def _odd(found: float, usual: float, spread: float) -> bool:
    if usual < LEAST_ROWS or found > LEAST_SHARE * usual:
        return False
    return _chance(found, usual, spread) < MAX_CHANCE


def _silent(counts: Floats, usual: Floats, spread: float) -> NDArray[np.bool_]:
    """Days in a row with next to no row, too many of them for chance."""
    marked = np.zeros(len(counts), dtype=bool)
    for first, last in _ends(counts <= LEAST_SHARE_OF_DAYS * usual, 1):
        part = slice(first, last + 1)
        # A day varies more than a week, by twice as much.
        few_days = last - first < WEEK
        found = float(counts[part].sum())
        if found and last - first + 1 < MIN_HOLE_DAYS:
            continue  # such as the first day of an export, from its hour on
        if _odd(found, float(usual[part].sum()), (1 + few_days) * spread):
            marked[part] = True
    return marked


def _ends(marked: NDArray[np.bool_], apart: int) -> list[tuple[int, int]]:
    """First and last place of each run; those whose ends are not further apart are one."""
    places = np.flatnonzero(marked)
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) > apart)
    firsts = places[np.append(0, breaks + 1)]
    lasts = places[np.append(breaks, len(places) - 1)]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def _run(days: Days, counts: Floats, usual: Floats, first: int, last: int) -> Spell:
    part = slice(first, last + 1)
    return Spell(
        days[first].item(), days[last].item(), float(counts[part].sum()), float(usual[part].sum())
    )
