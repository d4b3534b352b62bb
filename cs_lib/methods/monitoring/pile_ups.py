"""Many times of one length: a timer ended them, nobody's work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]

# A timer runs in turns, so its times spread a little: a tenth of a day on each side.
HALF_DAYS = 0.1
# A pile holds this share of all times: less moves no figure.
LEAST_SHARE, LEAST_ROWS = 0.05, 20
# It stands out from its neighbours by this factor: rush hours and shifts make daily waves of two or three.
LEAST_FACTOR = 5.0
# Shorter times pile up near zero by themselves.
LEAST_DAYS = 0.5


@dataclass(frozen=True, slots=True)
class PileUp:
    """So many of all times lie within a tenth of a day of `days`."""

    days: float
    count: int
    share: float


def pile_ups(bins: Whole, counts: Whole, total: int, *, bins_a_day: int) -> tuple[PileUp, ...]:
    """The lengths on which times pile up, the fullest first.

    `bins` are whole numbers of equal bins counted from a time of zero, each with its rows in `counts`; `total` are
    all times, those without a bin too. The middle of a pile is put on the next whole hour where it is that near.
    """
    if not len(bins) or total < LEAST_ROWS:
        return ()
    line = np.zeros(int(bins.max()) + bins_a_day + 1)
    line[bins] = counts
    half = round(HALF_DAYS * bins_a_day)
    found = list[PileUp]()
    left = line.copy()
    left[: round(LEAST_DAYS * bins_a_day)] = 0
    while (pile := _fullest(left, line, half, bins_a_day)) is not None:
        middle, count = pile
        if count < max(LEAST_SHARE * total, LEAST_ROWS):
            break
        left[max(0, middle - 2 * half) : middle + 2 * half] = 0
        if _stands_out(line, middle, half, count):
            found.append(PileUp(middle / bins_a_day, int(count), count / total))
    return tuple(found)


def _fullest(
    left: NDArray[np.float64], line: NDArray[np.float64], half: int, day: int
) -> tuple[int, float] | None:
    """The middle of the fullest window, put on a whole hour, and its rows."""
    sums = np.append(0.0, np.cumsum(left))
    windows = sums[2 * half :] - sums[: -2 * half]
    if not len(windows) or windows.max() <= 0:
        return None
    start = int(windows.argmax())
    inside = left[start : start + 2 * half]
    middle = start + int(inside.argmax())
    hour = day // 24
    whole = round(middle / hour) * hour
    middle = whole if abs(whole - middle) <= hour // 2 else middle
    return middle, float(line[max(0, middle - half) : middle + half].sum())


def _stands_out(line: NDArray[np.float64], middle: int, half: int, count: float) -> bool:
    """Whether the windows on both sides hold far less."""
    before = line[max(0, middle - 3 * half) : max(0, middle - half)].sum()
    after = line[middle + half : middle + 3 * half].sum()
    return count >= LEAST_FACTOR * max(float(before), float(after), 1.0)
