"""How satisfied those are who came to each phase."""

from __future__ import annotations

from cs_lib.diagnosis.journey_map.result import Satisfied
from cs_lib.metrics.journey_map import JourneyEvidence


def satisfied(evidence: JourneyEvidence, alpha: float) -> dict[str, Satisfied]:
    """By phase the share of satisfied ones with Wilson's interval, where somebody answered."""
    from statsmodels.stats.proportion import proportion_confint

    found: dict[str, Satisfied] = {}
    for one in evidence.phases:
        if one.answered:
            low, high = proportion_confint(
                one.satisfied, one.answered, alpha=alpha, method="wilson"
            )
            found[one.phase] = Satisfied(one.satisfied / one.answered, float(low), float(high))
    return found
