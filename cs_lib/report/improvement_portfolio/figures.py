"""Figures of a portfolio: raw against shrunk, the sum by month, the headline's movement beside the claims."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from cs_lib import wording as w
from cs_lib.experiment.improvement_portfolio.result import Entry, Family, PortfolioResult, TopDown
from cs_lib.language import say
from cs_lib.report.drawing import forest as p
from cs_lib.report.drawing import waterfall as steps
from cs_lib.report.drawing.figure import Figure, figure
from cs_lib.report.drawing.palette import CONTROL, GOOD, TREATMENT
from cs_lib.report.improvement_portfolio.words import named
from cs_lib.report.note import Note
from cs_lib.results import to_frame

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 24


def shrunken(result: PortfolioResult) -> Figure | Note:
    """Each study of the first kind as it was measured, and with chance taken out."""
    one = result.main
    if one is None:
        return Note(say("No decided study with an effect was found."))
    if one.pooled is None:
        return Note(str(one.why_not_pooled))
    found = {each.id: each for each in one.pooled.studies}
    entries = [e for e in result.ledger if e.study in found]
    entries.sort(key=lambda e: found[e.study].mean * (1 if one.good == "down" else -1))
    shown = entries[:MOST_ROWS]
    rows = [_row(e, one) for e in shown]
    span = p.span_of(rows, band=0.0, unit=_unit(one), tick=_tick)
    pooled, best = one.pooled, found[shown[0].study]
    title = say(
        "With chance taken out the largest gain is {shrunk} in place of {raw}",
        shrunk=_in_words(best.mean, one),
        raw=_in_words(best.effect, one),
    )
    return figure(
        "raw-and-shrunk",
        title=title,
        caption=say(
            "{metric}, {design}. Hollow: as measured. Filled, with interval: seen together with the others, which"
            " draws lucky ones in.",
            metric=str(one.label),
            design=named(one.of.kind),
        ),
        alt=w.together(title + ".", *(f"{row.label}: {row.text}." for row in rows)),
        data=to_frame(pooled.studies),
        wide=p.forest_wide(rows, span, band_label=""),
        narrow=p.forest_narrow(rows, span, band_label=""),
        height=p.wide_height(rows),
        narrow_height=p.narrow_height(rows),
        more=say(
            "True effects of such studies are about {mean} on average and differ by about {tau}; that of the next one"
            " lies between {low} and {high}. Plan for the smaller end.",
            mean=w.change(pooled.mean.mean, one.of.quantity),
            tau=w.size(pooled.spread.mean, one.of.quantity),
            low=w.change(pooled.next_effect.low, one.of.quantity),
            high=w.change(pooled.next_effect.high, one.of.quantity),
        ),
    )


def _row(entry: Entry, one: Family) -> p.Row:
    assert one.pooled is not None
    each = next(e for e in one.pooled.studies if e.id == entry.study)
    factor = _factor(one)
    text = w.bracketed(
        w.number(each.mean, one.of.quantity, signed=True),
        w.ends(each.low, each.high, one.of.quantity),
    )
    return p.Row(
        label=w.capital(w.name(entry.study)),
        note=named(entry.held.standing) if entry.held else "",
        effect=each.mean * factor,
        low=each.low * factor,
        high=each.high * factor,
        text=text,
        strong=entry.place == "counted",
        raw=each.effect * factor,
    )


def by_month(result: PortfolioResult) -> Figure | Note:
    """What was in force, month by month, from the studies that may claim it."""
    one = result.main
    if one is None or not any(total.n for _, total in one.by_month):
        why = str(one.why_no_total) if one is not None else ""
        return Note(why or say("No claim lies in a month of the period."))
    factor = _factor(one)
    rows = [
        p.Row(
            label=w.month_name(month),
            note=w.counted(total.n, "change"),
            effect=total.mean * factor,
            low=total.low * factor,
            high=total.high * factor,
            text=w.bracketed(
                w.number(total.mean, one.of.quantity, signed=True),
                w.ends(total.low, total.high, one.of.quantity),
            ),
            strong=not total.low <= 0 <= total.high,
            raw=total.raw * factor,
        )
        for month, total in one.by_month
        if total.n
    ]
    span = p.span_of(rows, band=0.0, unit=_unit(one), tick=_tick)
    best = max(rows, key=lambda row: row.effect * (1 if one.good == "up" else -1))
    title = say("Most was in force in {month}: {sum}", month=best.label, sum=best.text)
    return figure(
        "sum-by-month",
        title=title,
        caption=say(
            "{metric}: the sum of what was in force. An effect counts from its first day to the last day that a study"
            " confirms. Hollow: as measured.",
            metric=str(one.label),
        ),
        alt=w.together(title + ".", *(f"{row.label}: {row.text}." for row in rows)),
        data=_months(one),
        wide=p.forest_wide(rows, span, band_label=""),
        narrow=p.forest_narrow(rows, span, band_label=""),
        height=p.wide_height(rows),
        narrow_height=p.narrow_height(rows),
    )


def _months(one: Family) -> pd.DataFrame:
    frame = to_frame([total for _, total in one.by_month])
    frame.insert(0, "month", [month.isoformat() for month, _ in one.by_month])
    return frame


def top_down(result: PortfolioResult) -> Figure | Note:
    """From the headline's level before to that of now: what studies claim, and the rest."""
    one = result.top_down
    if one is None:
        return Note(str(result.why_no_top_down) or say("No headline is asked for."))
    fall = steps.Fall(str(one.label), _steps(one))

    def drawn(*, narrow: bool) -> Callable[..., None]:
        return steps.waterfalls([fall], unit=w.unit_words(one.unit), tick=steps.tick, narrow=narrow)

    return figure(
        "top-down",
        title=_moved(one),
        caption=_compared(one),
        alt=w.together(_moved(one) + ".", *(f"{s.label}: {s.text}." for s in fall.steps)),
        data=to_frame([one]).drop(columns=["label"]),
        wide=drawn(narrow=False),
        narrow=drawn(narrow=True),
        height=steps.height([fall], narrow=False),
        narrow_height=steps.height([fall], narrow=True),
        more=_rest(one),
    )


