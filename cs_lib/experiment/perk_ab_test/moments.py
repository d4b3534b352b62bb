"""Do the clocks of the tables agree, and were customers assigned before they acted, and not as they did?"""

from __future__ import annotations

import numpy as np
from scipy import stats

from cs_lib import sentences as w
from cs_lib.experiment.perk_ab_test.rows_read import Fault
from cs_lib.methods.monitoring.share_steps import share_steps
from cs_lib.metrics.queries.trust.moments import AT_ONCE, DAYS_AFTER, Clock, Moments, Soon
from cs_lib.metrics.queries.trust.tables_read import LEAST_ASKED
from cs_lib.quantity import Quantity
from cs_lib.sentences import say

MICROS_A_MINUTE = 60_000_000
MINUTES = AT_ONCE // MICROS_A_MINUTE
# People sleep: six hours of the day hold hardly any rows, and their middle lies within so many hours of four.
SLEEP_HOURS, HARDLY_ANY, MIDDLE, MOST_OFF = 6, 0.12, 4.0, 5.0
LEAST_ROWS, LEAST_HOURS = 500, 12  # to speak of hours of the day: of fewer no sleep tells
# The share of rows in these hours changes by so much when a part of them is written in another zone.
MIN_STEP_OF_NIGHT = 0.10
# Uses of a perk whole half hours, to the second, off their order: of two clocks, and no chance.
MIN_APART = 0.20
# In the first ten minutes so many times as many customers act as in others, and so many of them.
TIMES_AS_MANY, LEAST_AT_ONCE, LEAST_SHARE_AT_ONCE = 20.0, 20, 0.02
# So much more of a variant than of another, beyond chance: no offer brings that in ten minutes.
MAX_AT_ONCE_APART, CHANCE_APART = 0.20, 1e-6


def of_moments(moments: Moments) -> list[Fault]:
    """Clocks that disagree, and assignments that follow from the outcome."""
    return [
        *(fault for clock in moments.clocks for fault in _of_clock(clock)),
        *_of_uses(moments),
        *(fault for soon in moments.soon for fault in _of_soon(soon)),
    ]


def _of_clock(clock: Clock) -> list[Fault]:
    """Customers who sleep by day, or from a day on act at night."""
    by_hour = clock.hours.sum(axis=0).astype(float)
    if by_hour.sum() < LEAST_ROWS or np.count_nonzero(by_hour) < LEAST_HOURS:
        return []
    around = np.array(
        [by_hour.take(range(h, h + SLEEP_HOURS), mode="wrap").sum() for h in range(24)]
    )
    start = int(around.argmin())
    quiet = float(around.min() / by_hour.sum())
    off = (start + SLEEP_HOURS / 2 - MIDDLE + 12) % 24 - 12
    if quiet <= HARDLY_ANY and abs(off) >= MOST_OFF:
        said = say(
            "of {table} only {share} are from {start}:00 to {end}:00, as if customers slept by day: is their time zone "
            "right?",
            table=clock.table,
            share=w.percent(quiet),
            start=start,
            end=(start + SLEEP_HOURS) % 24,
        )
        return [Fault("clocks_agree", clock.table, "", said, spoils=False)]
    night = clock.hours.take(range(1, 1 + SLEEP_HOURS), axis=1).sum(axis=1).astype(float)
    steps = share_steps(clock.days, night, clock.hours.sum(axis=1).astype(float))
    return [
        Fault(
            "clocks_agree",
            clock.table,
            "",
            say(
                "from {day} on {after} of {table} are from 1:00 to 7:00, {before} in the weeks before: another time "
                "zone?",
                day=w.day(step.day),
                after=w.percent(step.after),
                before=w.percent(step.before),
                table=clock.table,
            ),
            spoils=False,
        )
        for step in steps
        if abs(step.after - step.before) >= MIN_STEP_OF_NIGHT
    ]


def _of_uses(moments: Moments) -> list[Fault]:
    """Uses of a perk that are whole hours off their orders."""
    if moments.uses < LEAST_ASKED or not moments.apart:
        return []
    gap = max(moments.apart, key=lambda one: moments.apart[one])
    n = moments.apart[gap]
    if n < MIN_APART * moments.uses:
        return []
    said = say(
        "{n} of {uses} are exactly {hours} later than their order: the clock of one of the two tables is off"
        if gap < 0
        else "{n} of {uses} are exactly {hours} earlier than their order: the clock of one of the two tables is off",
        n=w.count(n),
        uses=w.counted(moments.uses, "use of a perk", "uses of a perk"),
        hours=w.level(abs(gap) / 2, Quantity("hours")),
    )
    return [Fault("clocks_agree", "orders", "", said, spoils=False)]


def _of_soon(soon: Soon) -> list[Fault]:
    """Variants of which far more customers act in the first minutes than in any later ones."""
    spiky = [v for v in soon.customers if _spike(soon, v)]
    if not spiky:
        return []
    shares = {v: soon.at_once[v] / n for v, n in soon.customers.items() if n}
    said = say(
        "of the customers {shares} have the outcome within {minutes} minutes of the assignment, far more than in any "
        "later {minutes}: it looks as if they were assigned because of what they did, or while they did it",
        minutes=MINUTES,
        shares=w.listed([w.spaced(w.percent(s, places=1), w.name(v)) for v, s in shares.items()]),
    )
    apart = max(shares.values()) - min(shares.values()) >= MAX_AT_ONCE_APART
    counts = [
        [soon.at_once[v] for v in shares],
        [soon.customers[v] - soon.at_once[v] for v in shares],
    ]
    spoils = apart and bool(stats.chi2_contingency(counts).pvalue < CHANCE_APART)
    return [Fault("assigned_beforehand", soon.table, "", said, spoils=spoils)]


def _spike(soon: Soon, variant: str) -> bool:
    at_once, later = soon.at_once[variant], soon.later[variant] - soon.at_once[variant]
    parts = DAYS_AFTER * 24 * 60 / MINUTES - 1
    least = max(LEAST_AT_ONCE, LEAST_SHARE_AT_ONCE * soon.customers[variant])
    return at_once >= least and at_once >= TIMES_AS_MANY * later / parts
