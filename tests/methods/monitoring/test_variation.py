"""Marks of the newest point and of a target, on limits put there by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.methods.monitoring.control_chart import Limits
from cs_lib.methods.monitoring.variation import assurance, mark


def limits(lower, upper, *, centre=10.0, weeks=30):
    return Limits(centre, np.full(weeks, float(lower)), np.full(weeks, float(upper)))


def weekly(*last, weeks=30):
    """Points that turn from one side of 10 to the other, and the last ones as given."""
    value = np.where(np.arange(weeks) % 2, 10.5, 9.5)
    value[weeks - len(last) :] = last
    return value


def test_usual_points_are_common():
    found = mark(weekly(), limits(7, 13), good="down")
    assert (found.variation, found.since, found.outside, found.run) == ("common", None, False, 1)


@pytest.mark.parametrize(
    ("point", "good", "said"),
    [
        (14.0, "up", "improving_high"),
        (14.0, "down", "concerning_high"),
        (14.0, None, "neutral_high"),
        (6.0, "up", "concerning_low"),
        (6.0, "down", "improving_low"),
        (6.0, None, "neutral_low"),
    ],
)
def test_a_point_outside_is_marked_by_its_side_and_what_is_good(point, good, said):
    found = mark(weekly(point), limits(7, 13), good=good)
    assert (found.variation, found.since, found.outside) == (said, 29, True)


def test_only_the_newest_point_is_marked():
    assert mark(weekly(14.0, 10.5), limits(7, 13), good="up").variation == "common"


def test_points_outside_in_a_row_are_marked_since_the_first_of_them():
    found = mark(weekly(6.0, 14.0, 14.0, 14.0), limits(7, 13), good="up")
    assert (found.since, found.run) == (27, 3)


def test_a_point_on_a_limit_is_not_outside():
    assert mark(weekly(13.0), limits(7, 13), good="up").variation == "common"


def test_eight_points_on_one_side_are_a_run_and_seven_are_not():
    seven = mark(weekly(9.5, *[10.1] * 7), limits(7, 13), good="down")
    eight = mark(weekly(9.5, *[10.1] * 8), limits(7, 13), good="down")
    assert (seven.variation, seven.run) == ("common", 7)
    assert (eight.variation, eight.since, eight.run) == ("concerning_high", 22, 8)


def test_a_run_that_ends_with_a_point_outside_is_marked_since_its_first_point():
    found = mark(weekly(9.5, *[10.1] * 9, 14.0), limits(7, 13), good="down")
    assert (found.since, found.outside, found.run) == (20, True, 10)


def test_six_points_that_rise_are_no_signal():
    assert (
        mark(weekly(8, 8.5, 9, 9.5, 10.2, 11.0, 12.0), limits(7, 13), good="up").variation
        == "common"
    )


def test_two_of_three_points_far_from_the_centre_are_no_signal():
    assert mark(weekly(12.9, 10.0, 12.9), limits(7, 13), good="up").variation == "common"


def test_points_on_the_centre_line_and_missing_ones_neither_lengthen_nor_break_a_run():
    held = mark(weekly(9.5, *[10.1] * 4, 10.0, np.nan, *[10.1] * 4), limits(7, 13), good="down")
    short = mark(weekly(9.5, *[10.1] * 4, 10.0, np.nan, *[10.1] * 3), limits(7, 13), good="down")
    assert (held.variation, held.run, held.since) == ("concerning_high", 8, 20)
    assert (short.variation, short.run) == ("common", 7)


def test_a_newest_point_on_the_centre_line_is_common():
    assert mark(weekly(*[10.1] * 8, 10.0), limits(7, 13), good="down").variation == "common"


def test_without_a_point_there_is_no_mark():
    assert mark(np.full(30, np.nan), limits(7, 13), good="up") is None


@pytest.mark.parametrize(
    ("target", "good", "said"),
    [
        (6.0, "up", "passes"),
        (10.0, "up", "hit_and_miss"),
        (14.0, "up", "fails"),
        (14.0, "down", "passes"),
        (10.0, "down", "hit_and_miss"),
        (6.0, "down", "fails"),
        # On a limit: a value equal to the target meets it.
        (7.0, "up", "passes"),
        (13.0, "up", "hit_and_miss"),
        (13.0, "down", "passes"),
        (7.0, "down", "hit_and_miss"),
        (None, "up", None),
        (10.0, None, None),
    ],
)
def test_a_target_is_read_against_both_limits(target, good, said):
    assert assurance(limits(7, 13), 29, target, good=good) == said


def test_a_share_of_all_can_be_hit_where_the_limit_is_all():
    assert assurance(limits(0.8, 1.0, centre=0.9), 0, 1.0, good="up") == "hit_and_miss"


def test_limits_open_on_one_side_still_tell_a_target_that_always_fails():
    above = limits(-np.inf, 13)
    assert assurance(above, 0, 14.0, good="up") == "fails"
    assert assurance(above, 0, 10.0, good="up") == "hit_and_miss"


def test_open_limits_say_nothing():
    assert assurance(limits(-np.inf, np.inf), 0, 10.0, good="up") is None
    assert assurance(limits(np.nan, np.nan), 0, 10.0, good="up") is None


def test_the_limits_of_the_week_asked_for_are_read():
    wide = limits(7, 13)
    wide.lower[29] = 2.0
    assert assurance(wide, 28, 6.0, good="up") == "passes"
    assert assurance(wide, 29, 6.0, good="up") == "hit_and_miss"
