"""The axis of days: few dates, their months in the language in use."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import numpy as np
from numpy.typing import NDArray

from cs_lib.wording import short_month

if TYPE_CHECKING:
    from matplotlib.axes import Axes


Floats = NDArray[np.float64]


# The pixels are those of CSS.
WIDE_PIXELS = 920.0


NARROW_PIXELS = 340.0


# A tick label needs so much room.
TICK_PIXELS = 65.0


def of_days(axes: Axes, *, narrow: bool) -> None:
    """Dates at round places, as many as there is room for."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.ticker import FixedFormatter

    locator: Any = AutoDateLocator(maxticks=4 if narrow else 8)  # type: ignore[no-untyped-call]
    concise: Any = ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
    months = {f"{date(2000, m, 1):%b}": short_month(date(2000, m, 1)) for m in range(1, 13)}
    names = re.compile("|".join(months))

    class Said(FixedFormatter):
        """The library's labels with our months."""

        def format_ticks(self, values: list[float]) -> list[str]:
            labels = concise.format_ticks(values)
            return [names.sub(lambda match: months[match[0]], label) for label in labels]

    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(Said([]))


# A Chinese character is an em wide; a Latin letter is about 0.55 of one.
FULL_WIDTH_LETTERS = 1.8


def letters(text: str) -> float:
    """The width of a text in Latin letters of average width."""
    return sum(FULL_WIDTH_LETTERS if east_asian_width(c) in "WF" else 1.0 for c in text)


def fitted(text: str, pixels: float, letter: float) -> str:
    """A text that fits, cut off with an ellipsis; the whole of it stands in the words beside the drawing."""
    room = int(pixels / letter)
    if letters(text) <= room:
        return text
    kept = text
    while kept and letters(kept) > room - 1:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"
