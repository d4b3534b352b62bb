"""The axis of days: few dates, their months in the language in use."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
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
    from matplotlib.dates import MONTHLY, AutoDateLocator, ConciseDateFormatter
    from matplotlib.ticker import FixedFormatter

    locator: Any = AutoDateLocator(maxticks=4 if narrow else 8)  # type: ignore[no-untyped-call]
    locator.intervald[MONTHLY] = [1, 2, 3, 4, 6, 12]  # Of four years no half year fits.
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


@lru_cache(maxsize=4096)
def width(text: str, size: float, *, bold: bool = False) -> float:
    """The pixels of a text in our widest font, which is wider than what most screens have."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    ems = sum(1 for c in text if east_asian_width(c) in "WF")
    rest = "".join(c for c in text if east_asian_width(c) not in "WF")
    if not rest:
        return ems * size
    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    found: tuple[float, float, float] = TextToPath().get_text_width_height_descent(
        rest, font, False
    )
    return ems * size + found[0]


@lru_cache(maxsize=4096)
def wrapped(text: str, pixels: float, size: float, *, bold: bool = False, most: int = 2) -> str:
    """A text in as few lines as it fits, about as long as each other; what has no room is cut off."""
    lines = _filled(text, pixels, size, bold=bold)
    if 1 < len(lines) <= most:
        shorter = (
            _filled(text, pixels * share, size, bold=bold) for share in (0.5, 0.6, 0.7, 0.8, 0.9)
        )
        lines = next((tried for tried in shorter if len(tried) == len(lines)), lines)
    kept = [*lines[: most - 1], "".join(lines[most - 1 :])]
    return "\n".join(cut(line.rstrip(), pixels, size, bold=bold) for line in kept if line)


# A line breaks at a space, not at one that holds a number and its unit together, and after a character that is as
# wide as it is high, but no line begins with what closes.
WIDE_BREAK = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef])(?![，。、；：！？）》」』”’…·])")


def _filled(text: str, pixels: float, size: float, *, bold: bool) -> list[str]:
    """The lines of a text, each as full as its room allows."""
    lines = [""]
    for piece in re.findall(r"[^ \n]+[ \n]*|[ \n]+", WIDE_BREAK.sub("\u200b ", text)):
        piece = piece.replace("\u200b ", "")
        if lines[-1] and width((lines[-1] + piece).rstrip(), size, bold=bold) > pixels:
            lines.append("")
        lines[-1] += piece
    return lines


def cut(text: str, pixels: float, size: float, *, bold: bool = False) -> str:
    """A text that fits one line, its end cut off only when there is no room for it."""
    if width(text, size, bold=bold) <= pixels:
        return text
    short, long = 0, len(text)  # The one fits, the other does not.
    while long - short > 1:
        middle = (short + long) // 2
        if width(f"{text[:middle]}…", size, bold=bold) <= pixels:
            short = middle
        else:
            long = middle
    return f"{text[:short].rstrip()}…"
