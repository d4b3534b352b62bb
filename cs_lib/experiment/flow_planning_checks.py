"""What may be wrong with the plan of a before/after study, and the one sentence it comes to."""

from __future__ import annotations

from datetime import date, timedelta
from math import isfinite

from cs_lib import wording as w
from cs_lib.experiment.coverage import coverage
from cs_lib.experiment.flow_checks import WOLF, apart, scope_in_words
from cs_lib.experiment.flow_planning_result import FlowPlanResult, TeamPlan
from cs_lib.experiment.noise_model import LONGEST_MEMORY
from cs_lib.experiment.rollout_power import Schedule
from cs_lib.experiment.teams import SOLID_TEAMS
from cs_lib.language import say
from cs_lib.metrics.flow_history import FlowPlanEvidence
from cs_lib.params import FlowPlan
from cs_lib.results import Check, Decision

SOLID_DAYS = 56  # of history, below which the autocorrelation is hardly known
APART = 0.1  # difference of two powers from which formula and simulation disagree
ALARMS = 0.08  # simulated false alarms above which the method does not keep its level here
WEEK = 7


def no_flow_plan(reason: str) -> Decision:
    """The verdict when the past tells too little."""
    more = say("Plan with a longer history, or with a scope that has more cases.")
    return Decision("not_enough_data", w.sentence(reason), more)


def broken_extract(evidence: FlowPlanEvidence, study: FlowPlan) -> Check | None:
    """The check that a plan cannot do without, when it fails: an extract that is cut, or no longer the same."""
    check = _extract(evidence, study)
    return check if check.passed is False else None


def _extract(evidence: FlowPlanEvidence, study: FlowPlan) -> Check:
    name, (first, last) = say("Extract complete"), study.design.history
    middle = first + (last - first) / 2
    found = coverage(evidence.volume, pre=(first, middle), post=(middle + timedelta(1), last))
    halves = say(
        "{before} contacts a week in the first half of the history, {after} in the second",
        before=w.count(found.before),
        after=w.count(found.after),
    )
    if found.before == 0 or found.after == 0:
        finding = say("Half of the history has hardly any contacts: {halves}.", halves=halves)
    elif found.silent is not None:
        finding = say(
            "The extract is cut: no contact at all {days} ({halves}).",
            days=w.days(*found.silent),
            halves=halves,
        )
    elif found.cut_off and found.weakest_week is not None:
        share = w.percent(found.weakest_edge, places=0)
        week = w.day(found.weakest_week)
        finding = say(
            "The extract is cut: the week of {week} holds {share} of a usual week ({halves}).",
            week=week,
            share=share,
            halves=halves,
        )
    elif found.collapsed:
        finding = say(
            "The volume of the whole desk changed too much for one to stand for the other: "
            "{halves}.",
            halves=halves,
        )
    else:
        return Check(name, True, say("The whole desk: {halves}, no empty edge.", halves=halves))
    return Check(name, False, finding, blocks_decision=True)


def worth(result: FlowPlanResult) -> str:
    """The change worth acting on: `1.0 hours`."""
    return _size(result, result.study.rule.min_effect)


def decide_flow_plan(result: FlowPlanResult) -> Decision:
    """Whether the change can be made as planned: the answer must come within the weeks one is willing to wait."""
    planned, limit, even = result.planned, result.study.limit_weeks, result.reference
    often = w.percent(result.study.rule.power, places=0)
    assert even is not None
    alike = say(
        "With {weeks} on each side a change of {result} is found in {often} of cases; "
        "the change worth acting on is {result_2}",
        weeks=w.counted(even.weeks, "week"),
        result=_size(result, even.smallest),
        often=often,
        result_2=worth(result),
    )
    before = say(
        "with {weeks_before} before it", weeks_before=w.counted(result.weeks_before, "week")
    )
    if planned is None:
        because = say(
            "{alike}. No study of up to two years after the change finds that, {before}.",
            alike=alike,
            before=before,
        )
        return Decision("not_feasible", because + _within(result), _otherwise(result))
    takes = say(
        "{alike}: it takes {weeks} after the change, {before}",
        alike=alike,
        weeks=w.counted(planned.weeks, "week"),
        before=before,
    )
    if limit is not None and planned.weeks > limit:
        because = say("{takes}; the limit is {limit}.", takes=takes, limit=w.counted(limit, "week"))
        return Decision("not_feasible", because + _within(result), _otherwise(result))
    because = say(
        "{takes}. The result is there on {result_on}.",
        takes=takes,
        result_on=w.day(planned.result_on),
    )
    file, start = result.study.written_name, w.day(result.study.design.start)
    step = say(
        "Save the settings at the end of this page as params/{file}.yaml and make the "
        "change on {start}.",
        file=file,
        start=start,
    )
    return Decision("planned", because, step)


