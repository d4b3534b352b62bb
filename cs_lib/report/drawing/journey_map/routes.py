"""Where detours run: each on a level of its own as far as others are in its way, its label where no line passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

APART = 8.0  # Pixels between two runs on one level.
MOST_TRIES = 200


@dataclass(frozen=True, slots=True)
class Run:
    """A detour along the steps, from one place to another, with the room that its label takes."""

    start: float
    end: float
    thick: float
    label: float = 0.0

    @property
    def low(self) -> float:
        """The nearer end."""
        return min(self.start, self.end)

    @property
    def high(self) -> float:
        """The farther end."""
        return max(self.start, self.end)


def levels(runs: Sequence[Run]) -> list[int]:
    """The level of each run, from 0; short ones lie inside long ones, and none meets another on its level."""
    found = [-1] * len(runs)
    for i in sorted(range(len(runs)), key=lambda i: (runs[i].high - runs[i].low, i)):
        found[i] = _free(runs, found, i, 0)
    return found


def _free(runs: Sequence[Run], found: Sequence[int], i: int, least: int) -> int:
    """The lowest level from `least` on where nothing is in the way of a run."""
    level = least
    while any(
        found[j] == level
        and runs[j].low < runs[i].high + APART
        and runs[i].low < runs[j].high + APART
        for j in range(len(runs))
        if j != i
    ):
        level += 1
    return level


def placed(runs: Sequence[Run], edges: tuple[float, float]) -> tuple[list[int], list[float]]:
    """Levels, and the middle of each label on its run: no label meets another or a line that leads to a higher run.

    A run whose label has no room is raised until nothing passes it any more.
    """
    found = levels(runs)
    for _ in range(MOST_TRIES):
        middles = _labels(runs, found, edges)
        stuck = [i for i, middle in enumerate(middles) if middle is None]
        if not stuck:
            break
        found[stuck[0]] = _free(runs, found, stuck[0], found[stuck[0]] + 1)
    return found, [
        (run.low + run.high) / 2 if middle is None else middle
        for run, middle in zip(runs, middles, strict=True)
    ]


def _labels(
    runs: Sequence[Run], found: Sequence[int], edges: tuple[float, float]
) -> list[float | None]:
    """The middle of each label; none where there is no room."""
    middles: list[float | None] = []
    for i, run in enumerate(runs):
        half = run.label / 2
        taken = [
            (x - other.thick / 2 - 3, x + other.thick / 2 + 3)
            for other, level in zip(runs, found, strict=True)
            if level > found[i]
            for x in (other.start, other.end)
        ]
        taken += [
            (middle - runs[j].label / 2 - APART, middle + runs[j].label / 2 + APART)
            for j, middle in enumerate(middles)
            if middle is not None and found[j] == found[i]
        ]
        taken += [
            (other.low - 3, other.high + 3)
            for other, level, j in zip(runs, found, range(len(runs)), strict=True)
            if level == found[i] and j != i
        ]
        middles.append(_nearest(run, half, taken, edges))
    return middles


def _nearest(
    run: Run, half: float, taken: Sequence[tuple[float, float]], edges: tuple[float, float]
) -> float | None:  # fmt: skip
    """The free place nearest to the middle of a run, at most so far that the label still touches the run."""
    middle = (run.low + run.high) / 2
    reach = (run.high - run.low) / 2 + half * 0.8
    shifts = sorted(range(-int(reach // 2), int(reach // 2) + 1), key=lambda k: (abs(k), k))
    tries = [middle + 2.0 * k for k in shifts]
    for x in (min(max(t, edges[0] + half), edges[1] - half) for t in tries):
        if all(x + half <= low or x - half >= high for low, high in taken):
            return x
    return None
