"""Effects as forest plots: the axis in readers' units, one row an effect, the band of what is too small."""

from __future__ import annotations

from collections.abc import Sequence

from cs_lib import wording as w
from cs_lib.experiment.units import number_of
from cs_lib.language import say
from cs_lib.metrics import Metric
from cs_lib.report.drawing import forest as p
from cs_lib.report.drawing.figure import Figure, figure
from cs_lib.report.drawing.waterfall import tick as plain_tick
from cs_lib.results import Effect, to_frame


def factor(metric: Metric) -> float:
    """From inside values to the units of an axis: shares are drawn in points."""
    return 100.0 if metric.unit == "share" else 1.0


def unit_words(metric: Metric) -> str:
    """The unit of an axis of differences."""
    if metric.unit == "share":
        return say("percentage points")
    return (
        w.currency_words(metric.currency) if metric.unit == "money" else w.unit_words(metric.unit)
    )


def row_of(effect: Effect, metric: Metric, *, label: str, strong: bool | None = None) -> p.Row:
    """An effect as a row of a forest plot, in the units shown; strong when its interval leaves out zero."""
    k = factor(metric)
    if strong is None:
        strong = not effect.effect_ci_low <= 0 <= effect.effect_ci_high
    bare = w.ends(effect.effect_ci_low, effect.effect_ci_high, metric.quantity)
    of = effect.details.get("counted_by", "")
    shown = w.number(effect.effect, metric.quantity, signed=True)
    return p.Row(
        label=label,
        note=str(number_of(effect.nobs, str(of))) if of else f"n {w.count(effect.nobs)}",
        effect=effect.effect * k,
        low=effect.effect_ci_low * k,
        high=effect.effect_ci_high * k,
        text=f"{shown} ({bare})",
        strong=strong,
    )


def tick(value: float) -> str:
    """An axis number: signed, with as many digits as it has, at most two, a true minus."""
    return plain_tick(value, signed=True)


def _axis_of(rows: list[p.Row], metric: Metric, *, min_effect: float) -> p.Span:
    signed = min_effect * factor(metric) * (1 if metric.good == "up" else -1)
    return p.span_of(rows, band=signed, unit=unit_words(metric), tick=tick)


def forest(
    name: str,
    effects: Sequence[Effect],
    metric: Metric,
    *,
    title: str,
    caption: str,
    min_effect: float,
    labels: Sequence[str] = (),
    more: str = "",
) -> Figure:
    """A forest plot of effects in one unit, one row each, in both screen widths; labels else by variant."""
    data = to_frame(effects).drop(columns="details")
    if labels:
        data.insert(0, "label", list(labels))
    labels = labels or [w.capital(w.name(e.variant)) for e in effects]
    rows = [row_of(e, metric, label=label) for e, label in zip(effects, labels, strict=True)]
    span = _axis_of(rows, metric, min_effect=min_effect)
    alt = " ".join(f"{r.label}: {r.text} {span.unit}." for r in rows)
    label = say("too small to act on") if min_effect else ""
    return figure(
        name,
        title=title,
        caption=caption,
        alt=f"{title}. {alt}",
        data=data,
        more=more,
        wide=p.forest_wide(rows, span, band_label=label),
        narrow=p.forest_narrow(rows, span, band_label=label),
        height=p.wide_height(rows),
        narrow_height=p.narrow_height(rows),
    )
