"""A map of topics: planted themes found, noise hidden, the same on any threads, stable as measured on real texts."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.topics.tokens import words_of
from cs_lib.methods.topics.topic_map import topic_map

THEMES = {
    "warranty": [
        "warranty",
        "extended",
        "expired",
        "card",
        "claim",
        "cover",
        "repair",
        "year",
        "seal",
        "registered",
    ],
    "parking": [
        "parking",
        "space",
        "bundled",
        "sale",
        "estate",
        "developer",
        "owner",
        "lease",
        "gate",
        "garage",
    ],
    "noise": [
        "noise",
        "night",
        "mixer",
        "plant",
        "dust",
        "trucks",
        "smell",
        "windows",
        "sleep",
        "road",
    ],
}


def texts(rng, each=100):
    """Texts of five words of one theme and one of all."""
    every = sorted({word for words in THEMES.values() for word in words})
    made = [
        [*rng.choice(words, 5, replace=False), rng.choice(every)]
        for words in THEMES.values()
        for _ in range(each)
    ]
    return [tuple(map(str, words)) for words in made]


def test_planted_themes_are_the_topics():
    found = topic_map(texts(np.random.default_rng(1)), sizes=(3,))
    assert (found.hidden, found.texts, len(found.topics)) == (0, 300, 3)
    for topic in found.topics:
        [theme] = [name for name, words in THEMES.items() if topic.terms[0] in words]
        assert len(set(topic.terms) & set(THEMES[theme])) >= 9 and topic.stability > 0.8
        assert 90 <= topic.texts <= 110
        first = 100 * list(THEMES).index(theme)
        assert all(first <= place < first + 100 for place in topic.typical[:3])
    assert found.mapped == sum(topic.texts for topic in found.topics)


def test_the_number_of_topics_is_the_largest_that_is_as_stable():
    found = topic_map(texts(np.random.default_rng(2)), sizes=(2, 3, 8))
    assert len(found.topics) + found.hidden == 3 and set(found.stability) == {2, 3, 8}
    assert found.stability[8] < found.stability[3]


def test_words_without_themes_have_no_stable_topic():
    rng = np.random.default_rng(3)
    noise = [tuple(f"w{i}" for i in rng.integers(0, 120, 6)) for _ in range(400)]
    found = topic_map(noise, sizes=(6,))
    assert found.hidden >= 5 and found.mapped < 200


def test_it_is_the_same_whatever_the_number_of_threads():
    made = texts(np.random.default_rng(4))
    with threadpool_limits(limits=1):
        one = topic_map(made, sizes=(3, 4))
    with threadpool_limits(limits=2):
        two = topic_map(made, sizes=(3, 4))
    assert repr(one) == repr(two) and "-0.0" not in repr(one)


def test_texts_without_words_belong_to_no_topic():
    made = texts(np.random.default_rng(5))
    found = topic_map([(), *made, ()], sizes=(3,))
    assert found.texts == 300 and all(0 not in topic.typical for topic in found.topics)


def test_what_cannot_be_mapped_is_said(monkeypatch):
    with pytest.raises(CannotEstimate, match="needs 200 texts with words, there are 1"):
        topic_map([("word",), ()])
    with pytest.raises(CannotEstimate, match="Too few words"):
        topic_map([(f"w{i}",) for i in range(300)])
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with pytest.raises(CannotEstimate, match="not installed"):
        topic_map([("word",)] * 300)


def test_half_of_the_words_of_real_topics_come_again(real_data):
    messages = pd.read_csv(real_data / "zh_citizen_messages.csv.gz")["topic"].fillna("")
    stop = ["问题", "反映", "咨询", "关于", "请求", "希望", "投诉", "建议", "街道", "小区"]
    found = topic_map(words_of(messages, stop=stop), sizes=(10,))
    assert found.stability[10] == pytest.approx(0.55, abs=0.07)
    assert any({"车位", "捆绑", "滨河"} <= set(topic.terms) for topic in found.topics)
    assert all(topic.stability >= 0.5 for topic in found.topics)
