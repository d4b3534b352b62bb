"""The decision rule of a before/after study: evidence in, one verdict and its sentence out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cs_lib import wording as w
from cs_lib.language import say
from cs_lib.metrics import Metric
from cs_lib.results import Check, Decision, Effect, Guardrail


def decide_change(
    effect: Effect,
    checks: Sequence[Check],
    *,
    metrics: Mapping[str, Metric],
    min_effect: float,
    smallest_detectable: float,
    picked_for_bad_results: bool,
    guardrails: Sequence[Guardrail],
    only_mix: Sequence[str] = (),
    growth: str = "",
    only_drift: bool = False,
) -> Decision:
    """Whether a flow change improved the service; the interval against zero and against what is worth acting on.

    `only_mix` names the columns whose changed mix explains the difference; `only_drift` says that teams ran
    apart before the change and that as much again would explain it; `growth` is a sentence on how the
    effect ran.
    """
    metric = metrics[effect.metric]
    low, high = effect.gain_interval(metric.good)
    moved = w.moved(metric.label, effect, metric.quantity)
    moved = f"{moved} {growth}" if growth else moved
    worth = w.size(min_effect, metric.quantity)
    doubt = _doubt(checks)
    otherwise = _otherwise(moved, doubt, only_mix=only_mix, only_drift=only_drift)
    if otherwise and (low > 0 or high < 0):
        return otherwise
    if low > 0 and picked_for_bad_results:
        return _recovered(moved, doubt)
    if low > 0:
        little = (
            ""
            if low >= min_effect
            else say(" It may be less than the {worth} worth acting on.", worth=worth)
        )
        kept = say("Keep the change, and watch that it holds.")
        found = Decision("improved", f"{moved}{little}", kept)
    elif high < 0:
        found = Decision("worsened", moved, say("Consider taking the change back."))
    else:
        small = max(abs(low), abs(high)) < min_effect
        detectable = w.size(smallest_detectable, metric.quantity)
        found = _no_change(moved, worth=worth, detectable=detectable, small=small)
    found = _with_harm(found, [metrics[g.metric] for g in guardrails if g.outcome == "breached"])
    return replace(found, because=f"{found.because}{doubt}")


def _with_harm(found: Decision, broken: Sequence[Metric]) -> Decision:
    """Worsened, whatever was gained, when a guardrail got worse beyond its margin."""
    if not broken:
        return found
    harmed = w.listed([f"\u201c{metric.label}\u201d" for metric in broken])
    if found.verdict == "improved":
        because = say(
            "{because} But it was paid for: {harmed} got worse beyond the margin.",
            because=found.because,
            harmed=harmed,
        )
        return Decision("worsened", because, say("Do not extend it; repair what got worse first."))
    because = say(
        "{because} Besides, {harmed} got worse beyond the margin.",
        because=found.because,
        harmed=harmed,
    )
    return Decision("worsened", because, say("Repair what got worse, or take the change back."))


def _otherwise(
    moved: str, doubt: str, *, only_mix: Sequence[str], only_drift: bool
) -> Decision | None:
    """What else explains the difference wholly, when something does."""
    if only_mix:
        return Decision(
            "no_clear_change",
            say(
                "{moved} But other work came in: at the mix of before, by {only_mix}, no clear "
                "change is left.{doubt}",
                moved=moved,
                only_mix=w.listed(list(only_mix)),
                doubt=doubt,
            ),
            say("Look at one kind of contact at a time."),
        )
    if only_drift:
        return Decision(
            "no_clear_change",
            say(
                "{moved} But the teams ran apart before the change already; had they gone on "
                "as before, no clear change is left.{doubt}",
                moved=moved,
                doubt=doubt,
            ),
            say("Compare with teams that ran alike before the change."),
        )
    return None


def _recovered(moved: str, doubt: str) -> Decision:
    """Better, in a queue that was picked for being bad."""
    return Decision(
        "no_clear_change",
        say(
            "{moved} This queue was changed because its numbers were bad, and bad numbers "
            "tend to recover by themselves; without an unchanged queue that was as bad the "
            "two cannot be told apart.{doubt}",
            moved=moved,
            doubt=doubt,
        ),
        say("Compare with a queue that was as bad and was not changed."),
    )


def _doubt(checks: Sequence[Check]) -> str:
    """How many checks leave doubt, as a sentence; nothing when none does."""
    doubts = sum(check.passed is False for check in checks)
    if not doubts:
        return ""
    return say(
        " {doubts} leaves doubt." if doubts == 1 else " {doubts} leave doubt.",
        doubts=w.counted(doubts, "check"),
    )


def _no_change(moved: str, *, worth: str, detectable: str, small: bool) -> Decision:
    """An interval that holds zero: too small to matter, or too wide to tell."""
    reason = (
        say("Any change is smaller than the {worth} worth acting on.", worth=worth)
        if small
        else say("This study could show a change of {detectable} or more.", detectable=detectable)
    )
    after = (
        say("Leave it as it is.") if small else say("Observe longer, or change more teams at once.")
    )
    return Decision("no_clear_change", f"{moved} {reason}", after)
