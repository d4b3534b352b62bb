"""What must hold before a change is read: is the extract whole, is it the same work, did anything else change?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from cs_lib import wording as w
from cs_lib.aggregates import Series
from cs_lib.experiment.before_after.recording import recorded_alike
from cs_lib.experiment.before_after.result import Logged
from cs_lib.experiment.before_after.series import step
from cs_lib.language import say
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.level_change import LevelChange
from cs_lib.methods.its.placebo import Placebo
from cs_lib.methods.monitoring.completeness import coverage
from cs_lib.metrics import Metric
from cs_lib.metrics.before_after import BeforeAfterEvidence
from cs_lib.params import BeforeAfter, Scope
from cs_lib.results import Check, Effect

SCOPE = re.compile(r"\s*(\w+) in \(([^()]*)\)\s*")  # of a change, as logs write it
WOLF = 0.10  # share of placebo dates with an alarm from which the method is not to be trusted here


def flow_checks(evidence: BeforeAfterEvidence, study: BeforeAfter) -> Sequence[Check]:
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


def _picked(evidence: BeforeAfterEvidence, study: BeforeAfter) -> Check:
    """A queue changed for its bad numbers recovers by itself; so does another one that was as bad."""
    name = say("Not picked for bad results")
    alike = as_bad(evidence, study)
    finding = say(
        "This queue was changed because its numbers were bad; the unchanged queue was as bad, so a "
        "recovery by itself shows in both."
        if alike
        else "This queue was changed because its numbers were bad; a recovery by itself looks like "
        "success."
    )
    return Check(name, alike, finding)


def as_bad(evidence: BeforeAfterEvidence, study: BeforeAfter) -> bool:
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


def _whole(evidence: BeforeAfterEvidence, study: BeforeAfter) -> Check:
    name = say("Extract complete")
    found = coverage(evidence.volume, pre=study.design.pre_period, post=study.design.post_period)
    if found.before == 0 or found.after == 0:
        return Check(name, False, _hardly_any(evidence, found.before == 0), blocks_decision=True)
    weeks = say(
        "{before} contacts a week before, {after} after",
        before=w.count(found.before),
        after=w.count(found.after),
    )
    if found.silent is not None:
        finding = say(
            "The extract is cut: no contact at all {days} ({weeks}).",
            days=w.days(*found.silent),
            weeks=weeks,
        )
        return Check(name, False, finding, blocks_decision=True)
    if found.thin_weeks:
        named = w.listed([w.day(day) for day in found.thin_weeks])
        share = w.percent(found.weakest_edge, places=0)
        one = say(
            "The extract is cut: the week of {named} holds {share} of a usual week ({weeks}).",
            named=named,
            share=share,
            weeks=weeks,
        )
        many = say(
            "The extract is cut: the weeks of {named} hold as little as {share} of a usual "
            "week ({weeks}).",
            named=named,
            share=share,
            weeks=weeks,
        )
        finding = one if len(found.thin_weeks) == 1 else many
        return Check(name, False, finding, blocks_decision=True)
    if found.collapsed:
        finding = say(
            "The volume of the whole desk changed too much to compare: {weeks}. Extract or "
            "population changed.",
            weeks=weeks,
        )
        return Check(name, False, finding, blocks_decision=True)
    return Check(name, True, say("The whole desk: {weeks}, no empty edge.", weeks=weeks))


def _hardly_any(evidence: BeforeAfterEvidence, before: bool) -> str:
    """Which side is empty, and where the contacts lie."""
    busy = evidence.volume.days[evidence.volume.numerator > 0]
    if not len(busy):
        return say("There is no contact at all in these periods; the data are of other days.")
    there = w.days(busy[0].item(), busy[-1].item())
    return say(
        "There are hardly any contacts before the change: those of these periods are of {there}."
        if before
        else "There are hardly any contacts after the change: those of these periods are of "
        "{there}.",
        there=there,
    )


def _same_work(evidence: BeforeAfterEvidence, study: BeforeAfter) -> Check:
    found = coverage(
        evidence.scoped_volume, pre=study.design.pre_period, post=study.design.post_period
    )
    if evidence.volume.numerator.any() and not evidence.scoped_volume.numerator.any():
        key = "design.teams" if study.design.teams else "design.scope"
        finding = say(
            "No contact of these periods matches {key}: look at its values and at the column's.",
            key=key,
        )
        return Check(say("Same amount of work"), False, finding, blocks_decision=True)
    weeks = say(
        "{before} contacts a week in scope before, {after} after",
        before=w.count(found.before),
        after=w.count(found.after),
    )
    if found.moved:
        return Check(
            say("Same amount of work"),
            False,
            say("{weeks} Ask whether these are still the same contacts.", weeks=w.sentence(weeks)),
        )
    return Check(say("Same amount of work"), True, w.sentence(weeks))


def _followed(evidence: BeforeAfterEvidence, study: BeforeAfter) -> Check:
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
            say("Every case followed"),
            True,
            say("All cases up to {wanted} were followed long enough.", wanted=w.day(wanted)),
        )
    finding = say(
        "Cases after {last} are left out: their follow-up is not over at the data cut.",
        last=w.day(last),
    )
    return Check(say("Every case followed"), None, finding)


def _no_other_change(evidence: BeforeAfterEvidence, study: BeforeAfter) -> Check:
    """Other logged changes in the periods: fitted together, in doubt, or surely of other contacts."""
    others = _others(evidence, study)
    near = unhandled(evidence, study)
    known = [c for c in others if _fitted_with(c, study)]
    far = [c for c in others if c not in near and c not in known]
    name = say("No other change")
    wrong = [f"{c[1]} ({w.day(c[2])})" for c in known if _fitted_with(c, study) != c[2]]
    together = (
        say(" Fitted together with the studied one: {known}.", known=_changes(known))
        if known
        else ""
    )
    if wrong:
        finding = say(
            "The change log has another day than design.also: {wrong}.", wrong=w.listed(wrong)
        )
        return Check(name, False, f"{finding}{together}")
    if near:
        return Check(
            name,
            False,
            say("Also in these periods: {near}.{together}", near=_changes(near), together=together),
        )
    if far:
        finding = say("Others in these periods concern other contacts: {far}.", far=_changes(far))
        return Check(name, True, f"{finding}{together}")
    if known:
        return Check(name, True, together.strip())
    return Check(name, True, say("The change log has no other change in these periods."))


def _others(evidence: BeforeAfterEvidence, study: BeforeAfter) -> list[Logged]:
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


def unhandled(evidence: BeforeAfterEvidence, study: BeforeAfter) -> tuple[Logged, ...]:
    """Other logged changes in the periods that may touch these contacts and are not fitted together."""
    return tuple(
        c
        for c in _others(evidence, study)
        if not apart(c[3], study.design.scope) and not _fitted_with(c, study)
    )


def _changes(changes: Sequence[Logged]) -> str:
    return w.listed(
        [f"{name} ({w.day(day)}, {scope_in_words(scope)})" for _, name, day, scope in changes]
    )


def scope_in_words(logged: str) -> str:
    """A logged scope like `need_code in (late_delivery)` in words; others as they stand."""
    match = SCOPE.fullmatch(logged)
    if match is None:
        return logged
    values = [w.name(value.strip()) for value in match[2].split(",")]
    return say("{column} in ({values})", column=w.name(match[1]), values=say(", ").join(values))


def apart(logged: str, scope: Scope) -> bool:
    """Whether a logged scope like `team_id in (T05, T06)` names only values outside ours; unsure is no."""
    match = SCOPE.fullmatch(logged)
    if match is None or match[1] not in Scope.COLUMNS:
        return False
    theirs = {value.strip() for value in match[2].split(",")}
    ours = getattr(scope, match[1])
    return bool(ours) and theirs.isdisjoint(ours)


def _answers(evidence: BeforeAfterEvidence, study: BeforeAfter) -> Check:
    name = say("Response rate steady")
    try:
        effect = step(evidence.series["csat_response_rate"], study, evidence.metrics).effect
    except CannotEstimate as error:
        return Check(name, None, say("Not available: {error}", error=error))
    ends = say(
        "{control} answered before, {treatment} after",
        control=w.percent(effect.control),
        treatment=w.percent(effect.treatment),
    )
    if effect.pvalue < 0.05:
        return Check(
            name,
            False,
            say(
                "{ends} Different customers answer now; read csat with care.", ends=w.sentence(ends)
            ),
        )
    return Check(name, True, w.sentence(ends))


def method_checks(
    change: LevelChange,
    placebo: Placebo | None,
    metric: Metric,
    *,
    several: bool = False,
) -> list[Check]:
    """Is the method to be trusted on this series: placebo dates, error models, enough weeks."""
    checks = [_wolf(placebo), _spread(change, metric)]
    if change.daily and change.weekly:
        checks.append(_agree(change.daily, change.weekly, metric))
    if change.few_weeks:
        finding = say(
            "Fewer than eight whole weeks with, or without, one of the changes: a fragile estimate."
            if several
            else "Fewer than eight whole weeks on a side: a fragile estimate."
        )
        checks.append(Check(say("Enough weeks"), False, finding))
    return checks


def _spread(change: LevelChange, metric: Metric) -> Check:
    """The same effect under every error model: none may lie outside the deciding interval."""
    found = [effect for _, effect, _, _ in change.sensitivity]
    effect = change.effect
    inside = all(effect.effect_ci_low <= value <= effect.effect_ci_high for value in found)
    ends = [w.change(v, metric.quantity) for v in (min(found), max(found))]
    models = w.counted(len(found), "error model")
    finding = say(
        "Under {models} the change lies between {ends} and {ends_2}, all inside the deciding "
        "interval."
        if inside
        else "Under {models} the change lies between {ends} and {ends_2}, not all inside the "
        "deciding interval.",
        models=models,
        ends=ends[0],
        ends_2=ends[1],
    )
    return Check(say("Error models agree"), inside, finding)


def _wolf(placebo: Placebo | None) -> Check:
    name = say("Quiet before the change")
    if placebo is None:
        return Check(
            name,
            None,
            say("The pre-period is too short to try dates on which nothing was changed."),
        )
    quiet = placebo.share <= WOLF
    finding = say(
        "On {n_dates} before the change, where nothing was changed, the same method saw a change "
        "on {n_alarms}."
        if quiet
        else "On {n_dates} before the change, where nothing was changed, the same method saw a "
        "change on {n_alarms}: it cries wolf here.",
        n_dates=w.counted(placebo.n_dates, "date"),
        n_alarms=w.count(placebo.n_alarms),
    )
    return Check(name, quiet, finding)


def _agree(daily: Effect, weekly: Effect, metric: Metric) -> Check:
    apart = (
        daily.effect_ci_low > weekly.effect_ci_high or weekly.effect_ci_low > daily.effect_ci_high
    )
    ends = [
        f"{unit} {w.change(e.effect, metric.quantity)}"
        f" ({w.interval(e.effect_ci_low, e.effect_ci_high, metric.quantity)})"
        for unit, e in ((say("by days"), daily), (say("by weeks"), weekly))
    ]
    finding = w.sentence(w.listed(ends))
    return Check(say("Days and weeks agree"), not apart, finding)
