"""Effects of changes: randomised comparisons, before/after series, and times to an event."""

from cs_lib.experiment.analysis import analyze
from cs_lib.experiment.errors import CannotEstimate, NotEnoughData

__all__ = ["CannotEstimate", "NotEnoughData", "analyze"]
