"""What to fix first, or what to measure before that can be said."""

from __future__ import annotations

from collections.abc import Sequence

from cs_lib import sentences as w
from cs_lib.diagnosis.needs_and_causes.result import UNKNOWN, Action
from cs_lib.diagnosis.needs_and_causes.sizes import Sizes
from cs_lib.language import later
from cs_lib.results import Check, Decision
from cs_lib.sentences import Text, say

MEASURED_FIRST = ("needs_coded", "codes_agree", "weeks_whole")
OWNERS = {
    "agent": later("the agents"),
    "service_flow": later("the service flow"),
    "business_process": later("the business process"),
    "product": later("the product"),
    UNKNOWN: later("nobody known yet"),
}
WHY = {
    "needs_coded": later("too many contacts have no need"),
    "codes_agree": later("codes and people agree too seldom"),
    "weeks_whole": later("weeks are missing"),
}
ADVICE = {
    "needs_coded": later(
        "Code a sample of the contacts without a need, the texts below show what they are about."
    ),
    "codes_agree": later(
        "Mend the rules that people contradict most, and let two people code the same sample."
    ),
    "weeks_whole": later("Export the missing weeks again."),
}


def decide(found: Sizes, checked: Sequence[Check], listed: Sequence[Action]) -> Decision:
    """Fix first, measure first, or nothing stands out."""
    failed = [one.code for one in checked if one.code in MEASURED_FIRST and one.passed is False]
    if failed:
        return _measure_first(failed, found)
    if not found.findings:
        none = say("No need has enough contacts to be told from others.")
        return Decision(
            "nothing_stands_out", none, say("Look at a longer period."), "too_few", none
        )
    top = found.findings[: found.first]
    if not top:
        largest = w.listed([w.name(one.need) for one in found.findings[:3]])
        why = say(
            "The largest needs ({needs}) cannot be told apart from those after them.", needs=largest
        )
        return Decision(
            "nothing_stands_out",
            why,
            say("Choose among them by what a change costs, or look at a longer period."),
            "no_group_apart",
            w.without_stop(why),
        )
    names = w.listed([w.name(one.need) for one in top])
    share = sum(one.place.share for one in top)
    owner = say(OWNERS.get(top[0].owner, top[0].owner))
    work = say("work") if found.unit == "minutes" else say("contacts")
    first = (
        say(
            "{needs} comes first: {share} of the {work} that has a need. It is for {owner} to end.",
            needs=w.capital(names), share=w.percent(share, places=0), work=work, owner=owner,
        )
        if len(top) == 1
        else say(
            "{needs} come first: together {share} of the {work} that has a need. The largest is for {owner} to end.",
            needs=w.capital(names), share=w.percent(share, places=0), work=work, owner=owner,
        )
    )  # fmt: skip
    return Decision("fix_first", first, _next(listed), "group_apart", w.first(first))


def _measure_first(failed: Sequence[str], found: Sizes) -> Decision:
    reasons = w.listed([say(WHY[code]) for code in failed])
    why: Text = say("What to fix first cannot be said yet: {reasons}.", reasons=reasons)
    if found.findings:
        largest = w.listed([w.name(one.need) for one in found.findings[:3]])
        why = w.together(why, say("As coded today, the largest are {needs}.", needs=largest))
    return Decision(
        "measure_first",
        why,
        w.together(*(say(ADVICE[code]) for code in failed)),
        failed[0],
        w.first(why),
    )


def _next(listed: Sequence[Action]) -> Text:
    if not listed:
        return say("Every one of them is welcome, by your settings; nothing is to be changed.")
    return say(
        "Take “{need}” on the action list to its owner, log the change, and start its study.",
        need=w.capital(w.name(listed[0].need)),
    )
