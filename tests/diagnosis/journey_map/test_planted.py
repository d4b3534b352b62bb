"""What was planted on the way is found; where nothing was planted the page is silent."""

from __future__ import annotations

from datetime import timedelta

PLANTED = {
    "chased": "chase",
    "handed_on_twice": "second_handoff",
    "promise_missed": "missed_follow_up",
}


def test_the_planted_pains_are_found_and_their_gaps_hold_the_truth(loud):
    desk, result = loud
    truth = desk.truth.journey
    found = {one.pain: one for one in result.found}
    assert set(PLANTED) <= set(found)
    for pain, planted in PLANTED.items():
        gap, expected = found[pain].within, truth.pain(planted).gap
        assert gap.low <= expected.within <= gap.high, pain
        assert found[pain].raw.low <= expected.raw <= found[pain].raw.high, pain
    assert result.decision.verdict == "pain_found"


def test_the_worst_pain_is_the_one_that_costs_most(loud):
    desk, result = loud
    truth = desk.truth.journey
    costs = {p: -truth.pain(k).customers * truth.pain(k).gap.within for p, k in PLANTED.items()}
    assert result.found[0].pain == max(costs, key=costs.__getitem__)
    assert result.found[0].owner == "service_flow"


def test_the_decoy_has_a_gap_that_vanishes_within_need_and_time(loud):
    desk, result = loud
    decoy = next(one for one in result.pains if one.pain == "asked_for_more")
    assert decoy.raw.high < -0.05
    assert decoy.within.low <= desk.truth.journey.decoy.gap.within <= decoy.within.high
    assert not decoy.found


def test_the_queue_that_tripled_is_named_with_its_week(loud):
    desk, result = loud
    queue = desk.truth.journey.queue
    told = {(one.phase, one.team): one for one in result.shifts}
    shift = told["answer", queue.team_id]
    live = queue.live_at.tz_localize("UTC").tz_convert("Asia/Shanghai").date()
    assert abs(shift.week - live) <= timedelta(days=10)
    assert shift.ratio > 1.5


def test_the_closing_timer_is_named_and_counts_nowhere(loud):
    _, result = loud
    assert result.timers.days == (7.0,)
    assert {one.phase for one in result.held} == {"answer", "work", "others", "again"}
    assert result.timers.hours > sum(
        one.total for one in result.held
    )  # what a naive chart would name


def test_a_desk_without_effects_shows_none_of_the_planted_pains(quiet):
    _, result = quiet
    assert not set(PLANTED) & {one.pain for one in result.found}
    assert all(one.team is None for one in result.shifts)


def test_numbers_add_up_to_the_log_of_the_desk(loud):
    desk, result = loud
    contacts = desk.tables["contacts"]
    counted = contacts[~contacts.status.isin(["merged", "spam", "cancelled"])]
    opened = counted.opened_at.dt.tz_localize("UTC").dt.tz_convert("Asia/Shanghai").dt.date
    inside = counted[(opened >= result.evidence.start) & (opened <= result.evidence.end)]
    assert result.evidence.log.contacts == len(inside)
    steps = desk.tables["events"]
    theirs = steps[steps.contact_id.isin(inside.contact_id)]
    assert result.evidence.log.events == len(theirs)
    moves = {one.name: one.events for one in result.evidence.ways.steps}
    assert moves == theirs.raw_stage.value_counts().to_dict()
