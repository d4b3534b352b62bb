"""Results as figures. Each takes a result and says in its title what the reader should take away."""

from __future__ import annotations

import numpy as np

from cs_lib import wording as w
from cs_lib.experiment.flow import FlowResult
from cs_lib.experiment.perk import Comparison, PerkResult
from cs_lib.metrics import Metric
from cs_lib.report import painters as p
from cs_lib.report.figure import Figure, figure
from cs_lib.report.note import Note, withheld
from cs_lib.report.svg import Draw
from cs_lib.results import Effect, to_frame

TIMES = {"minutes": 60.0, "hours": 3600.0}


def factor(metric: Metric) -> float:
    """From inside values to the units of an axis: shares are drawn in points."""
    return 100.0 if metric.unit == "share" else 1.0


def unit_words(metric: Metric, currency: str) -> str:
    """The unit of an axis of differences."""
    if metric.unit == "share":
        return "percentage points"
    return currency if metric.unit == "money" else w.WORDS[metric.unit]


def row_of(
    effect: Effect, metric: Metric, *, label: str, currency: str, strong: bool | None = None
) -> p.Row:
    """An effect as a row of a forest plot, in the units shown; strong when its interval leaves out zero."""
    k = factor(metric)
    if strong is None:
        strong = not effect.effect_ci_low <= 0 <= effect.effect_ci_high
    span = w.interval(effect.effect_ci_low, effect.effect_ci_high, metric.unit, currency=currency)
    bare = span.removesuffix(" points").removesuffix(f" {w.WORDS.get(metric.unit, '')}".rstrip())
    shown = w.change(effect.effect, metric.unit, currency=currency).split(" ")[0]
    return p.Row(
        label=label,
        note=f"n {w.count(effect.nobs)}",
        effect=effect.effect * k,
        low=effect.effect_ci_low * k,
        high=effect.effect_ci_high * k,
        text=f"{shown} ({bare})",
        strong=strong,
    )


def tick(value: float) -> str:
    """An axis number: signed, short, a true minus."""
    places = (
        0
        if abs(value) >= 10 or float(value).is_integer()
        else 1
        if abs(value) >= 1 or value == 0
        else 2
    )
    return w.plain(value, places, signed=True) if value else "0"


def _axis_of(rows: list[p.Row], metric: Metric, *, min_effect: float, currency: str) -> p.Span:
    signed = min_effect * factor(metric) * (1 if metric.good == "up" else -1)
    return p.span_of(rows, band=signed, unit=unit_words(metric, currency), tick=tick)


def _forest(
    name: str,
    effects: list[Effect],
    metric: Metric,
    *,
    title: str,
    caption: str,
    min_effect: float,
    currency: str,
) -> Figure:
    rows = [
        row_of(e, metric, label=w.sentence(w.name(e.variant)).rstrip("."), currency=currency)
        for e in effects
    ]
    span = _axis_of(rows, metric, min_effect=min_effect, currency=currency)
    alt = " ".join(f"{r.label}: {r.text} {span.unit}." for r in rows)
    label = "too small to act on" if min_effect else ""
    return figure(
        name,
        title=title,
        caption=caption,
        alt=f"{title}. {alt}",
        data=to_frame(effects).drop(columns="details"),
        wide=p.forest_wide(rows, span, band_label=label),
        narrow=p.forest_narrow(rows, span, band_label=label),
        height=p.FOREST_MARGIN + 40 * len(rows),
        narrow_height=p.narrow_height(rows),
    )


def behaviour(result: PerkResult) -> Figure | Note:
    """The primary metric by variant."""
    if not result.comparisons:
        return withheld(result.decision)
    metric, study = result.primary, result.study
    effects = [c.primary for c in result.comparisons]
    best = max(effects, key=lambda e: e.effect if metric.good == "up" else -e.effect)
    caption = (
        f"{metric.label}: difference to {w.name(study.design.control)}, by assignment, with"
        f" {w.confidences(e.alpha for e in effects)}. Assigned {w.days(*study.design.period)}."
    )
    return _forest(
        "behaviour",
        effects,
        metric,
        title=_title(best, metric, result),
        caption=caption,
        min_effect=study.rule.min_effect,
        currency=result.currency,
    )


