"""The decision rules: evidence in, one verdict and its sentence out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, isfinite

from cs_lib import sentences as w
from cs_lib.experiment.units import number_of
from cs_lib.metrics import Metric
from cs_lib.metrics import moves as m
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
        say("The effect is shown at the planned size: an early look is often wrong."),
    )
    ended = say("No customer is being assigned; check that the test is still running.")
    headline = say(
        "{observed} of {planned} customers per variant observed",
        observed=w.count(observed),
        planned=w.count(planned),
    )
    if per_day <= 0:
        return Decision("keep_running", because, ended, "size_not_reached", headline)
    left = w.counted(ceil((planned - observed) / per_day), "more day")
    takes = say("At today's intake this takes about {left}.", left=left)
    headline = say("{so_far}, about {left} to go", so_far=headline, left=left)
    return Decision("keep_running", because, takes, "size_not_reached", headline)


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
    read = _Read(primary, net_value, metrics)
    harm = _harm(read, guardrails, metrics, delights=low > 0)
    if harm:
        return harm
    worth = w.size(min_effect, metric.quantity)
    if high < 0:
        because = say("It does harm. {found}", found=read.found)
        return Decision("stop", because, say("End the offer."), "harms_behaviour", read.spanned)
    if high < min_effect:
        return _too_little(read, high, worth)
    if low < min_effect:
        larger = _larger(primary, metric, min_effect, unit)
        return Decision("inconclusive", read.found, larger, "too_wide", _open(read, worth))
    unshown = [g for g in guardrails if g.outcome == "not_shown"]
    if unshown:
        return _unshown(read, [metrics[g.metric] for g in unshown])
    if counts_money and net_value is None:
        return _money_unknown(read)
    if net_value and net_value.effect_ci_low <= 0:
        return _money_open(read, m.span(net_value, metrics[net_value.metric]))
    return _ship(read, watched=bool(guardrails))


class _Read:
    """What the effects on behaviour and money say, in the few ways in which the rule says it."""

    def __init__(
        self, primary: Effect, net_value: Effect | None, metrics: Mapping[str, Metric]
    ) -> None:
        metric = self.metric = metrics[primary.metric]
        self.primary, self.opening = primary, m.opening(primary, metric)
        self.arm = w.name(primary.variant)
        self.found: Text = self._behaviour()
        self.spanned = m.headline(primary, metric)
        self.money_clause: Text = ""
        self.loses = net_value is not None and net_value.effect_ci_high < 0
        self.alone = net_value is not None and net_value.metric == primary.metric
        if net_value:
            self.money_clause = _money_clause(
                net_value, metrics[net_value.metric].quantity, self.arm
            )
            if net_value.metric != primary.metric:
                paid = _paid(net_value, metrics[net_value.metric], self.money_clause)
                self.found = w.together(self.found, paid)

    def _behaviour(self) -> Text:
        effect, metric = self.primary, self.metric
        clear = not effect.effect_ci_low <= 0 <= effect.effect_ci_high
        if clear and metric.name.startswith("net_value"):
            return _paid(effect, metric, _money_clause(effect, metric.quantity, self.arm))
        return m.found(effect, metric)


def _too_little(read: _Read, high: float, worth: Text) -> Decision:
    because = say(
        "{found} Even the high end is below the {worth} worth acting on.",
        found=read.found,
        worth=worth,
    )
    headline = say(
        "{label}: a gain of at most {high}, less than the {worth} worth acting on",
        label=read.metric.called,
        high=w.size(max(high, 0.0), read.metric.quantity),
        worth=worth,
    )
    return Decision("stop", because, say("Try another idea."), "too_small", headline)


def _open(read: _Read, worth: Text) -> Text:
    """The headline while the interval holds both what is worth acting on and what is not."""
    if read.primary.effect_ci_low <= 0 <= read.primary.effect_ci_high:
        return say(
            "{label}: no clear difference yet; {worth} would be worth acting on",
            label=read.metric.called,
            worth=worth,
        )
    return say(
        "{clause}, perhaps less than the {worth} worth acting on", clause=read.opening, worth=worth
    )


def _unshown(read: _Read, metrics: Sequence[Metric]) -> Decision:
    """Worth rolling out, but for harm that the data leave possible."""
    harms = w.listed([m.worse(metric) for metric in metrics])
    because = say("{found} Not ruled out: {open}.", found=read.found, open=harms)
    run_on = say("Run on until that is ruled out.")
    headline = say("{clause}, but not ruled out: {open}", clause=read.opening, open=harms)
    return Decision("inconclusive", because, run_on, "guardrail_not_shown", headline)


def _money_unknown(read: _Read) -> Decision:
    unknown = say("{found} Whether it pays cannot be told from these data.", found=read.found)
    repair = say("Repair the money data before rolling it out.")
    headline = say(
        "{clause}, but whether it pays cannot be told from these data", clause=read.opening
    )
    return Decision("inconclusive", unknown, repair, "money_unknown", headline)


def _money_open(read: _Read, span: Text) -> Decision:
    larger = say("Run a larger study: this one cannot tell whether the offer pays.")
    headline = say(
        "{clause}, but whether it pays is open ({span} a customer)", clause=read.opening, span=span
    )
    return Decision("inconclusive", read.found, larger, "money_open", headline)


def _ship(read: _Read, *, watched: bool) -> Decision:
    roll_out = say("Roll it out, and keep watching the guardrails." if watched else "Roll it out.")
    if read.alone or not read.money_clause:
        clause = "pays" if read.alone else "worth_acting_on"
        return Decision("ship", read.found, roll_out, clause, read.spanned)
    headline = say("{clause}, and {money}", clause=read.opening, money=read.money_clause)
    return Decision("ship", read.found, roll_out, "pays", headline)


def _harm(
    read: _Read,
    guardrails: Sequence[Guardrail],
    metrics: Mapping[str, Metric],
    *,
    delights: bool,
) -> Decision | None:
    """The end of a perk, whatever else it does, and why; money first."""
    if read.loses:
        loss = say("It delights and loses money.") if delights else say("It does not pay.")
        cheaper = say("End the offer, or find a version that costs less.")
        clause = "delights_and_loses" if delights else "loses_money"
        headline = (
            say("{clause}, but {money}", clause=read.opening, money=read.money_clause)
            if delights and not read.alone
            else w.capital(read.money_clause)
        )
        return Decision("stop", w.together(loss, read.found), cheaper, clause, headline)
    broken = [g for g in guardrails if g.outcome == "breached"]
    if broken:
        harms = w.listed([m.moved(metrics[g.metric], g.effect.effect) for g in broken])
        worse = say("It does harm beyond the margin: {harms}.", harms=harms)
        because = w.together(worse, read.found)
        headline = (
            say("{clause}, but {harms}", clause=read.opening, harms=harms)
            if delights
            else w.capital(harms)
        )
        return Decision("stop", because, say("End the offer."), "guardrail_breached", headline)
    return None


def _balanced(effect: Effect, unit: str) -> float:
    """Units per variant of a test with equal variants that would be as precise as this one."""
    first, second = _sizes(effect, unit)
    return 2 * first * second / (first + second)


def _alike_in_size(effect: Effect, unit: str) -> bool:
    first, second = _sizes(effect, unit)
    return max(first, second) < 1.2 * min(first, second)


def _sizes(effect: Effect, unit: str) -> tuple[float, float]:
    """Units of both variants: clusters where whole clusters were assigned."""
    kind = "n" if unit == "customer" else "clusters"
    first, second = (
        effect.details.get(f"{kind}_{s}", effect.nobs / 2) for s in ("control", "treatment")
    )
    return float(first), float(second)


def _money_clause(net_value: Effect, money: Quantity, arm: Text) -> Text:
    amount = w.size(net_value.effect, money)
    if net_value.effect > 0:
        return say(
            "each customer offered the {arm} brings in {amount} more than it costs",
            arm=arm,
            amount=amount,
        )
    return say(
        "each customer offered the {arm} costs {amount} more than they bring in",
        arm=arm,
        amount=amount,
    )


def _paid(net_value: Effect, metric: Metric, clause: Text) -> Text:
    around = m.around(net_value, metric)
    if net_value.effect_ci_low <= 0 <= net_value.effect_ci_high:
        return say(
            "Whether it pays is open: {effect} a customer ({around}).",
            effect=w.change(net_value.effect, metric.quantity),
            around=around,
        )
    return say("{clause} ({around}).", clause=w.capital(clause), around=around)


def _larger(effect: Effect, metric: Metric, min_effect: float, unit: str) -> Text:
    """How many units in each of two equal variants would settle it at 80 % power; silence no number settles."""
    if "lee_low" in effect.details:
        return say("Get more customers to answer; the bounds narrow only when fewer are silent.")
    needed = (2.8 * effect.se / min_effect) ** 2 * _balanced(effect, unit)
    if not isfinite(needed):
        return say("Plan a larger study.")
    worth = w.size(min_effect, metric.quantity)
    step = 100 if needed > 500 else 10
    return say(
        "To see {worth} reliably takes about {many} per variant."
        if _alike_in_size(effect, unit)
        else "To see {worth} reliably takes about {many} in each of two equal variants.",
        worth=worth,
        many=number_of(ceil(needed / step) * step, unit),
    )
