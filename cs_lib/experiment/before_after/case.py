"""What travels together through the analysis of a before/after study: its evidence and its settings."""

from __future__ import annotations

from dataclasses import dataclass

from cs_lib.aggregates import Series
from cs_lib.metrics import Metric
from cs_lib.metrics.before_after import BeforeAfterEvidence
from cs_lib.params import BeforeAfter


@dataclass(frozen=True, slots=True)
class Case:
    """A change as its series show it, and the plan they are read by."""

    evidence: BeforeAfterEvidence
    study: BeforeAfter

    @property
    def primary(self) -> Metric:
        """The metric that decides."""
        return self.evidence.metrics[self.study.measure.primary_metric]

    @property
    def series(self) -> Series:
        """The deciding metric by day."""
        return self.evidence.series[self.study.measure.primary_metric]
