"""What slow contacts have that fast ones have not, and waits that changed for good."""

from __future__ import annotations

import numpy as np

from cs_lib.diagnosis.journey_map.result import Shift, Trait
from cs_lib.methods.process.slow_and_fast import slow_and_fast
from cs_lib.methods.process.worst_week import worst_weeks
from cs_lib.metrics.journey_map import JourneyEvidence
from cs_lib.params.journey_map import JourneyMap

LOOKED_AT = ("answer", "work")
LEAST_A_WEEK = 10  # contacts of a median week


def traits(evidence: JourneyEvidence, study: JourneyMap) -> tuple[Trait, ...]:
    """Traits that slow contacts have more often than fast ones, beyond chance, the strongest first."""
    found = evidence.slow
    if found is None:
        return ()
    told = slow_and_fast(
        [(one.slow, one.fast) for one in found.features],
        found.slow,
        found.fast,
        rate=study.rule.false_discoveries,
        alpha=study.rule.alpha,
        smallest_cell=study.rule.smallest_cell,
    )
    listed = [
        Trait(
            found.features[one.name].of,
            found.features[one.name].value,
            one.slow,
            one.fast,
            one.ratio,
            one.low,
            one.high,
            one.qvalue,
        )
        for one in told
        if one.found and one.ratio > 1
    ]
    return tuple(sorted(listed, key=lambda one: (-(one.slow - one.fast), one.of, one.value)))


def shifts(evidence: JourneyEvidence, study: JourneyMap) -> tuple[Shift, ...]:
    """Waits whose weekly median is at another level for good from a week on, the largest change first.

    Looked at are the waits for an answer and in work, of all and of each busy team with enough contacts a week. A
    team's shift is told in place of that of all where both were found in the same phase.
    """
    series = [
        one
        for one in evidence.weekly
        if one.phase in LOOKED_AT and len(one.weeks) and np.median(one.cases) >= LEAST_A_WEEK
    ]
    told = worst_weeks(
        [(str(i), np.where(one.median < 0, np.nan, one.median)) for i, one in enumerate(series)],
        alpha=study.rule.alpha,
    )
    found = [
        Shift(
            series[int(one.name)].phase,
            series[int(one.name)].team,
            series[int(one.name)].weeks[one.week].astype("datetime64[D]").item(),
            one.ratio,
            one.adjusted,
        )
        for one in told
        if one.found
    ]
    of_teams = {one.phase for one in found if one.team is not None}
    kept = [one for one in found if one.team is not None or one.phase not in of_teams]
    return tuple(sorted(kept, key=lambda one: (-abs(np.log(one.ratio)), one.phase, one.team or "")))
