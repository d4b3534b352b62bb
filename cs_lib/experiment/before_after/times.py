"""Are the times behind a metric ones that work takes? Clocks that moved, long times lost, answers of a machine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cs_lib import sentences as w
from cs_lib.aggregates import Series
from cs_lib.experiment.before_after.carried import plain_difference, sides
from cs_lib.experiment.before_after.case import Case
from cs_lib.experiment.before_after.recording import Jump, largest_jump
from cs_lib.language import later
from cs_lib.methods.monitoring.time_shapes import Edge, cut_off, moved, of_one_length
from cs_lib.metrics import DAILY
from cs_lib.metrics.queries.times import A_DAY, COARSE, Times
from cs_lib.quantity import Quantity
from cs_lib.results import Check
from cs_lib.sentences import Text, say
from cs_lib.titles import COLUMNS

SECONDS = {"minutes": 60, "hours": 3_600}  # of a unit of times
QUARTERS_AN_HOUR = 4
# Rounding moves a time by half a step on average.
OF_A_STEP = 0.5
COARSELY = {
    "whole_minute": later(
        "From {day} on {after} of contacts have their {column} on a whole minute, {before} in the weeks before."
    ),
    "whole_hour": later(
        "From {day} on {after} of contacts have their {column} on a whole hour or quarter of one, {before} in the "
        "weeks before."
    ),
    "whole_day": later(
        "From {day} on {after} of contacts have their {column} at the first or last moment of a day, {before} in the "
        "weeks before."
    ),
}
SIDES = (later("before the change"), later("after the change"))


def times_real(case: Case) -> list[Check]:
    """The check of the deciding metric, where it is a time and something is odd; it blocks where that can carry."""
    found = _odd(case, case.primary.name, case.study.rule.min_effect)
    if not found:
        return []
    blocks = any(carries for _, carries in found)
    said = w.together(*(finding for finding, _ in found))
    return [Check("times_real", False, said, blocks_decision=blocks)]


def unreal(case: Case, name: str, margin: float) -> Text:
    """Why a guardrail that is a time cannot be had; nothing when it can."""
    carrying = [finding for finding, carries in _odd(case, name, margin) if carries]
    return say("Not available: {error}", error=carrying[0]) if carrying else ""


def _odd(case: Case, name: str, least: float) -> list[tuple[Text, bool]]:
    """What is odd about the times of a metric, and whether each can move it by what is worth acting on."""
    times = case.evidence.times.get(name)
    if times is None:
        return []
    unit = SECONDS[case.evidence.metrics[name].unit]
    coarse = [(c, coarse, jump) for c, coarse, s in times.coarse if (jump := largest_jump(s))]
    totals = (int(times.quarters[0].sum()), int(times.quarters[1].sum()))
    piled = of_one_length(times.seconds, totals)
    found = _coarse(coarse, least, unit)
    if piled is not None:
        found.append(_piled(case, name, times, piled, least))
    if coarse or piled is not None:
        return found  # Either makes edges by itself.
    found += [_moved(name, edge, least, unit) for edge in _any(moved(times.quarters))]
    return found or [_cut(case, name, edge) for edge in _any(cut_off(times.quarters))]


def _any(edge: Edge | None) -> list[Edge]:
    return [] if edge is None else [edge]


def _ended(name: str) -> Text:
    return say(COLUMNS[(DAILY[name].duration or ("", ""))[1]])


def _moved(name: str, edge: Edge, least: float, unit: int) -> tuple[Text, bool]:
    finding = say(
        "No contact {side} has its {column} within {length}, where {expected} would be usual, and from there on there "
        "are as many as there are at once on the other side: the clock behind one of the two stamps is about {length} "
        "off.",
        side=say(SIDES[edge.side]),
        column=_ended(name),
        length=_length(edge.quarters),
        expected=w.count(round(edge.expected)),
    )
    return finding, edge.quarters * 3_600 / QUARTERS_AN_HOUR / unit >= least


def _cut(case: Case, name: str, edge: Edge) -> tuple[Text, bool]:
    """Long times that are gone; a doubt where as many contacts came as before, or more of them end in time."""
    shown = {"side": say(SIDES[edge.side]), "column": _ended(name), "share": w.percent(edge.share)}
    whole = edge.quarters == case.evidence.times[name].quarters.shape[1] - 1
    finding = (
        say(
            "Not one contact {side} is still without its {column} after {days}, on the other side {share} are: were "
            "those left out of the export?",
            days=w.counted(edge.quarters // A_DAY, "day"),
            **shown,
        )
        if whole
        else say(
            "Hardly any contact {side} took longer than {length} to its {column}, on the other side {share} did, "
            "though up to there it takes as long as ever: were longer ones left out of the export?",
            length=_length(edge.quarters),
            **shown,
        )
    )
    return finding, not edge.gathered and _fewer(case, edge)


def _fewer(case: Case, edge: Edge) -> bool:
    """Whether so many fewer contacts a day came on the side that lacks them, at least by half of what is missing."""
    volume, paces = case.evidence.scoped_volume, []
    for side in sides(case, volume):
        inside = side & (volume.numerator > 0)
        paces.append(float(volume.numerator[inside].mean()) if inside.any() else 0.0)
    other = paces[1 - edge.side]
    return bool(other) and paces[edge.side] <= (1 - edge.share / 2) * other


def _piled(
    case: Case, name: str, times: Times, piled: tuple[int, tuple[int, ...]], least: float
) -> tuple[Text, bool]:
    """Answers after exactly so many seconds; it carries when the difference moves without them."""
    side, lengths = piled
    counts = times.seconds[:, list(lengths)].sum(axis=1)
    shares = counts / times.quarters.sum(axis=1)
    finding = say(
        "{share} of contacts {side} have their {column} exactly {lengths} after they were opened, {other} on the other "
        "side: an answer of a machine is no answer of a person.",
        share=w.percent(float(shares[side])),
        other=w.percent(float(shares[1 - side])),
        side=say(SIDES[side]),
        column=_ended(name),
        lengths=w.listed([w.counted(length, "second") for length in lengths]),
    )
    unit = SECONDS[case.evidence.metrics[name].unit]
    took = times.seconds[:, list(lengths)] @ np.array(lengths) / unit
    series = case.evidence.series[name]
    rest = plain_difference(case, _without(case, series, counts, took))
    return finding, not abs(rest - plain_difference(case, series)) < least


def _without(case: Case, series: Series, counts: np.ndarray, took: np.ndarray) -> Series:
    """The series of two days, one a side, less so many contacts of each and the time they took."""
    days, above, below = [], [], []
    for i, side in enumerate(sides(case, series)):
        if not side.any():
            continue
        days.append(series.days[side][0 if i else -1])
        above.append(float(series.numerator[side].sum()) - float(took[i]))
        below.append(max(float(series.denominator[side].sum()) - float(counts[i]), 0.0))
    return replace(
        series, days=np.array(days), numerator=np.array(above), denominator=np.array(below)
    )


def _coarse(jumps: list[tuple[str, str, Jump]], least: float, unit: int) -> list[tuple[Text, bool]]:
    """Stamps that are written more coarsely from a day on, where that moves a time by what is worth acting on."""
    found: dict[str, tuple[Text, bool]] = {}
    for column, coarse, jump in jumps:
        if abs(jump.after - jump.before) * OF_A_STEP * COARSE[coarse] < least * unit:
            continue
        finding = say(
            COARSELY[coarse],
            day=w.day(jump.day),
            after=w.percent(jump.after, places=0),
            before=w.percent(jump.before, places=0),
            column=say(COLUMNS[column]),
        )
        found[column] = finding, True  # the coarsest says it all
    return list(found.values())


def _length(quarters: int) -> Text:
    """So many quarters of an hour, in hours from one on."""
    if quarters < QUARTERS_AN_HOUR:
        return w.counted(quarters * 60 // QUARTERS_AN_HOUR, "minute")
    return w.level(quarters / QUARTERS_AN_HOUR, Quantity("hours"))
