"""From what a source holds to what it can answer."""

from __future__ import annotations

from collections.abc import Sequence

from cs_lib import sentences as w
from cs_lib.diagnosis.data_health.columns import column_findings
from cs_lib.diagnosis.data_health.keys import key_findings
from cs_lib.diagnosis.data_health.label_checks import label_findings
from cs_lib.diagnosis.data_health.readiness import readiness
from cs_lib.diagnosis.data_health.result import Finding, HealthResult, Readiness
from cs_lib.diagnosis.data_health.volumes import thin_runs, volume_findings, whole_days
from cs_lib.diagnosis.data_health.work import work_findings
from cs_lib.language import later
from cs_lib.metrics.data_health import HealthEvidence
from cs_lib.params.data_health import Analysis, DataHealth
from cs_lib.results import Decision
from cs_lib.sentences import Text, say

CALLED: dict[Analysis, str] = {
    "perk_ab_test": later("perk test"),
    "before_after_duration": later("before/after by time"),
    "before_after_rate": later("before/after by rate"),
    "recurrence": later("recurrence"),
    "needs": later("needs"),
    "journey": later("journey"),
    "scorecard": later("scorecard"),
    "containment": later("bot containment"),
    "survey": later("survey"),
}
STOP_WEIGHT = 3  # a stopped study weighs as much as three that are limited


def analyze(evidence: HealthEvidence, study: DataHealth) -> HealthResult:
    """Every check, what each kind of study can do with the source, and what to put right first."""
    thin = thin_runs(evidence, study.holidays)
    whole = whole_days(evidence, thin)
    findings = (
        *volume_findings(evidence, thin, whole, study.holidays),
        *column_findings(evidence, whole),
        *key_findings(evidence),
        *label_findings(evidence),
        *work_findings(evidence),
    )
    ready = readiness(evidence, findings, study, whole)
    first = fix_first(findings, study)
    decision = decide(ready, first)
    return HealthResult(
        study=study,
        metrics={},
        currency=evidence.currency,
        findings=findings,
        decision=decision,
        readiness=ready,
        observed_until=evidence.observed_until,
        fix_first=first,
        evidence=evidence,
    )


def fix_first(findings: Sequence[Finding], study: DataHealth) -> Finding | None:
    """The failed check that most wanted studies wait for, by the share of rows at fault where they are as many."""
    wanted = set(study.analyses)

    def weight(finding: Finding) -> tuple[int, float]:
        stops, limits = (len(wanted & set(each)) for each in (finding.stops, finding.limits))
        return STOP_WEIGHT * stops + limits, finding.share

    failing = [finding for finding in findings if finding.failed]
    return max(failing, key=weight, default=None)


def decide(ready: Sequence[Readiness], first: Finding | None) -> Decision:
    """Fit, fit with limits, or unfit, for the studies that the settings name."""
    wanted = [each for each in ready if each.wanted]
    able = [each for each in wanted if each.state == "yes"]
    unable = [each for each in wanted if each.state == "no"]
    advice: Text = first.fix if first is not None else _missing(wanted)
    if len(able) == len(wanted):
        done = say("Every study that is wanted can be done: {names}.", names=_names(wanted))
        headline = say("This source can answer what it is wanted for")
        return Decision("fit", done, advice, "all_ready", headline)
    if len(unable) == len(wanted):
        because = w.together(
            say("None of these can be done: {names}.", names=_names(wanted)), _why(unable)
        )
        headline = say("This source cannot answer what it is wanted for")
        return Decision("unfit", because, advice, "none_ready", headline)
    half = [each for each in wanted if each.state == "half"]
    because = w.together(
        say("Without limits: {names}.", names=_names(able)) if able else "",
        say("With limits: {names}.", names=_names(half)) if half else "",
        say("Not possible: {names}.", names=_names(unable)) if unable else "",
        _why(unable or half),
    )
    headline = say("This source can answer a part of what it is wanted for")
    return Decision("fit_with_limits", because, advice, "some_ready", headline)


def _names(ready: Sequence[Readiness]) -> Text:
    return w.listed([say(CALLED[each.analysis]) for each in ready])


def _why(ready: Sequence[Readiness]) -> Text:
    """The heaviest reason of the first study that cannot be done."""
    some = next((each for each in ready if each.reasons), None)
    if some is None:
        return ""
    return w.sentence(w.labelled(say(CALLED[some.analysis]), some.reasons[0]))


def _missing(wanted: Sequence[Readiness]) -> Text:
    """What to deliver when no check failed."""
    return next(
        (each.changes_it for each in wanted if each.changes_it),
        say("Nothing needs to be put right first."),
    )
