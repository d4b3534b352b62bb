"""Whole drawings in words, for listeners: every number that is written in a drawing, and what stands out in it."""

from __future__ import annotations

from cs_lib import wording as w
from cs_lib.report.drawing.scorecard.backlog import Backlog
from cs_lib.report.drawing.scorecard.drivers import Drivers, Part
from cs_lib.report.drawing.scorecard.headline import Form, Headline
from cs_lib.report.drawing.scorecard.multiples import Multiples
from cs_lib.report.drawing.scorecard.spoken import logged, weeks


def headline(data: Headline) -> str:
    """Both forms, the signal, what is not yet observed, what was logged."""

    def form(one: Form) -> str:
        return w.together(weeks(one.name, one.weekly, data.tick), w.sentence(one.text))

    return w.together(
        form(data.cohort),
        w.sentence(data.signal_words) if data.signal is not None else "",
        w.sentence(data.unseen_words) if data.unseen is not None else "",
        form(data.calendar),
        logged([*data.changes, *data.rebases]),
    )


def multiples(data: Multiples) -> str:
    """Every metric in turn, then what was logged."""
    told = [weeks(panel.name, panel.weekly, panel.tick) for panel in data.panels]
    return w.together(*told, logged(data.changes))


def backlog(data: Backlog) -> str:
    """What waits in the last week, by age."""
    ages = w.listed([w.labelled(age.name, age.text) for age in data.ages])
    return w.together(w.sentence(data.text), w.sentence(ages), logged(data.changes))


def drivers(data: Drivers) -> str:
    """The whole, then each branch with its parts."""

    def said(part: Part) -> str:
        return w.labelled(part.name, part.text)

    branches = [
        w.sentence(w.listed([said(branch.whole), *map(said, branch.parts)]))
        for branch in data.branches
    ]
    return w.together(w.sentence(data.heading), w.sentence(said(data.whole)), *branches)
