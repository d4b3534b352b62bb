"""Pains on the way: whom they hit, and how much less satisfied these are within the same need and time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from cs_lib.diagnosis.action_names import action_name
from cs_lib.diagnosis.journey_map.result import Action, Gap, PainFinding, in_hours, months_of
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.process.adjusted_gap import AdjustedGap, adjusted_gap
from cs_lib.methods.process.worst_pains import RankedPain, worst_pains
from cs_lib.metrics.journey_map import JourneyEvidence
from cs_lib.metrics.queries.journey.pains import SORTS, PainCell, PainSize
from cs_lib.params.journey_map import JourneyMap

MOSTLY = 0.5  # of those hit, for one team or owner to be named
UNKNOWN, SEVERAL = "unknown", "several"
# Who can end a pain, by what it is; the others belong to whoever owns most of the causes of those hit.
ENDED_BY: dict[str, str] = {
    "long_answer": "service_flow",  # queue and staffing
    "long_third_party": "business_process",  # suppliers and partners
    "chased": "service_flow",  # no word in between
    "handed_on_twice": "service_flow",  # routing
    "wrote_after_handoff": "service_flow",
    "promise_missed": "service_flow",  # nobody was reminded
    "no_follow_up": "service_flow",
    "asked_for_more": "service_flow",  # what is needed is not asked at once
}
# What a study of a change would measure.
MEASURED_BY: dict[str, str] = {
    "long_answer": "first_response_minutes",
    "long_work": "resolution_hours",
    "long_third_party": "resolution_hours",
    "long_again": "reopen_rate",
    "chased": "first_response_minutes",
    "handed_on_twice": "handoffs",
    "wrote_after_handoff": "handoffs",
    "reopened_soon": "reopen_rate",
    "promise_missed": "csat",
    "no_follow_up": "csat",
    "asked_for_more": "resolution_hours",
}


def pains(evidence: JourneyEvidence, study: JourneyMap) -> tuple[PainFinding, ...]:
    """Every pain, those found first, the worst first."""
    rule, months = study.rule, months_of(evidence)
    sizes = {one.pain: one for one in evidence.pains}
    gaps = {
        name: _gap([cell for cell in evidence.cells if cell.pain == name], rule.alpha)
        if one.hit >= rule.smallest_cell
        else None
        for name, one in sizes.items()
    }
    ranked = worst_pains(
        [(name, one.customers, gaps[name]) for name, one in sizes.items()],
        months,
        rate=rule.false_discoveries,
        smallest_gap=rule.smallest_gap,
        alpha=rule.alpha,
    )
    by_name = {str(name): one for name, one in sizes.items()}
    return tuple(
        _finding(by_name[one.name], evidence, gaps[by_name[one.name].pain], one) for one in ranked
    )


def _gap(cells: Sequence[PainCell], alpha: float) -> AdjustedGap | None:
    """The gap of one pain over strata of need and time; None where too few can be compared."""
    places = sorted({(cell.need or "", cell.stratum) for cell in cells})
    hit, others = (np.zeros((2, len(places))) for _ in range(2))
    for cell in cells:
        side = hit if cell.hit else others
        side[:, places.index((cell.need or "", cell.stratum))] += (cell.answered, cell.satisfied)
    try:
        return adjusted_gap((hit[0], hit[1]), (others[0], others[1]), alpha=alpha)
    except CannotEstimate:
        return None


def _finding(
    one: PainSize,
    evidence: JourneyEvidence,
    gap: AdjustedGap | None,
    ranked: RankedPain,
) -> PainFinding:
    sort, phase = SORTS[one.pain]
    cells = [cell for cell in evidence.cells if cell.pain == one.pain and cell.hit]
    counts = one.pain == "handed_on_twice"
    followed, back, others, others_back = one.back
    return PainFinding(
        pain=one.pain,
        sort=sort,
        phase=phase,
        possible=one.possible,
        hit=one.hit,
        customers=ranked.customers,
        severity=one.median if counts else in_hours(one.median),
        threshold=in_hours(one.threshold),
        by_target=one.by_target,
        offered=sum(cell.offered for cell in cells),
        answered=sum(cell.answered for cell in cells),
        raw=Gap(gap.raw, gap.raw_low, gap.raw_high, float("nan")) if gap else None,
        within=Gap(gap.gap, gap.low, gap.high, gap.pvalue) if gap else None,
        covered=gap.covered if gap else 0.0,
        size=ranked.size,
        size_low=ranked.low,
        size_high=ranked.high,
        found=ranked.found,
        owner=ENDED_BY.get(one.pain) or _owner(one),
        team=_mostly(one.teams, one.hit),
        metric=MEASURED_BY[one.pain],
        back=(back / followed, others_back / others) if followed and others else None,
    )


def _owner(one: PainSize) -> str:
    """Who owns most of the causes of those hit: one, several together, or nobody known."""
    known = {name: n for name, n in one.owners.items() if name != UNKNOWN}
    return _mostly(known, one.hit) or (
        SEVERAL if sum(known.values()) > MOSTLY * one.hit else UNKNOWN
    )


def _mostly(counts: dict[str, int], hit: int) -> str | None:
    """The one that most of those hit share, if there is one."""
    name, n = max(counts.items(), key=lambda pair: (pair[1], pair[0]), default=("", 0))
    return name if n > MOSTLY * hit and name != UNKNOWN else None


def actions(found: Iterable[PainFinding], study: JourneyMap) -> tuple[Action, ...]:
    """A row for each pain that is told, as a change log and a study can take it up."""
    return tuple(
        Action(
            id=action_name(study.study, one.pain),
            pain=one.pain,
            owner=one.owner,
            metric=one.metric,
            scope={"team_id": (one.team,)} if one.team else {},
            contacts=one.hit,
        )
        for one in found
        if one.found
    )