def _steps(one: TopDown) -> tuple[steps.Step, ...]:
    before, after = one.level_before, one.level_before + one.moved
    middle = before + one.claimed
    of = one.unit
    good = (one.claimed < 0) == (one.good == "down")
    return (
        steps.Step(say("Before"), w.number(before, of), 0.0, before, CONTROL, strong=True),
        steps.Step(
            say("Claimed by studies"),
            w.bracketed(
                w.number(one.claimed, of, signed=True),
                w.ends(one.claimed_low, one.claimed_high, of),
            ),
            before,
            middle,
            GOOD if good else CONTROL,
            before + one.claimed_low,
            before + one.claimed_high,
        ),
        steps.Step(
            say("Not explained"),
            w.bracketed(
                w.number(one.rest, of, signed=True), w.ends(one.rest_low, one.rest_high, of)
            ),
            middle,
            after,
            CONTROL,
            middle + one.rest_low,
            middle + one.rest_high,
        ),
        steps.Step(
            say("Lately"),
            w.number(after, of),
            0.0,
            after,
            TREATMENT,
            before + one.low,
            before + one.high,
            strong=True,
        ),
    )


def _moved(one: TopDown) -> str:
    parts = {
        "metric": str(one.label),
        "moved": w.number(one.moved, one.unit, signed=True),
        "claimed": w.number(one.claimed, one.unit, signed=True),
    }
    if one.rest_low <= 0 <= one.rest_high:
        return say(
            "{metric}: {moved} in all, {claimed} of it claimed; the rest may be chance", **parts
        )
    return say(
        "{metric}: {moved} in all, {claimed} of it claimed; the rest has other causes", **parts
    )


def _compared(one: TopDown) -> str:
    recent, before = w.short_days(*one.recent), w.short_days(*one.before)
    if one.a_year_apart:
        return say("{recent} against the same weeks a year before.", recent=recent)
    return say(
        "{recent} against {before}. These are other weeks of the year: a season can be all there is to the rest.",
        recent=recent,
        before=before,
    )


def _rest(one: TopDown) -> str:
    return say(
        "The rest is what no study claims: seasons, growth, other products, changes nobody studied, and effects after"
        " the last day that a study confirms. Weeks vary and resemble each other; the interval allows for both."
    )


def _in_words(value: float, one: Family) -> str:
    """A difference with its sign; where the metric's name has the unit, the number alone."""
    if one.of.unit == "per_1000":
        return w.number(value, one.of.quantity, signed=True)
    return w.change(value, one.of.quantity)


def _factor(one: Family) -> float:
    return 100.0 if one.of.unit == "share" else 1.0


def _unit(one: Family) -> str:
    if one.of.unit == "money":
        return w.currency_words(one.of.currency)
    return say("points") if one.of.unit == "share" else w.unit_words(one.of.unit)


_tick = partial(steps.tick, signed=True)
