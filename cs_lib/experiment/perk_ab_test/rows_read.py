"""Days, keys and numbers of the tables behind the outcomes: holes and floods, new ways of writing, other units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from cs_lib import sentences as w
from cs_lib.experiment.perk_ab_test.trial import Trial
from cs_lib.experiment.strangers import most_of, told_of
from cs_lib.methods.monitoring.fillings import Filling, Floats, Spell
from cs_lib.methods.monitoring.share_steps import share_steps
from cs_lib.methods.monitoring.volume_runs import holes, surges
from cs_lib.metrics.queries.trust.levels import Level
from cs_lib.metrics.queries.trust.rows_read import Sized, Volume
from cs_lib.metrics.queries.trust.tables_read import LEAST_ASKED
from cs_lib.metrics.queries.trust.whose import Whose
from cs_lib.results import rows_found
from cs_lib.sentences import Text, say

# Of the rows a table should have had in the days that count: with more missing the outcome is not whole.
MAX_LOST_ROWS = 0.10
# Rows whose customer is written as nobody's is from a day on: a new way of writing keys.
MIN_STRANGE_STEP, MAX_STRANGE_STEP = 0.3, 0.5
# Of rows whose customer nobody is, or another table says is another: with more, what customers did is lost.
MAX_STRANGERS = 0.20
# Of the rows: two of one customer, second and amount are one.
MAX_COPIES = 0.05
# Half of the numbers of a part against those of another, as powers of two: sixteen times is another unit.
LEAST_POWERS_APART, LEAST_SIZES = 4, 50
# A column that says what a metric asks in hardly any row on one side of a date was not kept there.
HARDLY_ANY = 0.005
# Half of all numbers are above the middle; when so many more are from a day on, they are in another unit. Prices of
# a season move it by less.
MIN_STEP_OF_SIZES, MAX_STEP_OF_SIZES = 0.25, 0.4
# A table that begins so many days late, where so many rows would be usual.
LEAST_DAYS_LATE, LEAST_ROWS_LATE = 7, 50


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a table or a column of it, in a clause; `column` is empty for the whole table."""

    code: str
    table: str
    column: str
    said: Text
    spoils: bool  # an outcome that rests on it cannot be had


def of_days(volume: Volume, trial: Trial) -> list[Fault]:
    """Holes, floods and an early end among the days in which outcomes are looked for."""
    start = np.datetime64(trial.study.assigned_days[0])
    beside = _orders(volume, trial) if volume.expected is not None else None
    filling = Filling(volume.days, volume.counts, expected=volume.expected, beside=beside)
    found = [(run, False) for run in _late(volume)] or [
        (run, flood)
        for runs, flood in ((holes(filling), False), (surges(filling), True))
        for run in runs
        if np.datetime64(run.last) >= start
    ]
    counted = float(volume.counts[volume.days >= start].sum())
    lost = sum(abs(run.usual - run.found) for run, _ in found)
    usual = counted + sum(run.usual - run.found for run, _ in found)
    return [
        Fault(
            "tables_whole",
            volume.table,
            "",
            _told(volume, run, flood=flood),
            spoils=lost > MAX_LOST_ROWS * usual,
        )
        for run, flood in found
    ]


def _orders(volume: Volume, trial: Trial) -> Floats | None:
    """Orders on a table's days, none where they are read for other ones: perks are used on them."""
    for one in trial.evidence.tables.volume:
        if one.table == "orders" and np.isin(volume.days, one.days).all():
            counts: Floats = one.counts[np.isin(one.days, volume.days)].astype(float)
            return counts
    return None


def _late(volume: Volume) -> list[Spell]:
    """The first days of the test, when a table has its first row a week and more after them."""
    there = np.flatnonzero(volume.counts)
    at = int(there[0]) if len(there) else 0
    usual = float(volume.counts[at:].mean()) * at if at else 0.0
    if at < LEAST_DAYS_LATE or usual < LEAST_ROWS_LATE or volume.table.startswith("perk_"):
        return []
    return [Spell(volume.days[0].item(), volume.days[at - 1].item(), 0.0, usual)]


def of_strangers(volume: Volume) -> list[Fault]:
    """Days from which on far more rows name no customer, or one written as no customer of the test is."""
    strange, counts = volume.strange.astype(float), volume.looked.astype(float)
    steps = share_steps(volume.days, strange, counts)
    return [
        Fault(
            "keys_found",
            volume.table,
            "",
            say(
                "from {day} on {after} of rows in {table} have no customer, or one whose id is written unlike any of "
                "the test, {before} in the weeks before",
                day=w.day(step.day),
                after=w.percent(step.after),
                before=w.percent(step.before),
                table=volume.table,
            ),
            spoils=abs(step.after - step.before) >= MAX_STRANGE_STEP,
        )
        for step in steps
        if abs(step.after - step.before) >= MIN_STRANGE_STEP
    ]


