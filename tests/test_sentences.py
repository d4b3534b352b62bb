"""Sentences that are not said yet: the same record in every language, never said too early."""

from datetime import date

import pytest

from cs_lib import sentences as w
from cs_lib import wording
from cs_lib.language import say as said_at_once
from cs_lib.language import speaking
from cs_lib.quantity import Quantity
from cs_lib.results import plain
from cs_lib.sentences import Called, Method, Sentence, first, say


def test_a_sentence_is_said_in_the_language_of_its_reader():
    words = say("In doubt: {named}.", named=w.counted(3, "check"))
    assert str(words) == "In doubt: 3 checks."
    with speaking("zh"):
        assert str(words) == "存疑：3 项检查。"
    assert str(words) == "In doubt: 3 checks."


def test_words_in_an_f_string_are_refused():
    with pytest.raises(TypeError, match="said too early"):
        _ = f"So: {say('Ship')}"


def test_at_the_edge_words_fill_the_gaps_of_what_is_said_at_once():
    assert said_at_once("{because} The others: {others}.", because=say("Ship"), others="none") == (
        "Ship The others: none."
    )


@pytest.mark.parametrize(
    ("later", "now"),
    [
        (w.percent(0.5, places=0), wording.percent(0.5, places=0)),
        (w.day(date(2026, 6, 30)), "30 June 2026"),
        (w.change(-3.1, Quantity("money", "CNY")), "−¥3.10"),
        (w.listed([w.name("a_b"), w.quoted("c")]), "a b and “c”"),
        (w.together(say("One."), "", say("Two.")), "One. Two."),
        (w.bracketed("coupon", w.count(1200)), "coupon (1,200)"),
        (w.sentence(w.labelled("coupon", w.lower("STOP"))), "Coupon: stop."),
    ],
)
def test_spoken_words_are_those_of_wording(later, now):
    assert str(later) == now


def test_machines_get_numbers_codes_and_days_in_place_of_words():
    words = say(
        "{label}: {effect} ({low}) by {by}",
        label=Called("csat", say("Satisfied answers")),
        effect=w.change(0.031, "share"),
        low=w.interval(0.01, 0.05, "share"),
        by=w.listed([w.name("need_code"), w.day(date(2026, 1, 2))]),
    )
    assert plain(words) == {
        "label": "csat",
        "effect": 0.031,
        "low": [0.01, 0.05],
        "by": ["need_code", "2026-01-02"],
    }


def test_equal_facts_are_equal_words():
    assert say("{n} in all", n=w.count(3)) == say("{n} in all", n=w.count(3))
    assert say("{n} in all", n=w.count(3)) != say("{n} in all", n=w.count(4))


def test_a_sentence_takes_other_words_for_its_gaps_and_codes():
    refusal = say("{metric} has the same value for every {unit}.", metric="csat", unit=say("unit"))
    told = refusal.with_words({"unit": say("customer")}, {"csat": say("Satisfied answers")})
    assert str(told) == "Satisfied answers has the same value for every customer."


def test_the_first_of_several_sentences_stands_for_them_in_lists():
    assert str(first(w.together("", w.together(say("One."), say("Two.")), say("Three.")))) == "One."
    assert str(first(say("Alone."))) == "Alone."


def test_a_method_is_a_path_of_codes_and_a_title():
    found = Method("benjamini_hochberg", Method("welch_t"))
    assert found.path == plain(found) == "welch_t/benjamini_hochberg"
    assert str(found) == "Welch t; Benjamini-Hochberg"
    assert str(Method("its_by_day", parts=(("scale", Sentence(", log scale")),))).startswith(
        "Interrupted time series by day, log scale"
    )
