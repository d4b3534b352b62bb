"""A refusal becomes a value or a reason in one place."""

import pytest

from cs_lib.methods.errors import CannotEstimate, NotEnoughData, or_else, or_none, tried, tried_each
from cs_lib.sentences import say


def refuse():
    raise CannotEstimate(say("Too few periods for the number of terms in the model."))


def test_tried_gives_the_value_and_no_reason():
    assert tried(lambda: 3) == (3, "")


def test_tried_gives_the_reason_of_a_refusal():
    value, reason = tried(refuse)
    assert value is None and str(reason).startswith("Too few periods")


def test_tried_takes_other_errors_for_nothing_only_when_told():
    assert tried(lambda: {}["a"], KeyError) == (None, "")
    with pytest.raises(KeyError):
        tried(lambda: {}["a"])


def test_or_none_keeps_what_there_is():
    assert or_none(lambda: 3) == 3 and or_none(refuse) is None


def test_or_else_keeps_zero_and_stands_in_only_for_a_refusal():
    assert or_else(9.0, lambda: 0.0) == 0.0 and or_else(9.0, refuse) == 9.0


def test_tried_each_keeps_the_order_and_tells_values_from_reasons():
    def by(key):
        return refuse() if key == "b" else {"c": 0, "a": 2}[key]

    values, reasons = tried_each("cbad", by, KeyError)
    assert list(values.items()) == [("c", 0), ("a", 2)]
    assert list(reasons) == ["b", "d"] and reasons["d"] == ""
    assert str(reasons["b"]).startswith("Too few periods")


def test_a_refusal_with_numbers_is_caught_like_any_other():
    def few():
        raise NotEnoughData(say("Too few."), n_pre=3, n_post=4, needed=28)

    assert str(tried(few)[1]) == "Too few."