def _title(effect: Effect, metric: Metric, result: PerkResult) -> str:
    who = w.sentence(w.name(effect.variant)).rstrip(".")
    if effect.effect_ci_low <= 0 <= effect.effect_ci_high:
        return f"{who}: no clear difference"
    moved = w.change(effect.effect, metric.unit, currency=result.currency)
    worth = w.size(result.study.rule.min_effect, metric.unit, currency=result.currency)
    return f"{who}: {moved}; {worth} would be worth acting on"


def net_value(result: PerkResult) -> Figure | Note:
    """Money per offered customer, by variant."""
    if not result.comparisons:
        return withheld(result.decision)
    effects = [c.net_value for c in result.comparisons if c.net_value]
    if not effects:
        return Note(
            "Not available because the settings have no `money`: only behaviour counts in this study."
        )
    metric = result.metrics[effects[0].metric]
    caption = (
        f"{metric.label}, difference to {w.name(result.study.design.control)}: {metric.counted}."
        f" With {w.confidences(e.alpha for e in effects)}."
    )
    return _forest(
        "net-value",
        effects,
        metric,
        title=_money_title(result.comparisons, result.currency),
        caption=caption,
        min_effect=0.0,
        currency=result.currency,
    )


def _money_title(comparisons: tuple[Comparison, ...], currency: str) -> str:
    pays = [w.name(c.variant) for c in comparisons if c.net_value and c.net_value.effect_ci_low > 0]
    loses = [
        w.name(c.variant) for c in comparisons if c.net_value and c.net_value.effect_ci_high < 0
    ]
    open_ = [w.name(c.variant) for c in comparisons if w.name(c.variant) not in pays + loses]
    parts = [
        text
        for names, text in (
            (pays, f"{w.listed(pays)} pays for itself"),
            (loses, f"{w.listed(loses)} loses money"),
            (open_, f"whether {w.listed(open_)} pays is open"),
        )
        if names
    ]
    return w.sentence("; ".join(parts)).rstrip(".")


def guardrails(result: PerkResult | FlowResult) -> Figure | Note:
    """Metrics that must not get worse, each against its margin, in margins so that they share an axis."""
    rails = (
        [g for c in result.comparisons for g in c.guardrails]
        if isinstance(result, PerkResult)
        else result.guardrails
    )
    if not rails:
        return (
            withheld(result.decision)
            if _is_withheld(result)
            else Note("No guardrail could be measured.")
        )
    rows = []
    for g in rails:
        metric = result.metrics[g.metric]
        several = isinstance(result, PerkResult) and len(result.comparisons) > 1
        label = f"{metric.label}, {w.name(g.effect.variant)}" if several else metric.label
        row = row_of(
            g.effect, metric, label=label, currency=result.currency, strong=g.outcome != "holds"
        )
        k = factor(metric) * g.margin * (1 if metric.good == "up" else -1)
        low, high = sorted((row.low / k, row.high / k))
        rows.append(
            p.Row(
                row.label,
                g.outcome.replace("_", " "),
                row.effect / k,
                low,
                high,
                row.text,
                row.strong,
            )
        )
    span = p.span_of(
        rows, band=-1.0, unit="multiples of the margin; left of −1 is worse than allowed", tick=tick
    )
    broken = [r.label for r in rows if r.note != "holds"]
    title = "Every guardrail holds" if not broken else f"Not shown to hold: {w.listed(broken)}"
    return figure(
        "guardrails",
        title=title,
        caption="Change of each guardrail as a multiple of the loss its plan allows, with 95 % interval.",
        alt=f"{title}. " + " ".join(f"{r.label}: {r.text}, {r.note}." for r in rows),
        data=to_frame([g.effect for g in rails]).drop(columns="details"),
        wide=p.forest_wide(rows, span, band_label="allowed"),
        narrow=p.forest_narrow(rows, span, band_label="allowed"),
        height=p.FOREST_MARGIN + 40 * len(rows),
        narrow_height=p.narrow_height(rows),
    )


