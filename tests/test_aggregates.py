"""What leaves the engine can be had as a frame."""

from dataclasses import is_dataclass

import numpy as np

from cs_lib import aggregates
from cs_lib.aggregates import (
    Answers,
    ClusterMoments,
    ClusterSums,
    DayDurations,
    DriverCounts,
    Durations,
    Histogram,
    Moments,
    Returns,
    Sandwich,
    Series,
    TeamPanel,
)


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


def test_everything_that_leaves_the_engine_has_a_frame_with_a_row_per_number():
    days = np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[D]")
    ended, two = np.array([True, False]), np.array([1.0, 2.0])
    count, variants = np.array([3, 4]), np.array(["a", "b"])
    cov = np.array([[4.0, 1.0], [1.0, 9.0]])
    shown = [
        Moments("a", ("x", "y"), 5, two, cov),
        Sandwich(("x",), cov),
        Series("m", days, two, two),
        TeamPanel("m", variants, days, cov, cov, days),
        Durations("before", two, ended, count),
        DayDurations(days, two, ended, count),
        Histogram("a", two, count),
        ClusterSums(variants, variants, count, two, two),
        ClusterMoments(("x", "y"), variants, variants, count, cov, np.array([cov, 2 * cov])),
        Answers(Histogram("a", two, count), 20),
        DriverCounts(days, count, (("late", "chat"), ("rude", "chat")), cov, cov, count, 9, 8),
        Returns("late", 30, 2, 3, np.array([9, 4, 8, 1]), np.zeros((4, 4), dtype=np.int64)),
    ]
    kinds = {
        k
        for k in vars(aggregates).values()
        if is_dataclass(k) and k.__module__ == aggregates.__name__
    }
    assert kinds == {type(one) for one in shown}
    frames = {type(one).__name__: one.to_frame() for one in shown}
    assert {name: len(f) for name, f in frames.items()} == {
        "Moments": 2, "Sandwich": 4, "Series": 2, "TeamPanel": 4, "Durations": 2, "DayDurations": 2,
        "Histogram": 2, "ClusterSums": 2, "ClusterMoments": 4, "Answers": 2, "DriverCounts": 4,
        "Returns": 1,
    }  # fmt: skip
    assert frames["Returns"].came_back.tolist() == [4]
    assert frames["Moments"].to_dict("list") == {
        "variant": ["a", "a"], "name": ["x", "y"], "n": [5, 5], "mean": [1.0, 2.0], "variance": [4.0, 9.0],
    }  # fmt: skip
    assert frames["Sandwich"].iloc[1].tolist() == ["prediction", "x", 1.0]
    assert frames["ClusterMoments"].to_dict("list") == {
        "cluster": ["a", "a", "b", "b"], "variant": ["a", "a", "b", "b"], "name": ["x", "y", "x", "y"],
        "n": [3, 3, 4, 4], "mean": [4.0, 1.0, 1.0, 9.0], "within": [4.0, 9.0, 8.0, 18.0],
    }  # fmt: skip
    assert frames["Answers"].to_dict("list") == {
        "variant": ["a", "a"], "value": [1.0, 2.0], "count": [3, 4], "offered": [20, 20],
    }  # fmt: skip
