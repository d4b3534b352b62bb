"""Results as figures. Each takes a result and says in its title what the reader should take away."""

from __future__ import annotations

from collections.abc import Sequence

from cs_lib import wording as w
from cs_lib.experiment.flow import FlowResult
from cs_lib.experiment.perk import PerkResult
from cs_lib.report import painters as p
from cs_lib.report.figure import Figure, figure
from cs_lib.report.figures_explain import over_time, segments, silence, since_assignment
from cs_lib.report.figures_flow import before_after, by_team, placebo, waiting_times
from cs_lib.report.figures_mix import what_came_in
from cs_lib.report.figures_money import money_steps
from cs_lib.report.figures_perk import behaviour, looks, net_value
from cs_lib.report.figures_watch import steady
from cs_lib.report.forests import factor, row_of, tick
from cs_lib.report.note import Note, withheld
from cs_lib.results import Guardrail, to_frame

__all__ = [
    "before_after",
    "behaviour",
    "by_team",
    "guardrails",
    "looks",
    "money_steps",
    "net_value",
    "over_time",
    "placebo",
    "segments",
    "silence",
    "since_assignment",
    "steady",
    "waiting_times",
    "what_came_in",
]


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
        rows, band=-1.0, unit="in margins; left of −1 is worse than allowed", tick=tick
    )
    broken = [r.label for r in rows if r.note != "holds"]
    title = "Every guardrail holds" if not broken else f"Not shown to hold: {w.listed(broken)}"
    return figure(
        "guardrails",
        title=title,
        caption="Change of each guardrail as a multiple of the loss its plan allows, with 95 % interval."
        + _shares(rails, result),
        alt=f"{title}. " + " ".join(f"{r.label}: {r.text}, {r.note}." for r in rows),
        data=to_frame([g.effect for g in rails]).drop(columns="details"),
        wide=p.forest_wide(rows, span, band_label="allowed"),
        narrow=p.forest_narrow(rows, span, band_label="allowed"),
        height=p.FOREST_MARGIN + 40 * len(rows),
        narrow_height=p.narrow_height(rows),
    )


def _shares(rails: Sequence[Guardrail], result: PerkResult | FlowResult) -> str:
    """Where a margin is a share of the level before, because nobody set it and units differ from desk to desk."""
    named = [result.metrics[g.metric].label for g in rails if g.share_of_before]
    share = next((g.share_of_before for g in rails if g.share_of_before), None)
    if share is None:
        return ""
    return (
        f" For {w.listed([name.lower() for name in named])} that is {w.percent(share, places=0)} of the level before,"
        " unless the settings give a margin."
    )


def _is_withheld(result: PerkResult | FlowResult) -> bool:
    return not (result.comparisons if isinstance(result, PerkResult) else result.effect)
