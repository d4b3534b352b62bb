"""A change and what it is made of: branches, each with its parts, as steps of a waterfall from zero to the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import fsum, isclose, nan
from typing import TYPE_CHECKING, Literal

from cs_lib.report.drawing import waterfall
from cs_lib.report.drawing.palette import BAD, CONTROL, TREATMENT
from cs_lib.report.drawing.waterfall import Fall, Step

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABELS = 260.0  # CSS pixels for the names, left of a wide drawing.
TOLERANCE = 1e-6  # Of the largest step: by so much parts may miss their sum.


@dataclass(frozen=True, slots=True)
class Part:
    """What one driver adds to the change, in the units shown; its interval is not a number where there is none."""

    name: str
    text: str
    change: float
    low: float = nan
    high: float = nan


@dataclass(frozen=True, slots=True)
class Branch:
    """A part that may itself be split. Raises ValueError when its parts do not add up to it."""

    whole: Part
    parts: Sequence[Part] = ()

    def __post_init__(self) -> None:
        if self.parts:
            _add_up(self.whole, self.parts)


@dataclass(frozen=True, slots=True)
class Drivers:
    """The change of a level, its branches, and the direction that is good.

    Raises ValueError when the branches do not add up to the whole.
    """

    heading: str  # From which level to which.
    whole: Part
    branches: Sequence[Branch]
    unit: str
    good: Literal["up", "down", "neither"]

    def __post_init__(self) -> None:
        _add_up(self.whole, [branch.whole for branch in self.branches])


def _add_up(whole: Part, parts: Sequence[Part]) -> None:
    size = max(abs(p.change) for p in (whole, *parts))
    if not isclose(fsum(p.change for p in parts), whole.change, abs_tol=TOLERANCE * size):
        raise ValueError(f"the parts of '{whole.name}' do not add up to it")


def height(data: Drivers, *, narrow: bool) -> float:
    """Pixels that the drawing takes."""
    return waterfall.height(_falls(data), narrow=narrow)


def drivers(data: Drivers, *, tick: Callable[[float], str], narrow: bool) -> Callable[[Axes], None]:
    """Branches in bold, their parts under them, the whole at the foot."""
    return waterfall.waterfalls(
        _falls(data), unit=data.unit, tick=tick, narrow=narrow, names=LABELS
    )


def _falls(data: Drivers) -> tuple[Fall]:
    return (Fall(data.heading, tuple(_steps(data))),)


def _steps(data: Drivers) -> Iterator[Step]:
    at = 0.0
    for branch in data.branches:
        end = at + branch.whole.change
        # The bar of a branch holds its parts; one without parts is itself a part.
        yield _step(branch.whole, at, end, data, strong=bool(branch.parts))
        for part in branch.parts:
            after = at + part.change if part is not branch.parts[-1] else end
            yield _step(part, at, after, data, strong=False)
            at = after
        at = end
    yield _step(data.whole, 0.0, at, data, strong=True)


def _step(part: Part, start: float, end: float, data: Drivers, *, strong: bool) -> Step:
    """A step whose interval lies around its end."""
    low, high = start + part.low, start + part.high
    return Step(part.name, part.text, start, end, _colour(end - start, data), low, high, strong)


def _colour(change: float, data: Drivers) -> str:
    if data.good == "neither" or change == 0:
        return CONTROL
    return TREATMENT if (change > 0) == (data.good == "up") else BAD
