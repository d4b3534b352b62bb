"""Sections of a before/after page that hang on its design."""

from __future__ import annotations

from cs_lib.diagnosis.steadiness import Watched
from cs_lib.experiment.before_after.result import BeforeAfterResult
from cs_lib.language import later
from cs_lib.report.before_after.composition import what_came_in
from cs_lib.report.before_after.curves import waiting_times
from cs_lib.report.before_after.figures import by_team, placebo, series
from cs_lib.report.before_after.prospects import cost_at_scale, cost_moved
from cs_lib.report.before_after.steadiness import steady
from cs_lib.report.before_after.tables import changes, mix, stages, waiting
from cs_lib.report.before_after.teams import averages, drift, team_values
from cs_lib.report.chapters import Chapter, Chapters, chapters, folded, in_doubt, never

SERIES = Chapter(
    later("Did the metric move?"),
    "",
    (series,),
)
CHANGES = Chapter(
    later("What else changed, fitted together"),
    later("Changes near each other share what happened; here each is read with the others held."),
    (changes,),
)
BY_TEAM = Chapter(
    later("Team by team"),
    later(
        "Teams that were not changed, or not yet, show what would have happened. Each team counts once."
    ),
    (by_team,),
)
TEAMS = Chapter(
    later("What did each team do?"),
    later("Before and after, case by case and without a test."),
    (team_values,),
    opens=lambda result: result.teams is None,
)
AVERAGES = Chapter(
    later("Which average is it?"),
    later(
        "A roll-out in waves has several averages, and each answers another question. The two-way regression mixes "
        "in comparisons with teams that were changed already."
    ),
    (averages,),
    opens=never,
)
DRIFT = Chapter(
    later("What if the teams would have drifted apart anyway?"),
    later(
        "Nobody can see how the changed teams would have gone on. Had they drifted away from the others as they may "
        "have before, the effect could be this large or this small."
    ),
    (drift,),
    opens=in_doubt("teams_parallel"),
)
MIX = Chapter(
    later("Was the work done faster, or did other work come in?"),
    later("An average falls by itself when more of the quick kind comes in."),
    (what_came_in, folded(mix)),
    opens=lambda result: bool(result.found and any(one.moved for one in result.found.mix)),
)
PLACEBO = Chapter(
    later("Would this method see changes where there were none?"),
    later(
        "The same computation at dates before the change, on which nothing was changed. A method that raises alarms "
        "there cannot be believed here."
    ),
    (placebo,),
    opens=never,
)
WAITING = Chapter(
    later("How long do customers wait?"),
    later("Open cases count too; averages of closed cases leave them out."),
    (waiting_times, folded(waiting)),
    opens=never,
)
COST = Chapter(
    later("What does it cost or save?"),
    "",
    (cost_at_scale,),
    opens=cost_moved,
)
STAGES = Chapter(
    later("Where did the time change?"),
    "",
    (stages,),
)


def story(result: BeforeAfterResult, watched: Watched) -> Chapters:
    """Every figure and table that the study's design asks for, each under its question."""

    def steadiness(result: BeforeAfterResult) -> object:
        return steady(result, watched)

    steadiness.__name__ = "steady"
    before = Chapter(
        later("Was it steady before?"),
        later(
            "The limits say how far weeks strayed before anything was changed, and are frozen there. One week "
            "outside is a reason to ask what happened, not an effect."
        ),
        (steadiness,),
        opens=never,
    )
    every = (
        *(SERIES, CHANGES, BY_TEAM, TEAMS, MIX, COST, WAITING, STAGES),
        *(before, PLACEBO, AVERAGES, DRIFT),
    )
    return chapters("before_after", every, result)
