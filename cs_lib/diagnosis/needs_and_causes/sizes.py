"""Needs in order of size: how much work each is, who owns it, who comes back with it, what it would save."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cs_lib.aggregates import Returns
from cs_lib.diagnosis.needs_and_causes.result import UNKNOWN, NeedFinding, Unit, days_of
from cs_lib.diagnosis.needs_and_causes.work import LEAST_RECORDED, believed
from cs_lib.methods.emerging.rising_counts import RisingCount
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.ranking.rank_ranges import RankedTotal, Ranking, rank_ranges
from cs_lib.methods.recurrence.beyond_chance import Recurrence, beyond_chance
from cs_lib.methods.recurrence.prizes import DAYS_A_YEAR, SECONDS_A_MINUTE, Effort, Prizes, prizes
from cs_lib.metrics.needs_and_causes import NeedsEvidence
from cs_lib.params.needs_and_causes import NeedsAndCauses

Pair = tuple[Recurrence | None, Recurrence | None]
MOST_FIRST = 5  # needs at the top that can be named as a group


@dataclass(frozen=True, slots=True)
class Sizes:
    """The needs with enough contacts, largest first; how many stand apart; how many were too small."""

    findings: tuple[NeedFinding, ...]
    unit: Unit
    first: int
    small: int


def sizes(evidence: NeedsEvidence, study: NeedsAndCauses, rising: dict[str, RisingCount]) -> Sizes:
    """Every need that has enough contacts to be shown, with all that is known of it.

    In an order by minutes a need whose minutes are no measure of its work has no place.
    """
    totals, work = evidence.totals, believed(evidence)
    unit, unknown = work.unit, work.unknown if work.unit == "minutes" else frozenset[str]()
    enough = [i for i, n in enumerate(totals.contacts) if n >= study.rule.smallest_cell]
    shown, small = (
        [i for i in enough if totals.needs[i] not in unknown],
        len(totals.needs) - len(enough),
    )
    try:
        ranking = _ranking(evidence, shown, unit, study.rule.alpha)
    except CannotEstimate:
        return Sizes((), unit, 0, small)
    findings = tuple(_finding(evidence, study, one, rising.get(one.name)) for one in ranking.totals)
    first = min((m for m in ranking.apart if m <= MOST_FIRST), default=0)
    return Sizes(findings, unit, first, small)


def _ranking(evidence: NeedsEvidence, shown: list[int], unit: Unit, alpha: float) -> Ranking:
    """Totals of a year, with their doubt."""
    totals, yearly = evidence.totals, DAYS_A_YEAR / days_of(evidence)
    value, products = totals.contacts, totals.contact_products
    if unit == "minutes":
        value, products = totals.seconds, totals.second_products
        yearly /= SECONDS_A_MINUTE
    return rank_ranges(
        [totals.needs[i] for i in shown],
        value[shown] * yearly,
        products[np.ix_(shown, shown)] * yearly**2,
        alpha=alpha,
    )


def _finding(
    evidence: NeedsEvidence, study: NeedsAndCauses, total: RankedTotal, rising: RisingCount | None
) -> NeedFinding:
    owner, share, cause = owned_by(evidence, total.name)
    mine = [one for one in evidence.returns if one.group == total.name]
    back, problem = came_back(mine, study.rule.alpha), evidence.problem
    return NeedFinding(
        need=total.name,
        contacts=int(evidence.totals.contacts[evidence.totals.needs.index(total.name)]),
        repeats=sum(c.contacts for c in evidence.cells if c.need == total.name and c.repeat),
        place=total,
        owner=owner,
        owner_share=share,
        cause=cause,
        came_back=back,
        prizes=_prizes(evidence, study, total.name, back[1]),
        per_1000=1000 * problem.by_need.get(total.name, 0) / problem.orders
        if problem and problem.orders
        else None,
        rising=rising,
    )


def came_back(returns: Sequence[Returns], alpha: float) -> Pair:
    """Who came back within 7 and 30 days, beyond chance; None where too few could be followed."""

    def one(days: int) -> Recurrence | None:
        of = next((each for each in returns if each.days == days), None)
        try:
            return beyond_chance(of, alpha=alpha) if of is not None else None
        except CannotEstimate:
            return None

    return one(7), one(30)


def owned_by(evidence: NeedsEvidence, need: str) -> tuple[str, float, str]:
    """Who owns most contacts of a need, which share of those with a known owner, and by which root cause."""
    owners, causes = Counter[str](), Counter[tuple[str, str]]()
    for cell in evidence.cells:
        if cell.need == need and cell.owner and cell.owner != UNKNOWN:
            owners[cell.owner] += cell.contacts
            causes[cell.owner, cell.cause or UNKNOWN] += cell.contacts
    if not owners:
        return UNKNOWN, float("nan"), UNKNOWN
    owner = min(owners, key=lambda name: (-owners[name], name))
    known = {c: n for (o, c), n in causes.items() if o == owner and c != UNKNOWN}
    cause = min(known, key=lambda name: (-known[name], name), default=UNKNOWN)
    return owner, owners[owner] / sum(owners.values()), cause


def _prizes(
    evidence: NeedsEvidence, study: NeedsAndCauses, need: str, back: Recurrence | None
) -> Prizes | None:
    """What a year without the need's repeats, or without it, would save."""
    totals = evidence.totals
    i, work = totals.needs.index(need), believed(evidence)
    seldom = evidence.work.of(need).share < LEAST_RECORDED
    if not totals.seconds[i] or work.all_made_up or need in work.unknown or seldom:
        return None
    effort = Effort(*map(float, totals.seconds_by[i]), *map(float, totals.squares_by[i]))
    part = (back.part, back.part_se) if back is not None and back.rate > 0 else None
    return prizes(
        effort,
        part,
        days=days_of(evidence),
        minute_price=minute_price(evidence, study),
        alpha=study.rule.alpha,
    )


def minute_price(evidence: NeedsEvidence, study: NeedsAndCauses) -> float | None:
    """What a minute of work costs: as the settings say, else what the hours of the agents cost."""
    if study.money:
        return study.money.minute_cost
    return evidence.hour_cost / 60 if evidence.hour_cost is not None else None
