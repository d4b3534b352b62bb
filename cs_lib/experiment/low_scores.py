"""Were low scores left out on one of two sides? Then fewer of them are there, and of the others as many as ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

# So much of the low scores is gone, by so many standard errors; the others moved by so little of what is gone. Whoever
# became content gives a higher score instead of a low one.
LEAST_GONE, LEAST_ERRORS, MOST_MOVED = 0.4, 4.0, 0.25
MOST_OF_OTHERS = 0.15  # of the others: where fewer answer whatever they think, these are fewer too


@dataclass(frozen=True, slots=True)
class Lost:
    """Scores up to `most` that are missing on a side (0 or 1), with their shares of those asked on both sides."""

    side: int
    most: float
    shares: tuple[float, float]


def low_scores_lost(
    given: tuple[Mapping[float, int], Mapping[float, int]], asked: tuple[float, float]
) -> Lost | None:
    """The low scores that are missing on a side, by how often each was given and how many could have given one.

    Of several cuts the one with most standard errors.
    """
    if not all(asked):
        return None
    scores = sorted({*given[0], *given[1]})
    found: dict[float, Lost] = {}
    for cut in scores[:-1]:
        low = [sum(n for score, n in side.items() if score <= cut) for side in given]
        high = [sum(n for score, n in side.items() if score > cut) for side in given]
        rates = [n / of for n, of in zip(low, asked, strict=True)]
        rest = [n / of for n, of in zip(high, asked, strict=True)]
        side = 0 if rates[0] < rates[1] else 1
        gone = rates[1 - side] - rates[side]
        error = sqrt(sum(n / of**2 for n, of in zip(low, asked, strict=True)))
        few = gone >= LEAST_GONE * rates[1 - side] and gone >= LEAST_ERRORS * error > 0
        most = min(MOST_MOVED * gone, MOST_OF_OTHERS * rest[1 - side])
        if few and abs(rest[side] - rest[1 - side]) <= most:
            found[gone / error] = Lost(side, cut, (rates[0], rates[1]))
    return found[max(found)] if found else None
