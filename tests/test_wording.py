"""Numbers into words."""

from datetime import date

import pytest

from cs_lib import wording as w
from cs_lib.quantity import Quantity
from cs_lib.results import Effect

MINUS, NARROW = "\u2212", "\u202f"


def effect(value, low, high, control=0.243):
    return Effect("m", "v", control, control + value, value, low, high, 0.01, 100, "test")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0213, "share", "+2.1 points"),
        (-0.0213, "share", f"{MINUS}2.1 points"),
        (0.0021, "share", "+0.21 points"),
        (0.0, "share", "0 points"),
        (-3.1, "money", f"{MINUS}¥3.10"),
        (1234.5, "money", "+¥1,234.50"),
        (12345.6, "money", "+¥12,346"),
        (-3.14159, "hours", f"{MINUS}3.1 hours"),
        (123.4, "minutes", "+123 minutes"),
        (12.0, "per_1000", "+12.0 per 1,000 orders"),
        (0.25, "count", "+0.25"),
    ],
)
def test_a_change_carries_its_sign_and_unit(value, unit, text):
    assert w.change(value, Quantity(unit, "CNY")) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.243, "share", f"24.3{NARROW}%"),
        (0.0057, "share", f"0.57{NARROW}%"),
        (12.4, "money", "¥12.40"),
        (30.04, "hours", "30.0 hours"),
        (182.4, "per_1000", "182 per 1,000 orders"),
    ],
)
def test_a_level_is_rounded_by_meaning(value, unit, text):
    assert w.level(value, Quantity(unit, "CNY")) == text


def test_a_value_that_rounds_to_zero_has_no_sign():
    assert w.plain(-0.001, 1, signed=True) == "0.0"


def test_what_is_not_a_number_is_a_dash():
    assert (w.plain(float("nan"), 1), w.pvalue(float("nan"))) == ("–", "–")


def test_both_ends_of_an_interval_have_the_same_digits():
    assert w.interval(-0.0015, 0.0981, "share") == f"{MINUS}0.1 to +9.8 points"


def test_two_levels_of_one_metric_are_shown_to_the_same_digit():
    assert w.from_to(0.0057, 0.0125, "share") == f"from 0.57{NARROW}% to 1.25{NARROW}%"
    assert w.from_to(29.6, 21.55, "hours") == "from 29.6 to 21.6 hours"


@pytest.mark.parametrize(
    ("value", "text"), [(1e-9, "< 0.001"), (0.0314, "0.031"), (0.4567, "0.46"), (0.001, "0.001")]
)
def test_a_p_value_is_never_written_with_an_exponent(value, text):
    assert w.pvalue(value) == text


def test_movement_is_claimed_only_when_the_interval_leaves_out_zero():
    assert "up 6.5 points, from 24.3" in w.moved("Buys", effect(0.065, 0.03, 0.1), "share")
    assert "no clear difference" in w.moved("Buys", effect(0.065, -0.01, 0.14), "share")
    assert "down 6.5 points" in w.moved("Buys", effect(-0.065, -0.1, -0.03), "share")


def test_dates_and_periods_read_as_spoken():
    assert w.days(date(2026, 4, 1), date(2026, 6, 30)) == "1 April to 30 June 2026"
    assert w.days(date(2025, 12, 1), date(2026, 1, 2)) == "1 December 2025 to 2 January 2026"


def test_confidence_levels_lose_needless_digits():
    assert w.confidence(0.05) == f"95{NARROW}%"
    assert w.confidence(0.05 / 3) == f"98.3{NARROW}%"


def test_lists_counts_and_sentences_read_as_spoken():
    assert w.listed(["a", "b", "c"]) == "a, b and c"
    assert (w.counted(1, "day"), w.counted(1200, "day")) == ("1 day", "1,200 days")
    assert (w.sentence("done"), w.sentence("Why?")) == ("Done.", "Why?")
