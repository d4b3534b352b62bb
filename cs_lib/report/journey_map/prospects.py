"""What would change the order of pains, in sentences."""

from __future__ import annotations

from cs_lib import wording as w
from cs_lib.diagnosis.journey_map.result import JourneyResult
from cs_lib.language import say
from cs_lib.report.journey_map.words import pain
from cs_lib.report.note import Note
from cs_lib.report.points import Points


def turning(result: JourneyResult) -> Points | Note:
    """How near the next pain is, what the silent customers could change, and what the log would have to say."""
    told = []
    if len(result.found) > 1:
        first, second = result.found[:2]
        if (second.size_high or 0.0) > (first.size_low or 0.0):
            told.append(
                say(
                    "“{second}” may be the larger one: their intervals overlap.",
                    second=w.capital(pain(second.pain)),
                )
            )
    asked = next((one for one in result.evidence.phases if one.phase == "asks"), None)
    if asked is not None and asked.offered and asked.answered:
        told.append(
            say(
                "{share} of customers who were asked did not answer. Were these as satisfied whatever happened to them,"
                " the gaps would shrink to {kept} of their size.",
                share=w.percent(1 - asked.answered / asked.offered, places=0),
                kept=w.percent(asked.answered / asked.offered, places=0),
            )
        )
    if not result.evidence.log.double and result.evidence.log.events:
        told.append(say("A start and an end of each step would tell work from waiting."))
    return Points(tuple(told)) if told else Note(say("Nothing that is known would change it."))
