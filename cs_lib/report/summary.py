"""The first screen: verdict, effect to scale, money, checks. Also what machines read."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_lib import wording as w
from cs_lib.experiment.flow import FlowResult
from cs_lib.experiment.flow_planning_result import FlowPlanResult
from cs_lib.experiment.perk import PerkResult
from cs_lib.experiment.planning_result import PlanResult
from cs_lib.language import later, say
from cs_lib.metrics import Metric
from cs_lib.report import painters
from cs_lib.report.forests import factor, row_of, tick, unit_words
from cs_lib.report.inline import styled
from cs_lib.report.palette import BAD, CONTROL, GOOD, TREATMENT, VERDICT_LOOK
from cs_lib.report.records import RESULT_MIME
from cs_lib.report.strip import strip
from cs_lib.report.tables import look_of
from cs_lib.results import Check, Decision, Effect, Good, Guardrail, plain

if TYPE_CHECKING:
    from cs_lib.report.summary_flow_plan import FlowPlanSummary
    from cs_lib.report.summary_plan import PlanSummary

Result = PerkResult | FlowResult

# Checks that a comparison stands or falls with: named on the first screen when they passed.
MATTER = (
    later("Split as planned"),
    later("Outcome windows complete"),
    later("Extract complete"),
    later("Quiet before the change"),
    later("Teams ran alike before"),
    later("Enough history"),
    later("Intake seen before"),
)


@dataclass(frozen=True, slots=True)
class Summary:
    """The box a reader sees first. In a notebook it is the decision cell's output."""

    result: Result

    def html(self) -> str:
        """Verdict, one line of checks, fact cards."""
        r = self.result
        return f'<div class="summary">{verdict(r.decision)}{check_line(r.checks, people(r))}{facts(r)}</div>'

    def facts(self) -> dict[str, Any]:
        """What machines read: result.json."""
        r = self.result
        found: dict[str, Any] = {
            "study": r.study.study,
            "notebook": r.study.notebook,
            "question": r.study.question,
            "as_of": r.study.as_of.isoformat(),
            "observed_until": r.observed_until.isoformat(),
            "verdict": r.decision.verdict,
            "headline": headline(r),
            "because": r.decision.because,
            "next_step": r.decision.next_step,
            "currency": r.currency,
            "checks": [plain(c) for c in r.checks],
            "effects": [
                {**plain(e), "unit": r.metrics[e.metric].unit, "label": r.metrics[e.metric].label}
                for e in r.effects()
            ],
        }
        if isinstance(r, PerkResult):
            found["variants"] = [
                {
                    "variant": c.variant,
                    **plain(c.decision),
                    "guardrails": {g.metric: g.outcome for g in c.guardrails},
                }
                for c in r.comparisons
            ]
            found["assigned"], found["observed"] = r.assigned, r.observed
        else:
            found["guardrails"] = {g.metric: g.outcome for g in r.guardrails}
            found["smallest_detectable"] = plain(r.smallest_detectable)
            found["other_changes"] = [plain(e) for e in r.change.others] if r.change else []
        return found

    def __str__(self) -> str:
        """Verdict, reason, next step: as the terminal and the stored notebook show it."""
        d = self.result.decision
        return say(
            "{upper}\n{because}\nNext: {next_step}",
            upper=w.verdict(d.verdict).upper(),
            because=d.because,
            next_step=d.next_step,
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {
            "text/plain": str(self),
            "text/html": styled(self.html()),
            RESULT_MIME: self.facts(),
        }


def decision(
    result: Result | PlanResult | FlowPlanResult,
) -> Summary | PlanSummary | FlowPlanSummary:
    """The first screen of a result."""
    if isinstance(result, FlowPlanResult):
        from cs_lib.report.summary_flow_plan import FlowPlanSummary

        return FlowPlanSummary(result)
    if isinstance(result, PlanResult):
        from cs_lib.report.summary_plan import PlanSummary

        return PlanSummary(result)
    return Summary(result)


def headline(result: Result) -> str:
    """The answer in one line, for lists: the deciding effect and the money, or why there is none."""
    if isinstance(result, PerkResult) and result.comparisons:
        best = result.best
        effects = [best.primary, *([best.net_value] if best.net_value else [])]
        who = f"{w.capital(w.name(best.variant))}: " if len(result.comparisons) > 1 else ""
    elif isinstance(result, FlowResult) and result.effect:
        effects, who = [result.effect], ""
    else:
        return w.first_sentence(result.decision.because)
    parts = [
        f"{m.label} {w.change(e.effect, m.unit, currency=result.currency)}"
        f" ({w.interval(e.effect_ci_low, e.effect_ci_high, m.unit, currency=result.currency)})"
        for e in effects
        for m in [result.metrics[e.metric]]
    ]
    return who + "; ".join(parts)


def verdict(found: Decision) -> str:
    """The verdict in words and colour, with an icon, the reason and the next step."""
    tone, path = VERDICT_LOOK[found.verdict]
    fill = f"var(--{tone})" if found.verdict == "stop" else "none"
    icon = (
        f'<svg viewBox="0 0 20 20" width="22" height="22" aria-hidden="true"><path d="{path}" fill="{fill}"'
        f' stroke="var(--{tone})" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )
    return (
        f'<section class="verdict {tone}" aria-label="{html.escape(say("Verdict"))}">'
        f'<p class="word">{icon}<strong>{w.verdict(found.verdict)}</strong></p>'
        f"<p>{html.escape(found.because)}</p>"
        f'<p class="next"><strong>{html.escape(say("Next:"))}</strong> {html.escape(found.next_step)}</p></section>'
    )


def facts(result: Result) -> str:
    """Up to three cards: the deciding metric, money, the guardrails nearest to their margins."""
    cards: list[str] = []
    if isinstance(result, PerkResult) and result.comparisons:
        best = result.best
        cards.append(
            _effect_card(best.primary, result.primary, result, band=result.study.rule.min_effect)
        )
        if best.net_value:
            cards.append(
                _effect_card(
                    best.net_value, result.metrics[best.net_value.metric], result, band=0.0
                )
            )
        cards += _guard_cards(best.guardrails, result, most=1)
    elif isinstance(result, FlowResult) and result.effect:
        cards.append(
            _effect_card(result.effect, result.primary, result, band=result.study.rule.min_effect)
        )
        cards += _guard_cards(result.guardrails, result, most=2)
    return f'<div class="facts">{"".join(cards)}</div>' if cards else ""


def _effect_card(effect: Effect, metric: Metric, result: Result, *, band: float) -> str:
    spans = effect.effect_ci_low <= 0 <= effect.effect_ci_high
    spans |= result.decision.verdict == "no_clear_change"  # it was explained otherwise
    colour = CONTROL if spans else GOOD if (effect.effect > 0) == (metric.good == "up") else BAD
    ends = w.from_to(effect.control, effect.treatment, metric.unit, currency=result.currency)
    small = w.size(band, metric.unit, currency=result.currency)
    key = say("Grey: less than {small}, too small to act on", small=small) if band else ""
    scale = Scale(band, metric.good, colour, key)
    return _card(
        effect, metric, result, under=f"{_span(effect, metric, result)} · {ends}", scale=scale
    )


def _guard_cards(guardrails: tuple[Guardrail, ...], result: Result, *, most: int) -> list[str]:
    """Cards of the guardrails nearest to their margins, or furthest beyond them."""
    rails = sorted(guardrails, key=lambda g: _room(g, result.metrics[g.metric]))
    return [_guard_card(g, result.metrics[g.metric], result) for g in rails[:most]]


def _guard_card(guard: Guardrail, metric: Metric, result: Result) -> str:
    margin = w.size(guard.margin, metric.unit, currency=result.currency)
    colour = {"holds": TREATMENT, "breached": BAD, "not_shown": CONTROL}[guard.outcome]
    against: Good = "down" if metric.good == "up" else "up"
    share = guard.share_of_before
    of = say(" ({share} of before)", share=w.percent(share, places=0)) if share else ""
    outcome = w.name(guard.outcome)
    under = say(
        "{effect} · margin {margin}{of}: {outcome}",
        effect=_span(guard.effect, metric, result),
        margin=margin,
        of=of,
        outcome=outcome,
    )
    scale = Scale(
        guard.margin,
        against,
        colour,
        say("Grey: up to {margin} worse, still allowed", margin=margin),
    )
    return _card(guard.effect, metric, result, under=under, scale=scale)


def _span(effect: Effect, metric: Metric, result: Result) -> str:
    low, high = effect.effect_ci_low, effect.effect_ci_high
    return w.interval(low, high, metric.unit, currency=result.currency)


def _room(guard: Guardrail, metric: Metric) -> float:
    """How far the bad end of a guardrail is from its margin, in margins; below zero is beyond it."""
    return guard.effect.gain_interval(metric.good)[0] / guard.margin + 1


def _whose(effect: Effect, result: Result) -> str:
    several = isinstance(result, PerkResult) and len(result.comparisons) > 1
    return f" ({w.name(effect.variant)})" if several else ""


@dataclass(frozen=True, slots=True)
class Scale:
    """What an effect is drawn against: a band from zero towards `good`, 0 for none, and what it means."""

    band: float
    good: Good
    colour: str
    key: str


def _card(effect: Effect, metric: Metric, result: Result, *, under: str, scale: Scale) -> str:
    label = metric.label + _whose(effect, result)
    row = row_of(effect, metric, label=label, currency=result.currency)
    band = scale.band * factor(metric) * (1 if scale.good == "up" else -1)
    span = painters.span_of([row], band=band, unit=unit_words(metric, result.currency), tick=tick)
    big = w.change(effect.effect, metric.unit, currency=result.currency)
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


def people(result: Result) -> str:
    """How many were observed, when."""
    if isinstance(result, PerkResult):
        start, end = result.study.assigned_days
        compared = [result.study.design.control, *result.study.design.arms]
        n = sum(result.observed.get(v, 0) for v in compared)
        return say(
            "{n}, assigned {start}", n=w.counted(n, "customer"), start=w.short_days(start, end)
        )
    design = result.study.design
    before, after = w.short_days(*design.pre_period), w.short_days(*design.post_period)
    if result.teams is not None:
        return say(
            "{nobs}, {before} against {after}",
            nobs=w.counted(result.teams.effect.nobs, "team"),
            before=before,
            after=after,
        )
    if result.effect is None:
        return say("{before} against {after}", before=before, after=after)
    found, unit = result.effect.details, str(result.effect.details["unit"])
    if "n_on" in found:
        return say(
            "{off} without the change, {on} with it, {period}",
            off=w.counted(int(found["n_off"]), unit),
            on=w.counted(int(found["n_on"]), unit),
            period=w.short_days(design.pre_period[0], design.post_period[1]),
        )
    first, second = (w.counted(int(found[part]), unit) for part in ("n_pre", "n_post"))
    return say(
        "{first}, {before}, against {second}, {after}",
        first=first,
        before=before,
        second=second,
        after=after,
    )


def check_line(checks: tuple[Check, ...], who: str) -> str:
    """Who was observed, passed of all that could be judged, what did not pass, the way to all."""
    judged = [c for c in checks if c.passed is not None]
    parts = [f"<span>{html.escape(who)}</span>"]
    if passed := [c for c in judged if c.passed]:
        matter = {say(name) for name in MATTER}
        named = [c.name for c in passed if c.name in matter] or [c.name for c in passed]
        words = say(
            "✓ {link}, among them: {among}",
            link='<a href="#checks">{link}</a>',
            among=html.escape(w.listed([_small(name) for name in named[:2]])),
        )
        link = say("{passed} of {judged} checks passed", passed=len(passed), judged=len(judged))
        parts.append(f'<span class="ok">{words.replace("{link}", html.escape(link))}</span>')
    for check in judged:
        if not check.passed:
            tone, _ = look_of(check)
            name = _small(check.name)
            words = (
                say("✗ failed: {name}", name=name)
                if tone == "bad"
                else say("! in doubt: {name}", name=name)
            )
            parts.append(f'<span class="{tone}">{html.escape(words)}</span>')
    return f'<p class="checks">{"".join(parts)}</p>'


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]