def _within(result: FlowPlanResult) -> str:
    limit = result.within
    if limit is None or not isfinite(limit.smallest):
        return ""
    found = _size(result, limit.smallest)
    return say(" Within the limit a change of {found} or more is found.", found=found)


def _otherwise(result: FlowPlanResult) -> str:
    if result.within is not None and isfinite(result.within.smallest):
        found = _size(result, result.within.smallest)
        return say(
            "Look for {found} instead, wait longer, or change some teams and leave others "
            "as they are: teams beside each other need no long history.",
            found=found,
        )
    return say(
        "Look for a larger change, wait longer, or change some teams and leave others as they are."
    )


def decide_rollout(result: FlowPlanResult) -> Decision:
    """Whether a roll-out over these teams shows the change within the weeks one is willing to wait."""
    teams, limit = result.teams, result.study.limit_weeks
    assert teams is not None
    often, total = w.percent(result.study.rule.power, places=0), len(teams.teams)
    if teams.chosen is None or result.planned is None:
        best = min((o for o in teams.options), key=lambda o: o.smallest, default=None)
        time = say("two years") if limit is None else w.counted(limit, "week")
        because = say(
            "No roll-out over {total} teams shows a change of {result} within {time}.",
            total=total,
            result=worth(result),
            time=time,
        )
        if best is not None and isfinite(best.smallest):
            how, weeks = way_words(best.schedule), w.counted(teams.shown_weeks, "week")
            found = _size(result, best.smallest)
            because += say(
                " The best of those compared, {how}, finds {found} or more in {weeks}.",
                how=how,
                found=found,
                weeks=weeks,
            )
        step = say("Look for a larger change, wait longer, or name more teams.")
        return Decision("not_feasible", because, step)
    how, weeks = way_words(teams.chosen.schedule), w.counted(result.planned.weeks, "week")
    because = say(
        "With {how}, {total} of {total_2} left as they are, a change of {result} is "
        "found in {often} of cases after {weeks}. The result is there on {result_on}.",
        how=how,
        total=w.count(total - teams.chosen.schedule.changed),
        total_2=w.count(total),
        result=worth(result),
        often=often,
        weeks=weeks,
        result_on=w.day(result.planned.result_on),
    )
    step = say(
        "Change the teams on the days drawn by lot below, and save the settings at the "
        "end of this page as params/{written_name}.yaml.",
        written_name=result.study.written_name,
    )
    return Decision("planned", because, step)


def way_words(way: Schedule) -> str:
    """A roll-out in words: `4 teams changed on one date`, `2 teams changed in each of 3 waves`."""
    if not way.staggered:
        return say("{changed} changed on one date", changed=w.counted(way.changed, "team"))
    gap = w.counted(way.starts[1] - way.starts[0], "week")
    return say(
        "{sizes} changed in each of {sizes_2} waves, {gap} apart",
        sizes=w.counted(way.sizes[0], "team"),
        sizes_2=len(way.sizes),
        gap=gap,
    )


def _size(result: FlowPlanResult, value: float) -> str:
    if not isfinite(value):
        return say("no size")
    return w.size(value, result.primary.unit, currency=result.currency)


def flow_plan_checks(result: FlowPlanResult) -> tuple[Check, ...]:
    """What the plan rests on, and where it may mislead."""
    found = [_extract(result.evidence, result.study), _history(result), _followed(result)]
    found += [_weeks(result), _no_other_change(result)]
    found += _rollout(result, result.teams) if result.teams else _queue(result)
    return tuple([*found, *_season(result), _holidays(result), *_guards(result), *_absent(result)])


