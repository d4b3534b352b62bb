"""The one sentence that the plan of a before/after study comes to."""

from __future__ import annotations

from math import isfinite

from cs_lib import wording as w
from cs_lib.experiment.experiment_plan.before_after.result import (
    BeforeAfterPlanResult,
    sized,
    way_words,
    worth,
)
from cs_lib.language import say
from cs_lib.results import Decision


def no_flow_plan(reason: str) -> Decision:
    """The verdict when the past tells too little."""
    more = say("Plan with a longer history, or with a scope that has more cases.")
    return Decision("not_enough_data", w.sentence(reason), more)


def decide_flow_plan(result: BeforeAfterPlanResult) -> Decision:
    """Whether the change can be made as planned: the answer must come within the weeks one is willing to wait."""
    planned, limit, even = result.planned, result.study.limit_weeks, result.reference
    often = w.percent(result.study.rule.power, places=0)
    assert even is not None
    alike = say(
        "With {weeks} on each side a change of {result} is found in {often} of cases; "
        "the change worth acting on is {result_2}",
        weeks=w.counted(even.weeks, "week"),
        result=sized(result, even.smallest),
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


def _within(result: BeforeAfterPlanResult) -> str:
    limit = result.within
    if limit is None or not isfinite(limit.smallest):
        return ""
    found = sized(result, limit.smallest)
    return say(" Within the limit a change of {found} or more is found.", found=found)


def _otherwise(result: BeforeAfterPlanResult) -> str:
    if result.within is not None and isfinite(result.within.smallest):
        found = sized(result, result.within.smallest)
        return say(
            "Look for {found} instead, wait longer, or change some teams and leave others "
            "as they are: teams beside each other need no long history.",
            found=found,
        )
    return say(
        "Look for a larger change, wait longer, or change some teams and leave others as they are."
    )


def decide_rollout(result: BeforeAfterPlanResult) -> Decision:
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
            found = sized(result, best.smallest)
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
