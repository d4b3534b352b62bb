"""Tables of the journey: pains, ways, handoffs, hours, what slow contacts have, what the log cannot say."""

from __future__ import annotations

from math import isfinite

from cs_lib import wording as w
from cs_lib.diagnosis.journey_map.result import (
    MICROS_AN_HOUR,
    JourneyResult,
    PainFinding,
    in_hours,
)
from cs_lib.diagnosis.journey_map.times import owners
from cs_lib.language import say
from cs_lib.metrics.queries.journey.phases import HOLDERS
from cs_lib.report.journey_map.words import (
    held_by,
    owner,
    pain,
    phase,
    points,
    trait,
    wait,
)
from cs_lib.report.note import Note
from cs_lib.report.table import Table

NOTHING = "–"
LEAST_PAINS, MOST_PAINS = 4, 6  # in the open; every pain is in the table of details
MOST_VARIANTS, MOST_TRAITS, MOST_STEPS = 8, 12, 20


def pains(result: JourneyResult) -> Table | Note:
    """Every pain: whom it hits, how much less satisfied they are, as it is and within need and time."""
    met = [one for one in result.pains if one.hit]
    if not met:
        return Note(say("No pain was met in these days."))
    shown = met[: max(len(result.found), LEAST_PAINS)][:MOST_PAINS]
    rows = tuple(
        (
            w.capital(pain(one.pain)),
            w.count(round(one.customers)),
            points(one.within),
            points(one.raw),
            w.capital(owner(one.owner)),
        )
        for one in shown
    )
    columns = (
        say("Pain"),
        say("Customers a month"),
        say("Points of satisfaction, within need and time"),
        say("As it is"),
        say("Who can end it"),
    )
    tested = sum(one.within is not None for one in met)
    caption = (
        say(
            "What happened to customers; whether it hurts them nobody can say without their answers"
        )
        if not tested
        else say(
            "Pains, the worst first; {n} of {tested} go beyond chance. It shows what goes together, not what a change"
            " would bring",
            n=w.count(len(result.found)),
            tested=w.count(tested),
        )
    )
    return Table(caption, columns, rows, (1,), name="pains")


def details(result: JourneyResult) -> Table | Note:
    """Every pain in full: how often, how severe, who answered, with whom they could be compared, who comes back."""
    shown = [one for one in result.pains if one.hit]
    if not shown:
        return Note(say("No pain was met in these days."))
    rows = tuple(
        (
            w.capital(pain(one.pain)),
            w.bracketed(w.count(one.hit), w.percent(one.share)),
            _severity(one),
            NOTHING if not isfinite(one.response_rate) else w.percent(one.response_rate, places=0),
            w.percent(one.covered, places=0) if one.within else NOTHING,
            _back(one),
            one.team or NOTHING,
        )
        for one in shown
    )  # fmt: skip
    columns = (
        say("Pain"), say("Contacts hit"), say("How severe (median)"), say("Answered"), say("Can be compared"),
        say("Back within 30 days"), say("Mostly with"),
    )  # fmt: skip
    return Table(say("Every pain in full"), columns, rows, (3, 4), folded=True)


def _back(one: PainFinding) -> str:
    if one.back is None:
        return NOTHING
    hit, others = (w.percent(share, places=0) for share in one.back)
    return say("{hit} against {others}", hit=hit, others=others)


def _severity(one: PainFinding) -> str:
    if one.severity is None:
        return NOTHING
    if one.pain == "handed_on_twice":
        return w.counted(round(one.severity), "handoff")
    if one.threshold is None:
        return wait(one.severity)
    limit = wait(one.threshold)
    told = (
        say("target {limit}", limit=limit) if one.by_target else say("from {limit} on", limit=limit)
    )
    return w.bracketed(wait(one.severity), told)


def hours(result: JourneyResult) -> Table | Note:
    """Hours by phase, and by who held the contacts."""
    if not result.held:
        return Note(say("There is no time between steps."))
    whole = sum(one.total for one in result.held)
    holders = [h for h in HOLDERS if any(h in one.hours for one in result.held)]
    times = {one.phase: one for one in result.evidence.phases}
    rows = tuple(
        (
            phase(one.phase),
            w.percent(one.total / whole, places=0),
            *(w.count(round(one.hours.get(h, 0.0))) for h in holders),
            _open(times[one.phase].open_median) if one.phase in times else NOTHING,
        )
        for one in result.held
    )
    columns = (
        say("Phase"),
        say("Share"),
        *(held_by(h) for h in holders),
        say("Median while open"),
    )
    if all(row[-1] == NOTHING for row in rows):
        columns, rows = columns[:-1], tuple(row[:-1] for row in rows)
    clock = result.evidence.clock
    title = say("Hours by phase and by who held the contacts")
    return Table(
        w.bracketed(title, str(clock)) if clock else title, columns, rows, tuple(range(1, len(columns))), folded=True
    )  # fmt: skip


def _open(micros: int | None) -> str:
    return wait(in_hours(micros))


def by_owner(result: JourneyResult) -> Table | Note:
    """Hours that contacts waited, by the owner of their cause: which department could end how much waiting."""
    sums = owners(result.evidence)
    if not sums or set(sums) == {"unknown"}:
        return Note(say("No contact names the owner of its cause."))
    holders = [h for h in HOLDERS if any(h in parts for parts in sums.values())]
    ranked = sorted(sums.items(), key=lambda pair: (-sum(pair[1].values()), pair[0]))
    rows = tuple(
        (w.capital(owner(name)), *(w.count(round(parts.get(h, 0.0))) for h in holders))
        for name, parts in ranked
    )
    columns = (say("Owner of the cause"), *(held_by(h) for h in holders))
    return Table(
        say("Hours by owner of the cause"), columns, rows, tuple(range(1, len(columns))), folded=True
    )  # fmt: skip