def _history(result: FlowPlanResult) -> Check:
    name = say("Enough history")
    if result.teams is not None:
        weeks = result.teams.weeks_known
        return Check(
            name,
            weeks >= SOLID_DAYS // WEEK,
            say("{weeks} of data.", weeks=w.counted(weeks, "whole week")),
        )
    days = result.past.usable if result.past else 0
    return Check(name, days >= SOLID_DAYS, say("{days} with data.", days=w.counted(days, "day")))


def _followed(result: FlowPlanResult) -> Check:
    name, days = say("Every case followed"), result.evidence.series[result.primary.name].days
    wanted = result.study.design.history[1]
    last = days[-1].item()
    if last >= wanted:
        return Check(
            name,
            True,
            say("All cases up to {wanted} were followed long enough.", wanted=w.day(wanted)),
        )
    follow = w.counted(result.evidence.horizon, "day")
    finding = say(
        "Cases after {last} are left out: they are followed for {follow}, which are not over.",
        last=w.day(last),
        follow=follow,
    )
    return Check(name, None, finding)


def _weeks(result: FlowPlanResult) -> Check:
    first = result.evidence.series[result.primary.name].days[0].item()
    over = (result.study.design.start - first).days % WEEK
    finding = say(
        "{weeks_before} before {start}",
        weeks_before=w.counted(result.weeks_before, "whole week"),
        start=w.day(result.study.design.start),
    )
    if over:
        finding = say(
            "{finding}; {over} at the beginning of the history are too many for whole weeks",
            finding=finding,
            over=w.counted(over, "day"),
        )
    return Check(say("Whole weeks"), True, w.sentence(finding))


def _no_other_change(result: FlowPlanResult) -> Check:
    name = say("Nothing changed in the history")
    near = [c for c in result.evidence.changes if not apart(c[3], result.study.scope)]
    if not near:
        return Check(
            name, True, say("The change log has no change of these contacts in the history.")
        )
    named = w.listed(
        [
            f"{w.name(title)} ({w.day(day)}, {scope_in_words(scope)})"
            for _, title, day, scope in near
        ]
    )
    finding = say(
        "Also in the history: {named}. What such a change moved counts as ordinary ups "
        "and downs here.",
        named=named,
    )
    return Check(name, False, finding)


def _queue(result: FlowPlanResult) -> list[Check]:
    return [_memory(result), *_quiet(result), *_simulated(result)]


def _memory(result: FlowPlanResult) -> Check:
    past, name = result.past, say("Autocorrelation measured")
    assert past is not None
    near = w.plain(past.noise.share * past.noise.rho, 2)
    finding = say(
        "Neighbouring days correlate by {near}, neighbouring weeks by {week_rho}.",
        near=near,
        week_rho=w.plain(past.week_rho, 2),
    )
    if past.noise.rho >= LONGEST_MEMORY - 0.01:
        finding += say(" Ups and downs last so long that they can pass for a change.")
        return Check(name, False, finding)
    return Check(name, True, finding)


def _quiet(result: FlowPlanResult) -> list[Check]:
    tried, name = result.placebo, say("Quiet before the change")
    if tried is None:
        return [
            Check(
                name, None, say("The history is too short to try dates on which nothing changed.")
            )
        ]
    finding = say(
        "On {n_dates} of the history, where nothing was changed, the method of the "
        "study saw a change on {n_alarms}.",
        n_dates=w.counted(tried.n_dates, "date"),
        n_alarms=w.count(tried.n_alarms),
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
            say("Formula and simulation agree"),
            agree,
            say(
                "Of {runs} of {weeks} {found} found a change of {result}; by formula {said} do.",
                runs=runs,
                weeks=weeks,
                found=found,
                result=worth(result),
                said=said,
            ),
        ),
        Check(
            say("Few false alarms"),
            simulated.false_alarms <= ALARMS,
            say(
                "Where nothing changed, {alarms} of {runs} saw a change.", alarms=alarms, runs=runs
            ),
        ),
    ]


