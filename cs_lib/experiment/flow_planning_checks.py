"""What may be wrong with the plan of a before/after study, and the one sentence it comes to."""

from __future__ import annotations

from datetime import date, timedelta
from math import isfinite

from cs_lib import wording as w
from cs_lib.experiment.coverage import coverage
from cs_lib.experiment.flow_checks import WOLF, apart
from cs_lib.experiment.flow_planning_result import FlowPlanResult, TeamPlan
from cs_lib.experiment.noise_model import LONGEST_MEMORY
from cs_lib.experiment.rollout_power import Schedule
from cs_lib.experiment.teams import SOLID_TEAMS
from cs_lib.metrics.flow_history import FlowPlanEvidence
from cs_lib.params import FlowPlan
from cs_lib.results import Check, Decision

SOLID_DAYS = 56  # of history, below which the autocorrelation is hardly known
APART = 0.1  # difference of two powers from which formula and simulation disagree
ALARMS = 0.08  # simulated false alarms above which the method does not keep its level here
WEEK = 7


def no_flow_plan(reason: str) -> Decision:
    """The verdict when the past tells too little."""
    more = "Plan with a longer history, or with a scope that has more cases."
    return Decision("not_enough_data", w.sentence(reason), more)


def broken_extract(evidence: FlowPlanEvidence, study: FlowPlan) -> Check | None:
    """The check that a plan cannot do without, when it fails: an extract that is cut, or no longer the same."""
    check = _extract(evidence, study)
    return check if check.passed is False else None


def _extract(evidence: FlowPlanEvidence, study: FlowPlan) -> Check:
    name, (first, last) = "Extract complete", study.design.history
    middle = first + (last - first) / 2
    found = coverage(evidence.volume, pre=(first, middle), post=(middle + timedelta(1), last))
    halves = (
        f"{w.count(found.before)} contacts a week in the first half of the history,"
        f" {w.count(found.after)} in the second"
    )
    if found.before == 0 or found.after == 0:
        finding = f"Half of the history has hardly any contacts: {halves}."
    elif found.silent is not None:
        finding = f"The extract is cut: no contact at all {w.days(*found.silent)} ({halves})."
    elif found.cut_off and found.weakest_week is not None:
        share = w.percent(found.weakest_edge, places=0)
        week = w.day(found.weakest_week)
        finding = (
            f"The extract is cut: the week of {week} holds {share} of a usual week ({halves})."
        )
    elif found.collapsed:
        finding = f"The volume of the whole desk changed too much for one to stand for the other: {halves}."
    else:
        return Check(name, True, f"The whole desk: {halves}, no empty edge.")
    return Check(name, False, finding, blocks_decision=True)


def worth(result: FlowPlanResult) -> str:
    """The change worth acting on: `1.0 hours`."""
    return _size(result, result.study.rule.min_effect)


def decide_flow_plan(result: FlowPlanResult) -> Decision:
    """Whether the change can be made as planned: the answer must come within the weeks one is willing to wait."""
    planned, limit, even = result.planned, result.study.limit_weeks, result.reference
    often = w.percent(result.study.rule.power, places=0)
    assert even is not None
    alike = (
        f"With {w.counted(even.weeks, 'week')} on each side a change of {_size(result, even.smallest)} is"
        f" found in {often} of cases; the change worth acting on is {worth(result)}"
    )
    before = f"with {w.counted(result.weeks_before, 'week')} before it"
    if planned is None:
        because = f"{alike}. No study of up to two years after the change finds that, {before}."
        return Decision("not_feasible", because + _within(result), _otherwise(result))
    takes = f"{alike}: it takes {w.counted(planned.weeks, 'week')} after the change, {before}"
    if limit is not None and planned.weeks > limit:
        because = f"{takes}; the limit is {w.counted(limit, 'week')}."
        return Decision("not_feasible", because + _within(result), _otherwise(result))
    because = f"{takes}. The result is there on {w.day(planned.result_on)}."
    file, start = result.study.written_name, w.day(result.study.design.start)
    step = f"Save the settings at the end of this page as params/{file}.yaml and make the change on {start}."
    return Decision("planned", because, step)


def _within(result: FlowPlanResult) -> str:
    limit = result.within
    if limit is None or not isfinite(limit.smallest):
        return ""
    found = _size(result, limit.smallest)
    return f" Within the limit a change of {found} or more is found."


def _otherwise(result: FlowPlanResult) -> str:
    if result.within is not None and isfinite(result.within.smallest):
        found = _size(result, result.within.smallest)
        return (
            f"Look for {found} instead, wait longer, or change some teams and leave others as they are:"
            " teams beside each other need no long history."
        )
    return (
        "Look for a larger change, wait longer, or change some teams and leave others as they are."
    )


