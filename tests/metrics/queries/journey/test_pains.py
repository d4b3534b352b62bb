"""Who was hit by what: every pain on logs small enough to check by eye, and what is never told as nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from cs_lib.language import say
from cs_lib.metrics.queries.journey.pains import SORTS, sizes_and_cells
from cs_lib.metrics.queries.journey.read import journey_read

OPENED = datetime(2026, 1, 5, 8)
DAY = 24 * 60
TARGETS = {"answer": 1.0, "work": 2.0, "third_party": 3.0, "again": 1.0}
CONTACTS = "contact_id customer_id need_code owner opened_at resolved_at status is_complaint follow_up_due_at team_id\n"
EVENTS = "contact_id ts seq stage actor team_id is_public\n"
SURVEYS = "survey_id contact_id kind offered_at answered_at score scale_min scale_max\n"
LATE = datetime(2026, 2, 25, 8)  # three days and 16 hours before the data cut

# A contact: what happens so many minutes after the opening, what is known of it, and which pains hit it (True), which
# do not (False) and which cannot be told (None).
LOGS = {
    "chased": ("10 msg, 20 msg, 30 reply A", {}, {"chased": True, "long_answer": False}),
    "answered_between": ("10 msg, 15 reply A, 20 msg, 30 reply A", {}, {"chased": False}),
    "noted_between": ("10 msg, 12 note A, 13 bot A, 14 auto A, 20 msg", {}, {"chased": True}),
    "told_nothing_of_public": ("10 msg, 15 said A, 20 msg", {}, {"chased": False}),
    "there_and_back": ("5 reply A, 10 moved B, 20 moved A", {}, {"handed_on_twice": True}),
    "bot_first": ("5 bot C, 8 reply A, 10 moved B, 15 work B", {}, {"handed_on_twice": False}),
    "moved_once": ("5 reply A, 10 moved B, 15 work B", {}, {"handed_on_twice": False}),
    "wrote_after": ("5 reply A, 10 moved B, 20 msg, 30 reply B", {}, {"wrote_after_handoff": True}),
    "told_first": ("5 reply A, 10 moved B, 15 reply B, 20 msg", {}, {"wrote_after_handoff": False}),
    "wrote_before": ("5 reply A, 8 msg, 10 moved B", {}, {"wrote_after_handoff": False}),
    "back_in_three_days": (f"5 reply A, 90 solved A, {90 + 3 * DAY} again A", {}, {"reopened_soon": True}),
    "back_later": (f"5 reply A, 90 solved A, {91 + 3 * DAY} again A", {}, {"reopened_soon": False}),
    "back_the_second_time": (
        f"5 reply A, 90 solved A, {5 * DAY} again A, {6 * DAY} solved A, {7 * DAY} again A",
        {},
        {"reopened_soon": True},
    ),
    "just_solved": ("5 reply A, 1400 solved A", {"opened": LATE}, {"reopened_soon": None}),
    "called_in_time": (f"5 reply A, {DAY} called A", {"due": DAY}, {"promise_missed": False}),
    "called_late": (f"5 reply A, {2 * DAY} called A", {"due": DAY}, {"promise_missed": False}),
    "called_too_late": (f"5 reply A, {2 * DAY + 1} called A", {"due": DAY}, {"promise_missed": True}),
    "never_called": ("5 reply A", {"due": DAY}, {"promise_missed": True}),
    "not_due": ("5 reply A", {"due": 60 * DAY}, {"promise_missed": None}),
    "nothing_promised": ("5 reply A", {}, {"promise_missed": None}),
    "asked_back": (
        f"5 reply A, 90 solved A, {90 + 7 * DAY} called A",
        {"solved": 90, "complaint": True},
        {"no_follow_up": False},
    ),
    "asked_late": (
        f"5 reply A, 90 solved A, {91 + 7 * DAY} called A",
        {"solved": 90, "complaint": True},
        {"no_follow_up": True},
    ),
    "asked_before": (
        "5 reply A, 60 called A, 90 solved A", {"solved": 90, "complaint": True}, {"no_follow_up": True},
    ),
    "no_complaint": ("5 reply A, 90 solved A", {"solved": 90}, {"no_follow_up": None}),
    "complaint_just_solved": (
        "5 reply A, 90 solved A",
        {"opened": LATE, "solved": 90, "complaint": True},
        {"no_follow_up": None, "reopened_soon": False},
    ),
    "unsolved": ("5 reply A", {"complaint": True}, {"no_follow_up": None, "reopened_soon": None}),
    "answered_on_time": ("60 reply A", {}, {"long_answer": False}),
    "answered_late": ("61 reply A", {}, {"long_answer": True}),
    "never_answered": ("5 queued A", {}, {"long_answer": True}),
    "long_in_work": ("5 reply A, 126 solved A", {"solved": 126}, {"long_work": True}),
    "short_in_work": ("5 reply A, 125 solved A", {"solved": 125}, {"long_work": False}),
    "partner_slow": (
        "5 reply A, 6 partner A, 187 work A, 190 solved A", {"solved": 190}, {"long_third_party": True},
    ),
    "partner_in_time": (
        "5 reply A, 6 partner A, 186 work A, 190 solved A", {"solved": 190}, {"long_third_party": False},
    ),
    "customer_slow": (
        "5 reply A, 6 asked A, 999 work A, 1000 solved A",
        {"solved": 1000},
        {"long_third_party": None, "long_work": False},
    ),
    "long_again": (
        f"5 reply A, 90 solved A, {DAY} again A, {DAY + 61} solved A",
        {"solved": DAY + 61},
        {"long_again": True, "reopened_soon": True},
    ),
    "again_on_the_customer": (
        f"5 reply A, 90 solved A, {DAY} again A, {DAY + 30} asked A, {2 * DAY} solved A",
        {"solved": 2 * DAY},
        {"long_again": False},
    ),
    "never_again": ("5 reply A, 90 solved A", {"solved": 90}, {"long_again": None, "reopened_soon": False}),
}  # fmt: skip
STEPS = {
    "msg": "replied customer true", "reply": "replied agent true", "note": "replied agent false",
    "said": "replied agent -", "bot": "replied bot true", "auto": "replied system true",
    "moved": "transferred agent -", "work": "in_progress agent -", "queued": "queued system -",
    "solved": "resolved agent -", "again": "reopened customer -", "called": "follow_up agent -",
    "partner": "waiting_third_party agent -", "asked": "waiting_customer agent -",
}  # fmt: skip


def stamp(opened, minutes):
    return "-" if minutes is None else f"{opened + timedelta(minutes=minutes):%Y-%m-%dT%H:%M}"


def tables(source, logs, *, surveys=()):
    """Contacts whose need is their own name, their steps, and surveys (contact, minutes of the answer, score)."""
    contacts, events = CONTACTS, EVENTS
    for name, (steps, known, _) in logs.items():
        opened, solved = known.get("opened", OPENED), known.get("solved")
        status, complaint = (
            "resolved" if solved else "open",
            str(known.get("complaint", False)).lower(),
        )
        contacts += (
            f"{name} {known.get('customer', name)} {known.get('need', name)} {known.get('owner', 'product')}"
            f" {stamp(opened, 0)} {stamp(opened, solved)} {status} {complaint} {stamp(opened, known.get('due'))} A\n"
        )
        for seq, step in enumerate(["0 created customer -", *steps.split(", ")]):
            minutes, what, *team = step.split()
            stage, actor, public = STEPS.get(what, "created customer -").split()
            team = team[0] if team and what != "created" else "-"
            events += (
                f"{name} {stamp(opened, int(minutes))} {seq} {stage} {actor} {team} {public}\n"
            )
    source.table("contacts", contacts)
    source.table("events", events)
    if surveys:
        rows = "".join(
            f"S{i} {name} csat {stamp(OPENED, at)} {stamp(OPENED, at)} {score} 1 5\n"
            for i, (name, at, score) in enumerate(surveys)
        )
        source.table("surveys", SURVEYS + rows)


@pytest.fixture
def pains(source, observed):
    """Pains of January and February 2026, as known on 1 March."""

    def of(logs, *, targets=None, surveys=()):
        tables(source, logs, surveys=surveys)
        with journey_read(observed("2026-03-01"), date(2026, 1, 1), date(2026, 2, 28)) as read:
            sizes, cells, absent = sizes_and_cells(read, targets or {}, 7)
        return {one.pain: one for one in sizes}, cells, absent

    return of


def test_every_pain_hits_whom_it_should(pains):
    """All logs on one desk; a survey of each, so that there are cells, which tell them apart by their needs."""
    surveys = [(name, 20 * DAY, 5) for name in LOGS if "opened" not in LOGS[name][1]]
    sizes, cells, absent = pains(LOGS, targets=TARGETS, surveys=surveys)
    assert absent == {} and list(sizes) == list(SORTS)
    told = {(cell.pain, cell.need): cell.hit for cell in cells}
    wrong = {
        (name, pain): told.get((pain, name))
        for name, (_, _, expected) in LOGS.items()
        for pain, hit in expected.items()
        if told.get((pain, name)) is not hit
    }
    assert wrong == {}
    for pain, size in sizes.items():
        hits = [hit for (of, _), hit in told.items() if of == pain]
        assert (size.possible, size.hit, size.customers) == (len(hits), sum(hits), sum(hits))
        assert size.by_target == (pain.startswith("long")) == (size.threshold is not None)


def test_how_bad_who_held_it_and_who_owns_it(pains):
    logs = {
        "one": ("5 queued A, 10 msg, 20 msg, 30 moved B, 40 reply B", {"owner": "agent"}, {}),
        "two": (
            "10 msg, 11 msg, 12 msg, 60 reply A, 70 moved B, 80 moved A",
            {"customer": "one"},
            {},
        ),
        "three": (f"5 reply A, {2 * DAY + 90} called A", {"due": DAY}, {}),
    }
    sizes, _, _ = pains(logs)
    minute = 60_000_000
    assert sizes["chased"].median == 40 * minute  # 30 and 50 minutes after the first message
    assert sizes["chased"].teams == {"A": 2} and sizes["chased"].owners == {
        "agent": 1,
        "product": 1,
    }
    assert (sizes["chased"].hit, sizes["chased"].customers) == (2, 1)
    assert sizes["handed_on_twice"].median == 2 and sizes["handed_on_twice"].teams == {"B": 1}
    assert sizes["promise_missed"].median == (DAY + 90) * minute
    assert sizes["wrote_after_handoff"].hit == 0 and sizes["wrote_after_handoff"].median is None


def test_who_came_back_after_the_study_and_with_which_need(pains):
    solved, none = {"solved": 90, "need": "n"}, "5 reply A"
    came = OPENED + timedelta(minutes=90, days=30)
    logs = {
        "chased": ("10 msg, 20 msg, 30 reply A, 90 solved A", solved, {}),
        "again": (none, {"customer": "chased", "opened": came, "need": "n"}, {}),
        "calm": ("10 msg, 20 reply A, 90 solved A", solved, {}),
        "too_late": (
            none,
            {"customer": "calm", "opened": came + timedelta(minutes=1), "need": "n"},
            {},
        ),
        "quiet": ("5 reply A, 90 solved A", solved, {}),
        "other_need": (none, {"customer": "quiet", "opened": came, "need": "m"}, {}),
        "young": ("10 msg, 20 msg, 90 solved A", {**solved, "opened": LATE}, {}),
    }
    assert pains(logs)[0]["chased"].back == (1, 1, 2, 0)


def test_an_answer_before_the_pain_is_no_effect_of_it(pains):
    """Chased: from the second message on. Promised: from the day it was due, for those who were called too."""
    chased, promise = "10 msg, 20 msg, 30 reply A", {"due": 5 * DAY}
    logs = {
        "early": (chased, {}, {}), "late": (chased, {}, {}), "calm": ("5 reply A", {}, {}),
        "missed": ("5 reply A", promise, {}), "missed_early": ("5 reply A", promise, {}),
        "kept_early": ("5 reply A, 9 called A", promise, {}),
    }  # fmt: skip
    surveys = [
        ("early", 19, 5), ("late", 20, 3), ("calm", 6, 4),
        ("missed", 5 * DAY, 4), ("missed_early", DAY, 5), ("kept_early", DAY, 5),
    ]  # fmt: skip
    cells = {
        (c.pain, c.need): (c.hit, c.cases, c.offered, c.answered, c.satisfied)
        for c in pains(logs, surveys=surveys)[1]
    }
    assert cells["chased", "early"] == (True, 1, 0, 0, 0)
    assert cells["chased", "late"] == (True, 1, 1, 1, 0)
    assert cells["chased", "calm"] == (False, 1, 1, 1, 1)
    assert cells["promise_missed", "missed"] == (True, 1, 1, 1, 1)
    assert cells["promise_missed", "missed_early"] == (True, 1, 0, 0, 0)
    assert cells["promise_missed", "kept_early"] == (False, 1, 0, 0, 0)


def test_what_the_log_cannot_say_is_said_and_never_zero(pains):
    """Nobody writes, no team, no reopening, no follow-up, no complaint, no partner, no survey."""
    sizes, cells, absent = pains({"bare": ("5 said -, 90 solved -", {"solved": 90}, {})})
    assert set(sizes) == {"long_answer", "long_work"} and cells == ()
    assert {name: say(str(why)) for name, why in absent.items()} == {
        "long_third_party": "No step waits on a third party.",
        "long_again": "No contact was worked on again after a reopening.",
        "chased": "No step is a message of a customer.",
        "handed_on_twice": "The steps do not name two teams.",
        "wrote_after_handoff": "No step is a message of a customer.",
        "reopened_soon": "No step says that a contact was reopened.",
        "promise_missed": "No contact says when a follow-up was due.",
        "no_follow_up": "No contact is marked as a complaint.",
        "asked_for_more": "No step waits on the customer.",
        "satisfaction": "No survey of satisfaction of these contacts is old enough to have been answered.",
    }


def test_promises_without_any_follow_up_in_the_log_are_not_all_missed(pains):
    logs = {"one": ("5 reply A, 90 solved A", {"due": DAY, "solved": 90, "complaint": True}, {})}
    sizes, _, absent = pains(logs)
    assert not {"promise_missed", "no_follow_up"} & set(sizes)
    assert (
        str(absent["promise_missed"])
        == str(absent["no_follow_up"])
        == "No step is a follow-up of ours."
    )
