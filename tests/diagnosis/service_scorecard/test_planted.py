"""What was planted on the simulated desk is found, in its direction and about its day; what was not stays quiet."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.bench.scorecard_desks import flagged, planted
from tests.diagnosis.service_scorecard.made import result_of, tables_of


def test_planted_changes_are_flagged_after_their_day_and_within_half_a_year(loud):
    desk, result = loud
    found: dict[str, list[float]] = {}
    for what, row, direction, day in planted(desk):
        weeks, _ = flagged(result, row, direction, day)
        found.setdefault(what, []).append(weeks)
    assert all(0 < min(weeks) <= 26 for weeks in found.values()), found


def test_the_fix_is_explained_by_its_logged_change_and_the_slow_team_by_nothing(loud):
    _, result = loud
    signals = {one.metric: one for one in result.signals}
    assert signals["orders_with_problem_7d"].explained_by == ("F03",)
    assert signals["orders_with_problem_7d"].better
    slow = [
        one for one in result.alarms if one.metric in ("first_response_minutes", "resolution_hours")
    ]
    assert slow and all(not one.explained_by and not one.better for one in slow)
    assert result.decision.verdict == "attention"


def test_targets_are_straddled_and_missed_as_planted(loud):
    desk, result = loud
    levels = desk.truth.scorecard
    first, resolved = result.rows["first_response_in_target"], result.rows["resolution_in_target"]
    assert first.assurance == levels.service_level("first_response_1h").assurance == "hit_and_miss"
    assert resolved.assurance == levels.service_level("resolution_24h").assurance == "fails"


def test_the_headline_is_what_was_planted(loud):
    desk, result = loud
    truth, chart = desk.truth.scorecard.headline, result.rows["orders_with_problem_7d"].chart
    live = truth.live_at.tz_localize("UTC").tz_convert("Asia/Shanghai").date()
    early = [start.item() + timedelta(days=7) <= live for start in chart.weeks.start]
    sums = chart.weeks.numerator, chart.weeks.denominator
    before = sum(sums[0][early]) / sum(sums[1][early])
    assert before == pytest.approx(truth.before_7d, rel=0.03)


def test_limits_begin_anew_with_a_logged_change_only(loud):
    """The fix is logged: with it limits begin anew and its fall is the new usual; a change nobody logged moves none."""
    desk, _ = loud
    rebase = {"since": "2025-08-18", "metrics": ["orders_with_problem_7d"]}
    for change, segments in (("F03", 2), ("F99", 1)):
        result = result_of(tables_of(desk), design={"rebases": [{**rebase, "change": change}]})
        chart = result.rows["orders_with_problem_7d"].chart
        assert len(chart.segments) == segments
        [check] = [one for one in result.checks if one.code == "rebases_logged"]
        assert check.passed is (segments == 2)
        moved = "orders_with_problem_7d" in {one.metric for one in result.signals}
        assert moved is (segments == 1)
        assert len(result.rows["csat"].chart.segments) == 1
