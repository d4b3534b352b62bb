"""Figure of waiting: the share of cases still open by time, before and after."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cs_lib import wording as w
from cs_lib.experiment.before_after.result import BeforeAfterResult
from cs_lib.language import say
from cs_lib.report.drawing import timeline as p
from cs_lib.report.drawing.axes import Floats
from cs_lib.report.drawing.figure import Figure, figure
from cs_lib.report.note import Note, unasked, withheld

UNIT_SECONDS = {"minutes": 60.0, "hours": 3_600.0}
# A waiting curve below this share says no more; an axis has at most so many ticks on a phone.
ALMOST_NOBODY = 0.02
MOST_TICKS = 6


def waiting_times(result: BeforeAfterResult) -> Figure | Note:
    """Share of cases still waiting, before and after, open cases counted."""
    import pandas as pd

    if result.found is None:
        return withheld(result.decision)
    if len(result.found.curves) != 2:
        return unasked(say("waiting times, which need a metric that is a time to an event"))
    # The axis, the title and the cards of a metric speak of the same unit.
    unit = "minutes" if result.primary.unit == "minutes" else "hours"
    scale = UNIT_SECONDS[unit]
    lines = [
        (curve.group, np.insert(curve.seconds / scale, 0, 0.0), np.insert(curve.survival, 0, 1.0))
        for curve in result.found.curves
    ]
    half = [_median(time, share) for _, time, share in lines]
    title = _waiting_title(half, unit)
    frame = pd.concat(
        pd.DataFrame({"period": label, unit: time, "still_waiting": share})
        for label, time, share in lines
    )
    end = min(_end(lines), result.horizon * 86_400.0 / scale)
    thinned = [
        (w.capital(w.name(label)), *_thin(*_until(end, time, share)))
        for label, time, share in lines
    ]
    since = say("minutes since opening") if unit == "minutes" else say("hours since opening")
    data = p.Waiting(thinned, half, since, end, _step(end, unit))
    return figure(
        "waiting-times",
        title=title,
        caption=say(
            "Share of cases still waiting; dots: half are through. All were followed for {horizon}.",
            horizon=w.counted(result.horizon, "day"),
        ),
        alt=f"{title}.",
        data=frame.iloc[:: max(len(frame) // 400, 1)],
        wide=p.curves(data, narrow=False),
        narrow=p.curves(data, narrow=True),
        height=p.CURVES_WIDE,
        narrow_height=p.CURVES_NARROW,
        more=say(
            "By time since opening (Kaplan-Meier); cases still open are counted. The axis ends where "
            "almost nobody waits. A description without a test: cases of one day are not "
            "independent; the table has tests by days."
        ),
    )


def _end(lines: Sequence[tuple[str, Floats, Floats]]) -> float:
    """Where both curves are almost at zero, or have stopped to fall; a little air."""
    ends = []
    for _, time, share in lines:
        low = np.flatnonzero(share <= max(ALMOST_NOBODY, float(share[-1])))
        ends.append(float(time[low[0]]))
    return 1.06 * max(ends)


def _until(end: float, time: Floats, share: Floats) -> tuple[Floats, Floats]:
    return time[time <= end], share[time <= end]


def _step(end: float, unit: str) -> float:
    """From tick to tick: whole days of hours and whole hours of minutes, where the axis is long."""
    whole = 60.0 if unit == "minutes" else 24.0
    choices = [1, 2, 5, 10, 15, 30] if unit == "minutes" else [1, 2, 3, 6, 12]
    steps = [*choices, *(whole * k for k in (1, 2, 3, 4, 7, 14, 28))]
    return next((s for s in steps if end / s <= MOST_TICKS), end)


def _waiting_title(half: Sequence[float], unit: str) -> str:
    """The medians before and after, in minutes or hours."""
    if not all(np.isfinite(half)):
        return say("Fewer than half of the cases are through within the horizon")
    places = 0 if min(half) >= 5 and unit == "minutes" else 1
    before, after = (w.plain(value, places) for value in half)
    if unit == "minutes":
        return say(
            "Half of the cases are through in {after} minutes, {before} minutes before the change",
            before=before,
            after=after,
        )
    return say(
        "Half of the cases are through in {after} hours, {before} hours before the change",
        before=before,
        after=after,
    )


def _median(time: Floats, share: Floats) -> float:
    below = np.flatnonzero(share <= 0.5)
    return float(time[below[0]]) if len(below) else float("nan")


def _thin(time: Floats, share: Floats, points: int = 160) -> tuple[Floats, Floats]:
    """A step curve with fewer points than a screen has pixels: one step per equal drop or stretch of time."""
    keep = np.unique(
        np.concatenate(
            [
                np.searchsorted(time, np.linspace(0, time[-1], points)).clip(0, len(time) - 1),
                [0, len(time) - 1],
            ]
        )
    )
    return time[keep], share[keep]
