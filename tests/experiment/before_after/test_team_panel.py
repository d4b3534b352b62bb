"""Weeks of teams, and rates per orders that every team is compared with itself in."""

from datetime import date

import numpy as np
import pytest

from cs_lib.aggregates import Series
from cs_lib.experiment.before_after.team_panel import panel_of

MONDAY = date(2026, 3, 2)
WEEKS = 4  # two before, two after
DAYS = np.arange(np.datetime64("2026-02-16"), np.datetime64("2026-03-16"))


def rate(contacts, orders):
    """A rate per 1,000 orders from contacts and orders of whole weeks, all on the week's first day."""
    above, below = np.zeros((2, 7 * WEEKS))
    above[::7], below[::7] = 1000.0 * np.array(contacts), orders
    return Series("contact_rate", DAYS, above, below)


def test_every_team_is_compared_with_its_own_rate_before_at_the_level_of_the_changed():
    series = {
        "small": rate([20, 20, 10, 10], [100, 100, 100, 100]),  # 200 before, 100 after
        "large": rate([300, 500, 500, 300], [1000, 1000, 1000, 1000]),  # 400 before, 400 after
        "other": rate([30, 30, 60, 60], [300, 300, 300, 300]),  # doubles; not changed
    }
    days = {"small": MONDAY, "large": MONDAY, "other": None}
    panel = panel_of(series, days, origin=MONDAY, rate="own_orders")
    level = (200 + 400) / 2
    assert panel.value[0] == pytest.approx(level * np.array([1, 1, 0.5, 0.5]))
    assert panel.value[1] == pytest.approx(level * np.array([0.75, 1.25, 1.25, 0.75]))
    assert panel.value[2] == pytest.approx(level * np.array([1, 1, 2, 2]))
    assert panel_of(series, days, origin=MONDAY).value[0] == pytest.approx([200, 200, 100, 100])


def test_when_nobody_is_changed_all_weeks_and_teams_make_the_level():
    series = {"a": rate([20, 20, 20, 40], [100] * 4), "b": rate([50, 50, 50, 50], [100] * 4)}
    panel = panel_of(series, {}, origin=date(2026, 3, 16), rate="own_orders")
    assert panel.value[0] == pytest.approx(375 * np.array([0.8, 0.8, 0.8, 1.6]))
    assert panel.value[1] == pytest.approx(375)


def test_too_few_contacts_to_divide_by_make_a_gap():
    series = {"few": rate([14, 15, 20, 20], [100] * 4), "enough": rate([15, 15, 20, 20], [100] * 4)}
    panel = panel_of(series, {"enough": MONDAY}, origin=MONDAY, rate="own_orders")
    assert panel.weight[0].tolist() == [0, 0, 0, 0] and panel.weight[1].tolist() == [100] * 4


@pytest.mark.parametrize(("way", "weeks"), [("shared_orders", 3), ("own_orders", 4)])
def test_a_team_that_shares_the_orders_is_not_there_before_its_first_contact(way, weeks):
    series = {
        "late": rate([0, 40, 0, 40], [100] * 4),
        "there": rate([40, 40, 40, 40], [100] * 4),
    }
    panel = panel_of(series, {"there": MONDAY}, origin=MONDAY, rate=way)
    assert (panel.weight[0] > 0).sum() == weeks  # a week without contacts in between is a zero
    assert panel.value[0, 2] == 0


def test_a_late_team_is_compared_with_what_the_others_did_in_its_weeks():
    series = {
        "late": rate([0, 90, 90, 90], [100] * 4),  # founded in the high week before the change
        "there": rate([40, 120, 80, 80], [100] * 4),
    }
    panel = panel_of(series, {"there": MONDAY}, origin=MONDAY, rate="shared_orders")
    # The other team's second week is 1.5 times its mean before, so 90 there is a mean of 60.
    assert panel.value[1] == pytest.approx([400, 1200, 800, 800])
    assert panel.value[0, 1:] == pytest.approx(800 * 90 / 60)
