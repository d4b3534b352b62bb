"""Which days several changes were on, by days and by weeks, and what is refused."""

from datetime import date, timedelta

import numpy as np
import pytest

from cs_lib.aggregates import Series
from cs_lib.methods.errors import CannotEstimate, NotEnoughData
from cs_lib.methods.its.changes import days_of, doses, weeks_of
from cs_lib.methods.its.joint_changes import Change, changes_in

START = date(2024, 1, 1)


def at(day: int) -> date:
    return START + timedelta(days=day)


def make(n: int = 250) -> Series:
    """Waiting minutes: independent noise around 20."""
    rng = np.random.default_rng(1)
    volume = rng.integers(20, 60, n).astype(float)
    days = np.datetime64(START) + np.arange(n)
    return Series("wait", days, (20 + rng.normal(size=n)) * volume, volume)


PILOT = Change.of("pilot", (at(60), at(100)), (at(140), at(180)))
ROLLOUT = Change.of("rollout", at(120))


def test_doses_of_weeks_are_means_of_their_days():
    days, window = days_of(make(), [PILOT, ROLLOUT], 0, ())
    weeks = weeks_of(days, window, [PILOT, ROLLOUT], 0)
    dose = doses(weeks, days, [PILOT, ROLLOUT])
    week = int(np.flatnonzero(weeks.start == np.datetime64(at(95)))[0])  # off on day 100
    volume = days.denominator[95:102]
    assert dose[week, 0] == pytest.approx(volume[:5].sum() / volume.sum())
    assert dose[:, 0].max() == dose[:, 1].max() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ([Change.of("a", at(100)), Change.of("b", at(113))], "a and b cannot be told apart"),
        ([Change.of("a", at(100)), Change.of("b", at(100))], "only 0 usable days"),
        ([Change.of("a", at(300))], "a began on 27 October 2024, which is outside the data"),
        ([Change.of("a", at(50)), Change.of("b", at(-9))], "b began on .* outside the data"),
        ([Change.of("a", (at(100), at(113)))], "a was on from 10 April 2024 for 13 usable days"),
        ([Change.of("a", (at(60), at(90)), (at(100), at(140)))], "a was off from .* for 10"),
        (
            [
                Change.of("a", at(60)),
                Change.of("b", (at(60), at(120))),
                Change.of("c", at(125)),
            ],
            "cannot be told from the other changes taken together",
        ),
        ([Change.of("a", at(170), slope=True)], "A slope of a cannot be had: 11 weekly points"),
        (
            [Change.of("a", at(90), slope=True), Change.of("b", at(150), slope=True)],
            "A slope of a and b cannot be had: 9 weekly points",
        ),
    ],
)
def test_what_the_data_cannot_tell_is_refused(changes, sentence):
    with pytest.raises(CannotEstimate, match=sentence):
        changes_in(make(), changes)


def test_fewer_than_14_days_before_the_first_change_is_not_enough_data():
    with pytest.raises(NotEnoughData, match="13 usable days before"):
        changes_in(make(), [Change.of("a", at(13)), ROLLOUT])


def test_a_constant_series_is_refused():
    flat = Series("wait", make().days, np.full(250, 40.0), np.full(250, 20.0))
    with pytest.raises(CannotEstimate):
        changes_in(flat, [PILOT, ROLLOUT])


def test_a_zero_day_has_no_logarithm_and_leaves_it_to_weeks():
    series = make()
    series.numerator[40] = 0
    found = changes_in(series, [PILOT, ROLLOUT], log_scale=True)
    assert (found.unit, found.reason, found.daily) == ("week", "days_impossible", None)


def test_names_given_twice_and_spans_out_of_order_are_refused():
    with pytest.raises(ValueError, match="name of its own"):
        changes_in(make(), [PILOT, PILOT])
    with pytest.raises(ValueError, match="in order"):
        Change.of("a", (at(30), at(20)))
    with pytest.raises(ValueError, match="in order"):
        Change.of("a", at(30), at(60))
