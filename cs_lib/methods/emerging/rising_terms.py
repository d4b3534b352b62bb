"""Words that occur in more texts than before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cs_lib.methods.ab.multiplicity import benjamini_hochberg

RECENT, BEFORE = 8, 26  # weeks compared
LEAST = 6  # texts of both periods that hold a word, for it to be tested


@dataclass(frozen=True, slots=True)
class RisingTerm:
    """A word, the texts that hold it recently and before, and its tests."""

    term: str
    recent: int
    before: int
    pvalue: float
    qvalue: float


def rising_terms(
    terms: Sequence[str],
    recent: ArrayLike,
    before: ArrayLike,
    texts: tuple[int, int],
    *,
    rate: float = 0.10,
    least: int = LEAST,
) -> tuple[RisingTerm, ...]:
    """The words that rose, surest first.

    Given how many texts of both periods hold a word, those of the recent period are hypergeometric when nothing rose
    (Fisher's exact test, one-sided); Benjamini-Hochberg over all words that are in at least `least` texts.

    Args:
        terms: the words.
        recent, before: texts that hold each, in the two periods.
        texts: all texts of the two periods, recent first.
        rate: false discoveries allowed among what is found, as a share.
    """
    from scipy.stats import hypergeom

    now, then = np.asarray(recent, dtype=np.int64), np.asarray(before, dtype=np.int64)
    tested = np.flatnonzero(now + then >= least)
    if not len(tested):
        return ()
    now, then = now[tested], then[tested]
    # Beyond rounding a tail is a probability.
    pvalues = np.clip(hypergeom.sf(now - 1, sum(texts), now + then, texts[0]), 0.0, 1.0)
    qvalues = benjamini_hochberg(pvalues)
    found = [
        RisingTerm(terms[int(place)], int(a), int(b), float(p), float(q))
        for place, a, b, p, q in zip(tested, now, then, pvalues, qvalues, strict=True)
        if q <= rate
    ]
    return tuple(sorted(found, key=lambda one: (one.pvalue, -one.recent, one.term)))


def holding(
    words: Sequence[Sequence[str]], counts: Sequence[int], recent: Sequence[bool]
) -> tuple[list[str], list[int], list[int], tuple[int, int]]:
    """The words of texts, in order, and how many texts hold each: what `rising_terms` reads.

    Args:
        words: of each text.
        counts: how often each was written.
        recent: whether in the recent period.
    """
    now, then = Counter[str](), Counter[str]()
    total = [0, 0]
    for text, n, late in zip(words, counts, recent, strict=True):
        side = now if late else then
        total[0 if late else 1] += n
        for word in set(text):
            side[word] += n
    terms = sorted({*now, *then})
    return terms, [now[t] for t in terms], [then[t] for t in terms], (total[0], total[1])
