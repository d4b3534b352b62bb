"""Are the tables behind the outcomes to be believed? Keys that find nobody, empty columns, days without rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from scipy import stats

from cs_lib import sentences as w
from cs_lib.experiment.perk_ab_test.trial import Trial
from cs_lib.methods.monitoring.share_steps import share_steps
from cs_lib.methods.monitoring.volume_runs import Run, holes, surges
from cs_lib.metrics.catalogue import PER_CUSTOMER
from cs_lib.metrics.definition import UnitMetric
from cs_lib.metrics.perk_ab_test import PerkEvidence, perk_metrics
from cs_lib.metrics.plannable import units_of
from cs_lib.metrics.queries.tables_read import LEAST_ASKED, Filled, Found, Sized, Volume, why_lost
from cs_lib.results import Check
from cs_lib.sentences import Text, say

# A variant of which nobody is in a table, less likely than this beside the others, was lost.
MAX_CHANCE_OF_NOBODY = 0.001
# Of the rows that enter an outcome: with more missing in a variant it cannot be had.
MAX_MISSING = 0.05
# No desk codes every contact: a need that is not known makes no repeat, in every variant alike.
MAX_MISSING_CODES = {"need_code": 0.30}
# A difference between variants of so many points, beyond chance, tilts the comparison by itself.
MAX_MISSING_APART, MAX_CHANCE_APART = 0.01, 0.001
# In a part of the intake: a column that stops being filled.
MAX_MISSING_IN_PART = 0.20
# Of the rows a table should have had in the days that count: with more missing the outcome is not whole.
MAX_LOST_ROWS = 0.10
# Rows whose customer is written as nobody's is from a day on: a new way of writing keys.
MIN_STRANGE_STEP, MAX_STRANGE_STEP = 0.3, 0.5
# Of the rows: two of one customer, second and amount are one.
MAX_COPIES = 0.05
# Half of the numbers of a part against those of another, as powers of two: sixteen times is another unit.
LEAST_POWERS_APART, LEAST_SIZES = 4, 50
# A table that begins so many days late, where so many rows would be usual.
LEAST_DAYS_LATE, LEAST_ROWS_LATE = 7, 50
# Of so many customers nobody, or of a variant nobody where chance is so small: it was not recorded.
LEAST_OF_NOBODY, CHANCE_OF_NOBODY = 1000, 1e-6
# Of the stamps: with more at midnight sharp the table holds days, not moments.
MOSTLY_DAYS = 0.5


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a table or a column of it, in a clause; `column` is empty for the whole table."""

    code: str
    table: str
    column: str
    said: Text
    spoils: bool  # an outcome that rests on it cannot be had


def believed(trial: Trial) -> tuple[Trial, tuple[Check, ...]]:
    """The trial without the guardrails and secondary metrics that its tables cannot carry, and the checks of these.

    A check blocks when the fault spoils what the decision rests on: the primary metric, money, or a guardrail that
    the study names.
    """
    evidence, study = trial.evidence, trial.study
    read = evidence.tables
    faults = [
        *(fault for found in read.found for fault in _of_keys(found)),
        *(fault for filled in read.filled for fault in _of_column(_of_perks(filled, trial))),
        *(fault for volume in read.volume for fault in _of_days(volume, trial)),
        *(fault for volume in read.volume for fault in _of_strangers(volume)),
        *(fault for sized in read.sized for fault in _of_sizes(sized, trial)),
        *(_of_midnight(*one) for one in read.days_only),
        *_of_costs(trial),
    ]
    deciding = {*perk_metrics(study)} - {*study.measure.secondary}
    nothing = _nothing(trial)
    faults += [why for name, why in nothing.items() if name in deciding]
    spoilt = {name: why.said for name, why in nothing.items() if name not in deciding} | {
        name: fault.said
        for fault in faults
        if fault.spoils
        for name in (*evidence.guardrails, *study.measure.secondary)
        if name not in deciding and _rests_on(name, fault)
    }
    checks = tuple(_check(code, faults, trial, deciding) for code in _asked(trial))
    kept = replace(
        evidence,
        guardrails={n: m for n, m in evidence.guardrails.items() if n not in spoilt},
        absent={**evidence.absent, **{n: _cannot(evidence, n, why) for n, why in spoilt.items()}},
        lost=(*evidence.lost, *(n for n in spoilt if n in evidence.guardrails)),
    )
    return replace(trial, evidence=kept), checks


