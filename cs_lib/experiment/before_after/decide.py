"""The decision rule of a before/after study: evidence in, one verdict and its sentence out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cs_lib import sentences as w
from cs_lib.metrics import Metric
from cs_lib.results import Check, Decision, Effect, Guardrail
from cs_lib.sentences import Text, say


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
) -> Decision:
    """Whether a flow change improved the service; the interval against zero and against what is worth acting on.

    `only_mix` names the columns whose changed mix explains the difference; `only_drift` says that teams ran
    apart before the change and that as much again would explain it; `growth` is a sentence on how the
    effect ran.
    """
    metric = metrics[effect.metric]
    low, high = effect.gain_interval(metric.good)
    moved = w.together(w.moved(metric.called, effect, metric.quantity), growth)
    worth = w.size(min_effect, metric.quantity)
    differs = low > 0 or high < 0
    if differs and only_mix:
        return _with_doubt(_other_work(moved, only_mix), checks)
    if differs and only_drift:
        return _with_doubt(_ran_apart(moved), checks)
    if low > 0 and picked_for_bad_results:
        return _with_doubt(_recovered(moved), checks)
    if low > 0:
        decision = _improved(moved, worth if low < min_effect else None)
    elif high < 0:
        decision = Decision("worsened", moved, say("Consider taking the change back."), "worsened")
    elif max(abs(low), abs(high)) < min_effect:
        decision = _too_small(moved, worth)
    else:
        decision = _too_wide(moved, w.size(smallest_detectable, metric.quantity))
    decision = _with_harm(
        decision, [metrics[g.metric] for g in guardrails if g.outcome == "breached"]
    )
    return _with_doubt(decision, checks)


def _improved(moved: Text, worth: Text | None) -> Decision:
    """Better; `worth` when it may be less than what is worth acting on."""
    kept = say("Keep the change, and watch that it holds.")
    if worth is None:
        return Decision("improved", moved, kept, "improved")
    little = say("It may be less than the {worth} worth acting on.", worth=worth)
    return Decision("improved", w.together(moved, little), kept, "improved_perhaps_little")


def _with_harm(decision: Decision, broken: Sequence[Metric]) -> Decision:
    """Worsened, whatever was gained, when a guardrail got worse beyond its margin."""
    if not broken:
        return decision
    harmed = w.listed([w.quoted(metric.called) for metric in broken])
    if decision.verdict == "improved":
        because = say(
            "{because} But it was paid for: {harmed} got worse beyond the margin.",
            because=decision.reason,
            harmed=harmed,
        )
        return Decision(
            "worsened", because, say("Do not extend it; repair what got worse first."), "paid_for"
        )
    because = say(
        "{because} Besides, {harmed} got worse beyond the margin.",
        because=decision.reason,
        harmed=harmed,
    )
    return Decision(
        "worsened", because, say("Repair what got worse, or take the change back."), "harm"
    )


def _other_work(moved: Text, columns: Sequence[Text]) -> Decision:
    """The mix of what came in explains the difference wholly."""
    because = say(
        "{moved} But other work came in: at the mix of before, by {only_mix}, no clear change is left.",
        moved=moved,
        only_mix=w.listed(columns),
    )
    return Decision(
        "no_clear_change", because, say("Look at one kind of contact at a time."), "other_work"
    )


def _ran_apart(moved: Text) -> Decision:
    """Teams that drifted before explain the difference wholly."""
    because = say(
        "{moved} But the teams ran apart before the change already; had they gone on as before, no "
        "clear change is left.",
        moved=moved,
    )
    after = say("Compare with teams that ran alike before the change.")
    return Decision("no_clear_change", because, after, "ran_apart")


def _recovered(moved: Text) -> Decision:
    """Better, in a queue that was picked for being bad."""
    because = say(
        "{moved} This queue was changed because its numbers were bad, and bad numbers tend to recover "
        "by themselves; without an unchanged queue that was as bad the two cannot be told apart.",
        moved=moved,
    )
    after = say("Compare with a queue that was as bad and was not changed.")
    return Decision("no_clear_change", because, after, "picked_for_bad_results")


def _too_small(moved: Text, worth: Text) -> Decision:
    """The interval holds zero and nothing that is worth acting on."""
    reason = say("Any change is smaller than the {worth} worth acting on.", worth=worth)
    return Decision(
        "no_clear_change", w.together(moved, reason), say("Leave it as it is."), "too_small"
    )


def _too_wide(moved: Text, detectable: Text) -> Decision:
    """The interval holds zero and changes that would matter."""
    reason = say("This study could show a change of {detectable} or more.", detectable=detectable)
    after = say("Observe longer, or change more teams at once.")
    return Decision("no_clear_change", w.together(moved, reason), after, "too_wide")


def _with_doubt(decision: Decision, checks: Sequence[Check]) -> Decision:
    """The decision, with how many checks leave doubt when some do."""
    doubts = sum(check.passed is False for check in checks)
    if not doubts:
        return decision
    doubt = say(
        "{doubts} leaves doubt." if doubts == 1 else "{doubts} leave doubt.",
        doubts=w.counted(doubts, "check"),
    )
    return replace(decision, reason=w.together(decision.reason, doubt))
