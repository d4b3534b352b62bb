"""What must hold before a change is read: is the extract whole, is it the same work, did anything else change?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from cs_lib import wording as w
from cs_lib.experiment.coverage import coverage
from cs_lib.experiment.errors import CannotEstimate
from cs_lib.experiment.flow_step import step
from cs_lib.experiment.its import LevelChange
from cs_lib.experiment.placebo import Placebo
from cs_lib.experiment.recording import recorded_alike
from cs_lib.metrics import Metric
from cs_lib.metrics.evidence import SeriesEvidence
from cs_lib.params import BeforeAfter, Scope
from cs_lib.results import Check, Effect, Series

Logged = tuple[str, str, date, str]  # id, name, local day, scope
WOLF = 0.10  # share of placebo dates with an alarm from which the method is not to be trusted here


def flow_checks(evidence: SeriesEvidence, study: BeforeAfter) -> Sequence[Check]:
    """The checks that need no effect: is the extract whole, is it the same work, did anything else change?"""
    design = study.design
    checks = [_whole(evidence, study), _same_work(evidence, study)]
    checks += [_followed(evidence, study), *recorded_alike(evidence)]
    checks.append(_no_other_change(evidence, study))
    if design.picked_for_bad_results:
        checks.append(_picked(evidence, study))
    if "csat_response_rate" in evidence.series:
        checks.append(_answers(evidence, study))
    return checks


def _picked(evidence: SeriesEvidence, study: BeforeAfter) -> Check:
    """A queue changed for its bad numbers recovers by itself; so does another one that was as bad."""
    name = "Not picked for bad results"
    why = "This queue was changed because its numbers were bad"
    if as_bad(evidence, study):
        finding = f"{why}; the unchanged queue was as bad, so a recovery by itself shows in both."
        return Check(name, True, finding)
    return Check(name, False, f"{why}; a recovery by itself looks like success.")


def as_bad(evidence: SeriesEvidence, study: BeforeAfter) -> bool:
    """Whether the unchanged queue was as bad before, to within the smallest effect worth acting on."""
    name, other = study.measure.primary_metric, evidence.comparison
    if other is None:
        return False
    ours, theirs = (_before(s, study) for s in (evidence.series[name], other))
    worse = ours - theirs if evidence.metrics[name].good == "down" else theirs - ours
    return worse <= study.rule.min_effect  # not a number, for a side without cases, is no


def _before(series: Series, study: BeforeAfter) -> float:
    early = series.days < np.datetime64(study.design.intervention_date)
    below = float(series.denominator[early].sum())
    return float(series.numerator[early].sum()) / below if below else float("nan")


def _whole(evidence: SeriesEvidence, study: BeforeAfter) -> Check:
    name = "Extract complete"
    found = coverage(evidence.volume, pre=study.design.pre_period, post=study.design.post_period)
    if found.before == 0 or found.after == 0:
        return Check(name, False, _hardly_any(evidence, found.before == 0), blocks_decision=True)
    weeks = f"{w.count(found.before)} contacts a week before, {w.count(found.after)} after"
    if found.silent is not None:
        finding = f"The extract is cut: no contact at all {w.days(*found.silent)} ({weeks})."
        return Check(name, False, finding, blocks_decision=True)
    if found.thin_weeks:
        named = w.listed([w.day(day) for day in found.thin_weeks])
        share = w.percent(found.weakest_edge, places=0)
        one = f"The extract is cut: the week of {named} holds {share} of a usual week ({weeks})."
        many = f"The extract is cut: the weeks of {named} hold as little as {share} of a usual week ({weeks})."
        finding = one if len(found.thin_weeks) == 1 else many
        return Check(name, False, finding, blocks_decision=True)
    if found.collapsed:
        finding = f"The volume of the whole desk changed too much to compare: {weeks}. Extract or population changed."
        return Check(name, False, finding, blocks_decision=True)
    return Check(name, True, f"The whole desk: {weeks}, no empty edge.")


def _hardly_any(evidence: SeriesEvidence, before: bool) -> str:
    """Which side is empty, and where the contacts lie."""
    busy = evidence.volume.days[evidence.volume.numerator > 0]
    if not len(busy):
        return "There is no contact at all in these periods; the data are of other days."
    there = w.days(busy[0].item(), busy[-1].item())
    side = "before" if before else "after"
    return (
        f"There are hardly any contacts {side} the change: those of these periods are of {there}."
    )


def _same_work(evidence: SeriesEvidence, study: BeforeAfter) -> Check:
    found = coverage(
        evidence.scoped_volume, pre=study.design.pre_period, post=study.design.post_period
    )
    if evidence.volume.numerator.any() and not evidence.scoped_volume.numerator.any():
        key = "design.teams" if study.design.teams else "design.scope"
        finding = (
            f"No contact of these periods matches {key}: look at its values and at the column's."
        )
        return Check("Same amount of work", False, finding, blocks_decision=True)
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
    """Other logged changes in the periods: fitted together, in doubt, or surely of other contacts."""
    others = _others(evidence, study)
    near = unhandled(evidence, study)
    known = [c for c in others if _fitted_with(c, study)]
    far = [c for c in others if c not in near and c not in known]
    name = "No other change"
    wrong = [f"{c[1]} ({w.day(c[2])})" for c in known if _fitted_with(c, study) != c[2]]
    together = f" Fitted together with the studied one: {_changes(known)}." if known else ""
    if wrong:
        finding = f"The change log has another day than design.also: {w.listed(wrong)}."
        return Check(name, False, f"{finding}{together}")
    if near:
        return Check(name, False, f"Also in these periods: {_changes(near)}.{together}")
    if far:
        finding = f"Others in these periods concern other contacts: {_changes(far)}."
        return Check(name, True, f"{finding}{together}")
    if known:
        return Check(name, True, together.strip())
    return Check(name, True, "The change log has no other change in these periods.")


def _others(evidence: SeriesEvidence, study: BeforeAfter) -> list[Logged]:
    """Logged changes that are not the studied one: by its id, or by its day where the log has no such id.

    Waves of the studied roll-out are no others.
    """
    design = study.design
    waves = set((design.teams or {}).values())
    known = any(c[0] == design.change_id for c in evidence.changes)
    ours = waves if known else waves | {design.intervention_date}
    return [c for c in evidence.changes if c[0] != design.change_id and c[2] not in ours]


def _fitted_with(logged: Logged, study: BeforeAfter) -> date | None:
    """The day from which `design.also` has this change: found by its id, or by its day where none is given."""
    days = [
        other.day
        for other in study.design.also
        if (other.change_id == logged[0] if other.change_id else other.day == logged[2])
    ]
    return days[0] if days else None


def unhandled(evidence: SeriesEvidence, study: BeforeAfter) -> tuple[Logged, ...]:
    """Other logged changes in the periods that may touch these contacts and are not fitted together."""
    return tuple(
        c
        for c in _others(evidence, study)
        if not apart(c[3], study.design.scope) and not _fitted_with(c, study)
    )


def _changes(changes: Sequence[Logged]) -> str:
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
    change: LevelChange,
    placebo: Placebo | None,
    metric: Metric,
    currency: str,
    *,
    several: bool = False,
) -> list[Check]:
    """Is the method to be trusted on this series: placebo dates, error models, enough weeks."""
    checks = [_wolf(placebo), _spread(change, metric, currency)]
    if change.daily and change.weekly:
        checks.append(_agree(change.daily, change.weekly, metric, currency))
    if change.few_weeks:
        where = "with, or without, one of the changes" if several else "on a side"
        finding = f"Fewer than eight whole weeks {where}: a fragile estimate."
        checks.append(Check("Enough weeks", False, finding))
    return checks


def _spread(change: LevelChange, metric: Metric, currency: str) -> Check:
    """The same effect under every error model: none may lie outside the deciding interval."""
    found = [effect for _, effect, _, _ in change.sensitivity]
    effect = change.effect
    inside = all(effect.effect_ci_low <= value <= effect.effect_ci_high for value in found)
    ends = [w.change(v, metric.unit, currency=currency) for v in (min(found), max(found))]
    models = w.counted(len(found), "error model")
    where = "all inside" if inside else "not all inside"
    finding = f"Under {models} the change lies between {ends[0]} and {ends[1]}, {where} the deciding interval."
    return Check("Error models agree", inside, finding)


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