def _nothing(trial: Trial) -> dict[str, Fault]:
    """Outcomes that no customer has, or none of a variant though others have many: what nobody recorded is no 0."""
    found = dict[str, Fault]()
    for name in dict.fromkeys((trial.primary.name, *trial.evidence.guardrails)):
        metric, seen = PER_CUSTOMER[name], trial.evidence.moments.get(name, {})
        if not isinstance(metric, UnitMetric) or not metric.share or not _of_the_desk(metric):
            continue
        shares = {v: m.of(name)[1] for v, m in seen.items()}
        sizes = {v: m.n for v, m in seen.items()}
        most = max(shares.values(), default=0.0)
        lost = [v for v in shares if not shares[v] and (1 - most) ** sizes[v] < CHANCE_OF_NOBODY]
        if most and not lost or not most and sum(sizes.values()) < LEAST_OF_NOBODY:
            continue
        said = say(
            "{metric}: nobody of {customers} in {variants}; was it recorded?",
            metric=trial.evidence.metrics[name].called,
            customers=w.counted(sum(sizes[v] for v in lost or shares), "customer"),
            variants=w.listed([w.name(v) for v in lost or shares]),
        )
        table = metric.terms[0].table
        found[name] = Fault("columns_filled", table, "", said, spoils=False)
    return found


def _of_the_desk(metric: UnitMetric) -> bool:
    """Whether it counts what customers do, whoever was given a perk."""
    return not any(term.table.startswith("perk_") for term in metric.terms)


def _asked(trial: Trial) -> Iterable[str]:
    """The questions that this study's tables can be asked."""
    read = trial.evidence.tables
    if read.found or read.volume:
        yield "keys_found"
    yield "columns_filled"
    if read.volume:
        yield "tables_whole"
    if read.days_only:
        yield "moments_known"


def _check(code: str, faults: Sequence[Fault], trial: Trial, deciding: Collection[str]) -> Check:
    own = [fault for fault in faults if fault.code == code]
    if not own:
        return Check(code, True, _passed(code, trial))
    blocks = any(fault.spoils and any(_rests_on(name, fault) for name in deciding) for fault in own)
    return Check(
        code, False, w.together(*(w.sentence(fault.said) for fault in own)), blocks_decision=blocks
    )


def _passed(code: str, trial: Trial) -> Text:
    read = trial.evidence.tables
    if code == "keys_found":
        each = [
            say(
                "{known} of {asked} have rows in {table}",
                known=w.count(sum(found.known.values())),
                asked=w.counted(sum(found.asked.values()), "customer"),
                table=found.table,
            )
            for found in read.found
            if "" not in found.asked
        ]
        return w.sentence(w.listed(each)) if each else say("Every key is written alike.")
    if code == "columns_filled":
        lacking = sum(rows - known for filled in read.filled for *_, rows, known in filled.cells)
        return (
            say(
                "{lacking} that count lack a value; too few to matter.",
                lacking=w.counted(lacking, "row"),
            )
            if lacking
            else say("No row that counts lacks a value.")
        )
    return say("No table has a hole, a flood or an early end in the days that count.")


def _rests_on(name: str, fault: Fault) -> bool:
    """Whether a metric is made of the table, or of its column where only that is at fault."""
    for unit in units_of(name):
        if unit.unit_cost and fault.column in ("unit_cost", "delivered_at"):
            return True
        if unit.after_contact and fault.column == "need_code":
            return True
        for term in unit.terms:
            if term.table == fault.table and (not fault.column or fault.column in term.filled):
                return True
    return False


