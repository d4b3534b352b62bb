"""What to do first: a row for each need that is worth a change, as a change log and a study can take it up."""

from __future__ import annotations

from cs_lib.diagnosis.action_names import action_name
from cs_lib.diagnosis.needs_and_causes.result import Action, NeedFinding
from cs_lib.diagnosis.needs_and_causes.sizes import Sizes
from cs_lib.metrics.needs_and_causes import NeedsEvidence
from cs_lib.params.needs_and_causes import NeedsAndCauses, Reply

LEAST, MOST = 3, 8  # rows of the list
# Causes that are not to be taken away but made easier to live with: unclear rules and manuals, needless steps.
SIMPLER = frozenset({"B3", "P2", "P3", "S5", "S7"})
# Causes that end when the customer is told before asking.
TOLD_BEFORE = frozenset({"S4"})
# A study that looks for repeats, when they are at least so much of what the cause costs.
MOSTLY_REPEATS = 0.5


def actions(
    found: Sizes, rising: frozenset[str], evidence: NeedsEvidence, study: NeedsAndCauses
) -> tuple[Action, ...]:
    """The needs that stand apart, those that rise, and the largest of the others up to three."""
    wanted = [
        one
        for rank, one in enumerate(found.findings)
        if rank < max(found.first, LEAST) or one.need in rising
    ]
    kept = [one for one in wanted if study.design.replies.get(one.need) != "keep"]
    return tuple(_action(one, found, evidence, study) for one in kept[:MOST])


def _action(
    one: NeedFinding, found: Sizes, evidence: NeedsEvidence, study: NeedsAndCauses
) -> Action:
    return Action(
        id=action_name(study.study, one.need),
        need=one.need,
        owner=one.owner,
        cause=one.cause,
        reply=study.design.replies.get(one.need) or reply(one.cause),
        metric=_metric(one, evidence),
        scope={"need_code": (one.need,)},
        contacts=one.contacts,
        unit=found.unit,
        size=one.place.total,
        size_low=one.place.low,
        size_high=one.place.high,
        prizes=one.prizes,
        certain=one.place.rank <= found.first,
    )


def reply(cause: str) -> Reply:
    """What is usually done about a cause: end it, make it easier, or tell customers before they ask.

    The four answers are those of Price & Jaffe (2008); that a need is welcome and to be kept, people decide.
    """
    if cause in SIMPLER:
        return "simplify"
    if cause in TOLD_BEFORE:
        return "automate"
    return "remove"


def _metric(one: NeedFinding, evidence: NeedsEvidence) -> str:
    """What a study of the change would measure: contacts per order, or repeats where they are most of it."""
    good = one.prizes.for_good if one.prizes else None
    if one.prizes and good and good.minutes > MOSTLY_REPEATS * one.prizes.cause.minutes:
        return "repeat_contact_rate_30d"
    return "contact_rate" if evidence.weekly.orders is not None else "repeat_contact_rate_30d"
