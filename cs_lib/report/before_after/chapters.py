"""Sections of a before/after page that hang on its design."""

from __future__ import annotations

from cs_lib.diagnosis.steadiness import Watched
from cs_lib.experiment.before_after.result import BeforeAfterResult
from cs_lib.language import later
from cs_lib.report.before_after.composition import what_came_in
from cs_lib.report.before_after.curves import waiting_times
from cs_lib.report.before_after.figures import by_team, placebo, series
from cs_lib.report.before_after.steadiness import steady
from cs_lib.report.before_after.tables import changes, mix, stages, waiting
from cs_lib.report.before_after.teams import averages, drift, team_values
from cs_lib.report.chapters import Chapter, Chapters, chapters

SERIES = Chapter(
    later("Did the metric move?"),
    later(
        "The dashed line continues what was going on before: its level, its trend and its week. The change is the "
        "gap between the two lines. Thin numbered lines are other changes; the caption names them and says which "
        "are in the model."
    ),
    (series,),
)
CHANGES = Chapter(
    later("What else changed, fitted together"),
    later(
        "Changes near each other in time share what happened. In one model each is read with the others held, so "
        "that none gets the credit of another; one that was switched off and on again shows its effect more than once."
    ),
    (changes,),
)
BY_TEAM = Chapter(
    later("Team by team"),
    later(
        "Teams that were not changed, or not yet, show what would have happened. Each team counts once; weeks before "
        "the change show whether they ran alike."
    ),
    (by_team,),
)
TEAMS = Chapter(
    later("What did each team do?"),
    later(
        "Before and after, case by case and without a test. With too few teams to judge, this is all there is to say."
    ),
    (team_values,),
)
AVERAGES = Chapter(
    later("Which average is it?"),
    later(
        "A roll-out in waves has several averages, and each answers another question. The two-way regression mixes "
        "in comparisons with teams that were changed already."
    ),
    (averages,),
)
DRIFT = Chapter(
    later("What if the teams would have drifted apart anyway?"),
    later(
        "Nobody can see how the changed teams would have gone on. Had they drifted away from the others as they may "
        "have before, the effect could be this large or this small."
    ),
    (drift,),
)
MIX = Chapter(
    later("Did the work change, or what came in?"),
    later(
        "An average falls by itself when more of the quick kind comes in. The split says how much of the plain "
        "difference is that, and the change at the mix of before stands among the other answers below."
    ),
    (what_came_in, mix),
)
PLACEBO = Chapter(
    later("Would this method see changes where there were none?"),
    later(
        "The same computation at dates before the change, on which nothing was changed. A method that raises alarms "
        "there cannot be believed here."
    ),
    (placebo,),
)
WAITING = Chapter(
    later("How long do customers wait?"),
    later(
        "For metrics that are times: the share of cases still waiting, before and after. Open cases are counted, "
        "which averages of closed cases leave out. Cases of one day share its queue and its staff, so days are what "
        "the tests count."
    ),
    (waiting_times, waiting),
)
STAGES = Chapter(
    later("Where did the time change?"),
    later(
        "Every moment of a contact belongs to the step it entered last: waiting in a queue, with an agent, after a "
        "reply. Stages that hold little of the time are put together as the rest."
    ),
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
            "The limits say how far weeks strayed before anything was changed, and are frozen there. A process that "
            "left them by itself before leaves them after, with or without a change; and one week outside is a "
            "reason to ask what happened, not an effect."
        ),
        (steadiness,),
    )
    every = (
        SERIES,
        CHANGES,
        BY_TEAM,
        TEAMS,
        AVERAGES,
        DRIFT,
        before,
        MIX,
        PLACEBO,
        WAITING,
        STAGES,
    )
    return chapters("before_after", every, result)
