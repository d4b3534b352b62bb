"""Figures of a perk test: the looks against the line that decides, several variants side by side."""

import pytest

from cs_lib.report import perk_ab_test
from cs_lib.report.note import Note
from tests.report.drawing.test_waterfall import seen


def test_looks_that_crossed_without_deciding_say_why():
    figure = perk_ab_test.looks(seen("coupon_with_looks")[2])
    assert figure.title == "Look 4 of 4 decides"
    why = "Looks 2 and 3 showed a gain, but it could still have been under 2.0 points."
    assert figure.caption.startswith(why)
    assert "decides" in figure.wide and "2.0 points worth acting on" in figure.narrow


def test_a_test_without_end_says_since_when_there_is_a_gain_and_why_it_runs_on():
    result = seen("coupon_without_end")[2]
    figure = perk_ab_test.looks(result)
    lows = figure.data.effect_ci_low
    first = int((lows > 0).to_numpy().argmax()) + 1
    assert 0 < lows.iloc[-1] < 0.02
    assert f"Since look {first} there is a gain, but it may still be under 2.0 points." in (
        figure.caption
    )


@pytest.mark.parametrize("figure", ["behaviour", "net_value"])
def test_one_variant_alone_is_on_the_cards_and_needs_no_figure(figure):
    made = getattr(perk_ab_test, figure)
    alone = made(seen("coupon_with_looks")[2])
    assert isinstance(alone, Note) and alone.kind == "unasked"
    assert len(made(seen("three_perks")[2]).data) == 3


@pytest.mark.parametrize("name", ["three_perks", "coupon_with_looks", "coupon_without_end"])
def test_captions_are_short_and_the_rest_is_folded(name):
    result = seen(name)[2]
    made = [getattr(perk_ab_test, f)(result) for f in ("money_steps", "looks", "over_time")]
    for figure in (f for f in made if not isinstance(f, Note)):
        assert len(figure.caption.split()) <= 30
        assert figure.more and figure.more not in figure.caption
        folded = figure.html().split('<details class="about">')[1]
        assert "About this figure" in folded


def test_money_on_an_axis_is_named_as_its_readers_write_it():
    from cs_lib.language import speaking

    result = seen("coupon_with_looks")[2]
    assert "¥ per offered customer" in perk_ab_test.money_steps(result).wide
    with speaking("zh"):
        drawn = perk_ab_test.money_steps(result).wide
    assert "元" in drawn and "CNY" not in drawn
