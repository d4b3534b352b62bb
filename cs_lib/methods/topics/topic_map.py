"""A map of what texts are about, which says of every topic whether two halves of the texts show the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.topics.tokens import not_installed
from cs_lib.sentences import say

Floats = NDArray[np.float64]

TERMS = 10  # of a topic, by which it is told and compared
SIZES = (6, 8, 10, 12)  # numbers of topics tried
SPLITS = 5  # into two halves
STABLE = 0.5  # share of a topic's words that two halves must have in common
NEAR = 0.05  # of the most stable number of topics: a larger number as stable as that says more
LEAST_TEXTS = 200  # with words
LEAST_HOLDING = 5  # texts that hold a word, for it to tell a topic
DIGITS = 6  # beyond them a result may change with the number of threads


@dataclass(frozen=True, slots=True)
class Topic:
    """Words that go together, strongest first.

    Attributes:
        terms: its ten strongest words.
        stability: the mean share of words that the topics nearest to it in two halves of the texts have in common.
        texts: those of which it is the strongest topic.
        typical: the places of the texts that have most of it, among those given.
    """

    terms: tuple[str, ...]
    stability: float
    texts: int
    typical: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TopicMap:
    """The topics that two halves of the texts agree on, most texts first.

    Attributes:
        topics: the stable ones.
        hidden: how many were not stable and are not shown.
        texts: texts with words; `mapped` are those whose strongest topic is shown.
        stability: the mean stability of all topics by the number of topics, for each number tried.
    """

    topics: tuple[Topic, ...]
    hidden: int
    texts: int
    mapped: int
    stability: dict[int, float]


def topic_map(
    texts: Sequence[Sequence[str]], *, sizes: Sequence[int] = SIZES, seed: int = 1
) -> TopicMap:
    """Topics of texts, from their words: TF-IDF and non-negative matrix factorisation (Lee & Seung 1999).

    The texts are split into two halves five times. In each half a topic of all texts has a nearest one, by the ten
    strongest words; the share of words that these two have in common is the topic's stability. Of the numbers of
    topics the largest is taken whose mean stability is within .05 of the best, and topics under .5 are hidden. It is
    a map to read quotes by, and proves nothing.

    The libraries run on one thread inside, numbers are rounded to six digits and ties go by the words, so that the
    same texts give the same map whatever the number of threads.

    Args:
        texts: the words of each text; a text without words belongs to no topic.
        sizes: numbers of topics to try.
        seed: of the halves and of the factorisation.

    Raises:
        CannotEstimate: fewer than 200 texts with words, too few words for so many topics, or scikit-learn is missing.
    """
    kept = np.flatnonzero([len(words) > 0 for words in texts])
    if len(kept) < LEAST_TEXTS:
        raise CannotEstimate(
            say(
                "A map of topics needs {least} texts with words, there are {n}.",
                least=LEAST_TEXTS,
                n=len(kept),
            )
        )
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise not_installed() from None
    with threadpool_limits(limits=1):
        return _mapped([texts[int(i)] for i in kept], kept, sizes, seed)


def _mapped(
    texts: Sequence[Sequence[str]], places: NDArray[np.intp], sizes: Sequence[int], seed: int
) -> TopicMap:
    names, matrix = _weighted(texts)
    possible = [k for k in sizes if k < min(matrix.shape) // 2]
    if not possible:
        raise CannotEstimate(
            say("Too few words occur in {least} texts or more to tell topics.", least=LEAST_HOLDING)
        )
    halves = _halves(matrix.shape[0], seed)
    fits = {k: _factors(matrix, k, seed) for k in possible}
    again = {k: _stability(matrix, words, halves, seed) for k, (_, words) in fits.items()}
    mean_of = {k: _rounded(float(values.mean())) for k, values in again.items()}
    k = max(k for k, mean in mean_of.items() if mean >= max(mean_of.values()) - NEAR)
    topics = _topics(names, *fits[k], again[k], places)
    shown = sorted(
        (topic for topic in topics if topic.stability >= STABLE),
        key=lambda topic: (-topic.texts, topic.terms),
    )
    mapped = sum(topic.texts for topic in shown)
    return TopicMap(tuple(shown), len(topics) - len(shown), len(texts), mapped, mean_of)


def _weighted(texts: Sequence[Sequence[str]]) -> tuple[list[str], Any]:
    """The words that enough texts hold, in order, and the TF-IDF of each text."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(
        analyzer=_as_they_are, min_df=LEAST_HOLDING, max_df=0.5, sublinear_tf=True
    )
    try:
        matrix = vectors.fit_transform(texts)
    except ValueError:  # no word is left
        return [], np.zeros((len(texts), 0))
    return list(vectors.get_feature_names_out()), matrix


def _as_they_are(words: Sequence[str]) -> Sequence[str]:
    return words


def _factors(matrix: Any, k: int, seed: int) -> tuple[Floats, Floats]:
    """Topics of the texts, and words of the topics, rounded."""
    import warnings

    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    model = NMF(n_components=k, init="nndsvda", random_state=seed, max_iter=300, tol=1e-4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a map needs no last digit
        weights = model.fit_transform(matrix)
    return _rounded_all(weights), _rounded_all(model.components_)


def _halves(n: int, seed: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """The texts of both halves of each split, in order."""
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(n) for _ in range(SPLITS)]
    return [(np.sort(order[: n // 2]), np.sort(order[n // 2 :])) for order in orders]


def _stability(
    matrix: Any, words: Floats, halves: list[tuple[NDArray[np.intp], NDArray[np.intp]]], seed: int
) -> Floats:
    """For each topic the mean overlap of the topics that are nearest to it in two halves."""
    mine = [set(row) for row in _strongest(words)]
    found = np.zeros(len(mine))
    for pair in halves:
        sides = [
            [set(row) for row in _strongest(_factors(matrix[half], len(mine), seed)[1])]
            for half in pair
        ]
        for t, topic in enumerate(mine):
            one, other = (max(side, key=lambda b: len(topic & b)) for side in sides)
            found[t] += len(one & other) / TERMS
    return _rounded_all(found / len(halves))


def _strongest(words: Floats) -> list[list[int]]:
    """Places of the ten strongest words of each topic; words without weight are none of them."""
    order = np.argsort(-words, axis=1, kind="stable")[:, :TERMS]
    return [[int(i) for i in row if words[t, i] > 0] for t, row in enumerate(order)]


def _topics(
    names: Sequence[str],
    weights: Floats,
    words: Floats,
    again: Floats,
    places: NDArray[np.intp],
) -> list[Topic]:
    strongest = np.where(weights.max(axis=1) > 0, weights.argmax(axis=1), -1)
    found = []
    for t, row in enumerate(_strongest(words)):
        mine = np.flatnonzero(strongest == t)
        most = mine[np.argsort(-weights[mine, t], kind="stable")]
        typical = tuple(int(places[i]) for i in most)
        terms = tuple(names[i] for i in row)
        found.append(Topic(terms, float(again[t]), len(mine), typical))
    return found


def _rounded(value: float) -> float:
    return float(_rounded_all(np.array(value)))


def _rounded_all(values: Floats) -> Floats:
    """Rounded, and no negative zero."""
    return np.asarray(np.round(values, DIGITS) + 0.0)