def _cannot(evidence: PerkEvidence, name: str, why: Text) -> Text:
    return say("{metric} cannot be had: {why}.", metric=evidence.metrics[name].called, why=why)


def _of_keys(found: Found) -> list[Fault]:
    """A join that finds nobody, nobody of one variant, or fewer than it would if keys were written alike."""
    if why := why_lost(found):
        return [Fault("keys_found", found.table, "", why, spoils=True)]
    asked, known = sum(found.asked.values()), sum(found.known.values())
    if "" in found.asked and asked - known > MAX_MISSING * asked:
        nowhere = say(
            "{n} of {asked} {table}.{column} lead nowhere",
            n=w.count(asked - known),
            asked=w.count(asked),
            table=found.table,
            column=found.column,
        )
        return [Fault("keys_found", found.table, "", nowhere, spoils=False)]
    return _of_one_variant(found, sum(found.known.values()) / asked if asked else 0.0)


def _of_one_variant(found: Found, share: float) -> list[Fault]:
    lost = [
        variant
        for variant, n in found.asked.items()
        if not found.known.get(variant) and (1 - share) ** n < MAX_CHANCE_OF_NOBODY
    ]
    return [
        Fault(
            "keys_found",
            found.table,
            "",
            say(
                "no customer of {variant} is in {table}, of all {share} are",
                variant=w.name(variant),
                table=found.table,
                share=w.percent(share),
            ),
            spoils=True,
        )
        for variant in lost
    ]


def _of_column(filled: Filled) -> list[Fault]:
    """A column that lacks values in more rows than can be left open, or in one variant more than in another."""
    rows, missing = dict[str, int](), dict[str, int]()
    for variant, _, n, known in filled.cells:
        rows[variant] = rows.get(variant, 0) + n
        missing[variant] = missing.get(variant, 0) + n - known
    shares = {v: missing[v] / n for v, n in rows.items() if n >= LEAST_ASKED}
    if not any(missing.values()) or not shares:
        return []
    column = say("{table}.{column}", table=filled.table, column=filled.column)
    listed = w.listed([w.together(w.percent(s, places=1), w.name(v)) for v, s in shares.items()])
    said = say("of the rows that count some lack {column} ({listed})", column=column, listed=listed)
    most = MAX_MISSING_CODES.get(filled.column, MAX_MISSING)
    if max(shares.values()) > most or _apart(rows, missing, shares):
        return [Fault("columns_filled", filled.table, filled.column, said, spoils=True)]
    part = [
        (start, n - known, n)
        for _, start, n, known in filled.cells
        if n >= LEAST_ASKED and n - known > max(MAX_MISSING_IN_PART, most) * n
    ]
    if part:
        start, lacking, n = part[0]
        said = say(
            "of customers assigned from {day} on, {lacking} of {rows} lack {column}",
            column=column,
            lacking=w.count(lacking),
            rows=w.counted(n, "row"),
            day=w.day(start),
        )
        return [Fault("columns_filled", filled.table, filled.column, said, spoils=True)]
    return []


def _of_perks(filled: Filled, trial: Trial) -> Filled:
    """A control customer has no perk that could cost anything."""
    if filled.column != "unit_cost":
        return filled
    cells = [cell for cell in filled.cells if cell[0] != trial.study.design.control]
    return replace(filled, cells=tuple(cells))


def _apart(
    rows: Mapping[str, int], missing: Mapping[str, int], shares: Mapping[str, float]
) -> bool:
    """Whether variants lack values unequally, by more than chance and by enough to tilt a mean."""
    if len(shares) < 2 or max(shares.values()) - min(shares.values()) <= MAX_MISSING_APART:
        return False
    table = [[missing[v] for v in shares], [rows[v] - missing[v] for v in shares]]
    return bool(stats.chi2_contingency(table).pvalue < MAX_CHANCE_APART)


