"""The change log as it was known at the cut: its entries, what moved in a period, and when it was last kept."""

from datetime import date

import pytest

from cs_lib.metrics.changes_logged import (
    changes_logged,
    changes_planned,
    logged_until,
    moved_within,
    while_served,
)
from cs_lib.params import PerkAbTest
from tests.experiment.test_logged import change

CONTACTS = "contact_id opened_at status\nC1 2026-01-02T08:00:00 open\nC2 2026-02-27T22:00:00 open"
LOG = """change_id,name,kind,live_at,ended_at,scope,rollout,ramp_days,owner,action,found_at
F2,New script,script,2026-02-10,,"team_id in (T01, 'T02') and channel in (chat)",staged,6.5,service,A7,2026-01-20
F1,,,2025-06-01T23:30:00,2026-02-01T10:00:00,,,,,,
F3,Still ahead,policy,2026-03-05,,everybody,,,,,
F4,Ends later,tool,2026-02-20,2026-03-15,,,,,,
"""


@pytest.fixture
def desk(source):
    source.settings["timezone"] = "Asia/Shanghai"
    source.table("contacts", CONTACTS)
    source.file("flow_changes", LOG)
    return source.desk("2026-02-28")


def test_every_column_of_an_entry_is_in_its_record(desk):
    first, second, _ = changes_logged(desk)
    assert (second.change_id, str(second.title), second.kind) == ("F2", "New script", "script")
    assert second.where == {"team_id": ("T01", "T02"), "channel": ("chat",)}
    assert (second.day, second.settled, second.last) == (date(2026, 2, 10), date(2026, 2, 17), None)
    assert (second.owner, second.action, second.rollout) == ("service", "A7", "staged")
    assert second.found == date(2026, 1, 20)
    assert (str(first.title), first.day, first.last) == ("F1", date(2025, 6, 1), date(2026, 2, 1))
    assert (first.scope, first.where, first.kind, first.action) == ("", None, "", "")


def test_what_lies_behind_the_cut_is_not_known(desk):
    known = changes_logged(desk)
    assert [(c.change_id, c.last) for c in known][-1] == ("F4", None)
    assert "F3" not in [c.change_id for c in known]
    assert logged_until(desk) == date(2026, 2, 20)
    ahead = changes_planned(desk, start=date(2026, 2, 1), end=date(2026, 12, 31))
    assert [c.change_id for c in ahead] == ["F3"]


def test_a_test_is_told_what_moved_from_its_first_assignment_to_its_last_outcome(desk):
    found = while_served(desk, perk_test(["2026-02-11", "2026-02-15"]))
    assert found["served"] == (date(2026, 2, 11), date(2026, 2, 27))  # the cut comes before 60 days
    assert [c.change_id for c in found["changes"]] == ["F2", "F4"]  # F2 still grew on the first day
    early = while_served(desk, perk_test(["2025-06-02", "2025-06-03"]))
    assert early["served"][1] == date(2025, 8, 2) and early["changes"] == ()
    assert early["logged_until"] == date(2026, 2, 20)


def perk_test(period):
    design = {
        "experiment": "x", "control": "c", "arms": ["t"], "split": {"c": 0.5, "t": 0.5}, "period": period,
    }  # fmt: skip
    settings = {
        "study": "tiny", "notebook": "perk_ab_test", "question": "Does it pay at all?",
        "as_of": "2026-02-28", "source": "tiny", "design": design,
        "measure": {"primary_metric": "repurchase_60d"}, "rule": {"min_effect": 0.02, "planned_n": 10},
    }  # fmt: skip
    return PerkAbTest.model_validate(settings)


@pytest.mark.parametrize("log", [None, "change_id,live_at\nF9,2026-05-01\n"])
def test_no_log_and_one_of_the_future_alone_tell_nothing(source, log):
    source.table("contacts", CONTACTS)
    if log:
        source.file("flow_changes", log)
    desk = source.desk("2026-02-28")
    assert (changes_logged(desk), logged_until(desk)) == ((), None)


START, END = date(2026, 2, 1), date(2026, 3, 31)


@pytest.mark.parametrize(
    ("entry", "moves"),
    [
        (change(day="2026-02-01"), True),
        (change(day="2026-03-31"), True),
        (change(day="2026-04-01"), False),
        (change(day="2026-01-31"), False),  # on all through
        (change(day="2026-01-20", settled="2026-02-03"), True),  # still growing
        (change(day="2026-01-20", settled="2026-02-01"), False),
        (change(day="2026-01-20", settled="2026-02-03", last="2026-01-25"), False),
        (change(day="2025-01-20", last="2026-03-01"), True),  # taken back within
        (change(day="2025-01-20", last="2026-01-31"), False),
        (change(day="2025-01-20", last="2026-04-01"), False),
    ],
)
def test_a_change_moves_in_a_period_when_it_begins_grows_or_ends_there(entry, moves):
    assert bool(moved_within([entry], START, END)) is moves
