"""The usual path as a line of steps, and every other step from one to another as a detour, with counts that add up."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from cs_lib.metrics.queries.journey.ways import Ways

MOST_STEPS, MOST_DETOURS = 8, 10


@dataclass(frozen=True, slots=True)
class SpineStep:
    """A step of the usual path: how often it is taken, directly followed by the next one, and the last one."""

    name: str
    events: int
    on: int
    last: int


@dataclass(frozen=True, slots=True)
class SpineDetour:
    """From one step of the path directly to another that is not the next: places on the path, and how often."""

    start: int
    end: int
    count: int


@dataclass(frozen=True, slots=True)
class Spine:
    """The usual path of contacts.

    Attributes:
        steps: in order, at most eight.
        detours: the commonest between them, most first.
        hidden: passages between steps of the path that are not drawn, and those from or to other steps.
        passages: all passages from one step directly to another.
        cases: all contacts.
    """

    steps: tuple[SpineStep, ...]
    detours: tuple[SpineDetour, ...]
    hidden: int
    passages: int
    cases: int


def spine(ways: Ways, least: int) -> Spine | None:
    """The commonest way that begins and ends as most do, with the detours from it; None without any way.

    Of the commonest ways that one is taken which holds the most contacts; a step that it takes twice stands in the
    line once. Detours taken by fewer than `least` contacts are not drawn.
    """
    if not ways.variants:
        return None
    usual = ways.variants[0].steps
    names = list(dict.fromkeys(usual))[:MOST_STEPS]
    place = {name: i for i, name in enumerate(names)}
    events = {one.name: one for one in ways.steps}
    on: dict[int, int] = defaultdict(int)
    detours, hidden, passages = list[SpineDetour](), 0, 0
    for edge in ways.edges:
        passages += edge.count
        i, j = place.get(edge.before), place.get(edge.after)
        if i is None or j is None:
            hidden += edge.count
        elif j == i + 1:
            on[i] += edge.count
        elif edge.cases < least:
            hidden += edge.count
        else:
            detours.append(SpineDetour(i, j, edge.count))
    detours.sort(key=lambda one: (-one.count, one.start, one.end))
    hidden += sum(one.count for one in detours[MOST_DETOURS:])
    return Spine(
        tuple(
            SpineStep(name, events[name].events, on[i], events[name].last)
            for i, name in enumerate(names)
        ),
        tuple(detours[:MOST_DETOURS]),
        hidden,
        passages,
        ways.cases,
    )
