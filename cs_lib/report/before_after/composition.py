"""Figure of the mix: a plain difference as steps from before to after, what came in apart from what changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cs_lib import wording as w
from cs_lib.experiment.before_after.mix import NOTABLE_MIX_SHARE
from cs_lib.experiment.before_after.result import BeforeAfterResult, MixFinding
from cs_lib.language import say
from cs_lib.methods.its.mix import MixPart
from cs_lib.metrics import Metric
from cs_lib.report.drawing import waterfall as p
from cs_lib.report.drawing.figure import Draw, Figure, figure
from cs_lib.report.drawing.letters import letters
from cs_lib.report.drawing.palette import CONTROL, TREATMENT
from cs_lib.report.effects import factor
from cs_lib.report.note import Note, unasked, withheld

if TYPE_CHECKING:
    import pandas as pd


# So many parts are named beside a step, where there is room.
MOST_PARTS_NAMED = 2
# A part that carries less of the step is not named.
MIN_SHARE_OF_NAMED_PART = 0.2


def what_came_in(result: BeforeAfterResult) -> Figure | Note:
    """The plain difference from before to after, split by every column whose mix can be looked at."""
    if result.found is None:
        return withheld(result.decision)
    mix, metric = result.found.mix, result.primary
    if not mix:
        return unasked(say("what came in, which needs a metric of contacts"))
    falls = [_fall(finding, metric, room=p.room(len(mix))) for finding in mix]
    unit = (
        "%"
        if metric.unit == "share"
        else w.currency_words(result.currency)
        if metric.unit == "money"
        else w.unit_words(metric.unit)
    )
    title = _title(mix, metric)

    def paint(narrow: bool) -> Draw:
        return p.waterfalls(falls, unit=unit, tick=p.tick, narrow=narrow)

    return figure(
        "what-came-in",
        title=title,
        caption=say(
            "From before to after: what came in, then what changed. Named are the parts that add most "
            "to a step."
        ),
        more=_more(mix, metric),
        alt=f"{title}. {' '.join(_spoken(fall) for fall in falls)}",
        data=_frame(mix),
        wide=paint(False),
        narrow=paint(True),
        height=p.height(falls, narrow=False),
        narrow_height=p.height(falls, narrow=True),
    )


def _fall(finding: MixFinding, metric: Metric, *, room: int) -> p.Fall:
    split, k = finding.split, factor(metric)
    before, between, after = (
        k * v for v in (split.before, split.before + split.by_mix, split.after)
    )

    def step(label: str, amount: float, of: Callable[[MixPart], float]) -> str:
        return _carried(amount, split.parts, of, metric, room=room)

    return p.Fall(
        say("by {column}", column=w.name(split.column)),
        (
            p.Step(say("Average before"), w.level(split.before, metric.quantity), before, before, CONTROL),
            p.Step(
                say("What came in"), step("mix", split.by_mix, lambda part: part.by_mix), before, between,
                CONTROL,
            ),
            p.Step(
                say("What changed"), step("change", split.by_change, lambda part: part.by_change), between,
                after, TREATMENT,
            ),
            p.Step(say("Average after"), w.level(split.after, metric.quantity), after, after, TREATMENT),
        ),
    )  # fmt: skip


def _carried(
    amount: float,
    parts: Sequence[MixPart],
    of: Callable[[MixPart], float],
    metric: Metric,
    *,
    room: int,
) -> str:
    """A step in words with the parts that carry it, as many as there is room for."""
    moved = w.change(amount, metric.quantity)
    same = [
        q
        for q in parts
        if of(q) * amount > 0 and abs(of(q)) >= MIN_SHARE_OF_NAMED_PART * abs(amount)
    ]
    most = sorted(same, key=lambda q: -abs(of(q)))[:MOST_PARTS_NAMED]
    each = [f"{w.name(q.group)} {w.change(of(q), metric.quantity).split(' ')[0]}" for q in most]
    for many in range(len(each), 0, -1):
        text = f"{moved}: {', '.join(each[:many])}"
        if letters(text) <= room:
            return text
    return moved


def _title(mix: Sequence[MixFinding], metric: Metric) -> str:
    moved = [finding for finding in mix if finding.moved]
    split = max(moved or mix, key=lambda finding: abs(finding.split.by_mix)).split
    column, plain = w.name(split.column), split.by_mix + split.by_change
    whole, mixed = (w.change(v, metric.quantity) for v in (plain, split.by_mix))
    if moved or abs(split.by_mix) >= NOTABLE_MIX_SHARE * abs(plain):
        return say(
            "Another mix by {column} explains {mixed} of {whole}",
            column=column,
            mixed=mixed,
            whole=whole,
        )
    return say(
        "What came in explains little: {mixed} by {column}; the plain difference is {whole}",
        whole=whole,
        mixed=mixed,
        column=column,
    )


def _more(mix: Sequence[MixFinding], metric: Metric) -> str:
    tested = []
    for finding in mix:
        e, column = finding.at_old_mix, w.name(finding.split.column)
        if e is None:
            continue
        span = w.interval(e.effect_ci_low, e.effect_ci_high, metric.quantity)
        step = w.change(e.effect, metric.quantity)
        tested.append(
            say(
                "{step} by {column} ({alpha} interval {span})",
                step=step,
                column=column,
                alpha=w.confidence(e.alpha),
                span=span,
            )
        )
    split = say(
        "{label}: plain averages, split exactly into what came in and what changed within the parts "
        "(Kitagawa). They describe and have no interval.",
        label=metric.label,
    )
    if not tested:
        return split
    test = say(
        "The test is the step in the series at the mix of before: {tested}.",
        tested=w.listed(tested),
    )
    return w.together(split, test)


def _spoken(fall: p.Fall) -> str:
    each = "; ".join(f"{step.label}: {step.text}" for step in fall.steps)
    return f"{w.capital(fall.heading)}: {each}."


def _frame(findings: Sequence[MixFinding]) -> pd.DataFrame:
    import pandas as pd

    from cs_lib.results import to_frame

    frames = []
    for finding in findings:
        frame = to_frame(finding.split.parts)
        frame.insert(0, "column", finding.split.column)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)
