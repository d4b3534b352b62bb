"""Results as figures. Each takes a result and says in its title what the reader should take away."""

from __future__ import annotations

from collections.abc import Sequence

from cs_lib import wording as w
from cs_lib.facade import own
from cs_lib.language import say
from cs_lib.report.drawing import forest as p
from cs_lib.report.drawing.figure import Figure, figure
from cs_lib.report.effects import factor, row_of, tick
from cs_lib.report.note import Note, withheld
from cs_lib.results import EffectAnswer, Guardrail, to_frame


def guardrails(result: EffectAnswer) -> Figure | Note:
    """Metrics that must not get worse, each against its margin, in margins so that they share an axis."""
    rails = result.rails
    if not rails:
        return (
            withheld(result.decision)
            if result.effect is None
            else Note(say("No guardrail could be measured."))
        )
    rows = [_rail(g, result) for g in rails]
    span = p.span_of(
        rows, band=-1.0, unit=say("in margins; left of −1 is worse than allowed"), tick=tick
    )
    broken = [r.label for r, g in zip(rows, rails, strict=True) if g.outcome != "holds"]
    title = (
        say("Every guardrail holds")
        if not broken
        else say("Not shown to hold: {broken}", broken=w.listed(broken))
    )
    return figure(
        "guardrails",
        title=title,
        caption=_caption(rails, result),
        alt=f"{title}. " + " ".join(f"{r.label}: {r.text}, {r.note}." for r in rows),
        data=to_frame([g.effect for g in rails]).drop(columns="details"),
        wide=p.forest_wide(rows, span, band_label=say("allowed")),
        narrow=p.forest_narrow(rows, span, band_label=say("allowed")),
        height=p.FOREST_MARGIN + 40 * len(rows),
        narrow_height=p.narrow_height(rows),
    )


def _rail(g: Guardrail, result: EffectAnswer) -> p.Row:
    """A guardrail in margins: -1 is as bad as its plan allows."""
    metric = result.metrics[g.metric]
    label = f"{metric.label}, {w.name(g.effect.variant)}" if result.several else metric.label
    strong = g.outcome != "holds"
    row = row_of(g.effect, metric, label=label, strong=strong)
    k = factor(metric) * g.margin * (1 if metric.good == "up" else -1)
    low, high = sorted((row.low / k, row.high / k))
    return p.Row(label, w.name(g.outcome), row.effect / k, low, high, row.text, strong)


def _caption(rails: Sequence[Guardrail], result: EffectAnswer) -> str:
    """What is drawn, and where a margin is a share of the level before, because nobody set it."""
    drawn = say(
        "Change of each guardrail as a multiple of the loss its plan allows, with 95 % interval."
    )
    share = next((g.share_of_before for g in rails if g.share_of_before), None)
    if share is None:
        return drawn
    named = [result.metrics[g.metric].label for g in rails if g.share_of_before]
    more = say(
        "For {listed} that is {share} of the level before, unless the settings give a margin.",
        listed=w.listed([name.lower() for name in named]),
        share=w.percent(share, places=0),
    )
    return f"{drawn} {more}"


def __dir__() -> list[str]:
    return own(globals())
