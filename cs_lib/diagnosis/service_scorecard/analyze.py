"""From weeks to whether fewer customers have problems and what needs a decision."""

from __future__ import annotations

from cs_lib.diagnosis.service_scorecard.decide import decide
from cs_lib.diagnosis.service_scorecard.drivers import split
from cs_lib.diagnosis.service_scorecard.result import ScorecardResult
from cs_lib.diagnosis.service_scorecard.rows import masked_weeks, rows_of, week_starts
from cs_lib.diagnosis.service_scorecard.signals import signals_of
from cs_lib.diagnosis.service_scorecard.trust import checks, steps_of_columns
from cs_lib.diagnosis.thin_days import thin_days
from cs_lib.metrics.service_scorecard import ScorecardEvidence
from cs_lib.params.service_scorecard import ServiceScorecard


def analyze(evidence: ScorecardEvidence, study: ServiceScorecard) -> ScorecardResult:
    """Every row with its limits, the signals that stand now, what drives the change, and whether tables carry it."""
    off = study.design.days_off
    thin = thin_days(evidence.tables, evidence.observed_until, off)
    steps = steps_of_columns(evidence, thin)
    rows = rows_of(evidence, study, thin, steps)
    signals = signals_of(evidence, rows)
    checked = checks(evidence, study, rows, thin, steps)
    starts = week_starts(evidence)
    return ScorecardResult(
        study=study,
        metrics={name: row.metric for name, row in rows.items()},
        currency=evidence.currency,
        checks=checked,
        decision=decide(rows, signals, checked, study),
        rows=rows,
        signals=signals,
        drivers=split(evidence, study),
        masked=tuple(starts[masked_weeks(starts, off)].tolist()),
        evidence=evidence,
    )
