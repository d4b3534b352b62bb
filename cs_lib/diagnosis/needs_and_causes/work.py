"""Whether minutes of work can be believed: of every need, team and channel, all the time, and as measured numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

from cs_lib import sentences as w
from cs_lib.diagnosis.needs_and_causes.result import Unit
from cs_lib.metrics.needs_and_causes import NeedsEvidence
from cs_lib.metrics.queries.needs.work import Recorded
from cs_lib.results import Check
from cs_lib.sentences import Text, say

LEAST_RECORDED = 0.8  # of contacts, for minutes to be believed without a word
# Fewer than elsewhere: by a tenth, and by more than chance makes of so many contacts.
LEAST_CONTACTS, OF_THE_OTHERS, ERRORS = 20, 0.9, 3.0
# Of numbers above zero; so many that are the same were not measured.
ALL_THE_SAME, LEAST_MEASURED = 0.95, 20
# A need whose work is not known is kept in mind as long as it might be among the first so many.
FIRST = 3
# The last weeks hold contacts that are still open and have no minutes yet.
LEAST_WEEKS, LAST_WEEKS = 2, 2
MOST_NAMED = 3
WEEK = 7


@dataclass(frozen=True, slots=True)
class Believed:
    """What the recorded work is good for.

    Attributes:
        unit: what needs are put in order by.
        short: needs whose minutes are known to be too small, their work being recorded more seldom than others'.
        made_up: needs of which nearly every contact carries the same minutes; `all_made_up` when that is so of all.
        may_lead: whether one of these may be among the first needs, were its work known.
    """

    unit: Unit
    short: tuple[Recorded, ...]
    made_up: tuple[Recorded, ...]
    all_made_up: bool
    may_lead: bool

    @property
    def unknown(self) -> frozenset[str]:
        """Needs whose minutes are no measure of their work."""
        return frozenset(str(one.name) for one in (*self.short, *self.made_up))


def believed(evidence: NeedsEvidence) -> Believed:
    """Minutes where most contacts have them, measured, of every need that might lead; else contacts."""
    work = evidence.work
    needs = [one for one in work.needs if one.name is not None]
    short = tuple(lacking(needs))
    positive = sum(one.positive for one in needs)
    same = sum(one.commonest for one in needs) >= ALL_THE_SAME * positive
    all_made_up = positive >= LEAST_MEASURED and same
    made_up = tuple(one for one in needs if _made_up(one) and one not in short)
    unknown = (*short, *(() if all_made_up else made_up))
    may_lead = any(_may_lead(one, needs, unknown) for one in unknown)
    enough = positive and 2 * work.worked > work.contacts and not all_made_up and not may_lead
    return Believed("minutes" if enough else "contacts", short, made_up, all_made_up, may_lead)


def lacking(parts: Sequence[Recorded]) -> list[Recorded]:
    """Parts with enough contacts whose work is recorded seldom, and clearly more seldom than that of the others."""
    contacts, worked = sum(one.contacts for one in parts), sum(one.worked for one in parts)
    found = []
    for one in parts:
        others = contacts - one.contacts
        if one.contacts < LEAST_CONTACTS or not others or one.share >= LEAST_RECORDED:
            continue
        usual = (worked - one.worked) / others
        error = sqrt(usual * (1 - usual) * (1 / one.contacts + 1 / others))
        if one.share < OF_THE_OTHERS * usual and one.share < usual - ERRORS * error:
            found.append(one)
    return found


def _made_up(one: Recorded) -> bool:
    return one.positive >= LEAST_MEASURED and one.commonest >= ALL_THE_SAME * one.positive


def _may_lead(one: Recorded, needs: Sequence[Recorded], unknown: Sequence[Recorded]) -> bool:
    """Whether a need would be among the first, took its unknown contacts as long as the longest known work."""
    known = [each for each in needs if each not in unknown]
    if len(known) < FIRST:
        return True
    longest = max(
        (each.seconds / each.positive for each in known if each.positive >= LEAST_MEASURED),
        default=0.0,
    )
    missing = one.contacts if _made_up(one) else one.contacts - one.worked
    worst = missing * longest + (0 if _made_up(one) else one.seconds)
    return worst >= sorted((each.seconds for each in known), reverse=True)[FIRST - 1]


def checks(evidence: NeedsEvidence) -> Iterator[Check]:
    """What is said of recorded work: first of all contacts, then wherever it is lacking."""
    work = evidence.work
    if not work.contacts:
        return
    if not any(one.positive for one in work.needs):
        yield Check(
            "work_recorded",
            None,
            say("No contact has recorded minutes of work, so needs are put in order by contacts."),
        )
        return
    share = work.worked / work.contacts
    told: Text = say("{share} of contacts have recorded minutes of work.", share=w.percent(share))
    if share < LEAST_RECORDED:
        told = w.together(told, say("Sizes in minutes are too small by what is missing."))
    yield Check("work_recorded", share >= LEAST_RECORDED, told)
    yield from _of_needs(believed(evidence))
    yield from _of_parts(evidence)
    yield from _of_weeks(evidence)


def _of_needs(found: Believed) -> Iterator[Check]:
    if found.all_made_up:
        yield Check(
            "work_measured",
            False,
            say(
                "Nearly all contacts of a need carry the same minutes of work: nobody measured them. So needs are put"
                " in order by contacts."
            ),
        )
    elif found.made_up:
        yield Check("work_measured", False, w.together(_constants(found), _so(found)))
    if found.short:
        shares = w.listed(
            [
                w.bracketed(w.name(str(one.name)), w.percent(one.share, places=0))
                for one in found.short[:MOST_NAMED]
            ]
        )
        told = say(
            "Minutes of work are missing, or zero, in many contacts of {needs} and in few of the others; in brackets"
            " the share that has them.",
            needs=shares,
        )
        yield Check("work_recorded_by_need", False, w.together(told, _so(found)))


def _constants(found: Believed) -> Text:
    return say(
        "Nearly all contacts of {needs} carry the same minutes of work: nobody measured them.",
        needs=w.listed([w.name(str(one.name)) for one in found.made_up[:MOST_NAMED]]),
    )


def _so(found: Believed) -> Text:
    """What follows for the order of needs."""
    if found.unit == "minutes":
        return say(
            "They are left out of the order; with the longest work that is known they would not be among the first {n}"
            " either.",
            n=FIRST,
        )
    return say("So needs are put in order by contacts.")


def _of_parts(evidence: NeedsEvidence) -> Iterator[Check]:
    """Teams and channels that do not record their work, whatever needs they work on."""
    work = evidence.work
    parts = [
        *(say("team {name}", name=w.name(str(one.name))) for one in lacking(work.teams)),
        *(say("channel {name}", name=w.name(str(one.name))) for one in lacking(work.channels)),
    ]
    if parts:
        yield Check(
            "work_recorded_by_part",
            False,
            say(
                "Minutes of work are missing, or zero, in many contacts of {parts} and in few of the others; needs that"
                " come there look smaller than they are.",
                parts=w.listed(parts[:MOST_NAMED]),
            ),
        )


def _of_weeks(evidence: NeedsEvidence) -> Iterator[Check]:
    """Weeks without recorded work between others that have it, and minutes that stop or begin on a day."""
    stretch = _missing_weeks(evidence)
    if stretch:
        yield Check(
            "work_recorded_all_weeks",
            False,
            say(
                "Minutes of work are missing, or zero, in many contacts from {first} to {last}; sizes in minutes are"
                " too small by these weeks.",
                first=w.day(stretch[0]),
                last=w.day(stretch[1]),
            ),
        )


def _missing_weeks(evidence: NeedsEvidence) -> tuple[date, date] | None:
    """The first and the last day of the weeks, two at least, whose work is recorded far more seldom than others'."""
    weeks = dict[int, list[int]]()
    for day, contacts, worked in evidence.work.days:
        one = weeks.setdefault((evidence.end - day).days // WEEK, [0, 0])
        one[0] += contacts
        one[1] += worked
    parts = [Recorded(str(week), *numbers) for week, numbers in weeks.items()]
    # One week says little: its neighbours must lack work too.
    least = {int(str(one.name)) for one in lacking(parts)}
    runs = [week for week in least if week + 1 in least or week - 1 in least]
    if not runs or max(runs) < LAST_WEEKS:
        return None
    first = evidence.end - timedelta(days=WEEK * (max(runs) + 1) - 1)
    last = evidence.end - timedelta(days=WEEK * min(runs))
    return max(first, evidence.start), last
