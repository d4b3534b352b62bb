"""Figures, tables and first screen of a journey map."""

from typing import TYPE_CHECKING

from cs_lib.facade import facade
from cs_lib.report.kinds import only

if TYPE_CHECKING:
    from cs_lib.report.journey_map.actions import action_names as action_names
    from cs_lib.report.journey_map.chapters import story as story
    from cs_lib.report.journey_map.figures import handoffs as handoffs
    from cs_lib.report.journey_map.figures import hours_held as hours_held
    from cs_lib.report.journey_map.figures import over_the_weeks as over_the_weeks
    from cs_lib.report.journey_map.figures import ways as ways
    from cs_lib.report.journey_map.prospects import turning as turning
    from cs_lib.report.journey_map.tables import by_owner as by_owner
    from cs_lib.report.journey_map.tables import details as details
    from cs_lib.report.journey_map.tables import hours as hours
    from cs_lib.report.journey_map.tables import pains as pains
    from cs_lib.report.journey_map.tables import returning as returning
    from cs_lib.report.journey_map.tables import shifts as shifts
    from cs_lib.report.journey_map.tables import slow_and_fast as slow_and_fast
    from cs_lib.report.journey_map.tables import steps as steps
    from cs_lib.report.journey_map.tables import variants as variants
    from cs_lib.report.journey_map.tables import worked as worked
    from cs_lib.report.journey_map.the_map import journey_of_contacts as journey_of_contacts

HOMES = {
    "actions": ("action_names",),
    "chapters": ("story",),
    "figures": ("handoffs", "hours_held", "over_the_weeks", "ways"),
    "prospects": ("turning",),
    "tables": (
        "by_owner", "details", "hours", "pains", "returning", "shifts", "slow_and_fast", "steps", "variants",
        "worked",
    ),
    "the_map": ("journey_of_contacts",),
}  # fmt: skip
__getattr__, __dir__ = facade(__name__, HOMES, only("journey_map"))
