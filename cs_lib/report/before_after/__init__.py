"""Figures, tables and first screen of a before/after study."""

from typing import TYPE_CHECKING

from cs_lib.facade import facade
from cs_lib.report.kinds import only

if TYPE_CHECKING:
    from cs_lib.report.before_after.chapters import story as story
    from cs_lib.report.before_after.composition import what_came_in as what_came_in
    from cs_lib.report.before_after.curves import waiting_times as waiting_times
    from cs_lib.report.before_after.figures import by_team as by_team
    from cs_lib.report.before_after.figures import placebo as placebo
    from cs_lib.report.before_after.figures import series as series
    from cs_lib.report.before_after.prospects import cost_at_scale as cost_at_scale
    from cs_lib.report.before_after.prospects import turning as turning
    from cs_lib.report.before_after.steadiness import steady as steady
    from cs_lib.report.before_after.tables import changes as changes
    from cs_lib.report.before_after.tables import mix as mix
    from cs_lib.report.before_after.tables import sensitivity as sensitivity
    from cs_lib.report.before_after.tables import stages as stages
    from cs_lib.report.before_after.tables import waiting as waiting
    from cs_lib.report.before_after.teams import averages as averages
    from cs_lib.report.before_after.teams import drift as drift
    from cs_lib.report.before_after.teams import team_values as team_values

HOMES = {
    "chapters": ("story",),
    "composition": ("what_came_in",),
    "curves": ("waiting_times",),
    "figures": ("by_team", "placebo", "series"),
    "steadiness": ("steady",),
    "tables": ("changes", "mix", "sensitivity", "stages", "waiting"),
    "teams": ("averages", "drift", "team_values"),
    "prospects": ("cost_at_scale", "turning"),
}
__getattr__, __dir__ = facade(__name__, HOMES, only("before_after"))
