"""Evidence as frames: what was measured, metric by metric, one row per number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from cs_lib.metrics.catalogue import CATALOGUE

if TYPE_CHECKING:
    import pandas as pd

    from cs_lib.aggregates import Moments, Series
    from cs_lib.metrics.definition import Metric


class _ByDay(Protocol):
    metrics: dict[str, Metric]
    series: dict[str, Series]


class _ByVariant(Protocol):
    metrics: dict[str, Metric]
    moments: Any  # by metric: of one variant, or by variant


class ByDay:
    """Evidence whose metrics are series by day."""

    __slots__ = ()

    def to_frame(self: _ByDay) -> pd.DataFrame:
        """One row per metric and local day: metric, unit, day, numerator, denominator, value.

        The value is in the unit (shares 0 to 1), missing on a day without cases. Teams, parts and what else
        is compared are series of their own, which have `to_frame` too.
        """
        return _stacked({name: s.to_frame() for name, s in self.series.items()}, self.metrics)


class ByVariant:
    """Evidence whose metrics are moments by variant."""

    __slots__ = ()

    def to_frame(self: _ByVariant) -> pd.DataFrame:
        """One row per metric and variant: metric, unit, variant, n, mean, variance.

        `n` are customers whose window is observed; mean and sample variance are in the unit (shares 0 to 1).
        A ratio of two sums is there by its two parts.
        """
        found: dict[str, pd.DataFrame] = {}
        for name, known in self.moments.items():
            variants = list(known.values()) if isinstance(known, dict) else [known]
            for part in getattr(self.metrics[name], "parts", (name,)):
                found[part] = _of(part, variants)
        return _stacked(found, self.metrics)


def _of(name: str, variants: Sequence[Moments]) -> pd.DataFrame:
    """One variable of every variant."""
    import pandas as pd

    frames = [moments.to_frame() for moments in variants]
    return pd.concat(f[f.name == name].drop(columns="name") for f in frames)


def _stacked(frames: Mapping[str, pd.DataFrame], metrics: Mapping[str, Metric]) -> pd.DataFrame:
    """Frames of single metrics below each other, the metric and its unit in front."""
    import pandas as pd

    for name, frame in frames.items():
        frame.insert(0, "metric", name)
        frame.insert(1, "unit", (metrics[name] if name in metrics else CATALOGUE[name]).unit)
    return pd.concat(frames.values(), ignore_index=True) if frames else pd.DataFrame()
