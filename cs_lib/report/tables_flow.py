"""Tables of a before/after study: other answers to the same question, and what came in."""

from __future__ import annotations

from collections.abc import Iterator

from cs_lib import wording as w
from cs_lib.experiment.flow import FlowResult
from cs_lib.report.note import Note, unasked, withheld
from cs_lib.report.table import Table
from cs_lib.results import Effect

MOST_PARTS = 10  # rows of one column; the largest before the change


def sensitivity(result: FlowResult) -> Table | Note:
    """The same change under other assumptions."""
    if result.effect is None:
        return withheld(result.decision)
    rows = tuple(_answers(result))
    caption = "The same change under other assumptions"
    caption += f"; decided by {result.unit_choice}" if result.change else "; decided team by team"
    return Table(caption, ("Assumption", "Difference", "Interval"), rows, (1, 2))


def _answers(result: FlowResult) -> Iterator[tuple[str, str, str]]:
    """Every answer in words: error models of one series, or other comparisons of teams."""
    metric = result.primary

    def row(name: str, effect: float, low: float, high: float) -> tuple[str, str, str]:
        span = w.interval(low, high, metric.unit, currency=result.currency)
        return name, w.change(effect, metric.unit, currency=result.currency), span

    def of(name: str, e: Effect) -> tuple[str, str, str]:
        return row(name, e.effect, e.effect_ci_low, e.effect_ci_high)

    if result.change:
        yield from (row(*found) for found in result.change.sensitivity)
    if result.alone:
        yield of("Without the unchanged queue beside it", result.alone)
    if result.teams:
        yield of(result.teams.effect.method, result.teams.effect)
        yield from (of(name, effect) for name, effect in result.teams.beside)
    for found in result.mix:
        if found.at_old_mix:
            yield of(f"At the mix of before, by {w.name(found.split.column)}", found.at_old_mix)


def stages(result: FlowResult) -> Table | Note:
    """In which stage of a contact's life the time changed."""
    if result.effect is None:
        return withheld(result.decision)
    split, metric = result.stages, result.primary
    if split is None:
        return unasked("the stages of a time, which needs a time to an event and the table events")
    rows = []
    for step in split.steps:
        e = step.effect
        span = w.interval(e.effect_ci_low, e.effect_ci_high, metric.unit, currency=result.currency)
        rows.append(
            (
                w.name(step.stage),
                w.level(e.control, metric.unit, currency=result.currency),
                w.level(e.treatment, metric.unit, currency=result.currency),
                w.change(e.effect, metric.unit, currency=result.currency),
                span,
                w.pvalue(step.adjusted_pvalue),
            )
        )
    moved = [w.name(step.stage) for step in split.steps if step.moved]
    caption = f"{metric.label} by stage; "
    caption += f"moved: {w.listed(moved)}" if moved else "no single stage clearly moved"
    columns = ("Stage", "Expected", "Observed", "Difference", "Interval", "p (BH)")
    return Table(caption, columns, tuple(rows), (1, 2, 3, 4, 5))


def mix(result: FlowResult) -> Table | Note:
    """What came in before and after, and what each part adds to the plain difference."""
    if result.effect is None:
        return withheld(result.decision)
    if not result.mix:
        return unasked("what came in, which needs a metric of contacts")
    metric, rows = result.primary, []
    for found in result.mix:
        column = w.name(found.split.column)
        for part in found.split.parts[:MOST_PARTS]:
            adds = (part.by_mix, part.by_change)
            rows.append(
                (
                    f"{column}: {w.name(part.group)}",
                    w.percent(part.share_before),
                    w.percent(part.share_after),
                    w.level(part.value_before, metric.unit, currency=result.currency),
                    w.level(part.value_after, metric.unit, currency=result.currency),
                    *(w.change(v, metric.unit, currency=result.currency) for v in adds),
                )
            )
    columns = ("Part", "Share before", "after", "Value before", "after", "By mix", "By change")
    caption = f"{metric.label}: the plain difference split into what came in and what changed"
    return Table(caption, columns, tuple(rows), (1, 2, 3, 4, 5, 6))
