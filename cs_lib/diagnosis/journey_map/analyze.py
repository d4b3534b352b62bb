"""From the steps of contacts to where it hurts."""

from __future__ import annotations

from cs_lib.diagnosis.journey_map.decide import decide
from cs_lib.diagnosis.journey_map.over_time import shifts, traits
from cs_lib.diagnosis.journey_map.pains import actions, pains
from cs_lib.diagnosis.journey_map.result import JourneyResult
from cs_lib.diagnosis.journey_map.satisfaction import satisfied
from cs_lib.diagnosis.journey_map.times import held, timers
from cs_lib.diagnosis.journey_map.trust import checks
from cs_lib.metrics.journey_map import JourneyEvidence
from cs_lib.params.journey_map import JourneyMap


def analyze(evidence: JourneyEvidence, study: JourneyMap) -> JourneyResult:
    """Pains in order, where the hours go, what slow contacts have, which waits changed, and what to do."""
    clock, times, found = timers(evidence), held(evidence), pains(evidence, study)
    checked = checks(evidence, study, clock)
    return JourneyResult(
        study=study,
        metrics={},
        currency=evidence.currency,
        checks=checked,
        decision=decide(found, checked, times),
        pains=found,
        satisfied=satisfied(evidence, study.rule.alpha),
        held=times,
        timers=clock,
        traits=traits(evidence, study),
        shifts=shifts(evidence, study),
        actions=actions(found, study),
        evidence=evidence,
    )