def decide_rollout(result: FlowPlanResult) -> Decision:
    """Whether a roll-out over these teams shows the change within the weeks one is willing to wait."""
    teams, limit = result.teams, result.study.limit_weeks
    assert teams is not None
    often, total = w.percent(result.study.rule.power, places=0), len(teams.teams)
    if teams.chosen is None or result.planned is None:
        best = min((o for o in teams.options), key=lambda o: o.smallest, default=None)
        time = "two years" if limit is None else w.counted(limit, "week")
        because = f"No roll-out over {total} teams shows a change of {worth(result)} within {time}."
        if best is not None and isfinite(best.smallest):
            how, weeks = way_words(best.schedule), w.counted(teams.shown_weeks, "week")
            found = _size(result, best.smallest)
            because += f" The best of those compared, {how}, finds {found} or more in {weeks}."
        step = "Look for a larger change, wait longer, or name more teams."
        return Decision("not_feasible", because, step)
    how, weeks = way_words(teams.chosen.schedule), w.counted(result.planned.weeks, "week")
    because = (
        f"With {how}, {w.count(total - teams.chosen.schedule.changed)} of {w.count(total)} left as they are,"
        f" a change of {worth(result)} is found in {often} of cases after {weeks}. The result is there on"
        f" {w.day(result.planned.result_on)}."
    )
    step = (
        "Change the teams on the days drawn by lot below, and save the settings at the end of this page as"
        f" params/{result.study.written_name}.yaml."
    )
    return Decision("planned", because, step)


def way_words(way: Schedule) -> str:
    """A roll-out in words: `4 teams changed on one date`, `2 teams changed in each of 3 waves`."""
    if not way.staggered:
        return f"{w.counted(way.changed, 'team')} changed on one date"
    gap = w.counted(way.starts[1] - way.starts[0], "week")
    return (
        f"{w.counted(way.sizes[0], 'team')} changed in each of {len(way.sizes)} waves, {gap} apart"
    )


def _size(result: FlowPlanResult, value: float) -> str:
    if not isfinite(value):
        return "no size"
    return w.size(value, result.primary.unit, currency=result.currency)


def flow_plan_checks(result: FlowPlanResult) -> tuple[Check, ...]:
    """What the plan rests on, and where it may mislead."""
    found = [_extract(result.evidence, result.study), _history(result), _followed(result)]
    found += [_weeks(result), _no_other_change(result)]
    found += _rollout(result, result.teams) if result.teams else _queue(result)
    return tuple([*found, *_season(result), _holidays(result), *_guards(result), *_absent(result)])


def _history(result: FlowPlanResult) -> Check:
    name = "Enough history"
    if result.teams is not None:
        weeks = result.teams.weeks_known
        return Check(
            name, weeks >= SOLID_DAYS // WEEK, f"{w.counted(weeks, 'whole week')} of data."
        )
    days = result.past.usable if result.past else 0
    return Check(name, days >= SOLID_DAYS, f"{w.counted(days, 'day')} with data.")


def _followed(result: FlowPlanResult) -> Check:
    name, days = "Every case followed", result.evidence.series[result.primary.name].days
    wanted = result.study.design.history[1]
    last = days[-1].item()
    if last >= wanted:
        return Check(name, True, f"All cases up to {w.day(wanted)} were followed long enough.")
    follow = w.counted(result.evidence.horizon, "day")
    finding = f"Cases after {w.day(last)} are left out: they are followed for {follow}, which are not over."
    return Check(name, None, finding)


def _weeks(result: FlowPlanResult) -> Check:
    first = result.evidence.series[result.primary.name].days[0].item()
    over = (result.study.design.start - first).days % WEEK
    finding = (
        f"{w.counted(result.weeks_before, 'whole week')} before {w.day(result.study.design.start)}"
    )
    if over:
        finding += f"; {w.counted(over, 'day')} at the beginning of the history are too many for whole weeks"
    return Check("Whole weeks", True, f"{finding}.")


def _no_other_change(result: FlowPlanResult) -> Check:
    name = "Nothing changed in the history"
    near = [c for c in result.evidence.changes if not apart(c[3], result.study.scope)]
    if not near:
        return Check(name, True, "The change log has no change of these contacts in the history.")
    named = w.listed([f"{title} ({w.day(day)}, {scope})" for _, title, day, scope in near])
    finding = f"Also in the history: {named}. What such a change moved counts as ordinary ups and downs here."
    return Check(name, False, finding)


def _queue(result: FlowPlanResult) -> list[Check]:
    return [_memory(result), *_quiet(result), *_simulated(result)]


def _memory(result: FlowPlanResult) -> Check:
    past, name = result.past, "Autocorrelation measured"
    assert past is not None
    near = w.plain(past.noise.share * past.noise.rho, 2)
    finding = (
        f"Neighbouring days correlate by {near}, neighbouring weeks by {w.plain(past.week_rho, 2)}."
    )
    if past.noise.rho >= LONGEST_MEMORY - 0.01:
        finding += " Ups and downs last so long that they can pass for a change."
        return Check(name, False, finding)
    return Check(name, True, finding)


def _quiet(result: FlowPlanResult) -> list[Check]:
    tried, name = result.placebo, "Quiet before the change"
    if tried is None:
        return [
            Check(name, None, "The history is too short to try dates on which nothing changed.")
        ]
    finding = (
        f"On {w.counted(tried.n_dates, 'date')} of the history, where nothing was changed, the method of the"
        f" study saw a change on {w.count(tried.n_alarms)}."
    )
    return [Check(name, tried.share <= WOLF, finding)]


