"""The one sentence that the plan of a before/after study comes to."""

from __future__ import annotations

from math import isfinite

from cs_lib import sentences as w
from cs_lib.experiment.experiment_plan.before_after.result import (
    Drafted,
    Length,
    TeamPlan,
    sized,
    way_words,
    worth,
)
from cs_lib.results import Decision
from cs_lib.sentences import Text, say


def no_plan(reason: Text) -> Decision:
    """The verdict when the past tells too little."""
    more = say("Plan with a longer history, or with a scope that has more cases.")
    return Decision("not_enough_data", w.sentence(reason), more, "history_tells_too_little")


def decide(result: Drafted) -> Decision:
    """Whether the change can be made as planned, of one queue or from team to team."""
    if result.teams is not None:
        return decide_rollout(result, result.teams)
    # A queue is drafted with its reference, so that there is always one.
    assert result.reference is not None
    return decide_queue(result, result.reference)


def decide_queue(result: Drafted, even: Length) -> Decision:
    """Whether the change can be made as planned: the answer must come within the weeks one is willing to wait."""
    planned, limit = result.planned, result.study.limit_weeks
    often = w.percent(result.study.rule.power, places=0)
    alike = say(
        "With {weeks} on each side a change of {found} is found in {often} of cases; "
        "the change worth acting on is {worth}",
        weeks=w.counted(even.weeks, "week"),
        found=sized(result, even.smallest),
        often=often,
        worth=worth(result),
    )
    before = say(
        "with {weeks_before} before it", weeks_before=w.counted(result.weeks_before, "week")
    )
    if planned is None:
        because: Text = w.together(
            w.sentence(alike),
            say(
                "No study of up to two years after the change finds that, {before}.", before=before
            ),
        )
        return Decision(
            "not_feasible", w.together(because, _within(result)), _otherwise(result), "never_found"
        )
    takes = say(
        "{alike}: it takes {weeks} after the change, {before}",
        alike=alike,
        weeks=w.counted(planned.weeks, "week"),
        before=before,
    )
    if limit is not None and planned.weeks > limit:
        because = say("{takes}; the limit is {limit}.", takes=takes, limit=w.counted(limit, "week"))
        return Decision(
            "not_feasible", w.together(because, _within(result)), _otherwise(result), "beyond_limit"
        )
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
    return Decision("planned", because, step, "fits")


def _within(result: Drafted) -> Text:
    limit = result.within
    if limit is None or not isfinite(limit.smallest):
        return ""
    smallest = sized(result, limit.smallest)
    return say("Within the limit a change of {found} or more is found.", found=smallest)


def _otherwise(result: Drafted) -> Text:
    if result.within is not None and isfinite(result.within.smallest):
        smallest = sized(result, result.within.smallest)
        return say(
            "Look for {found} instead, wait longer, or change some teams and leave others "
            "as they are: teams beside each other need no long history.",
            found=smallest,
        )
    return say(
        "Look for a larger change, wait longer, or change some teams and leave others as they are."
    )


def decide_rollout(result: Drafted, teams: TeamPlan) -> Decision:
    """Whether a roll-out over these teams shows the change within the weeks one is willing to wait."""
    limit = result.study.limit_weeks
    often, total = w.percent(result.study.rule.power, places=0), len(teams.teams)
    if teams.chosen is None or result.planned is None:
        best = min((o for o in teams.options), key=lambda o: o.smallest, default=None)
        time = say("two years") if limit is None else w.counted(limit, "week")
        because: Text = say(
            "No roll-out over {total} teams shows a change of {worth} within {time}.",
            total=total,
            worth=worth(result),
            time=time,
        )
        if best is not None and isfinite(best.smallest):
            how, weeks = way_words(best.schedule), w.counted(teams.shown_weeks, "week")
            smallest = sized(result, best.smallest)
            beside = say(
                "The best of those compared, {how}, finds {found} or more in {weeks}.",
                how=how,
                found=smallest,
                weeks=weeks,
            )
            because = w.together(because, beside)
        step = say("Look for a larger change, wait longer, or name more teams.")
        return Decision("not_feasible", because, step, "never_found")
    how, weeks = way_words(teams.chosen.schedule), w.counted(result.planned.weeks, "week")
    because = say(
        "With {how}, {unchanged} of {teams} left as they are, a change of {worth} is "
        "found in {often} of cases after {weeks}. The result is there on {result_on}.",
        how=how,
        unchanged=w.count(total - teams.chosen.schedule.changed),
        teams=w.count(total),
        worth=worth(result),
        often=often,
        weeks=weeks,
        result_on=w.day(result.planned.result_on),
    )
    step = say(
        "Change the teams on the days drawn by lot below, and save the settings at the "
        "end of this page as params/{written_name}.yaml.",
        written_name=result.study.written_name,
    )
    return Decision("planned", because, step, "fits")
