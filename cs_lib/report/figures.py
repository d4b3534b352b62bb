"""Results as figures. Each takes a result and says in its title what the reader should take away."""

from __future__ import annotations

from collections.abc import Sequence

from cs_lib import wording as w
from cs_lib.facade import own
from cs_lib.language import later, say
from cs_lib.report.drawing import forest as p
from cs_lib.report.drawing.figure import Figure, figure
from cs_lib.report.effects import row_of
from cs_lib.report.note import Note, withheld
from cs_lib.results import EffectAnswer, Guardrail, to_frame

OUTCOMES = {
    "holds": later("holds"),
    "breached": later("too much worse"),
    "not_shown": later("not ruled out"),
}
# What lies further out, in percent of the allowed loss, is an arrow at the edge.
LEAST_SHOWN, MOST_SHOWN = -200.0, 300.0
TICKS = (0.0, 100.0, -100.0, 200.0, -200.0, 300.0)
# A title names so many guardrails.
MOST_NAMED = 2


def guardrails(result: EffectAnswer) -> Figure | Note:
    """Metrics that must not get worse, worse to the right, each as a share of the loss its plan allows."""
    rails = result.deciding_rails
    if not rails:
        return (
            withheld(result.decision)
            if result.effect is None
            else Note(say("No guardrail could be measured."))
        )
    rows = [_rail(g, result) for g in rails]
    span, title = _span(rows), _title(rails, result)
    allowed = say("allowed")
    return figure(
        "guardrails",
        title=title,
        caption=say(
            "Right of 0 is worse. A guardrail holds when its whole interval stays left of 100 %, the "
            "most that the plan allows."
        ),
        alt=f"{title}. " + " ".join(f"{r.label}: {r.text}, {r.note}." for r in rows),
        data=to_frame([g.effect for g in rails]).drop(columns="details"),
        wide=p.forest_wide(rows, span, band_label=allowed),
        narrow=p.forest_narrow(rows, span, band_label=allowed),
        height=p.wide_height(rows),
        narrow_height=p.narrow_height(rows),
        more=_more(rails, result),
    )


def _rail(g: Guardrail, result: EffectAnswer) -> p.Row:
    """A guardrail in percent of its allowed loss, with its numbers in its own unit."""
    metric = result.metrics[g.metric]
    row = row_of(g.effect, metric, label=_label(g, result), strong=g.outcome != "holds")
    k = 100.0 / g.margin * (-1 if metric.good == "up" else 1)
    low, high = sorted((k * g.effect.effect_ci_low, k * g.effect.effect_ci_high))
    # Where the label names the unit, the number need not.
    moved = (
        w.number(g.effect.effect, metric.quantity, signed=True)
        if metric.unit == "per_1000"
        else w.change(g.effect.effect, metric.quantity)
    )
    ends = w.ends(g.effect.effect_ci_low, g.effect.effect_ci_high, metric.quantity)
    return p.Row(
        row.label,
        say(OUTCOMES[g.outcome]),
        k * g.effect.effect,
        low,
        high,
        w.bracketed(moved, ends),
        row.strong,
    )


def _label(g: Guardrail, result: EffectAnswer) -> str:
    label = result.metrics[g.metric].label
    alike = len({rail.effect.variant for rail in result.deciding_rails}) == 1
    return label if alike else f"{label}, {w.name(g.effect.variant)}"


def _span(rows: Sequence[p.Row]) -> p.Span:
    """An axis with 0 and 100 % on it that reaches as far as intervals do, within reason."""
    low = max(min(-20.0, *(r.low for r in rows)), LEAST_SHOWN)
    high = min(max(120.0, *(r.high for r in rows)), MOST_SHOWN)
    air = 0.04 * (high - low)
    return p.Span(
        low - air,
        high + air,
        100.0,
        say("share of the allowed loss; right is worse"),
        lambda value: w.percent(value / 100, places=0),
        tuple(t for t in TICKS if low <= t <= high),
    )


def _title(rails: Sequence[Guardrail], result: EffectAnswer) -> str:
    broken = [_label(g, result) for g in rails if g.outcome == "breached"]
    unshown = [_label(g, result) for g in rails if g.outcome == "not_shown"]
    if broken:
        return say("Worse than allowed: {broken}", broken=w.listed(broken))
    if not unshown:
        return say("Every guardrail holds")
    if len(unshown) <= MOST_NAMED:
        return say("Not ruled out: {unshown}", unshown=w.listed(unshown))
    return say(
        "Not ruled out: {many} of {all} guardrails could be worse than allowed",
        many=w.count(len(unshown)),
        all=w.count(len(rails)),
    )


def _more(rails: Sequence[Guardrail], result: EffectAnswer) -> str:
    """How to read it, and where the allowed loss is a share of the level before, because nobody set it."""
    levels = w.confidences(g.effect.alpha for g in rails)
    read = say(
        "Each change is divided by the loss that the plan allows for it, so that all share an axis, "
        "with {levels}; the numbers at the edge are in the unit of each. An arrow runs on.",
        levels=levels,
    )
    share = next((g.share_of_before for g in rails if g.share_of_before), None)
    if share is None:
        return read
    named = [result.metrics[g.metric].label for g in rails if g.share_of_before]
    more = say(
        "For {listed} the allowed loss is {share} of the level before, unless the settings give one.",
        listed=w.listed([name.lower() for name in named]),
        share=w.percent(share, places=0),
    )
    return w.together(read, more)


def __dir__() -> list[str]:
    return own(globals())