def _simulated(result: FlowPlanResult) -> list[Check]:
    shown = result.within or result.planned
    simulated = shown.simulated if shown else None
    if shown is None or simulated is None:
        return []
    found, said = w.percent(simulated.found, places=0), w.percent(shown.power, places=0)
    alarms = w.percent(simulated.false_alarms)
    runs = w.counted(simulated.runs, "simulated study", "simulated studies")
    weeks = w.counted(shown.weeks, "week")
    agree = abs(simulated.found - shown.power) <= APART
    return [
        Check(
            "Formula and simulation agree",
            agree,
            f"Of {runs} of {weeks} {found} found a change of {worth(result)}; by formula {said} do.",
        ),
        Check(
            "Few false alarms",
            simulated.false_alarms <= ALARMS,
            f"Where nothing changed, {alarms} of {runs} saw a change.",
        ),
    ]


def _rollout(result: FlowPlanResult, teams: TeamPlan) -> list[Check]:
    count = len(teams.teams)
    enough = f"{w.counted(count, 'team')}; every team counts once, whatever its number of cases."
    few = f"{w.counted(count, 'team')}: a fragile comparison, it leans on few teams being alike."
    solid = count >= SOLID_TEAMS
    found = [Check("Enough teams", solid, enough if solid else few)]
    if teams.left_out:
        named = w.listed(list(teams.left_out))
        said = f"Left out, without cases in some week: {named}."
        found.append(Check("Every team counted", None, said))
    near = w.plain(teams.noise.share * teams.noise.rho, 2)
    sd = _size(result, teams.noise.sd)
    finding = (
        f"A team's week differs from the other teams' by {sd} (one standard deviation); neighbouring weeks"
        f" correlate by {near}."
    )
    found.append(
        Check("Autocorrelation measured", teams.noise.rho < LONGEST_MEMORY - 0.01, finding)
    )
    return [*found, *_placebos(result, teams)]


def _placebos(result: FlowPlanResult, teams: TeamPlan) -> list[Check]:
    name = "Placebo roll-outs"
    best = teams.chosen or min(teams.options, key=lambda o: o.smallest, default=None)
    tried = best.placebos if best else None
    if tried is None:
        return [Check(name, None, "The history is too short to try roll-outs on it.")]
    finding = (
        f"Of {w.counted(tried.rollouts, 'roll-out')} of {w.counted(tried.weeks, 'week')} tried on the history"
        f" ({w.counted(tried.dates, 'date')}, teams by lot) {w.percent(tried.found, places=0)} found a change of"
        f" {worth(result)} that was put in, by formula {w.percent(tried.expected, places=0)} do;"
        f" {w.percent(tried.false_alarms)} saw one where there was none."
    )
    return [Check(name, tried.false_alarms <= WOLF, finding)]


def _season(result: FlowPlanResult) -> list[Check]:
    """Months of the study that the history has not seen: a season would pass for the change."""
    shown, name = result.planned or result.within, "Season seen before"
    if shown is None:
        return []
    if result.teams is not None:
        said = "Teams that stay as they are go through the same season."
        return [Check(name, True, said)]
    start = result.study.design.start
    end = shown.result_on - timedelta(days=result.evidence.horizon + 1)
    days = result.evidence.series[result.primary.name].days
    seen = {day.month for day in days.tolist()}
    new = [m for m in _months(start, end) if m not in seen]
    if not new:
        return [
            Check(
                name, True, "The history holds every month of the year that the study runs through."
            )
        ]
    names = w.listed([f"{date(2000, month, 1):%B}" for month in new])
    finding = (
        f"The history holds no {names}: what the season does then cannot be told from the change."
    )
    return [Check(name, False, finding)]


def _months(start: date, end: date) -> list[int]:
    """Calendar months from a day to another, each once."""
    count = (end.year - start.year) * 12 + end.month - start.month + 1
    return [(start.month - 1 + k) % 12 + 1 for k in range(min(count, 12))]


def _holidays(result: FlowPlanResult) -> Check:
    name, shown = "Holidays named", result.planned or result.within
    start = result.study.design.start
    end = shown.result_on if shown else start + timedelta(days=WEEK * 12)
    known = [d for d in result.study.design.holidays if start <= d <= end]
    if known:
        finding = f"{w.counted(len(known), 'day')} of the planned weeks count as holidays."
        return Check(name, True, finding)
    finding = "No day of the planned weeks is named in design.holidays; name those that never look like others."
    return Check(name, None, finding)


def _guards(result: FlowPlanResult) -> list[Check]:
    if not result.guardrails:
        return []
    short = [f"“{result.metrics[g.metric].label}”" for g in result.guardrails if not g.holds]
    finding = (
        f"The study is too small to show that {w.listed(short)} stays within its margin."
        if short
        else "The study is large enough for the margin of every guardrail."
    )
    return [Check("Guardrails can be shown", not short, finding)]


def _absent(result: FlowPlanResult) -> list[Check]:
    return [Check("Not planned for", None, said) for said in result.evidence.absent.values()]
