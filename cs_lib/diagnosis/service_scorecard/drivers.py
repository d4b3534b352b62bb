"""What the change in contacts per order is made of."""

from __future__ import annotations

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.monitoring.drivers import DriverSplit, split_drivers
from cs_lib.metrics.service_scorecard import ScorecardEvidence
from cs_lib.params.service_scorecard import ServiceScorecard


def split(evidence: ScorecardEvidence, study: ServiceScorecard) -> DriverSplit | None:
    """The latest period of orders against the one before it; None where it cannot be had."""
    if evidence.drivers is None:
        return None
    before, after = evidence.drivers
    try:
        return split_drivers(before, after, alpha=study.rule.alpha)
    except CannotEstimate:
        return None
