"""Looking around in a desk: what a metric's values are, how it ran, and how two metrics go together.

What is drawn was counted where the rows are; nothing is tested, and no difference here is an effect.
"""

from typing import TYPE_CHECKING

from cs_lib.facade import facade

if TYPE_CHECKING:
    from cs_lib.report.explore.figures import against as against
    from cs_lib.report.explore.figures import distribution as distribution
    from cs_lib.report.explore.figures import over_time as over_time

HOMES = {"figures": ("against", "distribution", "over_time")}
__getattr__, __dir__ = facade(__name__, HOMES)
