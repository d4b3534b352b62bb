"""What lies before a study's days: read back as far as the source is whole, and no further."""

from datetime import date, timedelta

import numpy as np
import pytest

from cs_lib.aggregates import Series
from cs_lib.metrics import DAILY
from cs_lib.metrics.before_after import gather
from cs_lib.metrics.earlier import LEAST_DAYS, MOST_DAYS, earlier, since_whole
from cs_lib.params import Scope

FIRST = date(2023, 3, 1)
MORE = timedelta(days=1)


def desk_of(source, *, first=FIRST, leave_out=(), also=""):
    """A contact a day on the phone, solved after as many hours as the month has number, and two by email."""
    rows = ["contact_id opened_at resolved_at channel status"]
    day, last = first, date(2026, 2, 28)
    while day <= last:
        if not any(a <= day <= b for a, b in leave_out):
            for k, (channel, hours) in enumerate(
                (("phone", day.month), ("email", 1), ("email", 2))
            ):
                rows.append(
                    f"K{day:%y%m%d}{k} {day}T08:00:00 {day}T{8 + hours:02d}:00:00 {channel} resolved"
                )
        day += MORE
    source.table("contacts", "\n".join(rows))
    if also:
        source.table("flow_changes", also)
    return source.desk()


def read(desk, *scopes, until=date(2026, 1, 1)):
    return earlier(desk, DAILY["resolution_hours"], scopes or (Scope(),), until=until, horizon=14)


def test_the_metric_is_read_back_three_years_in_the_same_scope(source):
    found = read(desk_of(source), Scope(channel=("phone",)), Scope(channel=("email",)))
    series = found.series
    assert (series.days[0].item(), series.days[-1].item()) == (
        date(2026, 1, 1) - timedelta(days=MOST_DAYS),
        date(2025, 12, 31),
    )
    there = series.denominator > 0
    value = series.numerator[there] / series.denominator[there]
    assert value.tolist() == [day.item().month for day in series.days[there]]
    assert set(series.denominator[there]) == {1.0}
    assert set(found.comparison.numerator[there] / found.comparison.denominator[there]) == {1.5}
    # The source begins within a week that is not whole.
    assert timedelta(0) <= series.days[there][0].item() - FIRST <= timedelta(days=6)


def test_less_than_two_years_are_nothing(source):
    assert read(desk_of(source, first=date(2024, 6, 1))) is None


def test_a_short_hole_is_left_out_and_nothing_is_read_before_a_long_one(source):
    short, long = (date(2025, 5, 1), date(2025, 6, 9)), (date(2023, 9, 1), date(2023, 12, 9))
    series = read(desk_of(source, leave_out=[short, long])).series
    there = series.days[series.denominator > 0]
    assert timedelta(0) <= there[0].item() - long[1] <= timedelta(days=7)
    assert not np.any((there >= np.datetime64(short[0])) & (there <= np.datetime64(short[1])))
    assert np.any(there < np.datetime64(short[0]))


def test_changes_logged_on_these_days_are_told(source):
    log = "change_id name live_at scope\nC1 new_form 2024-02-03 -\nC2 ours 2026-02-01 -"
    assert [c.change_id for c in read(desk_of(source, also=log)).changes] == ["C1"]


def test_a_study_gathers_it_for_one_step_in_one_series_only(source):
    desk = desk_of(source)
    plain = source.study()
    assert gather(desk, plain).earlier.series.days[-1].item() == date(2025, 12, 31)
    design = plain.design.model_copy(update={"shape": "slope"})
    assert gather(desk, plain.model_copy(update={"design": design})).earlier is None


@pytest.mark.parametrize("thin", [8, 9])
def test_weeks_that_lack_what_is_counted_carry_no_value(thin):
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2026-01-01"))
    ones, counted = np.ones(len(days)), np.full(len(days), 10.0)
    hole = slice(200, 200 + 7 * thin + 7)
    counted[hole] = 2.0
    kept = since_whole(Series("wait", days, 5 * ones, ones), [counted]).denominator
    assert kept[hole][7:-7].sum() == 0 and kept[-400:].all()
    assert kept[:190].any() == (thin < 9) and len(days) > LEAST_DAYS
