"""Weeks that end with a period, and where rows begin."""

from datetime import date, timedelta

import numpy as np
import pytest

from cs_lib.metrics.queries.scorecard.weeks import beginning, whole_weeks

END = date(2026, 2, 28)


def test_weeks_are_counted_from_the_end_and_a_first_part_is_left_out():
    weeks = whole_weeks(date(2026, 2, 3), END)
    assert (weeks.first, weeks.number, weeks.end) == (date(2026, 2, 8), 3, END)
    days = np.array(["2026-02-07", "2026-02-08", "2026-02-28", "2026-03-01"], dtype="M8[D]")
    assert weeks.place(days).tolist() == [-1, 0, 2, 3]
    with pytest.raises(ValueError, match="less than a week"):
        whole_weeks(date(2026, 2, 23), END)


def test_single_rows_long_before_the_others_are_no_beginning():
    days = {END - timedelta(days=i): 5 for i in range(60)}
    first = min(days)
    assert beginning(days, END) == first
    strays = {date(2024, 5, 1): 1, date(2025, 1, 1): 1}
    assert beginning(days | strays, END) == first
    # Rows after the period say nothing of where they begin, and a quiet start is one.
    assert beginning({END + timedelta(days=1): 9}, END) is None
    assert beginning(days | {first - timedelta(days=5): 4}, END) == first - timedelta(days=5)
