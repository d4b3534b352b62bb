"""Figures, tables and first screen of a plan, by what it plans.

`report.experiment_plan.lengths(result)` is the table of the result's own kind of plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_lib.facade import facade
from cs_lib.report.kinds import only

if TYPE_CHECKING:
    from cs_lib.report.experiment_plan.before_after.tables import dates as dates
    from cs_lib.report.experiment_plan.before_after.tables import past as past
    from cs_lib.report.experiment_plan.before_after.tables import simulated as simulated
    from cs_lib.report.experiment_plan.before_after.tables import ways as ways
    from cs_lib.report.experiment_plan.both import guardrails as guardrails
    from cs_lib.report.experiment_plan.both import lengths as lengths
    from cs_lib.report.experiment_plan.both import smallest as smallest
    from cs_lib.report.experiment_plan.chapters import history as history
    from cs_lib.report.experiment_plan.chapters import story as story
    from cs_lib.report.experiment_plan.perk_ab_test.figures import power as power
    from cs_lib.report.experiment_plan.perk_ab_test.tables import chances as chances
    from cs_lib.report.experiment_plan.perk_ab_test.tables import choices as choices
    from cs_lib.report.experiment_plan.perk_ab_test.tables import intake as intake
    from cs_lib.report.experiment_plan.written import settings as settings

HOMES = {
    "both": ("guardrails", "lengths", "smallest"),
    "before_after.tables": ("dates", "past", "simulated", "ways"),
    "perk_ab_test.figures": ("power",),
    "perk_ab_test.tables": ("chances", "choices", "intake"),
    "written": ("settings",),
    "chapters": ("story", "history"),
}
__getattr__, __dir__ = facade(__name__, HOMES, only("experiment_plan"))
