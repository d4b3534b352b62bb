"""Rows counted while teams are open stand beside those of calendar time, and only where settings give hours."""

from __future__ import annotations

from cs_lib.report.service_scorecard.tables import definitions, opening
from tests.diagnosis.service_scorecard.made import result_of

OFFICE = {"standard": {"mon-fri": ["09:00-12:30", "13:30-18:00"]}}
LEVELS = [
    {"of": "first_response", "hours": 1, "share": 0.76, "since": "2024-07-01", "clock": "open"},
    {"of": "resolution", "hours": 24, "share": 0.9, "since": "2024-07-01"},
]
OPEN_ROWS = {"first_response_open_minutes", "resolution_open_hours"}


def test_hours_add_rows_and_change_no_other(calm):
    plain = result_of(calm)
    timed = result_of(calm, design={"hours": OFFICE}, targets={"service_levels": LEVELS})
    assert set(timed.rows) - set(plain.rows) == OPEN_ROWS
    assert not timed.evidence.absent
    same = set(plain.rows) - {"first_response_in_target"}
    assert all(repr(timed.rows[name].chart) == repr(plain.rows[name].chart) for name in same)
    less = timed.rows["first_response_open_minutes"].change.recent.value
    assert 0 < less < plain.rows["first_response_minutes"].change.recent.value
    kept, met = (one.rows["first_response_in_target"].change.recent.value for one in (plain, timed))
    assert met > kept
    told = str(definitions(timed)._repr_mimebundle_()["text/html"])
    assert "First answered within the target (time while the team is open)" in told
    assert "Resolved within the target (calendar time)" in told
    [[sentence]] = opening(timed).rows
    assert (
        sentence
        == "All teams: Mon–Fri 09:00–12:30 and 13:30–18:00 (Asia/Shanghai), closed on holidays."
    )
    assert opening(plain).kind == "unasked"


def test_a_team_whose_hours_nobody_gave_takes_the_rows_away_and_says_so(calm):
    team = calm["contacts"].team_id.dropna().iloc[0]
    hours = {"teams": {team: OFFICE["standard"]}}
    result = result_of(calm, design={"hours": hours}, targets={"service_levels": LEVELS})
    assert not OPEN_ROWS & set(result.rows)
    for name in (*OPEN_ROWS, "first_response_in_target"):
        assert "the hours of the team are not known" in str(result.evidence.absent[name])
    assert "resolution_in_target" in result.rows and "first_response_minutes" in result.rows
