"""A series by weeks: whole ones, none across a switch, outliers at the edge with their number."""

import re
from dataclasses import replace

import numpy as np
import pytest

from cs_lib.report import before_after
from cs_lib.report.before_after.by_week import by_week
from tests.report.drawing.test_waterfall import seen


@pytest.fixture(scope="module")
def result():
    """A study read by days."""
    found = seen("faster_routing")[2]
    assert found.change.unit == "day"
    return found


def test_no_week_straddles_a_switch_and_each_is_the_mean_of_its_days(result):
    change, switch = result.change, np.datetime64(result.study.design.intervention_date)
    weeks = by_week(change, [switch])
    apart = (weeks.start - switch).astype(int)
    assert set(apart % 7) == {0} and set(np.diff(apart)) == {7}
    assert (apart == 0).sum() == 1
    i = len(apart) - 2
    days = (change.start >= weeks.start[i]) & (change.start < weeks.start[i] + 7) & change.used
    assert weeks.observed[i] == pytest.approx(np.nanmean(change.observed[days]))
    assert weeks.fitted[i] == pytest.approx(change.fitted[days].mean())


def test_a_week_cut_off_by_a_second_switch_is_left_out(result):
    first = np.datetime64(result.study.design.intervention_date)
    weeks = by_week(result.change, [first, first + 10])
    after = [int(d) for d in (weeks.start - first).astype(int) if d >= 0]
    assert after[:3] == [0, 10, 17]  # The three days from 7 to 9 make no week.


def test_a_week_with_few_days_in_use_has_no_dot(result):
    change, switch = result.change, np.datetime64(result.study.design.intervention_date)
    used = change.used.copy()
    used[(change.start >= switch + 14) & (change.start < switch + 18)] = False
    weeks = by_week(replace(change, used=used), [switch])
    at = int(np.flatnonzero(weeks.start == switch + 14)[0])
    assert not weeks.used[at] and np.isnan(weeks.observed[at]) and np.isfinite(weeks.fitted[at])


def test_a_study_by_weeks_is_drawn_as_it_is():
    change = seen("routing_and_chat")[2].change
    assert change.unit == "week"
    assert by_week(change, []).observed is change.observed


@pytest.mark.parametrize("drawing", ["wide", "narrow"])
def test_a_value_far_out_does_not_set_the_scale_and_is_named(result, drawing):
    change, switch = result.change, np.datetime64(result.study.design.intervention_date)
    observed = change.observed.copy()
    observed[(change.start >= switch - 70) & (change.start < switch - 63)] = 900.0
    found = replace(result.found, read=replace(change, observed=observed))
    figure = before_after.series(replace(result, found=found))
    words = re.findall(r"<text[^>]*>([^<]*)</text>", getattr(figure, drawing))
    numbers = [float(w) for w in words if re.fullmatch(r"\d+(\.\d+)?", w)]
    assert "900" in words
    assert max(n for n in numbers if n not in (900, 2026)) < 100


@pytest.mark.parametrize("drawing", ["wide", "narrow"])
def test_both_lines_are_named_in_both_drawings(result, drawing):
    words = re.sub(r"<[^>]+>", " ", getattr(before_after.series(result), drawing))
    assert "with the change" in words and re.search(r"expected\s+without\s+the\s+change", words)
