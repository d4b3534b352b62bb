"""Public logs against values of other programs: variants and edges of pm4py, idle and processing time of bupaR."""

from __future__ import annotations

from datetime import date

import pytest

from cs_lib.data.desk import desk_of
from cs_lib.diagnosis.journey_map.times import timers
from cs_lib.metrics.journey_map import journey_of
from cs_lib.metrics.queries.journey.durations import phase_times, spans
from cs_lib.metrics.queries.journey.quantiles import quantiles
from cs_lib.metrics.queries.journey.read import journey_read
from cs_lib.params import load_source

DAY = 86_400e6  # microseconds
EXACT = {"rel": 1e-6}


DAYS = date(2005, 1, 1), date(2019, 12, 31)


@pytest.fixture
def opened(real_data):
    """A log as a desk; with `utc` its stamps stand as they were written, as the reference values have it."""
    desks = []

    def load(name, *, utc=True):
        source = load_source(name)
        source = source.model_copy(update={"timezone": "UTC"}) if utc else source
        desks.append(desk_of(source, None))
        return desks[-1]

    yield load
    for desk in desks:
        desk.close()


@pytest.fixture
def journey(opened):
    return lambda name, **how: journey_of(opened(name, **how), *DAYS)


def total(ways):
    return sum(edge.micros for edge in ways.edges)


def after(ways, name):
    return sum(edge.micros for edge in ways.edges if edge.before == name)


def whole(ways):
    """Each step is the first of a contact or follows one, and is the last or is followed."""
    for step in ways.steps:
        into = sum(edge.count for edge in ways.edges if edge.after == step.name)
        out = sum(edge.count for edge in ways.edges if edge.before == step.name)
        assert step.first + into == step.events == out + step.last


def test_the_help_desk(journey):
    found = journey("helpdesk_log")
    ways = found.ways
    whole(ways)
    assert (ways.cases, ways.events, len(ways.edges)) == (4580, 21348, 55)
    assert (ways.different, ways.once, ways.cover_80) == (226, 135, 7)
    assert [one.cases for one in ways.variants[:3]] == [2366, 552, 228]
    assert [(edge.before, edge.after, edge.count) for edge in ways.edges[:6]] == [
        ("Resolve ticket", "Closed", 4558),
        ("Assign seriousness", "Take in charge ticket", 4160),
        ("Take in charge ticket", "Resolve ticket", 3563),
        ("Take in charge ticket", "Wait", 1265),
        ("Wait", "Resolve ticket", 773),
        ("Wait", "Take in charge ticket", 558),
    ]
    steps = {step.name: step for step in ways.steps}
    names = ("Take in charge ticket", "Assign seriousness", "Resolve ticket", "Wait")
    assert [steps[name].repeated for name in names] == [623, 394, 386, 194]
    assert [steps[name].self_loops for name in names] == [99, 439, 254, 113]
    assert [steps[name].last for name in ("Closed", "Resolve ticket", "Wait")] == [4557, 10, 8]
    assert total(ways) / ways.cases / 1e6 == pytest.approx(3_530_166, abs=0.5)
    closing = ways.edges[0]
    assert closing.micros / total(ways) == pytest.approx(0.7155, abs=5e-5)
    assert closing.micros / closing.count / DAY == pytest.approx(29.376, abs=5e-4)
    assert (found.log.ties, found.log.repeated, found.log.unordered) == (130, 127, 0)
    assert (found.log.contacts, found.log.unfinished, found.log.double) == (4580, 11, 0)
    assert "worked" in found.absent and found.worked is None
    assert all(one.offered == 0 for one in found.phases) and "satisfaction" in found.absent
    clock = timers(found)
    assert clock is not None and 15.0 in clock.days and clock.among <= 4569


