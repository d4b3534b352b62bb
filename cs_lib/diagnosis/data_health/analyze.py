"""From what a source holds to what it can answer."""

from __future__ import annotations

from collections.abc import Sequence

from cs_lib import sentences as w
from cs_lib.diagnosis.data_health.columns import column_findings
from cs_lib.diagnosis.data_health.earlier import earlier_findings
from cs_lib.diagnosis.data_health.given import given_findings
from cs_lib.diagnosis.data_health.keys import key_findings
from cs_lib.diagnosis.data_health.kinds import passed
from cs_lib.diagnosis.data_health.label_checks import label_findings
from cs_lib.diagnosis.data_health.readiness import readiness
from cs_lib.diagnosis.data_health.result import Finding, HealthResult, Readiness
from cs_lib.diagnosis.data_health.volumes import thin_runs, volume_findings, whole_days
from cs_lib.diagnosis.data_health.work import work_findings
from cs_lib.language import later
from cs_lib.metrics.data_health import HealthEvidence
from cs_lib.metrics.public_days import calendar_checks
from cs_lib.params.data_health import DataHealth
from cs_lib.results import Decision
from cs_lib.sentences import Text, say

CALLED = {
    "perk_ab_test": later("perk A/B test"),
    "before_after_duration": later("before/after by time taken"),
    "before_after_rate": later("before/after by rate"),
    "recurrence": later("contacts that come back"),
    "needs": later("needs and causes"),
    "journey": later("journey through the stages"),
    "scorecard": later("service scorecard"),
    "containment": later("what the bot solves alone"),
    "survey": later("surveys and their scores"),
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
        *given_findings(evidence),
        *earlier_findings(evidence),
        *_calendar(evidence, study),
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


def _calendar(evidence: HealthEvidence, study: DataHealth) -> list[Finding]:
    """The calendar of public holidays, where one is named: its days between the first row and the data cut."""
    first = [table.days[0].item() for table in evidence.tables.values() if len(table.days)]
    if not first:
        return []
    span = (min(first), evidence.observed_until)
    return [
        passed(check.code, check.found, table="") for check in calendar_checks(study.public, span)
    ]


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
    able, half, unable = (
        [each for each in wanted if each.state == state] for state in ("yes", "half", "no")
    )
    kinds = w.counted(len(wanted), "kind of study", "kinds of study")
    advice: Text = first.fix if first is not None else _missing(wanted)
    if len(able) == len(wanted):
        done = say("All that was asked for can be done: {kinds}.", kinds=kinds)
        return Decision("fit", done, advice, "all_ready", say("{kinds} can be done", kinds=kinds))
    if len(unable) == len(wanted):
        none = say("Of {kinds} asked for, none can be done.", kinds=kinds)
        return Decision("unfit", none, advice, "none_ready", w.without_stop(none))
    parts = {"able": w.count(len(able)), "half": w.count(len(half))}
    some = (
        say("Of {kinds} asked for, {able} can be done and {half} in part.", kinds=kinds, **parts)
        if able and half
        else say("Of {kinds} asked for, {able} can be done.", kinds=kinds, able=parts["able"])
        if able
        else say(
            "Of {kinds} asked for, {half} can be done in part.", kinds=kinds, half=parts["half"]
        )
    )
    lost = say("Not possible: {names}.", names=_names(unable)) if unable else ""
    return Decision(
        "fit_with_limits", w.together(some, lost), advice, "some_ready", w.without_stop(some)
    )


def _names(ready: Sequence[Readiness]) -> Text:
    return w.listed([say(CALLED[each.analysis]) for each in ready])


def _missing(wanted: Sequence[Readiness]) -> Text:
    """What to deliver when no check failed."""
    return next(
        (each.changes_it for each in wanted if each.changes_it),
        say("Nothing needs to be put right first."),
    )