def _is_withheld(result: PerkResult | FlowResult) -> bool:
    return not (result.comparisons if isinstance(result, PerkResult) else result.change)


def looks(result: PerkResult) -> Figure | Note:
    """The evidence at each planned look against the line drawn before the test began."""
    if not result.monitoring or not result.comparisons:
        return Note("One look was planned, at the planned size; there is no boundary to draw.")
    comparison = next((c for c in result.comparisons if c.look), result.comparisons[0])
    monitoring = result.monitoring[comparison.variant]
    days = [look.as_of for look in monitoring.looks]
    decided = comparison.decision.verdict != "keep_running" and comparison.look is not None
    data = p.Lookings(
        label=w.name(comparison.variant),
        n=np.array([look.n for look in monitoring.looks], dtype=float),
        z=np.array([look.z for look in monitoring.looks]),
        upper=np.array([look.upper for look in monitoring.looks]),
        lower=np.array([look.lower for look in monitoring.looks]),
        decided=days.index(comparison.look) if decided and comparison.look else None,
    )
    title = (
        f"Look {w.count(data.decided + 1)} decides"
        if data.decided is not None
        else f"After {w.counted(len(days), 'look')} the evidence does not decide yet"
    )
    words = (f"{data.label} better", f"{data.label} worse")
    caption = (
        f"Standardised difference in {result.primary.label.lower()} at each look; dashed: the line to cross,"
        f" {w.percent(monitoring.alpha, places=0)} error over all looks. Every run takes all looks anew."
    )
    each = [
        f"look {w.count(i + 1)} on {w.day(look.as_of)}: {w.plain(look.z, 2)} against {w.plain(look.upper, 2)}"
        for i, look in enumerate(monitoring.looks)
    ]
    unit = "customers observed to the end of their window"
    return figure(
        "looks",
        title=title,
        caption=caption,
        alt=f"{title}. {w.sentence('; '.join(each))}",
        data=monitoring.to_frame(),
        wide=p.boundary(data, words=words, unit=unit, narrow=False),
        narrow=p.boundary(data, words=words, unit=unit, narrow=True),
        height=320,
        narrow_height=300,
    )


def before_after(result: FlowResult) -> Figure | Note:
    """The series with what was to be expected without the change."""
    import pandas as pd

    change, study, metric = result.change, result.study, result.primary
    if change is None:
        return withheld(result.decision)
    k = factor(metric)
    day = np.datetime64(study.design.intervention_date)
    data = p.Course(
        start=change.start,
        observed=change.observed * k,
        fitted=change.fitted * k,
        counterfactual=change.counterfactual * k,
        used=change.used,
        intervention=day,
        washout_end=day + study.design.washout_days,
        unit="%" if metric.unit == "share" else unit_words(metric, result.currency),
        words=(
            f"change on {w.day(study.design.intervention_date)}",
            "with the change",
            "expected without",
        ),
    )
    effect = change.effect
    title = f"{metric.label}: no clear change"
    if not effect.effect_ci_low <= 0 <= effect.effect_ci_high:
        title = f"{metric.label}: {w.change(effect.effect, metric.unit, currency=result.currency)} after the change"
    per = "a day" if change.unit == "day" else "a week"
    frame = pd.DataFrame(
        {"start": change.start.astype(str), "observed": change.observed, "fitted": change.fitted,
         "without_the_change": change.counterfactual, "used": change.used}
    )  # fmt: skip
    return figure(
        "before-after",
        title=title,
        caption=(
            f"One point {per}; line: fitted; dashed: expected without the change."
            f" Counted: {metric.counted}{_horizon(result)}."
        ),
        alt=f"{title}. {w.moved(metric.label, effect, metric.unit, currency=result.currency)}",
        data=frame,
        wide=p.course(data, narrow=False),
        narrow=p.course(data, narrow=True),
        height=380,
        narrow_height=300,
    )


