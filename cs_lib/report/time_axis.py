"""The axis of days: few dates, their months in the language in use."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from cs_lib.wording import short_month

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
            return [names.sub(lambda found: months[found[0]], label) for label in labels]

    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(Said([]))
