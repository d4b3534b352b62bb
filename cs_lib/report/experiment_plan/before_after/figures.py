"""Figure of a before/after plan: how small a change shows, by the weeks one waits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cs_lib import wording as w
from cs_lib.experiment.experiment_plan.before_after.result import (
    BeforeAfterPlanResult,
    Length,
    way_words,
    worth,
)
from cs_lib.language import say
from cs_lib.report.drawing import power_curve as p
from cs_lib.report.drawing.figure import Figure, figure
from cs_lib.report.effects import factor, unit_words
from cs_lib.report.experiment_plan.before_after.tables import size
from cs_lib.report.experiment_plan.written import plan_words
from cs_lib.report.note import Note

# A change so many times the one worth acting on is left out of the picture.
LARGEST_DRAWN_MULTIPLE = 4.0


def smallest(result: BeforeAfterPlanResult) -> Figure | Note:
    """The smallest change that is found, by weeks after it, and where the simulation puts it."""
    lengths = [o for o in result.curve if np.isfinite(o.smallest)]
    if len(lengths) < 2:
        return Note(result.decision.because)
    title = _title(result, lengths)
    data = _growth(result, lengths)
    often = w.percent(result.study.rule.power, places=0)
    chosen = result.teams.chosen if result.teams else None
    way = f", {way_words(chosen.schedule)!s}" if chosen else ""
    caption = say(
        "{label}: smallest true change found in {often} of studies.",
        label=f"{result.primary.label}{way}",
        often=often,
    )
    each = [f"{w.counted(o.weeks, 'week')}: {size(result, o.smallest)}" for o in lengths[::3]]
    return figure(
        "smallest-change",
        title=title,
        caption=caption,
        alt=f"{title}. {w.sentence('; '.join(each))}",
        data=_frame(result, lengths),
        wide=p.growth(data, narrow=False),
        narrow=p.growth(data, narrow=True),
        height=p.WIDE_HEIGHT,
        narrow_height=p.NARROW_HEIGHT,
        more=_more(result),
    )


def _title(result: BeforeAfterPlanResult, lengths: list[Length]) -> str:
    planned, limit = result.planned, result.study.limit_weeks
    if planned is not None and (limit is None or planned.weeks <= limit):
        return say(
            "A change of {worth} shows after {weeks}",
            worth=worth(result),
            weeks=w.counted(planned.weeks, "week"),
        )
    if planned is not None:
        return say(
            "A change of {worth} shows only after {weeks}",
            worth=worth(result),
            weeks=w.counted(planned.weeks, "week"),
        )
    last = w.counted(lengths[-1].weeks, "week")
    return say("A change of {worth} does not show within {last}", worth=worth(result), last=last)


def _growth(result: BeforeAfterPlanResult, lengths: list[Length]) -> p.Growth:
    k, worth_it = factor(result.primary), result.study.rule.min_effect
    planned, limit = result.planned, result.study.limit_weeks
    ready = result.decision.verdict == "planned"
    words = plan_words(w.counted(planned.weeks, "week"), ready=ready) if planned else ""
    over = unit_words(result.primary)
    return p.Growth(
        times=np.array([float(o.weeks) for o in lengths]),
        values=np.array([o.smallest * k for o in lengths]),
        unit=say("smallest change found, {unit}", unit=over)
        if over
        else say("smallest change found"),
        wanted=(worth_it * k, say("{worth} worth acting on", worth=worth(result))),
        planned=(float(planned.weeks), planned.smallest * k, words) if planned else None,
        limit=(float(limit), say("limit: {limit}", limit=w.counted(limit, "week")))
        if limit
        else None,
        tick=lambda value: w.plain(value, 0 if float(value).is_integer() else 1),
        top=max(
            1.6 * worth_it,
            min(LARGEST_DRAWN_MULTIPLE * worth_it, 1.1 * max(o.smallest for o in lengths)),
        )
        * k,
        rising=False,
        axis=say("weeks after the change"),
        points=tuple(
            (float(o.weeks), o.simulated.smallest * k) for o in result.options if o.simulated
        ),
    )


def _frame(result: BeforeAfterPlanResult, lengths: list[Length]) -> pd.DataFrame:
    """The curve and the simulated points, one row a length."""
    rows = {o.weeks: (o.smallest, o.power, np.nan, np.nan) for o in lengths}
    for o in result.options:
        if o.simulated:
            rows[o.weeks] = (o.smallest, o.power, o.simulated.smallest, o.simulated.found)
    columns = ["smallest", "power", "simulated_smallest", "simulated_power"]
    frame = pd.DataFrame.from_dict(dict(sorted(rows.items())), orient="index", columns=columns)
    return frame.rename_axis("weeks").reset_index()


def _more(result: BeforeAfterPlanResult) -> str:
    """What the curve rests on."""
    basis = say("From the errors of {days}.", days=w.days(*result.study.design.history))
    if not any(o.simulated for o in result.options):
        return basis
    return w.together(basis, say("Dots: simulated studies, read as the study will be."))
