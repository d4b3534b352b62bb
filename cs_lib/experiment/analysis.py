"""One entrance for analysts: evidence and plan in, result out."""

from __future__ import annotations

from typing import overload

from cs_lib.experiment.flow import FlowResult, analyze_flow
from cs_lib.experiment.perk import PerkResult, analyze_perk
from cs_lib.metrics.evidence import PerkEvidence, SeriesEvidence
from cs_lib.params import BeforeAfter, PerkAbTest


@overload
def analyze(evidence: PerkEvidence, study: PerkAbTest) -> PerkResult: ...
@overload
def analyze(evidence: SeriesEvidence, study: BeforeAfter) -> FlowResult: ...
def analyze(
    evidence: PerkEvidence | SeriesEvidence, study: PerkAbTest | BeforeAfter
) -> PerkResult | FlowResult:
    """Checks, effects and decision of a study, by the plan in its settings."""
    if isinstance(evidence, PerkEvidence) and isinstance(study, PerkAbTest):
        return analyze_perk(evidence, study)
    if isinstance(evidence, SeriesEvidence) and isinstance(study, BeforeAfter):
        return analyze_flow(evidence, study)
    raise TypeError(
        f"Evidence and study are of different kinds: {type(evidence).__name__}, {type(study).__name__}."
    )