def of_whose(every: Sequence[Whose]) -> list[Fault]:
    """Rows that name a customer whom nobody knows, or another than a table beside does; throughout or from a day on.

    A table whose ids are no customers' is told of once, and not again by what it leads to.
    """
    found: dict[str, Fault] = {}
    for whose in sorted(every, key=lambda one: one.fault != "unknown"):
        if not {whose.table, whose.other} & found.keys() and (said := told_of(whose)):
            blamed = whose.other if whose.table == "perk_assignments" else whose.table
            spoils = most_of(whose) >= MAX_STRANGERS
            found[blamed] = Fault("keys_found", blamed, "", said, spoils=spoils)
    return list(found.values())


def of_levels(level: Level) -> list[Fault]:
    """Days from which on a column no longer says what is asked of it, or numbers are of another size."""
    found = []
    for step in share_steps(level.days, level.met, level.rows):
        more = abs(step.after - step.before)
        named = {
            "table": level.table,
            "column": level.column,
            "day": w.day(step.day),
            "before": w.percent(step.before),
            "after": w.percent(step.after),
        }
        if level.least is None:
            if min(step.before, step.after) > HARDLY_ANY:
                continue
            said = say(
                "from {day} on {after} of rows count by their {table}.{column}, {before} in the weeks before: it was "
                "not kept throughout",
                **named,
            )
            found.append(Fault("columns_filled", level.table, level.column, said, spoils=True))
        elif more >= MIN_STEP_OF_SIZES:
            said = say(
                "from {day} on {after} of {table}.{column} are {least} or more, {before} in the weeks before: another "
                "unit or currency?",
                least=w.plain(level.least, 0),
                **named,
            )
            spoils = more >= MAX_STEP_OF_SIZES
            found.append(Fault("columns_filled", level.table, level.column, said, spoils=spoils))
    return found


def of_sizes(sized: Sized, trial: Trial) -> list[Fault]:
    """Rows that are copies, and numbers that are of another size in a part of the intake or in a variant."""
    found = list[Fault]()
    if sized.rows >= LEAST_ASKED and sized.copies > MAX_COPIES * sized.rows:
        said = say(
            "{copies} of {rows} in {table} have the customer, the minute and the {column} of another: copies?"
            if sized.column
            else "{copies} of {rows} in {table} have the customer and the minute of another: copies?",
            copies=w.count(sized.copies),
            rows=w.counted(sized.rows, "row"),
            table=sized.table,
            column=sized.column,
        )
        found.append(Fault("tables_whole", sized.table, sized.column, said, spoils=True))
    middles = _middles(sized)
    if not middles:
        return found
    low, high = (pick(middles, key=lambda part: middles[part]) for pick in (min, max))
    none = middles[low] < 0 <= middles[high]
    if not none and middles[high] - middles[low] < LEAST_POWERS_APART:
        return found
    said = say(
        "half of {table}.{column} are {less} or less in {low} (assigned from {first} on) and {more} or more in {high} "
        "(from {then} on): another unit, or zeros that nobody meant",
        table=sized.table,
        column=sized.column,
        less=w.count(2 ** middles[low] if middles[low] >= 0 else 0),
        more=w.count(2 ** (middles[high] - 1) if middles[high] > 0 else 0),
        low=w.name(low[0]),
        high=w.name(high[0]),
        first=w.day(low[1]),
        then=w.day(high[1]),
    )
    # A perk can be an order for nothing.
    control = {
        power < 0
        for (variant, _), power in middles.items()
        if variant == trial.study.design.control
    }
    spoils = not none or len(control) > 1
    return [*found, Fault("columns_filled", sized.table, sized.column, said, spoils=spoils)]


def _middles(sized: Sized) -> dict[tuple[str, date], int]:
    """The median power of two by variant and stretch, where there are enough rows."""
    parts: dict[tuple[str, date], list[tuple[int, int]]] = {}
    for variant, start, power, n in sized.cells:
        parts.setdefault((variant, start), []).append((power, n))
    return {
        part: int(
            np.repeat([p for p, _ in found], [n for _, n in found])[sum(n for _, n in found) // 2]
        )
        for part, found in parts.items()
        if sum(n for _, n in found) >= LEAST_SIZES
    }


def _told(volume: Volume, run: Spell, *, flood: bool) -> Text:
    """The days, what they hold, and what would be usual."""
    ends = run.last >= volume.days[-1].item() - timedelta(days=1) and not flood
    return say(
        "there are {rows}: were rows imported or copied?"
        if flood
        else "there are only {rows}; where it ends early, say so in `observed_until` of the source"
        if ends
        else "there are only {rows}",
        rows=rows_found(volume.table, run.found, run.usual, run.first, run.last),
    )
