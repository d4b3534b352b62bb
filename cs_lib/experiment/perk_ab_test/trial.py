"""What travels together through the analysis of an A/B study: its evidence and its settings."""

from __future__ import annotations

from dataclasses import dataclass

from cs_lib.metrics import Metric
from cs_lib.metrics.perk_ab_test import PerkEvidence
from cs_lib.params import PerkAbTest


@dataclass(frozen=True, slots=True)
class Trial:
    """A perk A/B test as it was observed, and the plan it is read by."""

    evidence: PerkEvidence
    study: PerkAbTest

    @property
    def primary(self) -> Metric:
        """The metric that decides."""
        return self.evidence.metrics[self.study.measure.primary_metric]
