"""Was the metric recorded in one way throughout? Jumps in gaps and odd stamps, and codes that come and go together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cs_lib import sentences as w
from cs_lib.aggregates import Series
from cs_lib.experiment.before_after.carried import (
    in_periods,
    matters,
    sides,
    thins,
    without_contacts,
)
from cs_lib.experiment.before_after.case import Case
from cs_lib.language import later
from cs_lib.metrics import DAILY
from cs_lib.metrics.queries.recorded import Code, Gap, Recorded
from cs_lib.metrics.queries.sql import named
from cs_lib.results import Check
from cs_lib.sentences import Text, say
from cs_lib.titles import COLUMNS

Days = NDArray[np.datetime64]

# Only so many days on each side of a date are compared, so that a drift is not taken for a jump.
MOST_DAYS_COMPARED = 28
# There must be so many days on each side.
LEAST_DAYS_COMPARED = 14
# A share must rise or fall by so much to be worth a question.
MIN_JUMP_OF_SHARE = 0.10
# It must move by so many standard errors too, because the largest of many dates is looked at.
# They are those of independent contacts.
MIN_JUMP_IN_SE = 6.0
# A stamp was not kept on one side of a date when its absent share there reaches the first number,
# and stays below the second on the other side.
MIN_ABSENT_SHARE_IF_NOT_KEPT, MAX_ABSENT_SHARE_IF_KEPT = (0.98, 0.50)
# At its own pace a code should have had so many contacts in the days when it had none: chance is one in a million.
MIN_CONTACTS_MISSED = 14.0
# Codes of one side only must hold this share of the coded contacts beside the date.
MIN_SHARE_OF_TURNED_CODES = 0.10
# Where so many more contacts are left out on one side, those left tell too little.
MIN_LEFT_OUT = 1 / 3
# A guardrail that counts so many times as many of the contacts on one side counts others there.
MIN_TIMES_AS_MANY = 2.0
OF_CONTACTS = ("contacts", "surveys")  # cases of which a contact has one at most
PHRASE_OF_FAULT = {
    "left_out": later(
        "From {day} on {after} of contacts are left out of the metric, {before} in the weeks "
        "before."
    ),
    "unstamped": later(
        "From {day} on {after} of resolved contacts have no {column}, {before} in the weeks before."
    ),
    "never": later(
        "From {day} on {after} of contacts have no {column} within {days} days, {before} in the "
        "weeks before."
    ),
    "at_once": later(
        "From {day} on {after} of contacts have their {column} at the moment they were opened, {before} "
        "in the weeks before."
    ),
    "midnight": later(
        "From {day} on {after} of contacts have their {column} at midnight sharp, {before} in the weeks "
        "before."
    ),
    "empty": later(
        "From {day} on {after} of contacts have no {column}, {before} in the weeks before."
    ),
    "zero": later(
        "From {day} on {after} of contacts that no bot is known to have handled took no time at all, {before} in the"
        " weeks before."
    ),
    "copied": later(
        "From {day} on {after} of contacts have the customer and the minute of another, {before} in the weeks before:"
        " copies?"
    ),
    "copied_orders": later(
        "From {day} on {after} of orders have the customer and the minute of another, {before} in the weeks before:"
        " copies?"
    ),
}
# Of the rows, at most: nobody asks, or buys, twice in a minute.
COPIES, MAX_COPIES = ("copied", "copied_orders"), 0.05
# A mean that is so many times another one is in another unit.
OTHER_UNIT = 20.0


@dataclass(frozen=True, slots=True)
class Jump:
    """A share before and from a date on, over the weeks beside it."""

    day: date
    before: float
    after: float


def recorded_alike(case: Case) -> list[Check]:
    """One check: named doubts about how the metric was recorded, or none; nothing without evidence.

    It blocks where a time has hardly any end on one side of a date: that is an extract that lacks a
    column there, whatever the service did. It blocks as well where stamps that cannot be true jump, or a
    column of the scope is filled less, and that alone makes as much as is worth acting on.
    """
    evidence = case.evidence
    recorded = evidence.recorded
    if recorded is None:
        return []
    gaps = [gap for gap in recorded.gaps if gap.fault in PHRASE_OF_FAULT]
    jumps = [(gap, jump) for gap in gaps if (jump := _telling(gap) or _copies(case, gap))]
    unstamped = {jump.day for gap, jump in jumps if gap.fault == "unstamped"}  # They are left out.
    told = [(g, j) for g, j in jumps if g.fault != "left_out" or j.day not in unstamped]
    doubts = [_words(gap, jump, evidence.horizon) for gap, jump in told]
    doubts += [said for gap in gaps if (said := _copies_throughout(gap, [g for g, _ in jumps]))]
    if recoded := codes_turned(recorded):
        doubts.append(recoded)
    unit = _other_unit(case, case.primary.name)
    if unit:
        doubts.append(unit)
    name = "recorded_alike"
    if not doubts:
        return [Check(name, True, say("Gaps, stamps and codes look alike throughout."))]
    finding = say(
        "{doubts} Ask whether what is recorded changed, and not the service.",
        doubts=w.together(*doubts),
    )
    blocks = bool(unit) or any(_carries(case, gap, jump) for gap, jump in jumps)
    return [Check(name, False, finding, blocks_decision=blocks)]


def _carries(case: Case, gap: Gap, jump: Jump) -> bool:
    """Whether what jumps can make the verdict by itself."""
    if gap.fault == "never":
        return True
    if gap.fault in ("at_once", "midnight"):
        return matters(case, without_contacts(case, gap))
    more = abs(jump.after - jump.before)
    if gap.fault in ("zero", "copied", "copied_orders"):
        return thins(case, more)
    if gap.fault == "empty" and gap.column in named(case.study.design.changed):
        return more >= MIN_LEFT_OUT or (case.primary.unit == "per_1000" and thins(case, more))
    return gap.fault in ("left_out", "unstamped") and more >= MIN_LEFT_OUT


def _other_unit(case: Case, name: str) -> Text:
    """A sentence when the numbers of a column are so many times as large on one side that they are in another unit."""
    if not DAILY[name].times:
        return ""
    series, means = case.evidence.series[name], []
    for side in sides(case, series):
        below = float(series.denominator[side].sum())
        means.append(float(series.numerator[side].sum()) / below if below else 0.0)
    if not min(means) or max(means) < OTHER_UNIT * min(means):
        return ""
    quantity = case.evidence.metrics[name].quantity
    return say(
        "It is {after} after the change and {before} before: the numbers are in another unit.",
        before=w.level(means[0], quantity),
        after=w.level(means[1], quantity),
    )


def _telling(gap: Gap) -> Jump | None:
    """The jump, if it can only be one of recording."""
    jump = largest_jump(gap.series)
    if jump is None or gap.fault != "never":
        return jump
    least, most = sorted((jump.before, jump.after))
    not_kept = least < MAX_ABSENT_SHARE_IF_KEPT and most >= MIN_ABSENT_SHARE_IF_NOT_KEPT
    return jump if not_kept else None  # Otherwise the service itself may have moved it


def _copies(case: Case, gap: Gap) -> Jump | None:
    """A share of copies that is another after the change than before it; a few weeks may be too few to tell."""
    if gap.fault not in COPIES:
        return None
    counts = [
        (float(gap.series.numerator[side].sum()), float(gap.series.denominator[side].sum()))
        for side in sides(case, gap.series)
    ]
    if not all(n for _, n in counts):
        return None
    (before, after), every = (a / n for a, n in counts), sum(n for _, n in counts)
    pooled = sum(a for a, _ in counts) / every
    error = np.sqrt(pooled * (1 - pooled) * sum(1 / n for _, n in counts))
    if abs(after - before) < max(MAX_COPIES, MIN_JUMP_IN_SE * error):
        return None
    return Jump(case.study.design.intervention_date, before, after)


def _copies_throughout(gap: Gap, told: Sequence[Gap]) -> Text:
    """A sentence on copies of all days; nothing for a few, and where they begin or end on one."""
    rows, copies = float(gap.series.denominator.sum()), float(gap.series.numerator.sum())
    if gap.fault not in COPIES or gap in told or copies < MAX_COPIES * rows or not copies:
        return ""
    return say(
        "{share} of contacts have the customer and the minute of another: copies?"
        if gap.fault == "copied"
        else "{share} of orders have the customer and the minute of another: copies?",
        share=w.percent(copies / rows),
    )


def _words(gap: Gap, jump: Jump, horizon: int) -> Text:
    after, before = (w.percent(share, places=0) for share in (jump.after, jump.before))
    return say(
        PHRASE_OF_FAULT[gap.fault],
        day=w.day(jump.day),
        after=after,
        before=before,
        column=say(COLUMNS[gap.column]) if gap.column in COLUMNS else w.name(gap.column),
        days=horizon,
    )


def largest_jump(series: Series) -> Jump | None:
    """The date at which a share of contacts jumps most, by day; None where it moves by little or by chance.

    Up to four weeks before and from each date are compared. It jumps when it moves by 10 points and
    by six standard errors.
    """
    above, below = (np.append(0.0, np.cumsum(v)) for v in (series.numerator, series.denominator))
    n = len(series.days)
    at = np.arange(LEAST_DAYS_COMPARED, n - LEAST_DAYS_COMPARED + 1)
    first, last = np.maximum(at - MOST_DAYS_COMPARED, 0), np.minimum(at + MOST_DAYS_COMPARED, n)
    counts = below[at] - below[first], below[last] - below[at]
    there = (counts[0] > 0) & (counts[1] > 0)
    if not there.any():
        return None
    safe = [np.where(there, c, 1.0) for c in counts]
    before, after = (above[at] - above[first]) / safe[0], (above[last] - above[at]) / safe[1]
    pooled = (above[last] - above[first]) / (safe[0] + safe[1])
    error = np.sqrt(np.maximum(pooled * (1 - pooled), 1e-12) * (1 / safe[0] + 1 / safe[1]))
    size = np.where(there, np.abs(after - before), 0.0)
    jumps = (size >= MIN_JUMP_OF_SHARE) & (size >= MIN_JUMP_IN_SE * error)
    if not jumps.any():
        return None
    best = int(np.argmax(np.where(jumps, size / error, 0.0)))
    return Jump(series.days[at[best]].item(), float(before[best]), float(after[best]))


def codes_turned(recorded: Recorded) -> Text:
    """A sentence on codes that appear or disappear for good and hold much of the contacts, else nothing."""
    busy = recorded.contacts.numerator > 0
    days, contacts = recorded.contacts.days[busy], recorded.contacts.numerator[busy]
    new = [c for c in recorded.codes if _absent(c, days[days < np.datetime64(c.first)], days)]
    gone = [c for c in recorded.codes if _absent(c, days[days > np.datetime64(c.last)], days)]
    shares = [0.0]
    if new:
        since = days >= np.datetime64(min(c.first for c in new))
        shares.append(sum(c.count for c in new) / float(contacts[since].sum()))
    if gone:
        until = days <= np.datetime64(max(c.last for c in gone))
        shares.append(sum(c.count for c in gone) / float(contacts[until].sum()))
    if max(shares) < MIN_SHARE_OF_TURNED_CODES:
        return ""
    told = [
        say("{value} first appears on {first}", value=c.value, first=w.day(c.first))
        for c in _most(new)
    ]
    told += [
        say("{value} is last seen on {last}", value=c.value, last=w.day(c.last))
        for c in _most(gone)
    ]
    share = w.percent(max(shares), places=0)
    return say(
        "Need codes came or went: {told}; such codes hold {share} of contacts.",
        told=w.listed(told),
        share=share,
    )


def _absent(code: Code, empty: Days, days: Days) -> bool:
    """Whether a code that lives on has too many empty days at an end for chance."""
    lived = (days >= np.datetime64(code.first)) & (days <= np.datetime64(code.last))
    pace = code.count / max(int(lived.sum()), 1)
    return len(empty) >= LEAST_DAYS_COMPARED and pace * len(empty) >= MIN_CONTACTS_MISSED


def _most(codes: list[Code]) -> list[Code]:
    """The two largest."""
    return sorted(codes, key=lambda c: -c.count)[:2]


def counted_alike(case: Case, name: str) -> list[Check]:
    """A doubt where a guardrail counts far more, or far fewer, of the contacts on one side, or in another unit."""
    metric, series = DAILY[name], case.evidence.series[name]
    if unit := _other_unit(case, name):
        return [Check("counted_alike", False, unit, of=case.evidence.metrics[name].called)]
    if metric.per or metric.cases not in OF_CONTACTS or "handled_by" in metric.where:
        return []  # How many are a bot's, or a person's, may be what was changed.
    every = case.evidence.scoped_volume
    there = np.isin(every.days, series.days[in_periods(case, series)])
    counts, contacts = [], []
    for side, whole in zip(sides(case, series), sides(case, every), strict=True):
        counts.append(float(series.denominator[side].sum()))
        contacts.append(float(every.numerator[whole & there].sum()))
    if not all(counts) or not all(contacts):
        return []
    before, after = (n / of for n, of in zip(counts, contacts, strict=True))
    error = np.sqrt(sum(n / of**2 for n, of in zip(counts, contacts, strict=True)))
    if max(before, after) < MIN_TIMES_AS_MANY * min(before, after):
        return []
    if abs(after - before) < MIN_JUMP_IN_SE * error:
        return []
    finding = say(
        "It counts {after} of contacts after the change and {before} before: those left out may be others.",
        after=w.percent(after, places=0),
        before=w.percent(before, places=0),
    )
    return [Check("counted_alike", False, finding, of=case.evidence.metrics[name].called)]