def _of_days(volume: Volume, trial: Trial) -> list[Fault]:
    """Holes, floods and an early end among the days in which outcomes are looked for."""
    start = np.datetime64(trial.study.assigned_days[0])
    found = [(run, False) for run in _late(volume)] or [
        (run, flood)
        for runs, flood in (
            (holes(volume.days, volume.counts.astype(float)), False),
            (surges(volume.days, volume.counts.astype(float)), True),
        )
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


def _late(volume: Volume) -> list[Run]:
    """The first days of the test, when a table has its first row a week and more after them."""
    there = np.flatnonzero(volume.counts)
    at = int(there[0]) if len(there) else 0
    usual = float(volume.counts[at:].mean()) * at if at else 0.0
    if at < LEAST_DAYS_LATE or usual < LEAST_ROWS_LATE or volume.table.startswith("perk_"):
        return []
    return [Run(volume.days[0].item(), volume.days[at - 1].item(), 0.0, usual)]


def _of_strangers(volume: Volume) -> list[Fault]:
    """Days from which on far more rows name no customer, or one written as no customer of the test is."""
    strange, counts = volume.strange.astype(float), volume.counts.astype(float)
    steps = share_steps(volume.days, strange, counts)
    return [
        Fault(
            "keys_found",
            volume.table,
            "",
            say(
                "from {day} on {after} of rows in {table} have no customer, or one written as nobody's id in the test "
                "is, {before} in the weeks before",
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


def _of_sizes(sized: Sized, trial: Trial) -> list[Fault]:
    """Rows that are copies, and numbers that are of another size in a part of the intake or in a variant."""
    found = list[Fault]()
    if sized.rows >= LEAST_ASKED and sized.copies > MAX_COPIES * sized.rows:
        said = say(
            "{copies} of {rows} in {table} have the customer, the moment and the {column} of another: copies?",
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
    control = {power < 0 for (variant, _), power in middles.items() if variant == trial.study.design.control}
    spoils = not none or len(control) > 1
    return [*found, Fault("columns_filled", sized.table, sized.column, said, spoils=spoils)]


def _middles(sized: Sized) -> dict[tuple[str, date], int]:
    """The median power of two by variant and stretch, where there are enough rows."""
    parts: dict[tuple[str, date], list[tuple[int, int]]] = {}
    for variant, start, power, n in sized.cells:
        parts.setdefault((variant, start), []).append((power, n))
    return {
        part: int(np.repeat([p for p, _ in found], [n for _, n in found])[sum(n for _, n in found) // 2])
        for part, found in parts.items()
        if sum(n for _, n in found) >= LEAST_SIZES
    }


def _told(volume: Volume, run: Run, *, flood: bool) -> Text:
    """The days, what they hold, and what would be usual."""
    ends = run.last >= volume.days[-1].item() - timedelta(days=1) and not flood
    return say(
        "there are {found} in {table} from {days}, {usual} would be usual: were rows imported or copied?"
        if flood
        else "there are only {found} in {table} from {days}, {usual} would be usual; where it ends early, say so in "
        "`observed_until` of the source"
        if ends
        else "there are only {found} in {table} from {days}, {usual} would be usual",
        table=volume.table,
        found=w.counted(round(run.found), "row"),
        days=w.days(run.first, run.last),
        usual=w.count(round(run.usual)),
    )


def _of_midnight(table: str, stamp: str, share: float) -> Fault:
    said = say(
        "{share} of {table}.{stamp} are midnight sharp: rows of the day of assignment cannot be placed before or "
        "after it",
        share=w.percent(share),
        table=table,
        stamp=stamp,
    )
    return Fault("moments_known", table, "", said, spoils=share >= MOSTLY_DAYS)


def _of_costs(trial: Trial) -> list[Fault]:
    """A perk whose cost nobody recorded, neither a price nor a discount, is not free."""
    evidence = trial.evidence
    if trial.study.money is None or evidence.knows_costs:
        return []
    said = say("neither unit_cost nor a discount says what the perk costs")
    return [Fault("columns_filled", "perk_assignments", "unit_cost", said, spoils=True)]
