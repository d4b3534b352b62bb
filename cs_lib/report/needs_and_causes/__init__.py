"""Figures, tables and first screen of needs and causes."""

from typing import TYPE_CHECKING

from cs_lib.facade import facade
from cs_lib.report.kinds import only

if TYPE_CHECKING:
    from cs_lib.report.needs_and_causes.action_list import action_names as action_names
    from cs_lib.report.needs_and_causes.action_list import actions as actions
    from cs_lib.report.needs_and_causes.chapters import story as story
    from cs_lib.report.needs_and_causes.coded import agreement as agreement
    from cs_lib.report.needs_and_causes.coded import rules as rules
    from cs_lib.report.needs_and_causes.coded import teams as teams
    from cs_lib.report.needs_and_causes.figures import coming_back as coming_back
    from cs_lib.report.needs_and_causes.figures import needs_by_size as needs_by_size
    from cs_lib.report.needs_and_causes.figures import over_the_weeks as over_the_weeks
    from cs_lib.report.needs_and_causes.figures import owners as owners
    from cs_lib.report.needs_and_causes.prospects import turning as turning
    from cs_lib.report.needs_and_causes.tables import by_owner as by_owner
    from cs_lib.report.needs_and_causes.tables import details as details
    from cs_lib.report.needs_and_causes.tables import products as products
    from cs_lib.report.needs_and_causes.tables import rising as rising
    from cs_lib.report.needs_and_causes.tables import tree as tree
    from cs_lib.report.needs_and_causes.tables import uncoded as uncoded
    from cs_lib.report.needs_and_causes.tables import words_that_rose as words_that_rose

HOMES = {
    "action_list": ("action_names", "actions"),
    "chapters": ("story",),
    "coded": ("agreement", "rules", "teams"),
    "figures": ("coming_back", "needs_by_size", "over_the_weeks", "owners"),
    "prospects": ("turning",),
    "tables": ("by_owner", "details", "products", "rising", "tree", "uncoded", "words_that_rose"),
}
__getattr__, __dir__ = facade(__name__, HOMES, only("needs_and_causes"))
