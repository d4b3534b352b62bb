"""Effects of changes: randomised comparisons, before/after series, and times to an event.

`analyze` answers a study. The estimators it chooses from stand beside it, for five lines of Python;
docs/methods.md has an example of each.
"""

from typing import Any

from cs_lib.experiment.analysis import analyze
from cs_lib.experiment.errors import CannotEstimate, NotEnoughData

_HOMES = {
    "ab": ("compare_means", "compare_shares", "non_inferiority"),
    "adjust": ("compare_adjusted",),
    "clusters": ("compare_clusters",),
    "compliance": ("complier_effect",),
    "always_valid": ("confidence_sequence",),
    "duration": ("Intake", "plan_for_days", "plan_for_effect", "power_curve"),
    "returns": ("economics",),
    "lift": ("relative_lift",),
    "looks": ("Look", "LookPlan", "monitor"),
    "multiplicity": ("benjamini_hochberg", "dunnett", "holm"),
    "nonresponse": ("compare_survey",),
    "power": ("Design", "Mean", "Share", "sample_size", "smallest_effect"),
    "ratio": ("compare_ratios", "ratio_lift"),
    "robust": ("compare_quantiles", "compare_winsorised", "influence"),
    "split": ("sample_ratio", "sample_ratio_by", "sample_ratio_watch"),
    "segments": ("compare_segments",),
    "teams": ("compare_team_changes", "randomisation_test"),
    "synthetic": ("synthetic_effect",),
    "synthetic_choice": ("choose_synthetic",),
    "staggered": ("group_time_effects", "overall_effect"),
    "averages": ("average_effect",),
    "pretrend": ("pretrend_test",),
    "drift": ("drift_bounds",),
    "waiting_days": ("waiting_by_day",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = ["CannotEstimate", "NotEnoughData", "analyze", *_HOME]


def __getattr__(name: str) -> Any:
    """An estimator, imported only when it is asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'cs_lib.experiment' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(f"cs_lib.experiment.{_HOME[name]}"), name)
