"""The decision rules: evidence in, one verdict and its sentence out."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite

from cs_lib import wording as w
from cs_lib.metrics import Metric
from cs_lib.results import Check, Decision, Effect, Guardrail

REPAIR = "Repair the cause, then run again; the effect is withheld until then."


def blocked(checks: Sequence[Check]) -> Decision | None:
    """`invalid` when a check that blocks has failed; its findings are the reason."""
    broken = [check.finding for check in checks if check.blocks_decision and check.passed is False]
    return Decision("invalid", " ".join(broken), REPAIR) if broken else None


def waiting(observed: int, planned: int, *, per_day: float) -> Decision:
    """`keep_running` before the planned size; an early look at the effect would mislead."""
    because = (
        f"{w.sentence(f'{w.count(observed)} of {w.count(planned)} planned customers per variant are fully observed')}"
        " The effect is shown when the planned size is reached, because deciding early on what looks good is the"
        " surest way to be wrong."
    )
    if per_day > 0:
        left = ceil((planned - observed) / per_day)
        return Decision(
            "keep_running",
            because,
            f"At today's intake this takes about {w.counted(left, 'more day')}.",
        )
    return Decision(
        "keep_running",
        because,
        "No customer is being assigned; check that the test is still running.",
    )


def decide_perk(
    primary: Effect,
    net_value: Effect | None,
    guardrails: Sequence[Guardrail],
    *,
    metric: Metric,
    min_effect: float,
    currency: str,
) -> Decision:
    """Whether to roll a perk out: it must change behaviour by enough, pay, and harm nothing."""
    low, high = primary.gain_interval(metric.good)
    found = w.moved(metric.label, primary, metric.unit, currency=currency)
    found += f" {_paid(net_value, currency)}" if net_value else ""
    harm = _harm(net_value, guardrails, delights=low > 0)
    if harm:
        return Decision("stop", f"{harm[0]} {found}", harm[1])
    if high < min_effect:
        worth = w.size(min_effect, metric.unit, currency=currency)
        because = f"{found} Even the high end is below the {worth} worth acting on."
        return Decision("stop", because, "Try another idea.")
    if low < min_effect:
        return Decision("inconclusive", found, _larger(primary, metric, min_effect, currency))
    unshown = [w.name(g.metric) for g in guardrails if g.outcome == "not_shown"]
    if unshown:
        wait = f"Run on until {w.listed(unshown)} is known to stay within its margin."
        return Decision("inconclusive", found, wait)
    if net_value and net_value.effect_ci_low <= 0:
        return Decision(
            "inconclusive", found, "Behaviour changed; wait until it is clear that it pays."
        )
    watch = ", and keep watching the guardrails" if guardrails else ""
    return Decision("ship", found, f"Roll it out{watch}.")


def _harm(
    net_value: Effect | None, guardrails: Sequence[Guardrail], *, delights: bool
) -> tuple[str, str] | None:
    """Why a perk must end whatever else it does, and what to do; money first."""
    if net_value and net_value.effect_ci_high < 0:
        loss = "It delights and loses money." if delights else "It does not pay."
        return loss, "End the offer, or find a version that costs less."
    broken = [w.name(g.metric) for g in guardrails if g.outcome == "breached"]
    if broken:
        return f"It does harm: {w.listed(broken)} got worse beyond the margin.", "End the offer."
    return None


def decide_change(
    effect: Effect,
    checks: Sequence[Check],
    *,
    metric: Metric,
    min_effect: float,
    smallest_detectable: float,
    picked_for_bad_results: bool,
    guardrails: Sequence[Guardrail],
    currency: str,
) -> Decision:
    """Whether a flow change improved the service; the interval against zero and against what is worth acting on."""
    low, high = effect.gain_interval(metric.good)
    moved = w.moved(metric.label, effect, metric.unit, currency=currency)
    worth = w.size(min_effect, metric.unit, currency=currency)
    doubts = sum(check.passed is False for check in checks)
    doubt = (
        f" {w.sentence(w.counted(doubts, 'check') + (' leaves' if doubts == 1 else ' leave') + ' doubt')}"
        if doubts
        else ""
    )
    harmed = w.listed([w.name(g.metric) for g in guardrails if g.outcome == "breached"])
    if low > 0 and picked_for_bad_results:
        return Decision(
            "no_clear_change",
            f"{moved} This queue was changed because its numbers were bad, and bad numbers tend to recover by"
            f" themselves; without an unchanged queue beside it the two cannot be told apart.{doubt}",
            "Compare with a queue that was not changed.",
        )
    if low > 0:
        enough = "" if low >= min_effect else f" It may be less than the {worth} worth acting on."
        after = (
            f"Do not extend it yet: {harmed} got worse."
            if harmed
            else "Keep the change, and watch that it holds."
        )
        return Decision("improved", f"{moved}{enough}{doubt}", after)
    if high < 0:
        return Decision("worsened", f"{moved}{doubt}", "Consider taking the change back.")
    small = max(abs(low), abs(high)) < min_effect
    reason = (
        f"Any change is smaller than the {worth} worth acting on."
        if small
        else f"This study could show a change of {w.size(smallest_detectable, metric.unit, currency=currency)} or more."
    )
    after = "Leave it as it is." if small else "Observe longer, or change more teams at once."
    return Decision("no_clear_change", f"{moved} {reason}{doubt}", after)


def _paid(net_value: Effect, currency: str) -> str:
    span = w.interval(net_value.effect_ci_low, net_value.effect_ci_high, "money", currency=currency)
    amount = w.money(abs(net_value.effect), currency=currency)
    around = f"({w.confidence(net_value.alpha)} interval {span})"
    if net_value.effect_ci_low > 0:
        return f"Each customer offered it brings {amount} more than it costs {around}."
    if net_value.effect_ci_high < 0:
        return f"Each customer offered it costs {amount} more than they bring back {around}."
    return f"Whether it pays is open: {w.money(net_value.effect, currency=currency, signed=True)} a customer {around}."


def _larger(effect: Effect, metric: Metric, min_effect: float, currency: str) -> str:
    """How many customers would settle it at 80 % power."""
    needed = (2.8 * effect.se / min_effect) ** 2 * effect.nobs / 2
    if not isfinite(needed):
        return "Plan a larger study."
    worth = w.size(min_effect, metric.unit, currency=currency)
    return f"To see {worth} reliably takes about {w.count(ceil(needed / 100) * 100)} customers per variant."
