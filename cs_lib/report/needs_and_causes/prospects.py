"""What would change the order of needs, in sentences."""

from __future__ import annotations

from math import isfinite

from cs_lib import wording as w
from cs_lib.diagnosis.needs_and_causes.result import NeedsResult
from cs_lib.language import say
from cs_lib.report.needs_and_causes.words import need, owner, yearly
from cs_lib.report.note import Note
from cs_lib.report.points import Points


def turning(result: NeedsResult) -> Points | Note:
    """How near the next need is, what the uncoded weigh, and what a larger sample would tell."""
    if len(result.needs) < 2:
        return Note(say("There are too few needs to compare."))
    last = max(result.first, 1)
    told = []
    if last < len(result.needs):
        one, after = result.needs[last - 1], result.needs[last]
        gap = yearly(one.place.total - after.place.total, result)
        names = {"need": need(one.need), "after": need(after.need)}
        told.append(
            say("{gap} a year more, and {after} would come before {need}.", gap=gap, **names)
        )
    if result.unknown:
        size = yearly(result.unknown_size, result)
        told.append(
            say(
                "Contacts without a need come to {size} a year; coded, they may move any place.",
                size=size,
            )
        )
    return Points((*told, _sample(result)))


def _sample(result: NeedsResult) -> str:
    """How far the coded sample tells the shares of owners, or that there is none."""
    known = [share for share in result.owners if isfinite(share.low)]
    if not known:
        return say(
            "A sample coded by people, 50 contacts for each owner, would tell how right the codes are."
        )
    widest = max(known, key=lambda share: share.high - share.low)
    return say(
        "People coded {n} contacts: the share of {owner} is known to {half} either way; four times as many halve it.",
        n=w.count(widest.coded),
        owner=w.small(owner(widest.name)),
        half=w.percent((widest.high - widest.low) / 2, places=0),
    )
