"""What is new: needs that rise, those that only follow a holiday, and codes that began."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cs_lib.diagnosis.needs_and_causes.result import News
from cs_lib.methods.emerging.rising_counts import (
    NEEDED,
    WEEKS,
    in_blocks,
    rises_without,
    rising_counts,
)
from cs_lib.methods.errors import CannotEstimate
from cs_lib.metrics.needs_and_causes import NeedsEvidence
from cs_lib.params.needs_and_causes import NeedsAndCauses
from cs_lib.sentences import say

# A holiday or a sale is felt in contacts for so many days.
HOLIDAY_DAYS = 14
# A code that begins later than this after the compared weeks began, or ends as long before their end, was changed.
CHANGED_AFTER_DAYS = 28


def news(evidence: NeedsEvidence, study: NeedsAndCauses) -> News:
    """What rose in the last four whole weeks, beyond orders and beyond what weeks vary by."""
    weekly = evidence.weekly
    if weekly.contacts.shape[1] < NEEDED:
        return News(
            why_not=say(
                "What is new needs {needed} whole weeks, there are {weeks}.",
                needed=NEEDED,
                weeks=weekly.contacts.shape[1],
            )
        )
    began, ended = _changed_codes(evidence, study)
    changed = {name for name, _ in (*began, *ended)}
    rows = [
        i
        for i, name in enumerate(weekly.needs)
        if name not in changed and weekly.contacts[i, -NEEDED:].sum() >= study.rule.smallest_cell
    ]
    names = [weekly.needs[i] for i in rows]
    counts, exposure = weekly.contacts[rows], _exposure(evidence)
    try:
        found = rising_counts(
            names,
            in_blocks(counts),
            in_blocks(exposure),
            rate=study.rule.false_discoveries,
            alpha=study.rule.alpha,
        )
    except CannotEstimate as error:
        return News(began=began, ended=ended, why_not=error.reason)
    tested, usual, first_days = found.needs, _usual(evidence, study), weeks_of(evidence)
    holiday = frozenset(
        one.name
        for one in tested
        if one.found
        and not usual[-WEEKS:].all()
        and not rises_without(one, counts[names.index(one.name)], exposure, usual, found.variation)
    )
    since = {
        one.name: _since(counts[names.index(one.name)], exposure, first_days)
        for one in tested
        if one.found
    }
    return News(tested, holiday, since, began, ended)


def weeks_of(evidence: NeedsEvidence) -> NDArray[np.datetime64]:
    """The first days of the weeks, which end with the study."""
    n = evidence.weekly.contacts.shape[1]
    first = np.datetime64(evidence.end - timedelta(days=7 * n - 1))
    return np.asarray(first + np.arange(n) * np.timedelta64(7, "D"))


def _exposure(evidence: NeedsEvidence) -> NDArray[np.float64]:
    """Orders by week; as much in every week where there are none."""
    weekly = evidence.weekly
    if weekly.orders is None:
        return np.ones(weekly.contacts.shape[1])
    return weekly.orders.astype(float)


def _usual(evidence: NeedsEvidence, study: NeedsAndCauses) -> NDArray[np.bool_]:
    """The weeks that no holiday reaches into."""
    weeks = weeks_of(evidence)
    reached = np.zeros(len(weeks), dtype=bool)
    for day in study.design.days_off:
        first, last = np.datetime64(day), np.datetime64(day + timedelta(days=HOLIDAY_DAYS - 1))
        reached |= (weeks <= last) & (weeks + np.timedelta64(6, "D") >= first)
    return ~reached


def _since(
    counts: NDArray[np.int64], exposure: NDArray[np.float64], weeks: NDArray[np.datetime64]
) -> date:
    """The Monday from which the last weeks lie above what the weeks before them lead to expect."""
    before = slice(-NEEDED, -4)
    rate = counts[before].sum() / exposure[before].sum()
    above = counts[-4:] > rate * exposure[-4:]
    first = len(above) - 1
    while first > 0 and above[first - 1]:
        first -= 1
    day: date = weeks[len(weeks) - 4 + first].astype("datetime64[D]").item()
    return day


def _changed_codes(
    evidence: NeedsEvidence, study: NeedsAndCauses
) -> tuple[tuple[tuple[str, date], ...], tuple[tuple[str, date], ...]]:
    """Needs whose code began, or ended, inside the weeks that are compared: a change of coding, not of the service."""
    weeks = weeks_of(evidence)
    first = weeks[-NEEDED].astype("datetime64[D]").item() + timedelta(days=CHANGED_AFTER_DAYS)
    last = weeks[-1].astype("datetime64[D]").item() - timedelta(days=CHANGED_AFTER_DAYS)
    contacts = dict(zip(evidence.totals.needs, evidence.totals.contacts.tolist(), strict=True))
    spans = {
        name: span
        for name, span in sorted(evidence.code_days.items())
        if contacts.get(name, 0) >= study.rule.smallest_cell
    }
    began = tuple((name, span[0]) for name, span in spans.items() if span[0] > first)
    ended = tuple((name, span[1]) for name, span in spans.items() if span[1] < last)
    return began, ended
