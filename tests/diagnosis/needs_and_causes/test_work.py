"""Minutes that are missing, zero or made up put no need in a place that it does not have, and are said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cs_lib.diagnosis.needs_and_causes.analyze import analyze
from cs_lib.diagnosis.needs_and_causes.work import believed, lacking
from cs_lib.metrics.queries.needs.work import Recorded


def lost(evidence, need, kept=0.0):
    """The evidence had the minutes of some contacts of one need not been recorded."""
    i = evidence.totals.needs.index(need)
    scale = [kept if j == i else 1.0 for j in range(len(evidence.totals.needs))]
    seconds = (evidence.totals.seconds * scale).astype(int)
    products = evidence.totals.second_products * scale * [[one] for one in scale]
    totals = replace(evidence.totals, seconds=seconds, second_products=products)
    work = changed(evidence, need, worked=kept, positive=kept, commonest=kept, seconds=kept)
    return replace(work, totals=totals)


def changed(evidence, need, **by):
    """The evidence with some numbers of one need's recorded work made smaller."""
    needs = tuple(
        replace(one, **{name: int(getattr(one, name) * part) for name, part in by.items()})
        if one.name == need
        else one
        for one in evidence.work.needs
    )
    return replace(evidence, work=replace(evidence.work, needs=needs))


def said(result, code):
    return " ".join(str(c.found) for c in result.checks if c.code == code and c.passed is False)


def test_work_that_is_recorded_is_not_doubted(plain):
    evidence, study = plain
    result = analyze(evidence, study)
    assert result.unit == "minutes"
    assert not [c.code for c in result.checks if c.code.startswith("work") and c.passed is False]


@pytest.mark.parametrize("kept", [0.0, 0.3])
def test_the_largest_need_without_its_minutes_stays_first_by_contacts(plain, kept):
    """By minutes it would fall far down without a word, though 80 % of all contacts have theirs."""
    evidence, study = plain
    totals = evidence.totals
    top = max(totals.needs, key=lambda name: totals.contacts[totals.needs.index(name)])
    without = lost(evidence, top, kept)
    assert sum(one.worked for one in without.work.needs) >= 0.8 * evidence.work.contacts
    result = analyze(without, study)
    assert result.unit == "contacts" and result.needs[0].need == top
    assert result.needs[0].prizes is None and result.needs[1].prizes is not None
    told = said(result, "work_recorded_by_need")
    assert top.replace("_", " ") in told and "by contacts" in told


def test_a_small_need_without_its_minutes_has_no_place_and_is_named(plain):
    evidence, study = plain
    small = min(
        (one for one in evidence.work.needs if one.name and one.contacts >= 25),
        key=lambda one: one.contacts,
    ).name
    result = analyze(lost(evidence, small), study)
    assert result.unit == "minutes" and small not in {one.need for one in result.needs}
    assert small.replace("_", " ") in said(result, "work_recorded_by_need")
    assert "left out of the order" in said(result, "work_recorded_by_need")


def test_minutes_that_are_missing_alike_leave_the_order_and_are_said(plain):
    evidence, study = plain
    needs = tuple(replace(one, worked=int(0.7 * one.contacts)) for one in evidence.work.needs)
    result = analyze(replace(evidence, work=replace(evidence.work, needs=needs)), study)
    assert result.unit == "minutes" and "too small" in said(result, "work_recorded")
    assert said(result, "work_recorded_by_need") == ""
    assert all(one.prizes is None for one in result.needs)


def test_minutes_that_are_all_equal_are_no_measurement(plain):
    evidence, study = plain
    needs = tuple(replace(one, commonest=one.positive) for one in evidence.work.needs)
    result = analyze(replace(evidence, work=replace(evidence.work, needs=needs)), study)
    assert result.unit == "contacts" and "nobody measured" in said(result, "work_measured")
    assert all(one.prizes is None for one in result.needs)


def test_a_default_of_one_large_need_is_named(plain):
    evidence, study = plain
    top = analyze(evidence, study).needs[0].need
    needs = tuple(
        replace(one, commonest=one.positive) if one.name == top else one
        for one in evidence.work.needs
    )
    result = analyze(replace(evidence, work=replace(evidence.work, needs=needs)), study)
    assert top.replace("_", " ") in said(result, "work_measured") and result.unit == "contacts"
    assert next(one for one in result.needs if one.need == top).prizes is None


def test_minutes_that_stop_on_a_day_are_dated(plain):
    evidence, study = plain
    first = evidence.end - timedelta(days=69)
    days = tuple((day, n, 0 if day >= first else worked) for day, n, worked in evidence.work.days)
    result = analyze(replace(evidence, work=replace(evidence.work, days=days)), study)
    assert "22 April 2026" in said(result, "work_recorded_all_weeks")
    # The last two weeks hold contacts that nobody has finished.
    late = evidence.end - timedelta(days=13)
    days = tuple((day, n, 0 if day >= late else worked) for day, n, worked in evidence.work.days)
    result = analyze(replace(evidence, work=replace(evidence.work, days=days)), study)
    assert said(result, "work_recorded_all_weeks") == ""


def test_a_channel_that_records_nothing_is_named(plain):
    evidence, study = plain
    channels = tuple(
        replace(one, worked=0) if i == 1 else one for i, one in enumerate(evidence.work.channels)
    )
    result = analyze(replace(evidence, work=replace(evidence.work, channels=channels)), study)
    assert channels[1].name in said(result, "work_recorded_by_part")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (((100, 60), (900, 880)), [0]),
        (((19, 0), (900, 880)), []),  # too few to be told from chance
        (((100, 82), (900, 880)), []),  # enough to be believed
        (((100, 70), (900, 650)), []),  # as seldom as everywhere
        (((30, 22), (900, 790)), []),  # chance makes as much of thirty
        (((600, 60), (400, 390)), [0]),
        (((500, 500),), []),
    ],
)
def test_what_lacks_work(parts, expected):
    recorded = [Recorded(str(i), *numbers) for i, numbers in enumerate(parts)]
    assert [int(one.name) for one in lacking(recorded)] == expected


def test_bots_alone_are_no_recorded_work(plain):
    """A source that counts no seconds has none, though contacts of bots need none."""
    evidence, _ = plain
    needs = tuple(Recorded(one.name, one.contacts, one.contacts) for one in evidence.work.needs)
    assert believed(replace(evidence, work=replace(evidence.work, needs=needs))).unit == "contacts"