def _rollout(result: FlowPlanResult, teams: TeamPlan) -> list[Check]:
    count = len(teams.teams)
    enough = say(
        "{count}; every team counts once, whatever its number of cases.",
        count=w.counted(count, "team"),
    )
    few = say(
        "{count}: a fragile comparison, it leans on few teams being alike.",
        count=w.counted(count, "team"),
    )
    solid = count >= SOLID_TEAMS
    found = [Check(say("Enough teams"), solid, enough if solid else few)]
    if teams.left_out:
        named = w.listed(list(teams.left_out))
        said = say("Left out, without cases in some week: {named}.", named=named)
        found.append(Check(say("Every team counted"), None, said))
    near = w.plain(teams.noise.share * teams.noise.rho, 2)
    sd = _size(result, teams.noise.sd)
    finding = say(
        "A team's week differs from the other teams' by {sd} (one standard deviation); "
        "neighbouring weeks correlate by {near}.",
        sd=sd,
        near=near,
    )
    found.append(
        Check(say("Autocorrelation measured"), teams.noise.rho < LONGEST_MEMORY - 0.01, finding)
    )
    return [*found, *_placebos(result, teams)]


def _placebos(result: FlowPlanResult, teams: TeamPlan) -> list[Check]:
    name = say("Placebo roll-outs")
    best = teams.chosen or min(teams.options, key=lambda o: o.smallest, default=None)
    tried = best.placebos if best else None
    if tried is None:
        return [Check(name, None, say("The history is too short to try roll-outs on it."))]
    finding = say(
        "Of {rollouts} of {weeks} tried on the history ({dates}, teams by lot) {found} "
        "found a change of {result} that was put in, by formula {expected} do; "
        "{false_alarms} saw one where there was none.",
        rollouts=w.counted(tried.rollouts, "roll-out"),
        weeks=w.counted(tried.weeks, "week"),
        dates=w.counted(tried.dates, "date"),
        found=w.percent(tried.found, places=0),
        result=worth(result),
        expected=w.percent(tried.expected, places=0),
        false_alarms=w.percent(tried.false_alarms),
    )
    return [Check(name, tried.false_alarms <= WOLF, finding)]


def _season(result: FlowPlanResult) -> list[Check]:
    """Months of the study that the history has not seen: a season would pass for the change."""
    shown, name = result.planned or result.within, say("Season seen before")
    if shown is None:
        return []
    if result.teams is not None:
        said = say("Teams that stay as they are go through the same season.")
        return [Check(name, True, said)]
    start = result.study.design.start
    end = shown.result_on - timedelta(days=result.evidence.horizon + 1)
    days = result.evidence.series[result.primary.name].days
    seen = {day.month for day in days.tolist()}
    new = [m for m in _months(start, end) if m not in seen]
    if not new:
        return [
            Check(
                name,
                True,
                say("The history holds every month of the year that the study runs through."),
            )
        ]
    names = w.listed([w.month_name(date(2000, month, 1)) for month in new])
    finding = say(
        "The history holds no {names}: what the season does then cannot be told from the change.",
        names=names,
    )
    return [Check(name, False, finding)]


def _months(start: date, end: date) -> list[int]:
    """Calendar months from a day to another, each once."""
    count = (end.year - start.year) * 12 + end.month - start.month + 1
    return [(start.month - 1 + k) % 12 + 1 for k in range(min(count, 12))]


def _holidays(result: FlowPlanResult) -> Check:
    name, shown = say("Holidays named"), result.planned or result.within
    start = result.study.design.start
    end = shown.result_on if shown else start + timedelta(days=WEEK * 12)
    known = [d for d in result.study.design.holidays if start <= d <= end]
    if known:
        finding = say(
            "{known} of the planned weeks count as holidays.", known=w.counted(len(known), "day")
        )
        return Check(name, True, finding)
    finding = say(
        "No day of the planned weeks is named in design.holidays; name those that "
        "never look like others."
    )
    return Check(name, None, finding)


def _guards(result: FlowPlanResult) -> list[Check]:
    if not result.guardrails:
        return []
    short = [f"“{result.metrics[g.metric].label}”" for g in result.guardrails if not g.holds]
    finding = (
        say(
            "The study is too small to show that {short} stays within its margin.",
            short=w.listed(short),
        )
        if short
        else say("The study is large enough for the margin of every guardrail.")
    )
    return [Check(say("Guardrails can be shown"), not short, finding)]


def _absent(result: FlowPlanResult) -> list[Check]:
    return [Check(say("Not planned for"), None, said) for said in result.evidence.absent.values()]
