"""The decision rule of a before/after study: evidence in, one verdict and its sentence out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from cs_lib import sentences as w
from cs_lib.experiment.checks import with_doubt
from cs_lib.metrics import Metric
from cs_lib.metrics import moves as m
from cs_lib.results import Check, Decision, Effect, Guardrail
from cs_lib.sentences import Text, say

Unproven = Literal["", "alarms_before", "first_days"]


def decide_change(
    effect: Effect,
    checks: Sequence[Check],
    *,
    metrics: Mapping[str, Metric],
    min_effect: float,
    smallest_detectable: float,
    picked_for_bad_results: bool,
    guardrails: Sequence[Guardrail],
    only_mix: Sequence[Text] = (),
    growth: Text = "",
    only_drift: bool = False,
    unproven: Unproven = "",
    straight: Effect | None = None,
) -> Decision:
    """Whether a flow change improved the service; the interval against zero and against what is worth acting on.

    `only_mix` names the columns whose changed mix explains the difference; `only_drift` says that teams ran
    apart before the change and that as much again would explain it; `unproven`, that the model sees more
    before the change than it allows for itself, or that the first days after it carry it alone; `growth`
    is a sentence on how the effect ran; `straight` is the effect of a change that grows as read beside a straight
    line, None for a step.
    """
    metric = metrics[effect.metric]
    low, high = effect.gain_interval(metric.good)
    read = _Read(effect, metric, growth)
    differs = low > 0 or high < 0
    if differs and only_mix:
        return with_doubt(_other_work(read, only_mix), checks)
    if differs and only_drift:
        return with_doubt(_ran_apart(read), checks)
    if low > 0 and picked_for_bad_results:
        return with_doubt(_recovered(read), checks)
    worth = w.size(min_effect, metric.quantity)
    if differs and unproven:
        decision = _model_fails(read) if unproven == "alarms_before" else _first_days(read)
    elif low > 0:
        decision = _improved(read, worth if low < min_effect else None)
    elif high < 0:
        back = say("Consider taking the change back.")
        decision = Decision("worsened", read.found, back, "worsened", read.headline)
    elif max(abs(low), abs(high)) < min_effect:
        decision = _too_small(read, worth)
    else:
        decision = _not_told(read, straight, w.size(smallest_detectable, metric.quantity))
    harmed = [g for g in guardrails if g.outcome == "breached"]
    if harmed:
        decision = _with_harm(decision, read, harmed, metrics)
    elif decision.verdict == "improved":
        decision = _not_ruled_out(decision, guardrails, metrics)
    return with_doubt(decision, checks)


class _Read:
    """What an effect says, in the few ways in which the rule says it."""

    def __init__(self, effect: Effect, metric: Metric, growth: Text) -> None:
        self.metric, self.opening, self.label = metric, m.opening(effect, metric), metric.called
        self.found = w.together(m.found(effect, metric, expected=True), growth)
        self.headline = m.headline(effect, metric)


def _improved(read: _Read, worth: Text | None) -> Decision:
    """Better; `worth` when it may be less than what is worth acting on."""
    kept = say("Keep the change, and watch that it holds.")
    if worth is None:
        return Decision("improved", read.found, kept, "improved", read.headline)
    little = say("It may be less than the {worth} worth acting on.", worth=worth)
    headline = say(
        "{clause}, perhaps less than the {worth} worth acting on", clause=read.opening, worth=worth
    )
    return Decision(
        "improved", w.together(read.found, little), kept, "improved_perhaps_little", headline
    )


def _not_ruled_out(
    decision: Decision, guardrails: Iterable[Guardrail], metrics: Mapping[str, Metric]
) -> Decision:
    """The decision, with the harm that the data leave possible."""
    open_ = [m.worse(metrics[g.metric]) for g in guardrails if g.outcome == "not_shown"]
    if not open_:
        return decision
    said = say("Not ruled out: {open}.", open=w.listed(open_))
    return replace(decision, reason=w.together(decision.reason, said))


def _with_harm(
    decision: Decision, read: _Read, harmed: Sequence[Guardrail], metrics: Mapping[str, Metric]
) -> Decision:
    """Worsened, whatever was gained, when a guardrail got worse beyond its margin."""
    harms = w.listed([m.moved(metrics[g.metric], g.effect.effect) for g in harmed])
    back = say("Repair what got worse, or take the change back.")
    beyond = (
        say("That is more than the margin allows.")
        if len(harmed) == 1
        else say("Each is more than its margin allows.")
    )
    if decision.verdict == "improved":
        because = say("{because} But {harms}.", because=decision.reason, harms=harms)
        after = say("Do not extend it; first repair what got worse.")
        clause, headline = (
            "paid_for",
            say("{clause}, but {harms}", clause=read.opening, harms=harms),
        )
    elif decision.verdict == "worsened":
        because = say("{because} Besides, {harms}.", because=decision.reason, harms=harms)
        after = back
        clause, headline = "harm", say("{clause}, and {harms}", clause=read.opening, harms=harms)
    else:
        harm = w.together(w.sentence(harms), beyond)
        return Decision(
            "worsened", w.together(harm, decision.reason), back, "harm", w.capital(harms)
        )
    return Decision("worsened", w.together(because, beyond), after, clause, headline)


def _other_work(read: _Read, columns: Sequence[Text]) -> Decision:
    """The mix of what came in explains the difference wholly."""
    because = say(
        "{moved} But other work came in: with the earlier mix, by {only_mix}, the change disappears.",
        moved=read.found,
        only_mix=w.listed(columns),
    )
    headline = say(
        "{clause}, but only because other work came in (by {only_mix})",
        clause=read.opening,
        only_mix=w.listed(columns),
    )
    after = say("Look at one kind of contact at a time.")
    return Decision("no_clear_change", because, after, "other_work", headline)


def _ran_apart(read: _Read) -> Decision:
    """Teams that drifted before explain the difference wholly."""
    because = say(
        "{moved} But the teams ran apart before the change already; had they gone on as before, no "
        "clear change is left.",
        moved=read.found,
    )
    after = say("Compare with teams that ran alike before the change.")
    headline = say(
        "{clause}, but the teams ran apart before the change already", clause=read.opening
    )
    return Decision("no_clear_change", because, after, "ran_apart", headline)


def _model_fails(read: _Read) -> Decision:
    """The model finds as much before the change, where nothing was changed, as it hardly ever would."""
    because = say(
        "{moved} But the same method sees changes before it too, where nothing was changed, more than "
        "chance makes, so this one proves nothing.",
        moved=read.found,
    )
    after = say("Compare with a queue that was not changed, or look at other periods.")
    headline = say("{clause}, but as much moves where nothing was changed", clause=read.opening)
    return Decision("no_clear_change", because, after, "alarms_before", headline)


def _first_days(read: _Read) -> Decision:
    """Days right after the change carry the difference, and the later ones do not show it."""
    because = say(
        "{moved} But the first two weeks after the change carry that alone: the days after them show no "
        "clear change.",
        moved=read.found,
    )
    after = say(
        "Look at what else happened in these days; name holidays among them in design.holidays or "
        "design.calendar."
    )
    headline = say("{clause}, but only in the first two weeks", clause=read.opening)
    return Decision("no_clear_change", because, after, "first_days", headline)


def _recovered(read: _Read) -> Decision:
    """Better, in a queue that was picked for being bad."""
    because = say(
        "{moved} But this queue was changed because its numbers were bad, and bad numbers tend to recover "
        "by themselves.",
        moved=read.found,
    )
    after = say("Compare with a queue that was as bad and was not changed.")
    headline = say(
        "{clause}, but a queue picked for bad numbers recovers by itself", clause=read.opening
    )
    return Decision("no_clear_change", because, after, "picked_for_bad_results", headline)


def _too_small(read: _Read, worth: Text) -> Decision:
    """The interval holds zero and nothing that is worth acting on."""
    reason = say("Any change is smaller than the {worth} worth acting on.", worth=worth)
    headline = say(
        "{label}: any change is smaller than the {worth} worth acting on",
        label=read.label,
        worth=worth,
    )
    leave = say("Leave it as it is.")
    return Decision("no_clear_change", w.together(read.found, reason), leave, "too_small", headline)


def _not_told(read: _Read, straight: Effect | None, detectable: Text) -> Decision:
    """The interval holds zero and more: by chance, or because a season can look like what was asked for."""
    if straight is None:
        return _too_wide(read, detectable)
    return _like_a_season(read, straight, detectable)


def _too_wide(read: _Read, detectable: Text) -> Decision:
    """The interval holds zero and changes that would matter."""
    reason = say("This study could show a change of {detectable} or more.", detectable=detectable)
    after = say("Observe longer, or change more teams at once.")
    headline = say(
        "{label}: a change of less than {detectable} cannot be told from ordinary ups and downs",
        label=read.label,
        detectable=detectable,
    )
    return Decision("no_clear_change", w.together(read.found, reason), after, "too_wide", headline)


def _like_a_season(read: _Read, straight: Effect, detectable: Text) -> Decision:
    """A change that grows, not told from a wave of the year or from a level that moves by itself."""
    of = read.metric.quantity
    beside = w.bracketed(
        w.change(straight.effect, of),
        w.interval(straight.effect_ci_low, straight.effect_ci_high, of),
    )
    because = w.together(
        read.found,
        say(
            "Beside a straight line alone it would be {beside}, but in these weeks a season, or a level that "
            "moves slowly by itself, can look just like a change that grows.",
            beside=beside,
        ),
        say("This study could show a change of {detectable} or more.", detectable=detectable),
    )
    after = say(
        "Change some teams and leave others as they are (design.teams): what the season does shows in both. "
        "In one series most is told by twelve weeks after a change with three times as many before it, and a "
        "step (design.shape) is told sooner than a change that grows; which it is must be said before."
    )
    headline = say(
        "{label}: a growing change of less than {detectable} cannot be told from a season",
        label=read.label,
        detectable=detectable,
    )
    return Decision("no_clear_change", because, after, "like_a_season", headline)
