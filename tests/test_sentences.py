"""Sentences that are not said yet: the same record in every language, never said too early."""

import inspect
import json
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from cs_lib import sentences as w
from cs_lib import wording
from cs_lib.language import say as said_at_once
from cs_lib.language import speaking
from cs_lib.quantity import Quantity
from cs_lib.results import plain
from cs_lib.sentences import Called, Method, Sentence, Spoken, first, restored, say, stored


def test_a_sentence_is_said_in_the_language_of_its_reader():
    words = say("In doubt: {named}.", named=w.counted(3, "team"))
    assert str(words) == "In doubt: 3 teams."
    with speaking("zh"):
        assert str(words) == "存疑：3 个团队。"
    assert str(words) == "In doubt: 3 teams."


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


CSAT = Called("csat", say("Satisfied answers"))
CHANGED = SimpleNamespace(
    control=0.3, treatment=0.25, effect=-0.05, effect_ci_low=-0.08, effect_ci_high=-0.02, alpha=0.05
)
EVERY_KIND = {
    "bracketed": w.bracketed(CSAT, w.count(1200)),
    "capital": w.capital(say("no upper end")),
    "change": w.change(-3.1, Quantity("money", "CNY")),
    "confidence": w.confidence(0.05),
    "count": w.count(np.int64(9614)),
    "counted": w.counted(3, "team"),
    "day": w.day(date(2026, 6, 30)),
    "days": w.days(date(2026, 4, 1), date(2026, 6, 30)),
    "ends": w.ends(-13.4, -3.9, "per_1000"),
    "from_to": w.from_to(0.3, np.float64(0.25), "share"),
    "instead_of": w.instead_of(21.6, 29.6, "hours", expected=True),
    "interval": w.interval(float("-inf"), 0.05, "share", signed=False),
    "joined": w.joined("; ", [say("day"), say("segment")]),
    "labelled": w.labelled(CSAT, say("unknown")),
    "level": w.level(24.31, "hours"),
    "listed": w.listed([w.name("need_code"), w.quoted("c"), "d"]),
    "lower": w.lower("STOP"),
    "month_name": w.month_name(date(2026, 1, 2)),
    "moved": w.moved(CSAT, CHANGED, Quantity("share")),
    "name": w.name("need_code"),
    "number": w.number(-0.031, "share", signed=True),
    "percent": w.percent(0.5, places=0),
    "plain": w.plain(3.25, 1, signed=True),
    "quoted": w.quoted(say("day")),
    "rough": w.rough(151_000.0, "CNY"),
    "rough_ends": w.rough_ends(51_600.0, 252_000.0, "CNY"),
    "sentence": w.sentence(say("unknown")),
    "separated": w.separated([say("day"), say("channel")]),
    "significant": w.significant(0.2215),
    "size": w.size(-0.05, "share"),
    "small": w.small(say("Ship")),
    "spaced": w.spaced("12", say("unknown")),
    "stated": w.stated(0.0004),
    "table": w.table("perk_assignments"),
    "together": w.together("", say("Ship"), say("Stop")),
    "without_stop": w.without_stop(say("One.")),
    "verdict": w.verdict("no_clear_change"),
}
OTHERS = {
    "sentence": say("In doubt: {named}.", named=w.counted(3, "team")),
    "called": CSAT,
    "method": Method("benjamini_hochberg", Method("welch_t")),
    "method with parts": Method("its_by_day", parts=(("scale", Sentence(", log scale")),)),
    "text": "as it stands",
}


@pytest.mark.parametrize("words", [*EVERY_KIND.values(), *OTHERS.values()])
def test_words_come_back_from_a_file_in_every_language(words):
    back = restored(json.loads(json.dumps(stored(words), allow_nan=False)))
    for language in ("en", "zh"):
        with speaking(language):
            assert str(back) == str(words) != ""
    assert w.messages(back) == w.messages(words)


def test_every_way_of_speaking_can_be_stored_and_no_other_is_restored():
    made = {
        name
        for name, function in inspect.getmembers(w, inspect.isfunction)
        if inspect.signature(function).return_annotation in ("Spoken", Spoken)
    }
    later = {spoken.how for spoken in EVERY_KIND.values()}
    assert set(EVERY_KIND) == later == w.SPEAKERS
    assert made <= w.SPEAKERS
    assert all(callable(getattr(wording, how)) for how in w.SPEAKERS)


@pytest.mark.parametrize(
    "data",
    [
        {"how": "Iterable", "args": [], "options": {}},
        {"how": "__import__", "args": ["os"], "options": {}},
        {"how": "day", "args": ["no day"], "options": {}},
        {"how": "listed", "args": [], "options": {}},
        {"say": "{n} studies", "parts": {"m": 1}},
        {"say": "{n.real} studies", "parts": {"n": 1}},
        {"say": "{n[0]} studies", "parts": {"n": [1]}},
        {"method": "no_method", "of": None, "parts": {}},
        {"moved": [1, 2]},
        {"unit": "share", "currency": ""},
        {"of another": "version"},
        ["a", "b"],
        12,
        None,
        "",
    ],
)
def test_what_cannot_be_said_any_more_falls_back_to_the_sentence(data):
    assert restored(data, "Up 6") == "Up 6"


def test_words_name_their_messages():
    words = w.together(say("Ship"), w.labelled(CSAT, "own"), Method("welch_t"))
    assert w.messages(words) == {"Ship", "Satisfied answers", "Welch t"}
