"""Results made readable: figures, tables, the first screen, the page.

What every study shares stands here; the figures and tables of one kind of study in its room, which
has the name of the notebook: `report.before_after.series(result)`.
"""

from typing import TYPE_CHECKING

from cs_lib.facade import facade

if TYPE_CHECKING:
    from cs_lib.report import before_after as before_after
    from cs_lib.report import data_health as data_health
    from cs_lib.report import experiment_plan as experiment_plan
    from cs_lib.report import explore as explore
    from cs_lib.report import figures as figures
    from cs_lib.report import improvement_portfolio as improvement_portfolio
    from cs_lib.report import journey_map as journey_map
    from cs_lib.report import needs_and_causes as needs_and_causes
    from cs_lib.report import perk_ab_test as perk_ab_test
    from cs_lib.report import service_scorecard as service_scorecard
    from cs_lib.report import tables as tables
    from cs_lib.report.summary import decision as decision

HOMES = {
    "before_after": (),
    "data_health": (),
    "experiment_plan": (),
    "explore": (),
    "figures": (),
    "improvement_portfolio": (),
    "journey_map": (),
    "needs_and_causes": (),
    "perk_ab_test": (),
    "service_scorecard": (),
    "summary": ("decision",),
    "tables": (),
}
__getattr__, __dir__ = facade(__name__, HOMES)
