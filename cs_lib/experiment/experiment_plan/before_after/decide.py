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
    headline = w.without_stop(w.capital(reason))
    because = w.sentence(reason)
    return Decision("not_enough_data", because, more, "history_tells_too_little", headline)


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
        "{weeks} before and {weeks} after the change find {found} or more in {often} of such "
        "studies; {worth} is worth acting on.",
        weeks=w.counted(even.weeks, "week"),
        found=sized(result, even.smallest),
        often=often,
        worth=worth(result),
    )
    if planned is None:
        because: Text = w.together(
            say("No study of up to two years finds a change of {worth}.", worth=worth(result)),
            alike,
            _within(result),
        )
        headline = say("No study of up to two years shows {worth}", worth=worth(result))
        return Decision("not_feasible", because, _otherwise(result), "never_found", headline)
    takes = say(
        "To find {worth} takes {weeks} after the change, with {before} before it",
        worth=worth(result),
        weeks=w.counted(planned.weeks, "week"),
        before=w.counted(result.weeks_before, "week"),
    )
    if limit is not None and planned.weeks > limit:
        because = say("{takes}; the limit is {limit}.", takes=takes, limit=w.counted(limit, "week"))
        headline = say(
            "To see {worth} takes {takes}; the limit is {limit}",
            worth=worth(result),
            takes=w.counted(planned.weeks, "week"),
            limit=w.counted(limit, "week"),
        )
        because = w.together(because, _within(result))
        return Decision("not_feasible", because, _otherwise(result), "beyond_limit", headline)
    because = say(
        "{takes}. The result is due on {result_on}. {alike}",
        takes=takes,
        result_on=w.day(planned.result_on),
        alike=alike,
    )
    step = say(
        "Save the settings at the end of this page, and make the change on {start}.",
        start=w.day(result.study.design.start),
    )
    return Decision("planned", because, step, "fits", _due(result, planned))


def _due(result: Drafted, planned: Length) -> Text:
    return say(
        "A change of {worth} shows after {weeks}: result due on {result_on}",
        worth=worth(result),
        weeks=w.counted(planned.weeks, "week"),
        result_on=w.day(planned.result_on),
    )


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
        headline = say("No roll-out shows {worth} within {time}", worth=worth(result), time=time)
        return Decision("not_feasible", because, step, "never_found", headline)
    how, weeks = way_words(teams.chosen.schedule), w.counted(result.planned.weeks, "week")
    because = say(
        "With {how}, and {unchanged} of {teams} left as they are, a change of {worth} is found in "
        "{often} of such studies after {weeks}. The result is due on {result_on}.",
        how=how,
        unchanged=w.count(total - teams.chosen.schedule.changed),
        teams=w.count(total),
        worth=worth(result),
        often=often,
        weeks=weeks,
        result_on=w.day(result.planned.result_on),
    )
    step = say(
        "Change the teams on the days drawn by lot below, and save the settings at the end of this page."
    )
    return Decision("planned", because, step, "fits", _due(result, result.planned))
