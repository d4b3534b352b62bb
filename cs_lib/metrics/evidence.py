"""What one study's analysis reads, gathered in one place: small, and all of it."""

from __future__ import annotations

from cs_lib.data.desk import Desk
from cs_lib.metrics.flow_history import FlowPlanEvidence, gather_flow_plan
from cs_lib.metrics.history import PlanEvidence, gather_plan
from cs_lib.metrics.perk_evidence import PerkEvidence, gather_perk, next_look
from cs_lib.metrics.series_evidence import SeriesEvidence, gather_series
from cs_lib.params import BeforeAfter, ExperimentPlan, FlowPlan, PerkAbTest

__all__ = [
    "FlowPlanEvidence",
    "PerkEvidence",
    "PlanEvidence",
    "SeriesEvidence",
    "gather",
    "next_look",
]


def gather(
    desk: Desk, study: PerkAbTest | BeforeAfter | ExperimentPlan | FlowPlan
) -> PerkEvidence | SeriesEvidence | PlanEvidence | FlowPlanEvidence:
    """The evidence of a study. Raises NotAvailable when its primary metric cannot be had."""
    if isinstance(study, ExperimentPlan):
        return gather_plan(desk, study)
    if isinstance(study, FlowPlan):
        return gather_flow_plan(desk, study)
    if isinstance(study, PerkAbTest):
        return gather_perk(desk, study)
    return gather_series(desk, study)
