"""Sections of a plan's page, by what it plans."""

from __future__ import annotations

from cs_lib.language import later
from cs_lib.report.chapters import Chapter, Chapters, chapters, folded, in_doubt, never
from cs_lib.report.experiment_plan.before_after import figures as change_figures
from cs_lib.report.experiment_plan.before_after import tables as change_tables
from cs_lib.report.experiment_plan.perk_ab_test import figures as perk_figures
from cs_lib.report.experiment_plan.perk_ab_test import tables as perk_tables
from cs_lib.results import Answer

PERK = (
    Chapter(
        later("How long must it run?"),
        later(
            "Each day brings fewer new customers, because returning customers are already in it; and the "
            "last of them must be followed to the end of the window."
        ),
        (perk_figures.power,),
    ),
    Chapter(
        later("What will it be able to show?"),
        later("A short test shows large effects only. What it does not show may still be there."),
        (perk_figures.smallest, folded(perk_tables.lengths)),
    ),
    Chapter(
        later("What will the verdict be?"),
        later("To ship, the true effect must be clearly larger than what is worth acting on."),
        (perk_tables.chances,),
    ),
    Chapter(
        later("What does each choice cost?"),
        later(
            "Looking early, comparing several variants and assigning whole groups cost customers; knowing what "
            "customers did before saves some."
        ),
        (perk_tables.choices,),
        opens=never,
    ),
)
SHOWS = Chapter(
    later("How small a change will show, and when?"),
    later(
        "Each further week adds less. A drift that was there before must be told from the change; unchanged "
        "teams beside it tell it at once."
    ),
    (change_figures.smallest,),
)
QUEUE = (
    SHOWS,
    Chapter(
        later("What does waiting cost, and what does it find?"),
        later("The weeks before count as much as those after."),
        (change_tables.lengths,),
    ),
    Chapter(
        later("Does the arithmetic hold on these data?"),
        later(
            "The errors of the history are drawn anew many times, with their autocorrelation, and each drawn study is "
            "read as the real one will be: by days, or by weeks where days are not clean. Without a change the share "
            "of alarms must stay near the level of the rule."
        ),
        (change_tables.simulated,),
        opens=in_doubt("few_false_alarms"),
    ),
)
ROLLOUT = (
    SHOWS,
    Chapter(
        later("How many teams, all at once or in waves?"),
        later(
            "Waves suit a team that trains the others, but find less. Each way was also tried on the history, "
            "with a change put in and without one."
        ),
        (change_tables.ways,),
    ),
    Chapter(
        later("Which teams, on which days?"),
        later(
            "Drawn by lot, so that nobody can have picked the teams that were about to improve anyway."
        ),
        (change_tables.dates,),
    ),
)
INTAKE = Chapter(later("How customers came"), "", (perk_tables.intake,))
PAST = Chapter(later("How the metric varied in the history"), "", (change_tables.past,))


def story(result: Answer) -> Chapters:
    """Every figure and table that a plan of this kind asks for, each under its question."""
    study = result.study
    if study.plans == "perk_ab_test":
        return chapters("experiment_plan", PERK, result)
    return chapters("experiment_plan", ROLLOUT if study.design.rollout else QUEUE, result)


def history(result: Answer) -> Chapters:
    """What the history was like that the plan rests on."""
    past = INTAKE if result.study.plans == "perk_ab_test" else PAST
    return chapters("experiment_plan", (past,), result)
