"""Panels of teams by period: what contradicts itself is refused before it is read."""

from dataclasses import replace

import numpy as np
import pytest

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.panel import first_changed, require_complete, require_readable, without_gaps
from cs_lib.methods.errors import CannotEstimate

WEEKS = np.arange(np.datetime64("2026-01-05"), np.datetime64("2026-02-02"), 7)
PANEL = TeamPanel(
    "hours",
    np.array(["a", "b", "c"]),
    WEEKS,
    np.arange(12.0).reshape(3, 4),
    np.ones((3, 4)),
    np.array([WEEKS[2], "NaT", WEEKS[0]], dtype="datetime64[D]"),
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"value": np.ones((3, 3))}, "do not fit together"),
        ({"teams": np.array(["a", "a", "c"])}, "a team is there twice"),
        ({"periods": WEEKS[::-1]}, "in order and of one length"),
        ({"periods": WEEKS + np.array([0, 0, 0, 3])}, "in order and of one length"),
        ({"weight": -np.ones((3, 4))}, "negative number of cases"),
        (
            {"start": np.array(["2026-01-06"] * 3, dtype="datetime64[D]")},
            "not the start of a period",
        ),
    ],
)
def test_a_panel_that_contradicts_itself_is_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        require_readable(replace(PANEL, **changes))


def test_months_are_periods_of_one_length():
    months = np.array(
        ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"], dtype="datetime64[D]"
    )
    require_readable(
        replace(PANEL, periods=months, start=np.array(["NaT"] * 3, dtype="datetime64[D]"))
    )


def test_weeks_may_be_left_out_between_others():
    weeks = WEEKS + np.array([0, 0, 14, 14])
    start = np.array([weeks[2], "NaT", weeks[0]], dtype="datetime64[D]")
    holed = replace(PANEL, periods=weeks, start=start)
    require_readable(holed)
    assert first_changed(holed).tolist() == [2, 4, 0]


def test_a_team_without_cases_in_a_week_is_named_or_left_out():
    weight = PANEL.weight.copy()
    weight[1, 2] = 0
    holed = replace(PANEL, weight=weight)
    with pytest.raises(CannotEstimate, match="team b has no cases in 1 of 4 periods"):
        require_complete(holed)
    whole, dropped = without_gaps(holed)
    assert whole.teams.tolist() == ["a", "c"] and dropped == ("b",)


def test_a_team_never_changed_has_its_first_period_behind_the_last():
    assert first_changed(PANEL).tolist() == [2, 4, 0]
