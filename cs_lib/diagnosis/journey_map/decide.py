"""Pain found, no clear pain, or a log that cannot say."""

from __future__ import annotations

from collections.abc import Sequence

from cs_lib import sentences as w
from cs_lib.diagnosis.journey_map.result import Held, PainFinding
from cs_lib.language import later
from cs_lib.results import Check, Decision
from cs_lib.sentences import Sentence, Text, say

TOO_THIN = ("steps_recorded", "steps_have_phases", "satisfaction_known")
WHY = {
    "steps_recorded": later("too few contacts have steps in the log"),
    "steps_have_phases": later("most steps do not say where on the way they are"),
    "satisfaction_known": later("too few customers said how satisfied they were"),
}
ADVICE = {
    "steps_recorded": later("Export the steps of the same contacts and days."),
    "steps_have_phases": later("Name the stage of each kind of step in the source."),
    "satisfaction_known": later("Ask customers after every resolution, and export the surveys."),
}
# What happened to customers, after "Customers who".
HIT: dict[str, str] = {
    "long_answer": later("wait long for an answer"),
    "long_work": later("have a contact that is long in work"),
    "long_third_party": later("wait long for a third party"),
    "long_again": later("wait long after they came back"),
    "chased": later("have to ask again before they get an answer"),
    "handed_on_twice": later("are handed on twice or more"),
    "wrote_after_handoff": later("have to write again after a handoff"),
    "reopened_soon": later("come back within three days of a resolution"),
    "promise_missed": later("were promised a call back that did not come in time"),
    "no_follow_up": later("complained and were never asked back"),
    "asked_for_more": later("are asked for more before anything happens"),
}
CAN_END = {
    "agent": later("the agents"),
    "service_flow": later("the service flow"),
    "business_process": later("the business process"),
    "product": later("the product"),
    "several": later("several owners together"),
    "unknown": later("nobody known yet"),
}


def decide(
    pains: Sequence[PainFinding], checked: Sequence[Check], times: Sequence[Held]
) -> Decision:
    """Pain found, no clear pain, or log too thin."""
    failed = [one.code for one in checked if one.code in TOO_THIN and one.passed is False]
    if failed:
        reasons = w.listed([say(WHY[code]) for code in failed])
        why: Text = say("Where it hurts cannot be said: {reasons}.", reasons=reasons)
        if times and "steps_recorded" not in failed:
            why = w.together(why, longest(times))
        advice = w.together(*(say(ADVICE[code]) for code in failed))
        return Decision("log_too_thin", why, advice, failed[0], w.first(why))
    found = [one for one in pains if one.found]
    if found:
        return _found(found[0])
    tested = [one for one in pains if one.within is not None]
    if not tested:
        why = say("No pain was met often enough to be compared.")
        return Decision(
            "no_clear_pain", why, say("Look at a longer period."), "too_few", w.without_stop(why)
        )
    why = w.together(
        say(
            "None of {n} pains goes with clearly less satisfied customers, within need and time to resolution.",
            n=w.count(len(tested)),
        ),
        longest(times) if times else "",
    )
    return Decision(
        "no_clear_pain",
        why,
        say("Work on the causes of contacts first; look at the way again when it changes."),
        "none_beyond_chance",
        w.first(why),
    )


def _found(worst: PainFinding) -> Decision:
    assert worst.within is not None
    why = say(
        "Customers who {hit} are satisfied less often: by {gap} points within the same need and time to resolution."
        " That is {customers} customers a month, and it is for {owner} to end.",
        hit=say(HIT[worst.pain]),
        gap=w.plain(-100 * worst.within.value, 0),
        customers=w.count(round(worst.customers)),
        owner=say(CAN_END[worst.owner]) if worst.owner in CAN_END else worst.owner,
    )
    advice = say(
        "Take it to whoever can end it, log the change, and start its study: the gap shows what goes together, not yet"
        " what a change would bring."
    )
    return Decision("pain_found", why, advice, "gap_within", w.first(why))


def longest(times: Sequence[Held]) -> Sentence:
    """Where most hours of contacts go."""
    most = max(times, key=lambda one: one.total)
    share = most.total / sum(one.total for one in times)
    return say(
        "Most hours, {share}, go by {where}.",
        share=w.percent(share, places=0),
        where=say(PASSES[most.phase]),
    )


PASSES = {
    "answer": later("waiting for an answer"),
    "work": later("while contacts are worked on"),
    "others": later("waiting on customers and third parties"),
    "again": later("after contacts are reopened"),
}
