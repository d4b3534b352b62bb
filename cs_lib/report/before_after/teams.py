"""Tables of a roll-out: what each team did, averages that must not be confused, drifts that could explain it."""

from __future__ import annotations

from cs_lib import wording as w
from cs_lib.experiment.before_after.result import BeforeAfterResult
from cs_lib.language import later, say
from cs_lib.methods.did.bacon import Bacon, Kind
from cs_lib.methods.did.summaries import Average, Counts, EffectProfile
from cs_lib.report.note import Note, unasked, withheld
from cs_lib.report.table import Table

AVERAGES_IN_WORDS: dict[Counts, tuple[str, str]] = {
    "team_period": (
        later("By changed team-week (simple)"),
        later("every week of every changed team counts once, so teams changed early count more"),
    ),
    "team": (
        later("By changed team (group)"),
        later("the mean of each team’s own changed weeks; every changed team counts once"),
    ),
    "time_since": (
        later("By time since the change (dynamic)"),
        later(
            "every number of weeks since the change counts once; the late ones speak of "
            "early teams alone"
        ),
    ),
}
KINDS_IN_WORDS: dict[Kind, str] = {
    "changed_against_never": later("changed teams against those never changed"),
    "earlier_against_later": later("changed teams against those not yet changed"),
    "later_against_earlier": later("changed teams against those changed before"),
    "changed_against_always": later("changed teams against those changed all along"),
}


def team_values(result: BeforeAfterResult) -> Table | Note:
    """Each team before and after, described; the one thing left when there are too few teams to judge."""
    if result.study.design.teams is None:
        return unasked(say("team by team (design.teams)"))
    if not result.team_lines:
        return withheld(result.decision)
    metric, rows = result.primary, []
    for line in result.team_lines:
        ends = (line.before, line.after)
        moved = w.change(line.after - line.before, metric.quantity)
        rows.append(
            (
                w.name(line.team),
                w.day(line.changed_on) if line.changed_on else say("not changed"),
                *(w.level(value, metric.quantity) for value in ends),
                moved,
                w.count(line.cases),
            )
        )
    caption = say(
        "{label} by team, every case counting once; a description without a test",
        label=metric.label,
    )
    columns = (
        say("Team"),
        say("Changed on"),
        say("Before"),
        say("After"),
        say("Difference"),
        say("Cases"),
    )
    return Table(caption, columns, tuple(rows), (2, 3, 4, 5))


def averages(result: BeforeAfterResult) -> Table | Note:
    """The averages of a roll-out in waves, what each counts, and which one decides."""
    if result.study.design.teams is None or (result.teams and not result.teams.averages):
        return unasked(say("a roll-out in waves (dates in design.teams that differ)"))
    teams = result.teams
    if teams is None:
        return withheld(result.decision)
    rows = [_average(result, average) for average in teams.averages]
    if teams.waves:
        rows += _waves(result, teams.waves)
    if teams.bacon:
        rows += _two_way(result, teams.bacon)
    caption = say(
        "{label}: averages of the same effects; decided by team-weeks, because they "
        "are what was served under the change",
        label=result.primary.label,
    )
    return Table(
        caption,
        (say("Average"), say("What counts in it"), say("Difference"), say("Interval")),
        tuple(rows),
        (2, 3),
    )


def _average(result: BeforeAfterResult, average: Average) -> tuple[str, str, str, str]:
    name, meaning = map(say, AVERAGES_IN_WORDS[average.counts])
    if average.counts == "team_period":
        name = say("{name} – decides", name=name)
    return (name, meaning, *_numbers(result, average.effect, average.low, average.high))


def _numbers(result: BeforeAfterResult, effect: float, low: float, high: float) -> tuple[str, str]:
    of = result.primary.quantity
    return w.change(effect, of), w.interval(low, high, of)


def _waves(result: BeforeAfterResult, waves: EffectProfile) -> list[tuple[str, str, str, str]]:
    """One row per date of change."""
    return [
        (
            say("Only those changed in the week of {item}", item=w.day(day.item())),
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


def _two_way(result: BeforeAfterResult, bacon: Bacon) -> list[tuple[str, str, str, str]]:
    """The usual regression's number and the comparisons hidden in it (Goodman-Bacon)."""
    of = result.primary.quantity
    meaning = say("a mix of the comparisons below, some of them with teams changed already")
    rows = [
        (
            say("Two-way fixed-effects regression – not used"),
            meaning,
            w.change(bacon.twfe, of),
            "\u2013",
        )
    ]
    for kind, weight in bacon.weight_of.items():
        number = w.change(bacon.effect_of[kind], of)
        share = say("{weight} of its weight", weight=w.percent(weight, places=0))
        rows.append(
            (
                say("In it: {comparison}", comparison=say(KINDS_IN_WORDS[kind])),
                share,
                number,
                "\u2013",
            )
        )
    return rows


def drift(result: BeforeAfterResult) -> Table | Note:
    """What the effect can be if teams had drifted apart after the change by as much as before it."""
    if result.study.design.teams is None or (result.teams and result.teams.synthetic):
        return unasked(say("teams that are taken to run alike"))
    teams = result.teams
    if teams is None:
        return withheld(result.decision)
    if teams.drift is None:
        return Note(
            say("Not available because too few weeks lie before the change to say how teams drift.")
        )
    bounds, of = teams.drift.bounds, result.primary.quantity
    rows = []
    ends = (bounds.set_low, bounds.set_high, bounds.low, bounds.high)
    for times, least, most, low, high in zip(bounds.magnitude, *ends, strict=True):
        name = (
            say("{times} times the largest before", times=w.plain(float(times), 1))
            if times
            else say("none")
        )
        known = w.interval(float(least), float(most), of)
        if not times:
            known = w.change(float(least), of)
        rows.append((name, known, w.interval(float(low), float(high), of)))
    borne = bounds.breakdown * bounds.largest_before_high
    if borne > 0:
        size = w.size(borne, of)
        rows.append(
            (say("up to {size}", size=size), "\u2013", say("leaves zero out: the finding survives"))
        )
    length = w.counted(teams.drift.block, "week")
    seen = w.size(bounds.largest_before, of)
    caption = say(
        "If trends had gone on to differ by as much as before: drift from one stretch "
        "of {length} to the next, the largest seen before being {seen}",
        length=length,
        seen=seen,
    )
    columns = (say("Drift after the change"), say("Effect"), say("Interval, chance counted"))
    return Table(caption, columns, tuple(rows), (1, 2))
