"""Sections of a page on a source's health, folded: they are for whoever has to repair it."""

from __future__ import annotations

from cs_lib.diagnosis.data_health.result import HealthResult
from cs_lib.language import later
from cs_lib.report.chapters import Chapter, Chapters, chapters, never
from cs_lib.report.data_health.figures import completeness, surveys_by_week, volumes
from cs_lib.report.data_health.tables import answers, joins, labels, times

VOLUMES = Chapter(
    later("How much comes in, table by table?"),
    later("A table that ends before the others, or falls silent, was cut short or not delivered."),
    (volumes,),
    opens=never,
)
COMPLETENESS = Chapter(
    later("Which columns are filled, and since when?"),
    later("A column that was switched on half way has a fair average and no first half."),
    (completeness,),
    opens=never,
)
JOINS = Chapter(
    later("Do the tables find each other?"),
    "",
    (joins,),
    opens=never,
)
TIMES = Chapter(
    later("Which times did a timer or an import set?"),
    later("Such a time measures nothing that anybody did for a customer."),
    (times,),
    opens=never,
)
LABELS = Chapter(
    later("Do codes mean the same all the time?"),
    "",
    (labels,),
    opens=never,
)
SURVEYS = Chapter(
    later("Who answers surveys?"),
    later("If those who answer had other contacts than the silent, a score speaks for them alone."),
    (surveys_by_week, answers),
    opens=never,
)


def story(result: HealthResult) -> Chapters:
    """Every figure and table, each under its question."""
    every = (VOLUMES, COMPLETENESS, JOINS, TIMES, LABELS, SURVEYS)
    return chapters("data_health", every, result)
