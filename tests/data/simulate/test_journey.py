"""The story about the journey: plain counting of the log finds each planted pain again, and quiet desks lack it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from cs_lib.data.simulate import STORIES, SimulatedDesk, simulate
from cs_lib.data.simulate.journey.plan import JourneyPlan
from tests.data.simulate.journeys import MOVED, PAINS, gap, steps, those_of, with_pains

SEEDS = (5, 6)  # of the first six desks those that show the smallest gaps
DAY = pd.Timedelta(days=1)
AHEAD = pd.Timedelta(hours=8)  # of the desk's zone


@pytest.fixture(scope="module")
def desks() -> list[SimulatedDesk]:
    return [simulate(seed=s, plan=STORIES["journey"]) for s in SEEDS]


@pytest.fixture(scope="module")
def desk(desks) -> SimulatedDesk:
    return desks[0]


@pytest.fixture(scope="module")
def quiet() -> list[SimulatedDesk]:
    return [simulate(seed=s, plan=STORIES["journey_quiet"]) for s in SEEDS[:1]]


@pytest.fixture(scope="module")
def found(desks) -> list[pd.DataFrame]:
    return [with_pains(d) for d in desks]


@pytest.fixture(scope="module")
def silent(quiet) -> list[pd.DataFrame]:
    return [with_pains(d) for d in quiet]


@pytest.fixture(scope="module")
def log(desk) -> pd.DataFrame:
    return steps(desk)


# The tables


@pytest.mark.parametrize("story", ["usual", "emerging_needs"])
def test_other_desks_have_no_promised_calls_and_no_such_truth(story):
    other = simulate(customers=400, plan=STORIES[story])
    assert "follow_up_due_at" not in other.tables["contacts"]
    assert other.truth.journey is None


def test_the_same_seed_tells_the_same_story():
    first, again, other = (
        "".join(t.to_csv() for t in d.tables.values()) + repr(d.truth)
        for d in (simulate(seed=s, customers=400, plan=STORIES["journey"]) for s in (1, 1, 2))
    )
    assert first == again
    assert first != other


def test_stamps_of_the_log_are_those_of_the_contacts_and_in_order(desk, log):
    rows = desk.tables["contacts"].set_index("contact_id")
    assert (log.groupby("contact_id")["ts"].diff().dropna() >= pd.Timedelta(0)).all()
    people = (log["stage"] == "replied") & (log["actor"] == "agent") & (log["is_public"] == True)  # noqa: E712
    for some, stamp, last in (
        (people, "first_response_at", False),
        (log["stage"] == "resolved", "resolved_at", True),
        (log["stage"] == "closed", "closed_at", True),
    ):
        told = log[some].groupby("contact_id")["ts"]
        told = told.max() if last else told.min()
        assert (told == rows.loc[told.index, stamp]).all()
        assert len(told) == rows.loc[log["contact_id"].unique(), stamp].notna().sum()


def test_what_is_due_after_the_cut_of_a_source_is_not_known(source):
    source.settings = {
        "source": "tiny",
        "title": "A desk with promised calls",
        "timezone": "Asia/Shanghai",
        "currency": "CNY",
        "simulate": {"story": "journey", "seed": 1, "customers": 600},
    }
    engine = source.desk("2026-03-01").engine
    due = simulate(seed=1, customers=600, plan=STORIES["journey"]).tables["contacts"][
        "follow_up_due_at"
    ]
    cut = pd.Timestamp("2026-03-01") - AHEAD
    assert engine.rows("SELECT count(follow_up_due_at), max(follow_up_due_at) FROM contacts")[
        0
    ] == (
        (due < cut).sum(),
        due[due < cut].max(),
    )
    assert 0.5 < (due < cut).sum() / due.notna().sum() < 0.8


# Whom each pain hits


def test_the_log_shows_exactly_the_contacts_that_the_truth_counts(desks, found):
    for desk, rows in zip(desks, found, strict=True):
        for pain in PAINS:
            truth, mine = desk.truth.journey.pain(pain), those_of(rows, pain)
            hit = mine[mine[pain]]
            # A call may be late and still to come at the cut: the log cannot tell it from a missed one.
            waiting = (desk.observed_until - hit["follow_up_due_at"] < DAY).sum()
            slack = waiting if pain == "missed_follow_up" else 0
            assert truth.population == len(mine)
            assert truth.contacts <= len(hit) <= truth.contacts + slack
            assert truth.customers <= hit["customer_id"].nunique() <= truth.customers + slack
            assert sum(truth.owners.values()) == truth.contacts
        decoy = desk.truth.journey.decoy
        assert (decoy.population, decoy.contacts) == (len(rows), rows["waited"].sum())


def test_shares_are_those_of_the_plan(desks):
    for desk in desks:
        truth = desk.truth.journey
        for step in (*truth.pains, truth.decoy):
            share = step.contacts / step.population
            error = np.sqrt(step.expected_share * (1 - step.expected_share) / step.population)
            assert abs(share - step.expected_share) < 4 * error


def test_customers_chase_the_more_the_longer_the_silence(found):
    rows = pd.concat(found)
    rows = rows[rows["first_response_at"].notna()]
    wait = (rows["first_response_at"] - rows["opened_at"]).dt.total_seconds() / 3_600
    by_wait = rows["chase"].groupby(pd.cut(wait, [0, 0.25, 1, 4, 1_000])).mean()
    by_time = rows["chase"].groupby(pd.qcut(rows["hours"], 4)).mean()
    assert (by_wait.diff().dropna() > 0.02).all()
    assert (by_time.diff().dropna() > 0.005).all()


def test_chases_before_an_answer_and_during_the_work_are_counted_apart(desk, log):
    messages = log[(log["stage"] == "replied") & (log["actor"] == "customer")]
    answered = desk.tables["contacts"].set_index("contact_id")["first_response_at"]
    early = messages["ts"] < messages["contact_id"].map(answered)
    counts = [messages[side].groupby("contact_id").size() for side in (early, ~early)]
    paused = log.loc[log["stage"] == "waiting_customer", "contact_id"].value_counts()
    in_work = counts[1] - paused.reindex(counts[1].index).fillna(0)  # what we asked for is no chase
    truth = desk.truth.journey.chases
    added = desk.truth.plan.journey.steps.added_share
    assert (in_work >= 2).sum() == truth["in_work"]
    assert truth["before_answer"] == (counts[0] >= 2).sum()
    people = answered.reindex(log["contact_id"].unique()).notna().sum() - truth["before_answer"]
    assert (counts[0] == 1).sum() == pytest.approx(added * people, rel=0.12)


def test_handoffs_go_through_the_teams_that_the_truth_counts(desk, log):
    owned = log[log["stage"].isin(["assigned", *MOVED])]
    way = owned.groupby("contact_id")["team_id"].agg(tuple)
    assert all(a != b for teams in way for a, b in pairwise(teams))
    team = desk.tables["contacts"].set_index("contact_id").loc[way.index, "team_id"]
    assert (way.str[-1] == team).all()
    names = way.map(
        lambda teams: "-".join("ABCD"[list(dict.fromkeys(teams)).index(t)] for t in teams)
    )
    counts = names.value_counts().to_dict()
    counts.pop("A")
    assert counts == desk.truth.journey.handoffs


def test_the_need_that_is_about_the_wrong_team_is_handed_on_most(found):
    rows = pd.concat(found)
    rows = rows[rows["handled_by"] != "bot"]
    misrouted = rows["need_code"] == "sent_to_wrong_team"
    plan = JourneyPlan().handoffs
    for mine, first in ((misrouted, plan.misrouted_first_share), (~misrouted, plan.first_share)):
        share, expected = rows.loc[mine, "second_handoff"].mean(), first * plan.again_share
        assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / mine.sum())


def test_promised_calls_are_kept_late_or_missed_before_anyone_is_asked(desks, found):
    for desk, rows in zip(desks, found, strict=True):
        log = desk.tables["events"]
        call = rows["contact_id"].map(
            log[log["stage"] == "follow_up"].groupby("contact_id")["ts"].min()
        )
        promised = rows["follow_up_due_at"].notna()
        due = rows["follow_up_due_at"] + AHEAD
        assert rows.loc[promised, "is_complaint"].all()
        assert (due[promised].dt.hour == 18).all()
        assert (rows["resolved_at"] < rows["follow_up_due_at"])[promised].all()
        truth = desk.truth.journey.promises
        kept = rows["due"] & (call <= rows["follow_up_due_at"])
        assert kept.sum() == truth["kept"]
        assert abs(rows["late_follow_up"].sum() - truth["late"]) < 8
        surveys = desk.tables["surveys"]
        offered = rows["contact_id"].map(
            surveys[surveys["kind"] == "csat"].set_index("contact_id")["offered_at"]
        )
        assert not (offered[promised] < rows["follow_up_due_at"][promised]).any()
        assert not (offered[rows["late_follow_up"]] < call[rows["late_follow_up"]]).any()
        unpromised = rows["is_complaint"].fillna(False).astype(bool) & ~promised
        assert 0.1 < call[unpromised].notna().mean() < 0.2


# How much it hurts


def test_every_desk_shows_the_three_pains_with_a_clear_interval(desks, found):
    for desk, rows in zip(desks, found, strict=True):
        for pain in PAINS:
            truth, seen = desk.truth.journey.pain(pain).gap, gap(those_of(rows, pain), pain)
            assert seen.within + 1.96 * seen.within_se < -0.03
            assert abs(seen.within - truth.within) < 3.5 * seen.within_se
            assert abs(seen.raw - truth.raw) < 3.5 * seen.raw_se


def test_need_and_duration_leave_the_planted_effect(desks):
    """What is left of others' reasons within a fifth of the durations is at most two points."""
    for desk in desks:
        for truth in desk.truth.journey.pains:
            assert truth.effect_answered < -0.09
            assert abs(truth.gap.within - truth.effect_answered) < 0.02
            assert abs(truth.effect - truth.effect_answered) < 0.015


