"""What must hold before a change is read: is the extract whole, is it the same work, did anything else change?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from cs_lib import wording as w
from cs_lib.experiment.coverage import coverage
from cs_lib.experiment.errors import CannotEstimate
from cs_lib.experiment.flow_step import step
from cs_lib.experiment.its import LevelChange
from cs_lib.experiment.placebo import Placebo
from cs_lib.metrics import Metric
from cs_lib.metrics.evidence import SeriesEvidence
from cs_lib.params import BeforeAfter, Scope
from cs_lib.results import Check, Effect

WOLF = 0.10  # share of placebo dates with an alarm from which the method is not to be trusted here


def flow_checks(evidence: SeriesEvidence, study: BeforeAfter) -> Sequence[Check]:
    """The checks that need no effect: is the extract whole, is it the same work, did anything else change?"""
    design = study.design
    checks = [_whole(evidence, study), _same_work(evidence, study)]
    checks += [_followed(evidence, study), _no_other_change(evidence, study)]
    if design.picked_for_bad_results:
        finding = "This queue was changed because its numbers were bad; a recovery by itself looks like success."
        checks.append(Check("Not picked for bad results", False, finding))
    if "csat_response_rate" in evidence.series:
        checks.append(_answers(evidence, study))
    return checks


def _whole(evidence: SeriesEvidence, study: BeforeAfter) -> Check:
    name = "Extract complete"
    found = coverage(evidence.volume, pre=study.design.pre_period, post=study.design.post_period)
    if found.before == 0 or found.after == 0:
        side = "before" if found.before == 0 else "after"
        return Check(
            name, False, f"There are hardly any contacts {side} the change.", blocks_decision=True
        )
    weeks = f"{w.count(found.before)} contacts a week before, {w.count(found.after)} after"
    if found.silent is not None:
        finding = f"The extract is cut: no contact at all {w.days(*found.silent)} ({weeks})."
        return Check(name, False, finding, blocks_decision=True)
    if found.cut_off and found.weakest_week is not None:
        finding = (
            f"The extract is cut: the week of {w.day(found.weakest_week)} holds"
            f" {w.percent(found.weakest_edge, places=0)} of a usual week ({weeks})."
        )
        return Check(name, False, finding, blocks_decision=True)
    if found.collapsed:
        finding = f"The volume of the whole desk changed too much to compare: {weeks}. Extract or population changed."
        return Check(name, False, finding, blocks_decision=True)
    return Check(name, True, f"The whole desk: {weeks}, no empty edge.")


def _same_work(evidence: SeriesEvidence, study: BeforeAfter) -> Check:
    found = coverage(
        evidence.scoped_volume, pre=study.design.pre_period, post=study.design.post_period
    )
    weeks = f"{w.count(found.before)} contacts a week in scope before, {w.count(found.after)} after"
    if found.moved:
        return Check(
            "Same amount of work",
            False,
            f"{w.sentence(weeks)} Ask whether these are still the same contacts.",
        )
    return Check("Same amount of work", True, w.sentence(weeks))


def _followed(evidence: SeriesEvidence, study: BeforeAfter) -> Check:
    """The last days of the post-period may lack their follow-up; they are left off, and that is said."""
    series = evidence.series[study.measure.primary_metric]
    wanted = study.design.post_period[1]
    last = (
        series.days[-1].item()
        if len(series.days)
        else study.design.pre_period[0] - timedelta(days=1)
    )
    if last >= wanted:
        return Check(
            "Every case followed",
            True,
            f"All cases up to {w.day(wanted)} were followed long enough.",
        )
    finding = (
        f"Cases after {w.day(last)} are left out: their follow-up is not over at the data cut."
    )
    return Check("Every case followed", None, finding)


def _no_other_change(evidence: SeriesEvidence, study: BeforeAfter) -> Check:
    """Other logged changes in the periods; those whose scope cannot touch ours are named without doubt."""
    design = study.design
    others = [
        c for c in evidence.changes if c[0] != design.change_id and c[2] != design.intervention_date
    ]
    near = [c for c in others if not apart(c[3], design.scope)]
    name = "No other change"
    if near:
        return Check(name, False, f"Also in these periods: {_changes(near)}.")
    if others:
        return Check(
            name, True, f"Others in these periods concern other contacts: {_changes(others)}."
        )
    return Check(name, True, "The change log has no other change in these periods.")


def _changes(changes: Sequence[tuple[str, str, date, str]]) -> str:
    return w.listed([f"{name} ({w.day(day)}, {scope})" for _, name, day, scope in changes])


def apart(logged: str, scope: Scope) -> bool:
    """Whether a logged scope like `team_id in (T05, T06)` names only values outside ours; unsure is no."""
    match = re.fullmatch(r"\s*(\w+) in \(([^()]*)\)\s*", logged)
    if match is None or match[1] not in Scope.COLUMNS:
        return False
    theirs = {value.strip() for value in match[2].split(",")}
    ours = getattr(scope, match[1])
    return bool(ours) and theirs.isdisjoint(ours)


def _answers(evidence: SeriesEvidence, study: BeforeAfter) -> Check:
    name = "Response rate steady"
    try:
        effect = step(evidence.series["csat_response_rate"], study, evidence.metrics).effect
    except CannotEstimate as error:
        return Check(name, None, f"Not available: {error}")
    ends = f"{w.percent(effect.control)} answered before, {w.percent(effect.treatment)} after"
    if effect.pvalue < 0.05:
        return Check(
            name, False, f"{w.sentence(ends)} Different customers answer now; read csat with care."
        )
    return Check(name, True, w.sentence(ends))


def method_checks(
    change: LevelChange, placebo: Placebo | None, metric: Metric, currency: str
) -> list[Check]:
    """Is the method to be trusted on this series: placebo dates, days against weeks, enough weeks."""
    checks = [_wolf(placebo)]
    if change.daily and change.weekly:
        checks.append(_agree(change.daily, change.weekly, metric, currency))
    if change.few_weeks:
        checks.append(
            Check(
                "Enough weeks", False, "Fewer than eight whole weeks on a side: a fragile estimate."
            )
        )
    return checks


def _wolf(placebo: Placebo | None) -> Check:
    name = "Quiet before the change"
    if placebo is None:
        return Check(
            name, None, "The pre-period is too short to try dates on which nothing was changed."
        )
    finding = (
        f"On {w.counted(placebo.n_dates, 'date')} before the change, where nothing was changed, the same method saw"
        f" a change on {w.count(placebo.n_alarms)}"
    )
    if placebo.share > WOLF:
        return Check(name, False, f"{finding}: it cries wolf here.")
    return Check(name, True, f"{finding}.")


def _agree(daily: Effect, weekly: Effect, metric: Metric, currency: str) -> Check:
    apart = (
        daily.effect_ci_low > weekly.effect_ci_high or weekly.effect_ci_low > daily.effect_ci_high
    )
    ends = [
        f"{unit} {w.change(e.effect, metric.unit, currency=currency)}"
        f" ({w.interval(e.effect_ci_low, e.effect_ci_high, metric.unit, currency=currency)})"
        for unit, e in (("by days", daily), ("by weeks", weekly))
    ]
    finding = w.sentence(w.listed(ends))
    return Check("Days and weeks agree", not apart, finding)
