"""What must hold before a change is read: is the extract whole, is it the same work, did anything else change?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from cs_lib import sentences as w
from cs_lib.aggregates import Series
from cs_lib.experiment.before_after.case import Case
from cs_lib.experiment.before_after.contradictions import contradictions
from cs_lib.experiment.before_after.hours import hours_alike
from cs_lib.experiment.before_after.other_changes import log_checks
from cs_lib.experiment.before_after.own_days import days_there
from cs_lib.experiment.before_after.recording import recorded_alike
from cs_lib.experiment.before_after.series import step_of
from cs_lib.experiment.before_after.times import times_real
from cs_lib.experiment.before_after.whole import whole
from cs_lib.methods.errors import tried
from cs_lib.methods.its.level_change import LevelChange
from cs_lib.methods.its.placebo import Placebo
from cs_lib.methods.its.placebo_test import PlaceboTest
from cs_lib.methods.monitoring.completeness import coverage
from cs_lib.metrics import Metric
from cs_lib.metrics.public_days import calendar_checks
from cs_lib.params import BeforeAfter
from cs_lib.results import Check, Effect
from cs_lib.sentences import Text, say

WEEKS_A_MONTH = 365.25 / 12 / 7


def flow_checks(case: Case) -> Sequence[Check]:
    """The checks that need no effect: is the extract whole, is it the same work, did anything else change?"""
    design = case.study.design
    own = case.evidence.days is not None
    checks = days_there(case) if own else [*whole(case), _same_work(case)]
    if not own:
        checks += [_followed(case), *recorded_alike(case), *contradictions(case), *times_real(case)]
        checks += hours_alike(case)
    checks += log_checks(case)
    checks += calendar_checks(design.public, design.pre_period, design.post_period)
    if design.picked_for_bad_results:
        checks.append(_picked(case))
    if "csat_response_rate" in case.evidence.series:
        checks.append(_answers(case))
    return checks


def _picked(case: Case) -> Check:
    """A queue changed for its bad numbers recovers by itself; so does another one that was as bad."""
    name = "not_picked"
    alike = as_bad(case)
    finding = say(
        "This queue was changed because its numbers were bad; the unchanged queue was as bad, so a "
        "recovery by itself shows in both."
        if alike
        else "This queue was changed because its numbers were bad; a recovery by itself looks like "
        "success."
    )
    return Check(name, alike, finding)


def as_bad(case: Case) -> bool:
    """Whether the unchanged queue was as bad before, to within the smallest effect worth acting on."""
    name, other = case.study.measure.primary_metric, case.evidence.comparison
    if other is None:
        return False
    ours, theirs = (_before(s, case.study) for s in (case.evidence.series[name], other))
    worse = ours - theirs if case.evidence.metrics[name].good == "down" else theirs - ours
    # A side without cases is not a number, and the answer is no.
    return worse <= case.study.rule.min_effect


def _before(series: Series, study: BeforeAfter) -> float:
    early = series.days < np.datetime64(study.design.intervention_date)
    below = float(series.denominator[early].sum())
    return float(series.numerator[early].sum()) / below if below else float("nan")


def _same_work(case: Case) -> Check:
    volume = coverage(
        case.evidence.scoped_volume,
        pre=case.study.design.pre_period,
        post=case.study.design.post_period,
    )
    if case.evidence.volume.numerator.any() and not case.evidence.scoped_volume.numerator.any():
        key = "design.teams" if case.study.design.teams else "design.scope"
        finding = say(
            "No contact of these periods matches {key}: look at its values and at the column's.",
            key=key,
        )
        return Check("same_amount_of_work", False, finding, blocks_decision=True)
    weeks = say(
        "{before} contacts a week in scope before, {after} after",
        before=w.count(volume.before),
        after=w.count(volume.after),
    )
    if volume.moved:
        return Check(
            "same_amount_of_work",
            False,
            say("{weeks} Ask whether these are still the same contacts.", weeks=w.sentence(weeks)),
        )
    return Check("same_amount_of_work", True, w.sentence(weeks))


def contacts_a_month(case: Case) -> float:
    """Contacts in scope in an average month after the change, by the median week; 0 where contacts are not counted."""
    if case.evidence.days is not None:
        return 0.0
    design = case.study.design
    volume = coverage(case.evidence.scoped_volume, pre=design.pre_period, post=design.post_period)
    return volume.after * WEEKS_A_MONTH


def _followed(case: Case) -> Check:
    """The last days of the post-period may lack their follow-up; they are left off, and that is said."""
    series = case.series
    wanted = case.study.design.post_period[1]
    last = (
        series.days[-1].item()
        if len(series.days)
        else case.study.design.pre_period[0] - timedelta(days=1)
    )
    if last >= wanted:
        return Check(
            "every_case_followed",
            True,
            say("All cases up to {wanted} were followed long enough.", wanted=w.day(wanted)),
        )
    finding = say(
        "Cases after {last} are left out: their follow-up is not over at the data cut.",
        last=w.day(last),
    )
    return Check("every_case_followed", None, finding)


def _answers(case: Case) -> Check:
    name = "response_rate"
    reading, refusal = tried(lambda: step_of(case, "csat_response_rate"))
    if reading is None:
        return Check(name, None, say("Not available: {error}", error=refusal))
    effect = reading.effect
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
    tested: PlaceboTest | None,
    metric: Metric,
    *,
    several: bool = False,
) -> list[Check]:
    """Is the method to be trusted on this series: placebo dates, error models, enough weeks."""
    checks = [_wolf(placebo, tested), _spread(change, metric)]
    if change.daily and change.weekly:
        checks.append(_agree(change.daily, change.weekly, metric))
    if change.few_weeks:
        finding = say(
            "Fewer than eight whole weeks with, or without, one of the changes: a fragile estimate."
            if several
            else "Fewer than eight whole weeks on a side: a fragile estimate."
        )
        checks.append(Check("enough_weeks", False, finding))
    return checks


def _spread(change: LevelChange, metric: Metric) -> Check:
    """The same effect under every error model: none may lie outside the deciding interval."""
    estimates = [effect for _, effect, _, _ in change.sensitivity]
    effect = change.effect
    inside = all(effect.effect_ci_low <= value <= effect.effect_ci_high for value in estimates)
    ends = [w.change(v, metric.quantity) for v in (min(estimates), max(estimates))]
    models = w.counted(len(estimates), "error model")
    finding = say(
        "Under {models} the change lies between {least} and {most}, all inside the deciding "
        "interval."
        if inside
        else "Under {models} the change lies between {least} and {most}, not all inside the "
        "deciding interval.",
        models=models,
        least=ends[0],
        most=ends[1],
    )
    return Check("error_models_agree", inside, finding)


def _wolf(placebo: Placebo | None, tested: PlaceboTest | None) -> Check:
    """Dates before the change: what was seen there, and whether the fitted model allows for it."""
    name = "placebo_dates"
    seen = (
        say(
            "On {n_dates} before the change, where nothing was changed, the same method saw a change "
            "on {n_alarms}.",
            n_dates=w.counted(placebo.n_dates, "date"),
            n_alarms=w.count(placebo.n_alarms),
        )
        if placebo is not None
        else ""
    )
    if tested is None:
        short = say(
            "The pre-period is too short to test the model on dates on which nothing was changed."
        )
        return Check(name, None, w.together(seen, short))
    return Check(name, not tested.failed, w.together(seen, described(tested)))


def described(tested: PlaceboTest) -> Text:
    """Whether the model describes what came before the change, as a sentence."""
    if tested.failed:
        return say(
            "The steps before the change are larger than chance makes them: the model does not describe what "
            "came before, and a change after it proves nothing."
        )
    return say("The steps before the change are no larger than chance makes them.")


def _agree(daily: Effect, weekly: Effect, metric: Metric) -> Check:
    apart = (
        daily.effect_ci_low > weekly.effect_ci_high or weekly.effect_ci_low > daily.effect_ci_high
    )
    ends = [
        w.bracketed(
            w.spaced(unit, w.change(e.effect, metric.quantity)),
            w.interval(e.effect_ci_low, e.effect_ci_high, metric.quantity),
        )
        for unit, e in ((say("by days"), daily), (say("by weeks"), weekly))
    ]
    finding = w.sentence(w.listed(ends))
    return Check("days_and_weeks_agree", not apart, finding)