def _horizon(result: FlowResult) -> str:
    """The horizon in words, for metrics that have one."""
    duration = getattr(result.primary, "duration", None)
    return f" ({w.counted(result.horizon, 'day')})" if duration else ""


def placebo(result: FlowResult) -> Figure | Note:
    """What the same method finds on dates when nothing was changed."""
    import pandas as pd

    if result.change is None:
        return withheld(result.decision)
    found, metric = result.placebo, result.primary
    if found is None:
        return Note("Not available because the pre-period is too short to try other dates.")
    k = factor(metric)
    rows = [
        p.Row("", "", e * k, low * k, high * k, "")
        for e, low, high in zip(found.effects, found.lows, found.highs, strict=True)
    ]
    actual = row_of(result.change.effect, metric, label="the change", currency=result.currency)
    when = np.datetime64(result.study.design.intervention_date)
    unit = unit_words(metric, result.currency)
    title = f"{w.count(found.n_alarms)} of {w.count(found.n_dates)} dates without a change raise an alarm"

    def paint(narrow: bool) -> Draw:
        return p.scatter_of_placebos(found.dates, rows, actual, when, unit=unit, narrow=narrow)

    return figure(
        "placebo",
        title=title,
        caption=(
            "The same method at every week before the change; one that often sees a change there"
            " cannot be believed here."
        ),
        alt=f"{title}.",
        data=pd.DataFrame(
            {
                "date": found.dates.astype(str),
                "effect": found.effects,
                "low": found.lows,
                "high": found.highs,
            }
        ),
        wide=paint(False),
        narrow=paint(True),
        height=300,
        narrow_height=260,
    )


def waiting_times(result: FlowResult) -> Figure | Note:
    """Share of cases still waiting, before and after, open cases counted."""
    import pandas as pd

    if result.change is None:
        return withheld(result.decision)
    if len(result.curves) != 2:
        return Note(
            f"Not available because {result.primary.label.lower()} is not a time to an event."
        )
    limit = result.horizon * 86_400.0
    scale, unit = (86_400.0, "days") if result.horizon > 3 else (3_600.0, "hours")
    lines = [
        (c.group, np.insert(c.seconds / scale, 0, 0.0), np.insert(c.survival, 0, 1.0))
        for c in result.curves
    ]
    half = [_median(time, share) for _, time, share in lines]
    title = (
        f"Half of the cases are through in {w.plain(half[0], 1)} {unit} before and {w.plain(half[1], 1)} {unit} after"
        if all(np.isfinite(half))
        else "Fewer than half of the cases are through within the horizon"
    )
    frame = pd.concat(
        pd.DataFrame({"period": label, unit: time, "still_waiting": share})
        for label, time, share in lines
    )
    thinned = [(label, *_thin(time, share)) for label, time, share in lines]
    return figure(
        "waiting-times",
        title=title,
        caption=(
            "Share of cases still waiting, by time since opening (Kaplan-Meier; open cases counted). A description:"
            " cases of one day are not independent, so this picture carries no test."
        ),
        alt=f"{title}.",
        data=frame.iloc[:: max(len(frame) // 400, 1)],
        wide=p.curves(thinned, unit=f"{unit} since opening", horizon=limit / scale, narrow=False),
        narrow=p.curves(thinned, unit=f"{unit} since opening", horizon=limit / scale, narrow=True),
        height=340,
        narrow_height=300,
    )


def _median(time: p.Floats, share: p.Floats) -> float:
    below = np.flatnonzero(share <= 0.5)
    return float(time[below[0]]) if len(below) else float("nan")


def _thin(time: p.Floats, share: p.Floats, points: int = 160) -> tuple[p.Floats, p.Floats]:
    """A step curve with fewer points than a screen has pixels: one step per equal drop or stretch of time."""
    keep = np.unique(
        np.concatenate(
            [
                np.searchsorted(time, np.linspace(0, time[-1], points)).clip(0, len(time) - 1),
                [0, len(time) - 1],
            ]
        )
    )
    return time[keep], share[keep]
