"""What is said of a metric that moves: for every metric, in its own direction."""

import re
from dataclasses import replace

import pytest

from cs_lib.language import speaking
from cs_lib.metrics import moves
from cs_lib.metrics.catalogue import BUILT_IN, COVARIATES, in_currency
from tests.experiment.effects import effect

# Covariates are known before the assignment: nothing moves them.
MOVING = in_currency([name for name in BUILT_IN if name not in COVARIATES], "CNY")
UP = re.compile(r"\b(?:more|longer|higher)\b")
DOWN = re.compile(r"\b(?:less|fewer|lower|sooner)\b")
# Clauses that speak of gain and loss in words of their own.
OF_MONEY = {name for name in MOVING if name.startswith("net_value_")}
# More of the bot contacts that reach no person: the loss is told by those that stay.
HARM_UP = re.compile(r"\b(?:more|longer|dearer|takes longer)\b")
HARM_DOWN = re.compile(r"\b(?:less|fewer|loss)\b")


@pytest.mark.parametrize("name", MOVING)
def test_every_metric_has_clauses_of_its_own_in_both_languages(name):
    assert moves.move_of(MOVING[name]) is not moves.OTHERS
    for value in (0.2, -0.2):
        with speaking("zh"):
            assert not re.search(r"[A-Za-z]{2}", str(moves.moved(MOVING[name], value)))
            assert not re.search(r"[A-Za-z]{2}", str(moves.worse(MOVING[name])))


@pytest.mark.parametrize("name", sorted(set(MOVING) - OF_MONEY))
def test_a_clause_says_the_direction_in_which_the_metric_moved(name):
    up, down = (str(moves.moved(MOVING[name], value)) for value in (0.2, -0.2))
    assert UP.search(up) and not DOWN.search(up)
    assert DOWN.search(down) and not UP.search(down.replace("more than", ""))


@pytest.mark.parametrize("name", MOVING)
def test_the_harm_that_is_not_ruled_out_is_the_bad_direction(name):
    harm = str(moves.worse(MOVING[name]))
    bad = HARM_UP if MOVING[name].good == "down" else HARM_DOWN
    assert bad.search(harm) and not re.search(r"\d+\.\d", harm)


def test_net_value_speaks_of_gain_and_of_loss():
    net = MOVING["net_value_60d"]
    assert str(moves.moved(net, 3.1)).endswith("brings in ¥3.10 more than it costs")
    assert str(moves.moved(net, -3.1)).endswith("costs ¥3.10 more than they bring in")


def test_a_metric_without_clauses_is_told_by_its_label():
    own = replace(MOVING["handoffs"], name="own_metric", title="Own metric")
    assert str(moves.moved(own, -0.5)) == "“Own metric” is 0.50 lower"
    assert str(moves.worse(own)) == "a worse “Own metric”"


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (0.065, 0.03, 0.1, "3.0 to 10.0 points"),
        (-0.065, -0.1, -0.03, "3.0 to 10.0 points"),
        (0.02, -0.01, 0.05, "−1.0 to +5.0 points"),
        (0.02, 0.01, float("inf"), "+1.0 to – points"),
    ],
)
def test_an_interval_carries_the_sign_of_its_sentence(value, low, high, said):
    metric = MOVING["repurchase_60d"]
    assert str(moves.span(effect(value, low, high), metric)) == said


def test_no_change_is_claimed_of_an_interval_that_holds_zero():
    metric = MOVING["repurchase_60d"]
    open_, clear = (str(moves.found(effect(0.05, low, 0.1), metric)) for low in (-0.01, 0.01))
    assert open_.startswith("Buy again within 60 days: no clear difference (95")
    assert clear.startswith("5.0 points more customers buy again within 60 days: 30.0")
    assert "instead of the expected" in str(
        moves.found(effect(0.05, 0.01, 0.1), metric, expected=True)
    )
