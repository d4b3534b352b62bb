"""Figures, tables and first screen of a portfolio of improvements."""

from typing import TYPE_CHECKING

from cs_lib.facade import facade
from cs_lib.report.kinds import only

if TYPE_CHECKING:
    from cs_lib.report.improvement_portfolio.chapters import story as story
    from cs_lib.report.improvement_portfolio.figures import by_month as by_month
    from cs_lib.report.improvement_portfolio.figures import shrunken as shrunken
    from cs_lib.report.improvement_portfolio.figures import top_down as top_down
    from cs_lib.report.improvement_portfolio.prospects import turning as turning
    from cs_lib.report.improvement_portfolio.tables import days as days
    from cs_lib.report.improvement_portfolio.tables import drawer as drawer
    from cs_lib.report.improvement_portfolio.tables import forecasts as forecasts
    from cs_lib.report.improvement_portfolio.tables import held_up as held_up
    from cs_lib.report.improvement_portfolio.tables import ledger as ledger
    from cs_lib.report.improvement_portfolio.tables import sums as sums
    from cs_lib.report.improvement_portfolio.tables import unmatched as unmatched

HOMES = {
    "chapters": ("story",),
    "figures": ("by_month", "shrunken", "top_down"),
    "prospects": ("turning",),
    "tables": ("days", "drawer", "forecasts", "held_up", "ledger", "sums", "unmatched"),
}  # fmt: skip
__getattr__, __dir__ = facade(__name__, HOMES, only("improvement_portfolio"))
