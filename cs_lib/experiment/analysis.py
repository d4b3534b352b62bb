"""One entrance for analysts: evidence and plan in, result out."""

from __future__ import annotations

from typing import overload

from cs_lib.experiment.flow import FlowResult, analyze_flow
from cs_lib.experiment.flow_planning import analyze_flow_plan
from cs_lib.experiment.flow_planning_result import FlowPlanResult
from cs_lib.experiment.perk import PerkResult, analyze_perk
from cs_lib.experiment.planning import analyze_plan
from cs_lib.experiment.planning_result import PlanResult
from cs_lib.metrics.evidence import PerkEvidence, SeriesEvidence
from cs_lib.metrics.flow_history import FlowPlanEvidence
from cs_lib.metrics.history import PlanEvidence
from cs_lib.params import BeforeAfter, ExperimentPlan, FlowPlan, PerkAbTest


@overload
def analyze(evidence: PerkEvidence, study: PerkAbTest) -> PerkResult: ...
@overload
def analyze(evidence: SeriesEvidence, study: BeforeAfter) -> FlowResult: ...
@overload
def analyze(evidence: PlanEvidence, study: ExperimentPlan) -> PlanResult: ...
@overload
def analyze(evidence: FlowPlanEvidence, study: FlowPlan) -> FlowPlanResult: ...
def analyze(
    evidence: PerkEvidence | SeriesEvidence | PlanEvidence | FlowPlanEvidence,
    study: PerkAbTest | BeforeAfter | ExperimentPlan | FlowPlan,
) -> PerkResult | FlowResult | PlanResult | FlowPlanResult:
    """Checks, effects and decision of a study, by the plan in its settings."""
    if isinstance(evidence, PerkEvidence) and isinstance(study, PerkAbTest):
        return analyze_perk(evidence, study)
    if isinstance(evidence, SeriesEvidence) and isinstance(study, BeforeAfter):
        return analyze_flow(evidence, study)
    if isinstance(evidence, PlanEvidence) and isinstance(study, ExperimentPlan):
        return analyze_plan(evidence, study)
    if isinstance(evidence, FlowPlanEvidence) and isinstance(study, FlowPlan):
        return analyze_flow_plan(evidence, study)
    raise TypeError(
        f"Evidence and study are of different kinds: {type(evidence).__name__}, {type(study).__name__}."
    )