def test_gaps_of_the_desks_together_are_the_expected_ones(desks, found):
    for pain in PAINS:
        seen = [gap(those_of(rows, pain), pain) for rows in found]
        truth = [d.truth.journey.pain(pain).gap for d in desks]
        miss = np.mean([s.within - t.within for s, t in zip(seen, truth, strict=True)])
        error = np.sqrt(sum(s.within_se**2 for s in seen)) / len(seen)
        assert abs(miss) < 3 * error


def test_the_same_desk_without_shifts_differs_by_their_effects(desk, found):
    """Every draw is the same, so a difference has little noise: that of answers that others would have given."""
    plan = STORIES["journey"].journey
    spared = {
        part: replace(getattr(plan, part), shift=0.0) for part in ("chases", "handoffs", "promises")
    }
    other = simulate(
        seed=SEEDS[0], plan=replace(STORIES["journey"], journey=replace(plan, **spared))
    )
    assert desk.tables["events"].equals(other.tables["events"])
    alone = found[0][list(PAINS)].sum(axis=1) == 1
    for pain in PAINS:
        ids, shares = found[0].loc[alone & found[0][pain], "contact_id"], []
        for tables in (desk.tables, other.tables):
            asked = tables["surveys"][tables["surveys"]["score"].notna()]
            mine = asked[(asked["kind"] == "csat") & asked["contact_id"].isin(ids)]
            shares.append((mine["score"] >= 4).mean())
        effect = desk.truth.journey.pain(pain).effect_answered
        assert shares[0] - shares[1] == pytest.approx(effect, abs=0.05)


