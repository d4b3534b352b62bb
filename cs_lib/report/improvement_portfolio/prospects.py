"""What would change the sum, in sentences."""

from __future__ import annotations

from cs_lib import wording as w
from cs_lib.experiment.improvement_portfolio.result import PortfolioResult
from cs_lib.language import say
from cs_lib.methods.meta_analysis.shrinkage import LEAST_STUDIES
from cs_lib.report.note import Note
from cs_lib.report.points import Points


def turning(result: PortfolioResult) -> Points | Note:
    """What is still to come, what was left out, and what a sum of studies cannot know."""
    told = list[str]()
    few = [one for one in result.families if one.n < LEAST_STUDIES]
    if few:
        told.append(
            say(
                "{n} of {all} kinds of study have fewer than {least} studies: there chance is not taken out.",
                n=w.count(len(few)),
                all=w.count(len(result.families)),
                least=w.count(LEAST_STUDIES),
            )
        )
    if result.due:
        told.append(
            say(
                "{n} wait to be checked again; what faded since would leave the sum.",
                n=w.counted(len(result.due), "gain"),
            )
        )
    if result.drawer:
        told.append(
            say(
                "{n} have no result here. If it is those that disappointed, the sum is too large.",
                n=w.counted(len(result.drawer), "study", "studies"),
            )
        )
    if any(one.of.kind != "randomised" for one in result.families):
        told.append(
            say(
                "What else happened in the weeks of a change is part of a before/after effect; seeing many together"
                " does not take that out."
            )
        )
    return Points(tuple(told)) if told else Note(say("Nothing that is known would change it."))
