"""What leaves the engine can be had as a frame."""

import numpy as np

from cs_lib.aggregates import Series, TeamPanel


def test_a_series_as_a_frame_has_a_value_only_where_there_is_a_denominator():
    days = np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[D]")
    frame = Series("csat", days, np.array([3.0, 0.0]), np.array([4.0, 0.0])).to_frame()
    assert list(frame.columns) == ["day", "numerator", "denominator", "value"]
    assert frame.value[0] == 0.75 and np.isnan(frame.value[1])


def test_a_panel_as_a_frame_has_a_row_per_team_and_period():
    periods = np.array(["2026-01-01", "2026-02-01"], dtype="datetime64[D]")
    start = np.array(["2026-02-01", "NaT"], dtype="datetime64[D]")
    value, weight = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]])
    panel = TeamPanel("csat", np.array(["T01", "T02"]), periods, value, weight, start)
    frame = panel.to_frame()
    assert frame.team.tolist() == ["T01", "T01", "T02", "T02"]
    assert frame.query("team == 'T02'").value.tolist() == [3.0, 4.0]
    assert frame.query("team == 'T02'").weight.tolist() == [7.0, 8.0]
    assert frame.period.dt.month.tolist() == [1, 2, 1, 2]
    assert frame.start.isna().tolist() == [False, False, True, True]
