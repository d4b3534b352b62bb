"""Figures, tables and first screen of a service scorecard."""

from typing import TYPE_CHECKING

from cs_lib.facade import facade
from cs_lib.report.kinds import only

if TYPE_CHECKING:
    from cs_lib.report.service_scorecard.chapters import story as story
    from cs_lib.report.service_scorecard.figures import backlog as backlog
    from cs_lib.report.service_scorecard.figures import drivers as drivers
    from cs_lib.report.service_scorecard.figures import headline as headline
    from cs_lib.report.service_scorecard.figures import side_by_side as side_by_side
    from cs_lib.report.service_scorecard.prospects import turning as turning
    from cs_lib.report.service_scorecard.tables import definitions as definitions
    from cs_lib.report.service_scorecard.tables import looks as looks
    from cs_lib.report.service_scorecard.tables import not_measured as not_measured
    from cs_lib.report.service_scorecard.tables import opening as opening
    from cs_lib.report.service_scorecard.tables import rebases as rebases
    from cs_lib.report.service_scorecard.tables import signals as signals
    from cs_lib.report.service_scorecard.tables import watched as watched
    from cs_lib.report.service_scorecard.the_grid import grid as grid

HOMES = {
    "chapters": ("story",),
    "figures": ("backlog", "drivers", "headline", "side_by_side"),
    "prospects": ("turning",),
    "tables": ("definitions", "looks", "not_measured", "opening", "rebases", "signals", "watched"),
    "the_grid": ("grid",),
}  # fmt: skip
__getattr__, __dir__ = facade(__name__, HOMES, only("service_scorecard"))
