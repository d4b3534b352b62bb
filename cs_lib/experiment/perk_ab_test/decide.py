"""The decision rules: evidence in, one verdict and its sentence out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil, isfinite

from cs_lib import sentences as w
from cs_lib.experiment.units import number_of
from cs_lib.metrics import Metric
from cs_lib.quantity import Quantity
from cs_lib.results import Decision, Effect, Guardrail
from cs_lib.sentences import Text, say


def waiting(observed: int, planned: int, *, per_day: float) -> Decision:
    """`keep_running` before the planned size; an early look at the effect would mislead."""
    because = w.together(
        say(
            "{observed} of {planned} planned customers per variant are fully observed.",
            observed=w.count(observed),
            planned=w.count(planned),
        ),
        say(
            "The effect is shown when the planned size is reached, because deciding early on what "
            "looks good is the surest way to be wrong."
        ),
    )
    if per_day > 0:
        left = ceil((planned - observed) / per_day)
        return Decision(
            "keep_running",
            because,
            say("At today's intake this takes about {left}.", left=w.counted(left, "more day")),
            "size_not_reached",
        )
    return Decision(
        "keep_running",
        because,
        say("No customer is being assigned; check that the test is still running."),
        "size_not_reached",
    )


def decide_perk(
    primary: Effect,
    net_value: Effect | None,
    guardrails: Sequence[Guardrail],
    *,
    metrics: Mapping[str, Metric],
    min_effect: float,
    counts_money: bool = False,
    unit: str = "customer",
) -> Decision:
    """Whether to roll a perk out: it must change behaviour by enough, pay, and harm nothing.

    With `counts_money` nothing ships while its net value is unknown. `unit` is what was assigned.
    """
    metric = metrics[primary.metric]
    low, high = primary.gain_interval(metric.good)
    moved: Text = w.moved(metric.called, primary, metric.quantity)
    if net_value and net_value.metric != primary.metric:
        moved = w.together(moved, _paid(net_value, metrics[net_value.metric].quantity))
    harm = _harm(net_value, guardrails, metrics, delights=low > 0)
    if harm:
        return replace(harm, reason=w.together(harm.reason, moved))
    if high < 0:
        because = say("It does harm. {found}", found=moved)
        return Decision("stop", because, say("End the offer."), "harms_behaviour")
    if high < min_effect:
        because = say(
            "{found} Even the high end is below the {worth} worth acting on.",
            found=moved,
            worth=w.size(min_effect, metric.quantity),
        )
        return Decision("stop", because, say("Try another idea."), "too_small")
    if low < min_effect:
        larger = _larger(primary, metric, min_effect, unit)
        return Decision("inconclusive", moved, larger, "too_wide")
    unshown = [_quoted(metrics, g) for g in guardrails if g.outcome == "not_shown"]
    if unshown:
        return Decision("inconclusive", moved, _run_on(unshown), "guardrail_not_shown")
    if counts_money and net_value is None:
        unknown = say("{found} Whether it pays cannot be told from these data.", found=moved)
        repair = say("Repair the money data before rolling it out.")
        return Decision("inconclusive", unknown, repair, "money_unknown")
    if net_value and net_value.effect_ci_low <= 0:
        larger = say("Behaviour changed; whether it pays takes a larger study to tell.")
        return Decision("inconclusive", moved, larger, "money_open")
    roll_out = say(
        "Roll it out, and keep watching the guardrails." if guardrails else "Roll it out."
    )
    return Decision("ship", moved, roll_out, "pays" if net_value else "worth_acting_on")


def _run_on(unshown: Sequence[Text]) -> Text:
    return say(
        "Run on until {unshown} is known to stay within its margin."
        if len(unshown) == 1
        else "Run on until {unshown} are known to stay within their margins.",
        unshown=w.listed(unshown),
    )


def _quoted(metrics: Mapping[str, Metric], guardrail: Guardrail) -> Text:
    return w.quoted(metrics[guardrail.metric].called)


def _harm(
    net_value: Effect | None,
    guardrails: Sequence[Guardrail],
    metrics: Mapping[str, Metric],
    *,
    delights: bool,
) -> Decision | None:
    """The end of a perk, whatever else it does, and why; money first."""
    if net_value and net_value.effect_ci_high < 0:
        loss = say("It delights and loses money.") if delights else say("It does not pay.")
        cheaper = say("End the offer, or find a version that costs less.")
        return Decision("stop", loss, cheaper, "delights_and_loses" if delights else "loses_money")
    broken = [_quoted(metrics, g) for g in guardrails if g.outcome == "breached"]
    if broken:
        worse = say("It does harm: {broken} got worse beyond the margin.", broken=w.listed(broken))
        return Decision("stop", worse, say("End the offer."), "guardrail_breached")
    return None


def _balanced(effect: Effect) -> float:
    """Units per variant of a test with equal variants that would be as precise as this one."""
    first, second = _sizes(effect)
    return 2 * first * second / (first + second)


def _alike_in_size(effect: Effect) -> bool:
    first, second = _sizes(effect)
    return max(first, second) < 1.2 * min(first, second)


def _sizes(effect: Effect) -> tuple[float, float]:
    """Units of both variants: clusters where whole clusters were assigned."""
    kind = "clusters" if "clusters_control" in effect.details else "n"
    first, second = (
        effect.details.get(f"{kind}_{s}", effect.nobs / 2) for s in ("control", "treatment")
    )
    return float(first), float(second)


def _paid(net_value: Effect, money: Quantity) -> Text:
    span = w.interval(net_value.effect_ci_low, net_value.effect_ci_high, money)
    amount = w.size(net_value.effect, money)
    around = say("({alpha} interval {span})", alpha=w.confidence(net_value.alpha), span=span)
    if net_value.effect_ci_low > 0:
        return say(
            "Each customer offered it brings {amount} more than it costs {around}.",
            amount=amount,
            around=around,
        )
    if net_value.effect_ci_high < 0:
        return say(
            "Each customer offered it costs {amount} more than they bring back {around}.",
            amount=amount,
            around=around,
        )
    return say(
        "Whether it pays is open: {effect} a customer {around}.",
        effect=w.change(net_value.effect, money),
        around=around,
    )


def _larger(effect: Effect, metric: Metric, min_effect: float, unit: str) -> Text:
    """How many units in each of two equal variants would settle it at 80 % power; silence no number settles."""
    if "lee_low" in effect.details:
        return say("Get more customers to answer; the bounds narrow only when fewer are silent.")
    needed = (2.8 * effect.se / min_effect) ** 2 * _balanced(effect)
    if not isfinite(needed):
        return say("Plan a larger study.")
    worth = w.size(min_effect, metric.quantity)
    step = 100 if needed > 500 else 10
    return say(
        "To see {worth} reliably takes about {many} per variant."
        if _alike_in_size(effect)
        else "To see {worth} reliably takes about {many} in each of two equal variants.",
        worth=worth,
        many=number_of(ceil(needed / step) * step, unit),
    )