def test_a_late_call_moves_nothing(found):
    rows = pd.concat(found)
    rows = rows[rows["due"] & ~rows["missed_follow_up"]]
    seen = gap(rows, "late_follow_up")
    assert abs(seen.within) < 2.5 * seen.within_se


def test_the_decoy_shows_a_gap_that_need_and_duration_take_away(desks, found):
    for desk, rows in zip(desks, found, strict=True):
        truth, seen = desk.truth.journey.decoy, gap(rows, "waited")
        assert truth.effect == 0 and abs(truth.gap.within) < 0.01
        assert truth.gap.raw < -0.1
        assert seen.raw + 1.96 * seen.raw_se < -0.05
        assert abs(seen.raw - truth.gap.raw) < 3.5 * seen.raw_se
        assert abs(seen.within) < 2.5 * seen.within_se


# The queue of one team


def pick_up_hours(desk: SimulatedDesk) -> pd.DataFrame:
    """From the queue to the first pick-up, by contact: hours, team, and whether opened after the date."""
    log, truth = desk.tables["events"], desk.truth.journey.queue
    first = log[log["stage"].isin(["created", "queued", "assigned"])]
    wide = first.pivot_table(
        index="contact_id", columns="stage", values="ts", aggfunc="min"
    ).dropna()
    team = log[log["stage"] == "assigned"].groupby("contact_id")["team_id"].first()
    return pd.DataFrame(
        {
            "queue": (wide["assigned"] - wide["queued"]).dt.total_seconds() / 3_600,
            "all": (wide["assigned"] - wide["created"]).dt.total_seconds() / 3_600,
            "mine": team.reindex(wide.index) == truth.team_id,
            "after": wide["created"] >= truth.live_at,
        }
    )


