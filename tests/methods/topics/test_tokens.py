"""Words of texts: with blanks, in Chinese, mixed; and the real set's words that are no sentences."""

from __future__ import annotations

import sys

import pandas as pd
import pytest

from cs_lib.methods.emerging.rising_terms import BEFORE, RECENT, rising_terms
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.topics import tokens
from cs_lib.methods.topics.tokens import words_of


def test_english_words_are_small_and_numbers_and_codes_are_none():
    texts = ["My app CRASHES, v2.1 on A7 - can't log in 20260105!", "", "Naïve café"]
    assert words_of(texts, stop=["My"]) == [
        ("app", "crashes", "can't", "log"),
        (),
        ("naïve", "café"),
    ]


def test_chinese_is_cut_into_words_and_a_placeholder_is_none():
    [found] = words_of(["A7县暮云街道的车位捆绑销售 app闪退 20190101"], stop=["街道"])
    assert found == ("暮云", "车位", "捆绑", "销售", "app", "闪退")


def test_words_of_ones_own_are_not_cut():
    assert words_of(["云悦达坏了"]) == [("悦达",)]
    assert words_of(["云悦达坏了"], known=["云悦达"]) == [("云悦达",)]


def test_without_the_library_it_says_so_for_chinese_and_cuts_english(monkeypatch):
    tokens._chinese.cache_clear()
    monkeypatch.setitem(sys.modules, "rjieba", None)
    assert words_of(["late parcel"]) == [("late", "parcel")]
    with pytest.raises(CannotEstimate, match="not installed"):
        words_of(["包裹晚了"])


@pytest.fixture
def messages(real_data):
    found = pd.read_csv(real_data / "zh_citizen_messages.csv.gz", parse_dates=["created_at"])
    week = (found["created_at"] - found["created_at"].min()) // pd.Timedelta(days=7)
    return found.assign(week=week, topic=found["topic"].fillna(""))


def rising(messages, week):
    """What rose in the eight weeks to a week against the 26 before."""
    late = messages["week"].between(week - RECENT + 1, week)
    early = messages["week"].between(week - RECENT - BEFORE + 1, week - RECENT)
    holding = [
        pd.Series([w for words in words_of(messages["topic"][rows]) for w in set(words)])
        for rows in (late, early)
    ]
    now, then = (words.value_counts() for words in holding)
    terms = sorted({*now.index, *then.index})
    counts = (side.reindex(terms, fill_value=0) for side in (now, then))
    return {one.term: one for one in rising_terms(terms, *counts, (late.sum(), early.sum()))}


@pytest.mark.parametrize(
    ("week", "hot"),
    [
        (116, {"捆绑": (35, 1), "景园": (40, 3), "滨河": (41, 2)}),
        (132, {"搅拌站": (31, 0), "丽发": (20, 1)}),
    ],
)
def test_the_hot_topics_of_real_messages_rise_with_their_counts(messages, week, hot):
    found = rising(messages, week)
    assert {term: (found[term].recent, found[term].before) for term in hot} == hot
    assert all(found[term].qvalue < 1e-6 for term in hot)


def test_blanks_do_not_part_real_chinese_messages(messages):
    """Splitting on blanks gives sentences, nearly all of which occur once; words recur."""
    by_blanks = messages["topic"].str.split().explode().value_counts()
    assert (by_blanks == 1).mean() > 0.9
    cut = pd.Series([w for words in words_of(messages["topic"]) for w in set(words)]).value_counts()
    assert (cut == 1).mean() < 0.7 and cut["噪音"] > 50
