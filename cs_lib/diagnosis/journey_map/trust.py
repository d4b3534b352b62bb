"""What a log of steps can carry: whether it is there, in order, names phases, and whether customers were asked."""

from __future__ import annotations

from collections.abc import Iterator

from cs_lib import sentences as w
from cs_lib.diagnosis.journey_map.decide import HIT
from cs_lib.diagnosis.journey_map.result import Timers
from cs_lib.metrics.journey_map import JourneyEvidence
from cs_lib.metrics.public_days import calendar_checks
from cs_lib.params.journey_map import JourneyMap
from cs_lib.results import Check
from cs_lib.sentences import say

LEAST_WITH_STEPS = 0.5  # of contacts with a step, for a map to speak of them
LEAST_CONTACTS = 100
MOST_OTHER = 0.5  # of steps that belong to no phase
LEAST_ANSWERS = 100
FEW, MANY = 0.01, 0.05
TOLD_ELSEWHERE = {"worked", "satisfaction"}  # by checks of their own
MOST_OPEN = MOST_WITHOUT_NEED = 0.2


def checks(evidence: JourneyEvidence, study: JourneyMap, clock: Timers | None) -> tuple[Check, ...]:
    """Every check, those that decide first."""
    return tuple(
        [
            _there(evidence),
            *_phases(evidence),
            *_asked(evidence),
            *_needs(evidence),
            *_ordered(evidence),
            *_strangers(evidence),
            *_early(evidence),
            *_finished(evidence),
            *_timer(clock),
            *_stamps(evidence),
            *_not_told(evidence),
            *calendar_checks(study.design.public, study.design.period),
        ]
    )


def _there(evidence: JourneyEvidence) -> Check:
    log = evidence.log
    if not log.contacts:
        return Check("steps_recorded", False, say("There are no contacts in these days."))
    share = log.with_steps / log.contacts
    return Check(
        "steps_recorded",
        share >= LEAST_WITH_STEPS and log.with_steps >= LEAST_CONTACTS,
        say(
            "{share} of {contacts} have steps in the log.",
            share=w.percent(share),
            contacts=w.counted(log.contacts, "contact"),
        ),
    )


def _phases(evidence: JourneyEvidence) -> Iterator[Check]:
    """Whether steps say where on the way a contact is."""
    log = evidence.log
    if not log.events:
        return
    share = log.other / log.events
    yield Check(
        "steps_have_phases",
        share <= MOST_OTHER,
        say("Every step says where on the way it is.")
        if not log.other
        else say(
            "{share} of steps are of no known stage and count as work; name their stages in the source.",
            share=w.percent(share),
        ),
    )


def _asked(evidence: JourneyEvidence) -> Iterator[Check]:
    """Whether customers said how satisfied they were, without which nothing can be called a pain."""
    first = next((one for one in evidence.phases if one.phase == "asks"), None)
    if first is None:
        return
    if not first.answered:
        yield Check(
            "satisfaction_known",
            False,
            say("No customer of these contacts said how satisfied they were."),
        )
        return
    yield Check(
        "satisfaction_known",
        first.answered >= LEAST_ANSWERS,
        say(
            "{answered} of {offered} surveys were answered ({share}); what the others felt is not known.",
            answered=w.count(first.answered),
            offered=w.count(first.offered),
            share=w.percent(first.answered / first.offered),
        ),
    )


def _needs(evidence: JourneyEvidence) -> Iterator[Check]:
    """Whether contacts have the need within which they are compared."""
    cases: dict[str, list[int]] = {}
    for cell in evidence.cells:
        known = cases.setdefault(cell.pain, [0, 0])
        known[cell.need is None] += cell.cases
    if not cases:
        return
    named, without = max(cases.values(), key=sum)
    share = without / (named + without)
    yield Check(
        "needs_coded",
        share <= MOST_WITHOUT_NEED,
        say("No contact has a need, so pains are compared within the time to resolution alone.")
        if not named
        else say(
            "{share} of contacts have no need; these are compared within the time to resolution alone.",
            share=w.percent(share),
        ),
    )


def _ordered(evidence: JourneyEvidence) -> Iterator[Check]:
    log = evidence.log
    if not log.events:
        return
    if log.repeated:
        yield Check(
            "steps_once",
            log.repeated <= FEW * log.events,
            say(
                "{n} of {events} steps stand twice: same contact, time and name.",
                n=w.count(log.repeated),
                events=w.count(log.events),
            ),
        )
    if not log.ties:
        yield Check("steps_ordered", True, say("No two steps of a contact have the same time."))
        return
    yield Check(
        "steps_ordered",
        log.unordered <= FEW * log.events,
        say(
            "{ties} steps have the time of the step before; {unordered} of them are put in order by their stage alone.",
            ties=w.count(log.ties),
            unordered=w.count(log.unordered),
        ),
    )


def _strangers(evidence: JourneyEvidence) -> Iterator[Check]:
    log = evidence.log
    if log.strangers:
        yield Check(
            "steps_find_contacts",
            log.strangers <= MANY * max(log.events, 1),
            say("{n} steps belong to contacts that are not there.", n=w.count(log.strangers)),
        )


def _early(evidence: JourneyEvidence) -> Iterator[Check]:
    log = evidence.log
    if log.early:
        yield Check(
            "steps_after_opening",
            log.early <= FEW * log.events,
            say(
                "{n} steps lie before the opening of their contact and take no time.",
                n=w.count(log.early),
            ),
        )


def _finished(evidence: JourneyEvidence) -> Iterator[Check]:
    log = evidence.log
    if not log.contacts:
        return
    share = log.unfinished / log.contacts
    yield Check(
        "contacts_finished",
        share <= MOST_OPEN,
        say(
            "{share} of contacts were not resolved when the data end; their time so far counts, their end does not.",
            share=w.percent(share),
        ),
    )


def _timer(timer: Timers | None) -> Iterator[Check]:
    if timer is None:
        return
    days = [w.plain(one, 0 if one == round(one) else 1) for one in sorted(timer.days)]
    yield Check(
        "closing_timer",
        None,
        say(
            "A timer closes contacts: {share} of {among} closings come {days} days after the resolution. That time is"
            " nobody's and counts nowhere.",
            share=w.percent(timer.cases / timer.among, places=0),
            among=w.count(timer.among),
            days=w.listed(days),
        ),
    )


def _stamps(evidence: JourneyEvidence) -> Iterator[Check]:
    log = evidence.log
    if log.events and not log.double:
        yield Check(
            "work_or_waiting",
            None,
            say(
                "Steps have one time each: what follows a step may be work or waiting, and the log cannot say which."
            ),
        )


def _not_told(evidence: JourneyEvidence) -> Iterator[Check]:
    """What could not be had, each with its reason."""
    for code in sorted(set(evidence.absent) - TOLD_ELSEWHERE):
        why = evidence.absent[code]
        if code in HIT:
            why = w.together(
                say("Whether customers {hit} cannot be told.", hit=say(HIT[code])), why
            )
        yield Check("part_missing", None, why)
