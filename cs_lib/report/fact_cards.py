"""The cards of a first screen: a fact, the number, what it rests on; effects drawn to scale."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cs_lib import wording as w
from cs_lib.language import later, say
from cs_lib.metrics import Metric
from cs_lib.report.drawing import forest as p
from cs_lib.report.drawing.palette import BAD, CONTROL, GOOD, TREATMENT
from cs_lib.report.drawing.strip import strip
from cs_lib.report.effects import factor, row_of, tick, unit_words
from cs_lib.results import Answer, Effect, Good, Guardrail

OUTCOMES = {
    "holds": later("{effect} · within the {allowed} allowed"),
    "breached": later("{effect} · beyond the {allowed} allowed"),
    "not_shown": later("{effect} · could be worse than the {allowed} allowed"),
}


@dataclass(frozen=True, slots=True)
class Scale:
    """What an effect is drawn against: a band from zero towards `good`, 0 for none, and what it means."""

    band: float
    good: Good
    colour: str
    key: str


def card(title: str, big: str, under: str) -> str:
    """A fact: what it is, the number, what it rests on."""
    return (
        f'<div class="fact"><h2>{html.escape(title)}</h2><p class="big">{html.escape(big)}</p>'
        f'<p class="ci">{html.escape(under)}</p></div>'
    )


def effect_card(
    effect: Effect, metric: Metric, result: Answer, *, band: float, whose: str = ""
) -> str:
    """A deciding effect against what is too small to act on; `whose` names the variant among several."""
    spans = effect.effect_ci_low <= 0 <= effect.effect_ci_high
    spans |= result.decision.verdict == "no_clear_change"  # The difference was explained otherwise.
    colour = CONTROL if spans else GOOD if (effect.effect > 0) == (metric.good == "up") else BAD
    expected = result.study.notebook == "before_after"
    ends = w.instead_of(effect.treatment, effect.control, metric.quantity, expected=expected)
    small = w.size(band, metric.quantity)
    key = say("Grey: under {small}, too small to matter", small=small) if band else ""
    scale = Scale(band, metric.good, colour, key)
    under = f"{_span(effect, metric, result)} · {ends}"
    return _card(effect, metric, result, under=under, scale=scale, whose=whose)


def guard_cards(
    guardrails: Sequence[Guardrail], result: Answer, *, most: int, whose: str = ""
) -> list[str]:
    """Cards of the guardrails nearest to their margins, or furthest beyond them."""
    rails = nearest(guardrails, result.metrics)[:most]
    return [_guard_card(g, result.metrics[g.metric], result, whose) for g in rails]


def nearest(guardrails: Sequence[Guardrail], metrics: Mapping[str, Metric]) -> list[Guardrail]:
    """Guardrails in order of how near they are to their margins, those beyond them first."""
    return sorted(guardrails, key=lambda g: (g.outcome != "breached", _room(g, metrics[g.metric])))


def _guard_card(guard: Guardrail, metric: Metric, result: Answer, whose: str) -> str:
    margin = w.size(guard.margin, metric.quantity)
    colour = {"holds": TREATMENT, "breached": BAD, "not_shown": CONTROL}[guard.outcome]
    against: Good = "down" if metric.good == "up" else "up"
    share = guard.share_of_before
    of = say(" ({share} of the expected)", share=w.percent(share, places=0)) if share else ""
    allowed = f"{margin}{of}"
    under = say(
        OUTCOMES[guard.outcome], effect=_span(guard.effect, metric, result), allowed=allowed
    )
    scale = Scale(
        guard.margin,
        against,
        colour,
        say("Grey: allowed"),
    )
    return _card(guard.effect, metric, result, under=under, scale=scale, whose=whose)


def _span(effect: Effect, metric: Metric, result: Answer) -> str:
    low, high = effect.effect_ci_low, effect.effect_ci_high
    return w.interval(low, high, metric.quantity)


def _room(guard: Guardrail, metric: Metric) -> float:
    """How far the bad end of a guardrail is from its margin, in margins; below zero is beyond it."""
    return guard.effect.gain_interval(metric.good)[0] / guard.margin + 1


def _card(
    effect: Effect, metric: Metric, result: Answer, *, under: str, scale: Scale, whose: str
) -> str:
    label = f"{metric.label} ({whose})" if whose else metric.label
    row = row_of(effect, metric, label=label)
    band = scale.band * factor(metric) * (1 if scale.good == "up" else -1)
    span = p.span_of([row], band=band, unit=unit_words(metric), tick=tick)
    # A label that names the unit leaves the number alone.
    big = (
        w.number(effect.effect, metric.quantity, signed=True)
        if metric.unit == "per_1000"
        else w.change(effect.effect, metric.quantity)
    )
    name = re.sub(r"[^A-Za-z0-9-]+", "-", f"strip-{effect.metric}-{effect.variant}")
    picture = strip(name, f"{label}: {big}, {under}. {scale.key}", row, span, colour=scale.colour)
    return (
        f'<div class="fact"><h2>{html.escape(label)}</h2><p class="big">{html.escape(big)}</p>'
        f'<p class="ci">{html.escape(under)}</p>{picture}<p class="key">{html.escape(scale.key)}</p>'
        f"{_meaning(metric)}</div>"
    )


def _meaning(metric: Metric) -> str:
    """What the metric counts, folded."""
    words = say(
        "{counted} Population: {population}.",
        counted=w.sentence(say(metric.counted)),
        population=say(metric.population),
    )
    return (
        f'<details class="what"><summary>{html.escape(say("What is counted"))}</summary>'
        f"<p>{html.escape(words)}</p></details>"
    )
