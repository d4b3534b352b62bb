"""Moves between holders: by eye, and in two public logs against numbers found by other means."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from itertools import pairwise

import pandas as pd
import pytest

from cs_lib import data, params
from cs_lib.metrics.queries.journey.handoffs import handoffs
from cs_lib.metrics.queries.journey.read import journey_read
from cs_lib.metrics.queries.sql import NotAvailable

CONTACTS = "contact_id opened_at status\n"
EVENTS = "contact_id ts seq stage team_id agent_id\n"


@pytest.fixture
def moved(source, observed):
    """Handoffs of contacts, each given by the teams of its steps."""

    def of(*walks, by="team", agents=None):
        contacts, events = CONTACTS, EVENTS
        for i, walk in enumerate(walks):
            contacts += f"K{i} 2026-01-05T08:00 open\n"
            for seq, team in enumerate(walk):
                who = "-" if agents is None else agents[seq % len(agents)]
                events += f"K{i} 2026-01-05T08:{10 + seq} {seq} in_progress {team} {who}\n"
        source.table("contacts", contacts)
        source.table("events", events)
        with journey_read(observed("2026-03-01"), date(2026, 1, 1), date(2026, 2, 28)) as read:
            return handoffs(read, by)

    return of


def test_steps_without_a_team_move_nothing_and_returns_are_direct(moved):
    """A-B-A is a return; A-B-C-A is none; a team that goes on is no move."""
    found = moved("AA-BB-A", "ABCA", "A-A", "--")
    assert found.moves == {("A", "B"): 2, ("B", "A"): 1, ("B", "C"): 1, ("C", "A"): 1}
    assert (found.cases, found.moved, found.changes) == (3, 2, 5)
    assert (found.returning, found.returns) == (1, 1)
    assert found.names == ("A", "B", "C")


def test_back_and_forth_returns_each_time(moved):
    found = moved("ABABA")
    assert (found.changes, found.returning, found.returns) == (4, 1, 3)


def test_beyond_thirty_names_the_rest_is_one(moved):
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh"
    found = moved(*([f"{letters[0]}{one}" for one in letters[1:]] + [letters[1] + letters[0]]))
    assert len(found.names) == 30 and found.names[:2] == ("A", "B")
    assert found.moves["A", "other"] == 4 and sum(found.moves.values()) == 34 == found.changes


def test_no_names_are_no_zero(moved):
    with pytest.raises(NotAvailable, match="no step names a team"):
        moved("--")
    with pytest.raises(NotAvailable, match="no step names a person"):
        moved("AB", by="person")


@pytest.fixture
def public(real_data):
    """Handoffs of all contacts of a public log, and the teams of each contact."""

    def of(name, by):
        study = params.load("helpdesk_new_year_2012")
        study = study.model_copy(update={"source": name, "as_of": date(2014, 12, 31)})
        days = date(2000, 1, 1), date(2014, 12, 30)
        with closing(data.load(study)) as desk, journey_read(desk, *days) as read:
            walks = read.rows("SELECT number, team FROM cs_journey_walk")
            return handoffs(read, by), [(number, read.teams[team]) for number, team in walks]

    return of


def test_people_of_the_italian_help_desk(public):
    found, _ = public("helpdesk_log", "person")
    assert (found.cases, found.returning, found.returns) == (4580, 269, 306)
    assert len(found.names) == 22 and sum(found.moves.values()) == found.changes


def counted(log):
    """Cases, cases with a change of team, changes, cases with A-B-A, how often, and cases in the first line only."""
    walks = [list(own) for _, own in log.groupby("case_id").support_team]
    moves = [[(a, b) for a, b in pairwise(walk) if a != b] for walk in walks]
    back = [sum(one[0] == then[1] for one, then in pairwise(own)) for own in moves]
    first = sum(not any(team.endswith(("2nd", "3rd")) for team in walk) for walk in walks)
    changes = sum(map(len, moves))
    return len(walks), sum(map(bool, moves)), changes, sum(map(bool, back)), sum(back), first


def test_teams_of_the_problems_of_2013(public, real_data):
    """The published numbers are of the whole log; its last day is not wholly observed and is left out here."""
    log = pd.read_csv(real_data / "bpi2013_closed_problems_events.csv.gz")
    log = log.sort_values(["case_id", "timestamp"], kind="stable")
    assert counted(log) == (1487, 280, 655, 107, 186, 48) and round(655 / 1487, 4) == 0.4405
    found, walks = public("bpi2013", "team")
    higher = {number for number, team in walks if team.endswith(("2nd", "3rd"))}
    first = len({number for number, _ in walks} - higher)
    ours = (found.cases, found.moved, found.changes, found.returning, found.returns, first)
    assert ours == counted(log[log.timestamp < "2012-05-31"])