def test_where_the_help_desk_spends_its_time(opened):
    with journey_read(opened("helpdesk_log"), *DAYS) as read:
        found, times = spans(read), {one.phase: one for one in phase_times(read)}
        whole_time = (
            "SELECT 0 AS g, max(since) - min(since) AS v FROM cs_journey_walk GROUP BY number"
        )
        [(median, _)] = quantiles(read.desk.engine, whole_time).values()
        before = dict(
            read.rows(
                "SELECT w.activity, sum(w.till - w.since) FROM cs_journey_walk w JOIN cs_journey_cases c"
                " ON c.number = w.number WHERE w.place < c.solved_at GROUP BY 1"
            )
        )
        [(logged, running)] = read.rows(
            "SELECT sum(v), sum(CASE WHEN c.ended IS NULL THEN c.till - v END) FROM"
            " (SELECT number, max(since) AS v FROM cs_journey_walk GROUP BY 1) s"
            " JOIN cs_journey_cases c ON c.number = s.number"
        )
        names = read.activities
    assert median == 3_443_836_500_000
    early = sum(before.values())
    shares = {names[one]: float(micros / early) for one, micros in before.items()}
    assert float(early / logged) == pytest.approx(0.282, abs=5e-4)
    assert shares["Assign seriousness"] == pytest.approx(0.345, abs=5e-4)
    assert shares["Take in charge ticket"] == pytest.approx(0.329, abs=5e-4)
    assert shares["Wait"] == pytest.approx(0.264, abs=5e-4)
    # Contacts under way go on from their last step to the data cut.
    assert sum(span.micros for span in found) == logged + running
    solved = next(s for s in found if (s.phase, s.step) == ("solved", "Resolve ticket"))
    assert solved.holder == "nobody" and solved.micros / logged > 0.7
    assert times["asks"].cases == 4580 and times["again"].cases == 151
    assert all(times[name].median is None for name in ("asks", "solved", "after"))
    assert times["others"].customer_micros == times["others"].all_micros


def test_in_its_own_zone_the_ways_are_the_same(journey):
    ways = journey("helpdesk_log", utc=False).ways
    whole(ways)
    assert (ways.different, ways.once, ways.cover_80) == (226, 135, 7)
    assert [one.cases for one in ways.variants[:3]] == [2366, 552, 228]


def test_problems_of_an_it_department(journey):
    found = journey("bpi2013")
    ways = found.ways
    whole(ways)
    assert (ways.cases, ways.events, len(ways.edges)) == (1487, 6660, 27)
    assert (ways.different, ways.once, ways.cover_80) == (327, 251, 53)
    counts = {(edge.before, edge.after): edge.count for edge in ways.edges}
    assert counts["Accepted/In Progress", "Completed/Closed"] == 1266
    assert counts["Queued/Awaiting Assignment", "Accepted/In Progress"] == 738
    assert total(ways) / ways.cases / 1e6 == pytest.approx(15_455_380, abs=0.5)
    shares = {
        "Accepted/Assigned": 0.311,
        "Accepted/In Progress": 0.412,
        "Accepted/Wait": 0.182,
        "Queued/Awaiting Assignment": 0.072,  # .07146, given as 7.2 %
    }
    for name, share in shares.items():
        assert after(ways, name) / total(ways) == pytest.approx(share, abs=1e-3)
    assert {step.name: step.events for step in ways.steps}["Accepted/In Progress"] == 3066
    assert found.log.teams == found.log.events
    assert all(one.customers is None for one in found.phases) and "customers" in found.absent


def test_patients_whose_steps_have_a_start(journey):
    found = journey("patients")
    assert sorted((step.events for step in found.ways.steps), reverse=True) == [
        500, 500, 495, 492, 261, 237, 236,
    ]  # fmt: skip
    assert found.ways.different == 7 and found.log.double == found.ways.events == 2721
    worked = found.worked
    assert worked is not None and worked.cases == 500
    assert worked.throughput_median / DAY == pytest.approx(6.085509, **EXACT)
    assert worked.processing_mean / DAY == pytest.approx(1.156228, **EXACT)
    assert worked.idle_mean / DAY == pytest.approx(5.520080, **EXACT)
    idle = {
        "r7": 464.4199, "r1": 450.2124, "r4": 442.6260, "r5": 430.1764, "r3": 429.1064, "r6": 425.5362, "r2": 214.7436,
    }  # fmt: skip
    assert {who: round(took / DAY, 4) for who, took in worked.people.items()} == idle
