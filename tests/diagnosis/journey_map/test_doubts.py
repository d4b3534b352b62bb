"""What the page says when the tables of a journey are wrong: never a zero, always a sentence."""

from __future__ import annotations

import pandas as pd
import pytest

from cs_lib.metrics.queries.sql import NotAvailable
from tests.diagnosis.journey_map.conftest import result_of


def findings(result, code):
    return [one.finding for one in result.checks if one.code == code]


def failed(result):
    return {one.code for one in result.checks if one.passed is False}


def pains(result):
    return {one.pain for one in result.pains}


def test_without_surveys_nothing_is_called_a_pain(small):
    small.pop("surveys")
    result = result_of(small)
    assert result.decision.verdict == "log_too_thin"
    assert "satisfaction_known" in failed(result)
    assert all(one.within is None for one in result.pains)
    assert result.held and "Most hours" in str(result.decision.reason)


def test_surveys_of_another_system_are_no_satisfaction_of_nought(small):
    small["surveys"]["contact_id"] = "X" + small["surveys"]["contact_id"].astype(str)
    result = result_of(small)
    assert result.decision.verdict == "log_too_thin"
    assert result.satisfied == {}


def test_events_of_other_contacts_are_refused_in_a_sentence(small):
    small["events"]["contact_id"] = "X" + small["events"]["contact_id"]
    with pytest.raises(NotAvailable, match="no event belongs to a contact"):
        result_of(small)


def test_lost_steps_are_counted(small):
    kept = small["contacts"]["contact_id"].iloc[::5]
    small["events"] = small["events"][small["events"]["contact_id"].isin(kept)]
    result = result_of(small)
    assert "steps_recorded" in failed(result)
    assert result.decision.verdict == "log_too_thin"


def test_steps_of_contacts_that_are_gone_are_told(small):
    small["contacts"] = small["contacts"].iloc[::2]
    assert "steps_find_contacts" in failed(result_of(small))


def test_steps_that_say_no_stage_draw_no_map(small):
    small["events"]["stage"] = "other"
    result = result_of(small)
    assert "steps_have_phases" in failed(result)
    assert result.decision.verdict == "log_too_thin"


def test_without_needs_the_page_does_not_say_that_it_compared_within_them(small):
    small["contacts"]["need_code"] = None
    result = result_of(small)
    assert "needs_coded" in failed(result)
    assert findings(result, "needs_coded")[0].startswith("No contact has a need")


def test_a_clock_that_is_hours_behind_is_told(small):
    small["events"]["ts"] -= pd.Timedelta(hours=8)
    assert "steps_after_opening" in failed(result_of(small))


def test_steps_that_stand_twice_are_told(small):
    again = small["events"].assign(seq=small["events"]["seq"] + 1000)
    small["events"] = pd.concat([small["events"], again.iloc[::3]], ignore_index=True)
    result = result_of(small)
    assert "steps_once" in failed(result)


def test_no_promise_recorded_is_not_every_promise_kept(small):
    small["contacts"]["follow_up_due_at"] = pd.NaT
    result = result_of(small)
    assert "promise_missed" not in pains(result)
    assert any("follow-up was due" in one for one in findings(result, "part_missing"))


def test_follow_ups_that_nobody_records_are_not_all_missed(small):
    small["events"] = small["events"][small["events"]["stage"] != "follow_up"]
    result = result_of(small)
    assert not {"promise_missed", "no_follow_up"} & pains(result)


def test_messages_of_customers_that_are_not_exported_are_not_none(small):
    events = small["events"]
    wrote = (events["stage"] == "replied") & (events["actor"] == "customer")
    small["events"] = events[~wrote]
    result = result_of(small)
    assert "chased" not in pains(result)
    assert any("ask again" in one for one in findings(result, "part_missing"))


def test_steps_without_teams_hand_nothing_on(small):
    small["events"]["team_id"] = None
    result = result_of(small)
    assert result.evidence.teams is None
    assert "handed_on_twice" not in pains(result)


def test_a_log_of_case_step_and_time_is_enough_for_a_map(small):
    events = small["events"][["contact_id", "ts", "seq", "stage"]]
    contacts = small["contacts"][["contact_id", "opened_at", "status"]]
    result = result_of({"contacts": contacts, "events": events})
    assert result.decision.verdict == "log_too_thin"
    assert [one.phase for one in result.evidence.phases][:3] == ["asks", "answer", "work"]
    assert result.held
    assert result.evidence.people is None
