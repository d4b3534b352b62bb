"""Tables of a roll-out: what each team did, averages that must not be confused, drifts that could explain it."""

from __future__ import annotations

from cs_lib import wording as w
from cs_lib.experiment.averages import Average, Counts
from cs_lib.experiment.bacon import Bacon, Kind
from cs_lib.experiment.flow import FlowResult
from cs_lib.experiment.staggered import EffectProfile
from cs_lib.report.note import Note, unasked, withheld
from cs_lib.report.table import Table

AVERAGES: dict[Counts, tuple[str, str]] = {
    "team_period": (
        "By changed team-week (simple)",
        "every week of every changed team counts once, so teams changed early count more",
    ),
    "team": (
        "By changed team (group)",
        "the mean of each team\u2019s own changed weeks; every changed team counts once",
    ),
    "time_since": (
        "By time since the change (dynamic)",
        "every number of weeks since the change counts once; the late ones speak of early teams alone",
    ),
}
KINDS: dict[Kind, str] = {
    "changed_against_never": "changed teams against those never changed",
    "earlier_against_later": "changed teams against those not yet changed",
    "later_against_earlier": "changed teams against those changed before",
    "changed_against_always": "changed teams against those changed all along",
}


def team_values(result: FlowResult) -> Table | Note:
    """Each team before and after, described; the one thing left when there are too few teams to judge."""
    if result.study.design.teams is None:
        return unasked("team by team (design.teams)")
    if not result.team_lines:
        return withheld(result.decision)
    metric, rows = result.primary, []
    for line in result.team_lines:
        ends = (line.before, line.after)
        moved = w.change(line.after - line.before, metric.unit, currency=result.currency)
        rows.append(
            (
                line.team,
                w.day(line.changed_on) if line.changed_on else "not changed",
                *(w.level(value, metric.unit, currency=result.currency) for value in ends),
                moved,
                w.count(line.cases),
            )
        )
    caption = f"{metric.label} by team, every case counting once; a description without a test"
    columns = ("Team", "Changed on", "Before", "After", "Difference", "Cases")
    return Table(caption, columns, tuple(rows), (2, 3, 4, 5))


def averages(result: FlowResult) -> Table | Note:
    """The averages of a roll-out in waves, what each counts, and which one decides."""
    if result.study.design.teams is None or (result.teams and not result.teams.averages):
        return unasked("a roll-out in waves (dates in design.teams that differ)")
    found = result.teams
    if found is None:
        return withheld(result.decision)
    rows = [_average(result, average) for average in found.averages]
    if found.waves:
        rows += _waves(result, found.waves)
    if found.bacon:
        rows += _two_way(result, found.bacon)
    caption = (
        f"{result.primary.label}: averages of the same effects; decided by team-weeks, because they are what was"
        " served under the change"
    )
    return Table(
        caption, ("Average", "What counts in it", "Difference", "Interval"), tuple(rows), (2, 3)
    )


def _average(result: FlowResult, average: Average) -> tuple[str, str, str, str]:
    name, meaning = AVERAGES[average.counts]
    mark = " \u2013 decides" if average.counts == "team_period" else ""
    return (f"{name}{mark}", meaning, *_numbers(result, average.effect, average.low, average.high))


def _numbers(result: FlowResult, effect: float, low: float, high: float) -> tuple[str, str]:
    unit, currency = result.primary.unit, result.currency
    return w.change(effect, unit, currency=currency), w.interval(low, high, unit, currency=currency)


def _waves(result: FlowResult, waves: EffectProfile) -> list[tuple[str, str, str, str]]:
    """One row per date of change."""
    return [
        (
            f"Only those changed in the week of {w.day(day.item())}",
            w.counted(int(n), "team"),
            *_numbers(result, float(effect), float(low), float(high)),
        )
        for day, n, effect, low, high in zip(
            waves.key.astype("datetime64[D]"),
            waves.n_changed,
            waves.effect,
            waves.low,
            waves.high,
            strict=True,
        )
    ]


def _two_way(result: FlowResult, bacon: Bacon) -> list[tuple[str, str, str, str]]:
    """The usual regression's number and the comparisons hidden in it (Goodman-Bacon)."""
    unit, currency = result.primary.unit, result.currency
    meaning = "a mix of the comparisons below, some of them with teams changed already"
    rows = [
        (
            "Two-way fixed-effects regression \u2013 not used",
            meaning,
            w.change(bacon.twfe, unit, currency=currency),
            "\u2013",
        )
    ]
    for kind, weight in bacon.weight_of.items():
        number = w.change(bacon.effect_of[kind], unit, currency=currency)
        share = f"{w.percent(weight, places=0)} of its weight"
        rows.append((f"In it: {KINDS[kind]}", share, number, "\u2013"))
    return rows


def drift(result: FlowResult) -> Table | Note:
    """What the effect can be if teams had drifted apart after the change by as much as before it."""
    if result.study.design.teams is None or (result.teams and result.teams.synthetic):
        return unasked("teams that are taken to run alike")
    found = result.teams
    if found is None:
        return withheld(result.decision)
    if found.drift is None:
        return Note(
            "Not available because too few weeks lie before the change to say how teams drift."
        )
    bounds, unit, currency = found.drift.bounds, result.primary.unit, result.currency
    rows = []
    ends = (bounds.set_low, bounds.set_high, bounds.low, bounds.high)
    for times, least, most, low, high in zip(bounds.magnitude, *ends, strict=True):
        name = f"{w.plain(float(times), 1)} times the largest before" if times else "none"
        known = w.interval(float(least), float(most), unit, currency=currency)
        if not times:
            known = w.change(float(least), unit, currency=currency)
        rows.append((name, known, w.interval(float(low), float(high), unit, currency=currency)))
    borne = bounds.breakdown * bounds.largest_before_high
    if borne > 0:
        size = w.size(borne, unit, currency=currency)
        rows.append((f"up to {size}", "\u2013", "leaves zero out: the finding survives"))
    length = w.counted(found.drift.block, "week")
    seen = w.size(bounds.largest_before, unit, currency=currency)
    caption = (
        f"If trends had gone on to differ by as much as before: drift from one stretch of {length} to the next,"
        f" the largest seen before being {seen}"
    )
    columns = ("Drift after the change", "Effect", "Interval, chance counted")
    return Table(caption, columns, tuple(rows), (1, 2))
