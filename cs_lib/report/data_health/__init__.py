"""Figures, tables and first screen of a source's health."""

from typing import TYPE_CHECKING

from cs_lib.facade import facade
from cs_lib.report.kinds import only

if TYPE_CHECKING:
    from cs_lib.report.data_health.chapters import story as story
    from cs_lib.report.data_health.figures import completeness as completeness
    from cs_lib.report.data_health.figures import surveys_by_week as surveys_by_week
    from cs_lib.report.data_health.figures import volumes as volumes
    from cs_lib.report.data_health.matrix import readiness as readiness
    from cs_lib.report.data_health.prospects import repairs as repairs
    from cs_lib.report.data_health.tables import answers as answers
    from cs_lib.report.data_health.tables import doubts as doubts
    from cs_lib.report.data_health.tables import findings as findings
    from cs_lib.report.data_health.tables import joins as joins
    from cs_lib.report.data_health.tables import labels as labels
    from cs_lib.report.data_health.tables import needs as needs
    from cs_lib.report.data_health.tables import passed as passed
    from cs_lib.report.data_health.tables import times as times

HOMES = {
    "chapters": ("story",),
    "figures": ("completeness", "surveys_by_week", "volumes"),
    "matrix": ("readiness",),
    "prospects": ("repairs",),
    "tables": ("answers", "doubts", "findings", "joins", "labels", "needs", "passed", "times"),
}
__getattr__, __dir__ = facade(__name__, HOMES, only("data_health"))