def variants(result: JourneyResult) -> Table | Note:
    """The commonest whole ways and the share that they cover."""
    ways = result.evidence.ways
    least = result.study.rule.smallest_cell
    shown = [one for one in ways.variants if one.cases >= least][:MOST_VARIANTS]
    if not shown:
        return Note(say("No two contacts take the same way often enough to be shown."))
    covered, rows = 0, []
    for one in shown:
        covered += one.cases
        rows.append(
            (
                w.joined(" → ", [w.name(step) for step in one.steps]),
                w.count(one.cases),
                w.percent(covered / ways.cases, places=0),
            )
        )
    columns = (say("Way"), say("Contacts"), say("Together"))
    caption = say(
        "The commonest of {n} ways; {few} of them hold 80 % of contacts, {once} were taken once",
        n=w.count(ways.different), few=w.count(ways.cover_80), once=w.count(ways.once),
    )  # fmt: skip
    return Table(caption, columns, tuple(rows), (1, 2), folded=True)


def steps(result: JourneyResult) -> Table | Note:
    """Every kind of step: how often, done again by whom, and which phase it counts to."""
    least = result.study.rule.smallest_cell
    shown = [one for one in result.evidence.ways.steps if one.events >= least][:MOST_STEPS]
    if not shown:
        return Note(say("There are no steps to show."))
    rows = tuple(
        (
            w.capital(w.name(one.name)),
            phase(one.phase),
            w.count(one.events),
            w.count(one.cases),
            w.count(one.repeated),
            w.count(one.again_same),
            w.count(one.again_other),
        )
        for one in shown
    )
    columns = (
        say("Step"), say("Counts to"), say("Times"), say("Contacts"), say("More than once"),
        say("Again by the same person"), say("Again by another"),
    )  # fmt: skip
    return Table(
        say("Every step, and the phase it counts to; the source says which stage a step is"), columns, rows,
        (2, 3, 4, 5, 6), folded=True,
    )  # fmt: skip


def returning(result: JourneyResult) -> Table | Note:
    """Handoffs between teams and between people, and how often contacts go back to an earlier holder."""
    named = [
        (say("teams"), result.evidence.teams),
        (say("people"), result.evidence.people),
    ]
    rows = tuple(
        (
            w.capital(name),
            w.count(found.changes),
            say("{n} of {all}", n=w.count(found.moved), all=w.count(found.cases)),
            say("{n} times, in {cases}", n=w.count(found.returns), cases=w.counted(found.returning, "contact")),
        )
        for name, found in named
        if found is not None and found.cases
    )  # fmt: skip
    if not rows:
        return Note(say("No step names a team or a person."))
    columns = (say("Between"), say("Handoffs"), say("Contacts handed on"), say("Straight back"))
    return Table(say("From hand to hand, and straight back"), columns, rows, (1,), folded=True)


def slow_and_fast(result: JourneyResult) -> Table | Note:
    """What the slowest fifth of contacts has more often than the fastest fifth, beyond chance."""
    found = result.evidence.slow
    if found is None:
        return Note(say("Too few contacts were resolved to compare slow and fast ones."))
    if not result.traits:
        return Note(say("Slow and fast contacts differ in nothing beyond chance."))
    rows = tuple(
        (
            w.labelled(w.capital(trait(one.of)), w.name(one.value)),
            w.percent(one.slow, places=0),
            w.percent(one.fast, places=0),
            w.bracketed(
                say("{n} times", n=w.plain(one.ratio, 1)),
                say("{low} to {high}", low=w.plain(one.low, 1), high=w.plain(one.high, 1)),
            ),
        )
        for one in result.traits[:MOST_TRAITS]
    )
    columns = (say("What"), say("Of slow contacts"), say("Of fast contacts"), say("As often"))
    caption = say(
        "What slow contacts ({slow} and more) have more often than fast ones (up to {fast})",
        slow=wait(found.slow_from / MICROS_AN_HOUR), fast=wait(found.fast_to / MICROS_AN_HOUR),
    )  # fmt: skip
    return Table(caption, columns, rows, (1, 2), folded=True)


def worked(result: JourneyResult) -> Table | Note:
    """Work and idle time, where steps have a start and an end."""
    found = result.evidence.worked
    if found is None:
        return Note(
            say("Steps have one time each, so work and waiting cannot be told apart."),
        )
    rows = (
        (say("From first to last step, median"), wait(found.throughput_median / MICROS_AN_HOUR)),
        (say("In work, mean"), wait(found.processing_mean / MICROS_AN_HOUR)),
        (say("Idle, mean"), wait(found.idle_mean / MICROS_AN_HOUR)),
    )
    return Table(
        say("Work and idle time of a contact"), (say("What"), say("How long")), rows, (1,), folded=True
    )  # fmt: skip


def shifts(result: JourneyResult) -> Table | Note:
    """Waits that changed for good from a week on."""
    if not result.shifts:
        return Note(say("No wait changed for good in these weeks, beyond what weeks vary by."))
    rows = tuple(
        (
            w.separated([phase(one.phase), one.team]) if one.team else phase(one.phase),
            w.day(one.week),
            say("{n} times", n=w.plain(one.ratio, 1)),
            w.pvalue(one.pvalue),
        )
        for one in result.shifts
    )
    columns = (say("Wait"), say("From about the week of"), say("As long as before"), say("p"))
    return Table(say("Waits that changed for good"), columns, rows, (2, 3))
