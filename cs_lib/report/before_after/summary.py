"""The first screen of a before/after study: the change, and the guardrails nearest to their margins."""

from __future__ import annotations

from typing import Any

from cs_lib import wording as w
from cs_lib.experiment.before_after.result import BeforeAfterResult
from cs_lib.language import say
from cs_lib.report.fact_cards import effect_card, effect_facts, guard_cards, in_one_line
from cs_lib.results import plain


def headline(result: BeforeAfterResult) -> str:
    """The deciding effect in one line, or why there is none."""
    if result.effect is None:
        return w.first_sentence(result.decision.because)
    return in_one_line([result.effect], result)


def who(result: BeforeAfterResult) -> str:
    """What was compared: days, weeks or teams, and when."""
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


def cards(result: BeforeAfterResult) -> list[str]:
    """Up to three cards; nothing while the effect is withheld."""
    if result.effect is None:
        return []
    change = effect_card(result.effect, result.primary, result, band=result.study.rule.min_effect)
    return [change, *guard_cards(result.guardrails, result, most=2)]


def further(result: BeforeAfterResult) -> dict[str, Any]:
    """Facts of this kind of study for machines."""
    return {
        "effects": effect_facts(result.effects(), result),
        "guardrails": {g.metric: g.outcome for g in result.guardrails},
        "smallest_detectable": plain(result.smallest_detectable),
        "other_changes": [plain(e) for e in result.change.others] if result.change else [],
    }
