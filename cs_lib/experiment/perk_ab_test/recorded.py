"""Are the tables behind the outcomes to be believed? Keys that find nobody, empty columns, days without rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from scipy import stats

from cs_lib import sentences as w
from cs_lib.experiment.perk_ab_test.moments import of_moments
from cs_lib.experiment.perk_ab_test.rows_read import (
    Fault,
    of_days,
    of_levels,
    of_sizes,
    of_strangers,
    of_whose,
)
from cs_lib.experiment.perk_ab_test.trial import Trial
from cs_lib.metrics.catalogue import PER_CUSTOMER
from cs_lib.metrics.definition import UnitMetric
from cs_lib.metrics.perk_ab_test import PerkEvidence, perk_metrics
from cs_lib.metrics.plannable import units_of
from cs_lib.metrics.queries.trust.tables_read import LEAST_ASKED, Filled, Found, why_lost
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
# Of so many customers nobody, or of a variant nobody where chance is so small: it was not recorded.
LEAST_OF_NOBODY, CHANCE_OF_NOBODY = 1000, 1e-6
# Of the stamps: with more at midnight sharp the table holds days, not moments.
MOSTLY_DAYS = 0.5


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
        *(fault for volume in read.volume for fault in of_days(volume, trial)),
        *(fault for volume in read.volume for fault in of_strangers(volume)),
        *of_whose(read.whose),
        *(fault for sized in read.sized for fault in of_sizes(sized, trial)),
        *(fault for level in read.levels for fault in of_levels(level)),
        *(_of_midnight(*one) for one in read.days_only),
        *of_moments(read.moments),
        *_of_costs(trial),
        *_of_others(trial),
    ]
    deciding = {*perk_metrics(study)} - {*study.measure.secondary}
    nothing = _nothing(trial)
    faults += [why for name, why in nothing.items() if name in deciding]
    unseen = {name: why.said for name, why in nothing.items() if name not in deciding}
    spoilt = {
        name: fault.said
        for fault in faults
        if fault.spoils
        for name in (*evidence.guardrails, *study.measure.secondary)
        if name not in deciding and _rests_on(name, fault)
    }
    checks = tuple(_check(code, faults, trial, deciding) for code in _asked(trial))
    kept = replace(
        evidence,
        guardrails={n: m for n, m in evidence.guardrails.items() if n not in {**unseen, **spoilt}},
        absent={
            **evidence.absent,
            **{n: w.sentence(why) for n, why in unseen.items()},
            **{n: _cannot(evidence, n, why) for n, why in spoilt.items()},
        },
        lost=(*evidence.lost, *(n for n in {**unseen, **spoilt} if n in evidence.guardrails)),
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
        # One customer more who has it not: a share of a few is never all.
        most = max((shares[v] * n / (n + 1) for v, n in sizes.items()), default=0.0)
        lost = [v for v in shares if not shares[v] and (1 - most) ** sizes[v] < CHANCE_OF_NOBODY]
        if most > 0 and not lost:
            continue
        if not most and sum(sizes.values()) < LEAST_OF_NOBODY:
            continue
        said = say(
            "{metric}: that is so of none of {customers} in {variants}, so it looks as if nobody recorded it",
            metric=trial.evidence.metrics[name].called,
            customers=w.counted(sum(sizes[v] for v in lost or shares), "customer"),
            variants=w.listed([w.name(v) for v in lost or shares]),
        )
        table = metric.terms[0].table
        found[name] = Fault("columns_filled", table, "", said, spoils=bool(lost))
    return found


def _of_the_desk(metric: UnitMetric) -> bool:
    """Whether it counts what customers do, whoever was given a perk."""
    return not any(term.table.startswith("perk_") for term in metric.terms)


def _asked(trial: Trial) -> Iterable[str]:
    """The questions that this study's tables can be asked."""
    read = trial.evidence.tables
    if read.found or read.volume or read.whose:
        yield "keys_found"
    yield "columns_filled"
    if read.volume:
        yield "tables_whole"
    if read.days_only:
        yield "moments_known"
    if read.moments.clocks:
        yield "clocks_agree"
    if read.moments.soon:
        yield "assigned_beforehand"


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
        everybody = sum(trial.evidence.assigned.values())
        each = [
            say(
                "{known} of {asked} have rows in {table}"
                if sum(found.asked.values()) == everybody
                else "{known} of {asked} that were looked at have rows in {table}",
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
    if code == "clocks_agree":
        return say("Hours of the day, and uses of perks beside their orders, look as they should.")
    if code == "assigned_beforehand":
        return say("No rush of outcomes in the first minutes after the assignment.")
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
    """A perk whose cost nobody recorded is not free: neither a price nor a discount, or nothing but zeros."""
    evidence, money = trial.evidence, trial.study.money
    if money is None:
        return []
    table, column = "perk_assignments", "unit_cost"
    if not evidence.knows_costs:
        said = say("neither unit_cost nor a discount says what the perk costs")
        return [Fault("columns_filled", table, column, said, spoils=True)]
    name = f"perk_cost_{money.window_days}d"
    found = []
    for arm in trial.study.design.arms:
        given, moments = evidence.delivered.get(arm, 0), evidence.moments.get(name, {}).get(arm)
        if moments is None or given < LEAST_ASKED or moments.of(name)[1] > 0:
            continue
        said = say(
            "{given} of {variant} were delivered and not one cost anything: are unit_cost and discount_amount "
            "recorded?",
            given=w.counted(given, "perk"),
            variant=w.name(arm),
        )
        found.append(Fault("columns_filled", table, column, said, spoils=False))
    return found


def _of_others(trial: Trial) -> list[Fault]:
    """Perks that were used on orders of other customers: orders are booked to other ids than those assigned."""
    known, others = trial.evidence.of_others
    if known < LEAST_ASKED or others <= MAX_MISSING * known:
        return []
    said = say(
        "{others} of {known} were on an order of another customer: are orders booked to the customers who were "
        "assigned?",
        others=w.count(others),
        known=w.counted(known, "use of a perk", "uses of a perk"),
    )
    return [Fault("keys_found", "orders", "", said, spoils=False)]