def change(waits: pd.DataFrame, column: str) -> pd.Series:
    """Factor on the geometric mean of waits after the date, of the team and of the others."""
    logs = np.log(waits[column]).groupby([waits["mine"], waits["after"]]).mean().unstack()
    return np.exp(logs[True] - logs[False])


def test_the_queue_of_one_team_triples_on_its_date(desks):
    found = []
    for desk in desks:
        truth, waits = desk.truth.journey.queue, pick_up_hours(desk)
        for column in ("queue", "all"):
            factor = change(waits, column)
            found.append(factor[True] / factor[False])
            assert abs(np.log(factor[False])) < 0.1
        hit = waits[waits["mine"] & waits["after"]]
        assert len(hit) == truth.contacts
        assert hit["all"].median() == pytest.approx(truth.median_hours)
        assert truth.median_hours_without == pytest.approx(truth.median_hours / 3)
        assert truth.hours_added == pytest.approx(hit["all"].sum() * 2 / 3)
    assert np.exp(np.mean(np.log(found))) == pytest.approx(3, rel=0.1)


# Quiet desks


def test_quiet_desks_have_the_same_steps_and_no_pain(desks, quiet, silent):
    for desk, other, rows in zip(desks, quiet, silent, strict=False):
        truth = other.truth.journey
        for pain in PAINS:
            mine, seen = truth.pain(pain), gap(those_of(rows, pain), pain)
            loud = desk.truth.journey.pain(pain)
            assert mine.contacts / mine.population == pytest.approx(
                loud.contacts / loud.population, rel=0.05
            )
            assert mine.effect == mine.effect_answered == mine.latent_shift == 0
            assert abs(mine.gap.within) < 0.015
            assert abs(seen.within) < 3 * seen.within_se
        assert gap(rows, "waited").raw < -0.05  # the decoy is there
        assert truth.queue.factor == 1 and truth.queue.hours_added == 0
        factor = change(pick_up_hours(other), "all")
        assert abs(np.log(factor[True] / factor[False])) < 0.35


# What a map must be able to draw


def test_the_log_has_loops_repeats_redone_work_waits_and_a_closing_timer(desk, log):
    rows = desk.tables["contacts"]
    contacts = log["contact_id"].nunique()

    def share(stage: str) -> float:
        return log.loc[log["stage"] == stage, "contact_id"].nunique() / contacts

    assert 0.02 < share("reopened") < 0.05
    assert 0.15 < share("waiting_customer") < 0.25
    assert 0.04 < share("waiting_third_party") < 0.10
    begun = log[(log["stage"] == "in_progress") & (log["actor"] == "agent")]
    by_agent = begun.groupby(["contact_id", "agent_id"]).size()
    repeated = by_agent[by_agent > 1].index.get_level_values(0).nunique() / contacts
    agents = by_agent.groupby(level=0).size()
    assert 0.05 < repeated < 0.25
    assert 0.05 < (agents > 1).sum() / contacts < 0.25
    in_one_team = begun.groupby(["contact_id", "team_id"])["agent_id"].nunique()
    assert 0.02 < (in_one_team > 1).groupby(level=0).any().sum() / contacts < 0.10
    timer = (rows["closed_at"] - rows["resolved_at"]).dropna() == 7 * DAY
    assert timer.mean() == pytest.approx(0.85, abs=0.02)


def test_steps_of_people_name_their_team_and_agent(desk, log):
    ours = log[(log["actor"] == "agent") | log["stage"].isin(["assigned", "in_progress"])]
    assert ours[["team_id", "agent_id"]].notna().all(axis=None)
    team = desk.tables["agents"].set_index("agent_id")["team_id"]
    assert (ours["agent_id"].map(team) == ours["team_id"]).all()
    queue = log[log["stage"] == "queued"]
    assert queue["team_id"].notna().all() and queue["agent_id"].isna().all()
