"""Pains, handoffs, weekly waits, traits and returns of a simulated desk, counted again with pandas."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from cs_lib.data.contracts import CHANNELS, OWNERS
from cs_lib.metrics.queries.journey.handoffs import handoffs
from cs_lib.metrics.queries.journey.over_time import slow_and_fast, weekly
from cs_lib.metrics.queries.journey.pains import SORTS, sizes_and_cells
from cs_lib.metrics.queries.journey.read import journey_read
from cs_lib.metrics.queries.journey.returned import returned
from tests.conftest import TinySource

START, END = date(2025, 9, 1), date(2026, 6, 30)
DAYS = 7
DAY = pd.Timedelta(days=1)
NEVER = pd.Timestamp.max


class Counted:
    """What the engine says, and the tables it was counted from."""

    def __init__(self, desk) -> None:
        with journey_read(desk, START, END) as read:
            self.teams, self.people = handoffs(read, "team"), handoffs(read, "person")
            self.weekly, self.slow = weekly(read), slow_and_fast(read)
            self.returned = returned(read)
            self.read_teams, self.read_needs = read.teams, read.needs
            engine = desk.engine
            self.cases = engine.frame(
                "SELECT c.contact_id, c.day, c.need, c.team, c.channel, c.owner, c.stratum, c.ended, c.resolved,"
                " c.first, c.answered_at, t.answer, t.work, t.others, t.again, t.others_third, t.others_customer,"
                " t.again_customer"
                " FROM cs_journey_cases c"
                " JOIN cs_journey_times t ON t.number = c.number"
            ).set_index("contact_id")
            self.ends = engine.frame(
                "SELECT c.contact_id, w.phase, max(w.till) AS till FROM cs_journey_walk w JOIN cs_journey_cases c"
                " ON c.number = w.number GROUP BY 1, 2"
            ).set_index(["contact_id", "phase"])["till"]
            self.sizes, self.cells, self.absent = sizes_and_cells(read, {"work": 24.0}, DAYS)
        self.cut = pd.Timestamp(desk.cut)
        contacts = engine.frame("SELECT * FROM contacts").set_index("contact_id")
        self.every = contacts[~contacts.status.isin(["merged", "spam", "cancelled"])]
        self.contacts = self.every.loc[self.cases.index]
        events = engine.frame("SELECT * FROM events").sort_values(["contact_id", "ts", "seq"])
        self.steps = {key: list(own.itertuples()) for key, own in events.groupby("contact_id")}
        surveys = engine.frame("SELECT * FROM surveys WHERE kind = 'csat'")
        surveys = surveys.sort_values(["offered_at", "survey_id"]).drop_duplicates("contact_id")
        self.surveys = surveys[surveys.offered_at <= self.cut - 7 * DAY].set_index("contact_id")


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """The desk of the story about the journey, of 2,000 customers."""
    home = tmp_path_factory.mktemp("desk")
    for folder in ("params/sources", "notebooks"):
        (home / folder).mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CS_HOME", str(home))
        patch.setenv("CS_CACHE", str(home / "cache"))
        source = TinySource(home)
        source.settings |= {
            "timezone": "Asia/Shanghai",
            "currency": "CNY",
            "simulate": {"seed": 7, "customers": 2_000, "story": "journey"},
        }
        desk = source.desk("2026-07-01")
        yield Counted(desk)
        desk.close()


def there(value) -> bool:
    return not pd.isna(value)


def team_before(steps, moment, own):
    """The last team that a step before a moment names, else the first that any does, else the contact's."""
    every = [s for s in steps if there(s.team_id)]
    named = [s for s in every if s.actor != "bot"] or every
    before = [s.team_id for s in named if s.ts < moment]
    return before[-1] if before else named[0].team_id if named else own


def answer_moves(steps):
    """When chased, from when and until when; and when the customer wrote after a change of team."""
    asked, chased, moved, team, wrote = [], None, False, None, None
    for s in steps:
        if there(s.team_id) and s.actor != "bot":
            moved, team = moved or (team is not None and s.team_id != team), s.team_id
        if s.stage == "replied" and s.actor == "customer":
            asked.append(s.ts)
            if chased is None and len(asked) == 2:
                chased = [s.ts, asked[0], None]
            if moved and wrote is None:
                wrote = s.ts
        public = not (there(s.is_public) and not s.is_public)
        if s.stage == "replied" and public and (s.actor == "agent" or not there(s.actor)):
            asked, moved = [], False
            if chased is not None and chased[2] is None:
                chased[2] = s.ts
    return chased, wrote


def changes(steps, holder):
    """Each change of holder, bots aside: when, from whom, to whom."""
    people = [s for s in steps if s.actor != "bot" and there(getattr(s, holder))]
    held = [(s.ts, getattr(s, holder)) for s in people]
    return [(t, a, b) for (_, a), (t, b) in pairwise(held) if a != b]


def soon(steps):
    """The first reopening within three days of the resolution before it, and whether one was solved at all."""
    turns = [s for s in steps if s.stage in ("resolved", "reopened")]
    solved = [s.ts for s in turns if s.stage == "resolved"]
    again = [
        b.ts
        for a, b in pairwise(turns)
        if (a.stage, b.stage) == ("resolved", "reopened") and b.ts - a.ts <= 3 * DAY
    ]
    return (again[0] if again else None), (solved[0] if solved else None)


def told(of: Counted, key: str, thresholds) -> dict[str, tuple]:
    """By pain: hit or not, the moment, how bad; nothing where it cannot be told."""
    one, case, steps, found = of.contacts.loc[key], of.cases.loc[key], of.steps[key], {}
    ended, opened = there(case.ended), one.opened_at
    waits = {
        "long_answer": (case.answer, 1, ended or there(case.answered_at)),
        "long_work": (case.work, 2, ended),
        "long_third_party": (case.others_third if case.others_third > 0 else np.nan, 3, ended),
        "long_again": (case.again - case.again_customer, 6, ended),
    }
    for pain, (time, phase, through) in waits.items():
        if there(time) and (time > thresholds[pain] or through):
            end = of.ends.get((key, phase), case["first"])
            found[pain] = time > thresholds[pain], opened + pd.Timedelta(int(end), "us"), time
    held = case.others_customer + case.again_customer
    if held > 0 or (held == 0 and ended):
        end = of.ends.get((key, 3), of.ends.get((key, 6), case["first"]))
        found["asked_for_more"] = held > 0, opened + pd.Timedelta(int(end), "us"), held
    chased, wrote = answer_moves(steps)
    till = opened + pd.Timedelta(int(case.ended), "us") if ended else of.cut
    bad = ((chased[2] or till) - chased[1]) // pd.Timedelta(1, "us") if chased else np.nan
    found["chased"] = chased is not None, chased[0] if chased else None, bad
    moves = changes(steps, "team_id")
    twice = len(moves) >= 2
    found["handed_on_twice"] = twice, moves[1][0] if twice else None, len(moves)
    found["wrote_after_handoff"] = wrote is not None, wrote, np.nan
    again, solved = soon(steps)
    if again is not None or (solved is not None and solved + 3 * DAY <= of.cut):
        found["reopened_soon"] = again is not None, again, np.nan
    calls = [s.ts for s in steps if s.stage == "follow_up"]
    for pain, from_, due, asked in (
        ("promise_missed", pd.Timestamp.min, one.follow_up_due_at, there(one.follow_up_due_at)),
        (
            "no_follow_up",
            one.resolved_at,
            one.resolved_at + DAYS * DAY,
            one.is_complaint is True or one.is_complaint,
        ),
    ):
        grace = pd.Timedelta(days=1 if pain == "promise_missed" else 0)
        if there(due) and asked is not pd.NA and asked and due + grace <= of.cut:
            kept = any(from_ <= call <= due + grace for call in calls)
            late = [call - due for call in calls if call > due + grace]
            found[pain] = not kept, due, (late[0] // pd.Timedelta(1, "us") if late else np.nan)
    return found


def came_back(of: Counted) -> dict[str, bool]:
    """Contacts that can be followed for 30 days, and whether the customer came back with the need."""
    known = of.every[of.every.customer_id.notna() & of.every.need_code.notna()]
    opened = {
        key: own.to_numpy() for key, own in known.groupby(["customer_id", "need_code"]).opened_at
    }
    found = {}
    for key, one in known.loc[known.index.isin(of.contacts.index)].iterrows():
        if there(one.resolved_at) and one.resolved_at + 30 * DAY <= of.cut:
            others = opened[one.customer_id, one.need_code]
            after = (others > one.resolved_at) & (others <= one.resolved_at + 30 * DAY)
            found[key] = bool(after.any())
    return found


@pytest.fixture(scope="module")
def by_hand(counted):
    """The pains of each contact, and the thresholds they were told by."""
    cases, ended = counted.cases, counted.cases.ended.notna()
    times = {
        "long_answer": cases.answer[ended | cases.answered_at.notna()],
        "long_third_party": cases.others_third[ended & (cases.others_third > 0)],
        "long_again": (cases.again - cases.again_customer)[ended & cases.again.notna()],
    }
    thresholds = {pain: int(np.quantile(own.astype(float), 0.9)) for pain, own in times.items()}
    thresholds["long_work"] = 24 * 3_600_000_000
    return {key: told(counted, key, thresholds) for key in cases.index}, thresholds


def test_sizes_of_pains(counted, by_hand):
    pains, thresholds = by_hand
    assert counted.absent == {} and [one.pain for one in counted.sizes] == list(SORTS)
    back = came_back(counted)
    for size in counted.sizes:
        own = {key: found[size.pain] for key, found in pains.items() if size.pain in found}
        hits = [key for key, found in own.items() if found[0]]
        rows = counted.contacts.loc[hits]
        assert (size.possible, size.hit) == (len(own), len(hits)) and size.hit > 0
        assert size.customers == rows.customer_id.nunique() + rows.customer_id.isna().sum()
        assert size.threshold == thresholds.get(size.pain) and size.by_target == (
            size.pain == "long_work"
        )
        bad = [own[key][2] for key in hits if there(own[key][2])]
        assert size.median == (int(np.median(bad)) if bad else None)
        teams = Counter(
            team_before(counted.steps[key], own[key][1], counted.contacts.team_id[key])
            for key in hits
        )
        assert size.teams == dict(sorted(teams.items(), key=lambda p: (-p[1], p[0]))[:10])
        assert size.owners == dict(Counter(rows.owner.fillna("unknown")))
        others = [key for key, found in own.items() if not found[0]]
        sides = [[back[key] for key in side if key in back] for side in (hits, others)]
        assert size.back == (len(sides[0]), sum(sides[0]), len(sides[1]), sum(sides[1]))
    assert counted.returned == (len(back), sum(back.values()))


def test_cells(counted, by_hand):
    expected = defaultdict(lambda: np.zeros(4, dtype=int))
    for key, found in by_hand[0].items():
        need, stratum = counted.contacts.need_code[key], counted.cases.stratum[key]
        survey = counted.surveys.loc[key] if key in counted.surveys.index else None
        for pain, (hit, moment, _) in found.items():
            cell = expected[pain, need if there(need) else None, stratum, bool(hit)]
            cell[0] += 1
            if survey is None:
                continue
            answered = (
                there(survey.answered_at) and survey.answered_at <= survey.offered_at + 7 * DAY
            )
            if answered and moment is not None and survey.answered_at < moment:
                continue
            good = answered and survey.score - survey.scale_min >= 0.75 * (
                survey.scale_max - survey.scale_min
            )
            cell[1:] += (1, answered, good)
    assert {
        (c.pain, c.need, c.stratum, c.hit): (c.cases, c.offered, c.answered, c.satisfied)
        for c in counted.cells
    } == {key: tuple(cell.tolist()) for key, cell in expected.items()}
    assert sum(c.answered for c in counted.cells if c.hit) > 300


@pytest.mark.parametrize("holder", ["team_id", "agent_id"])
def test_handoffs(counted, holder):
    found = counted.teams if holder == "team_id" else counted.people
    walks = {key: changes(counted.steps[key], holder) for key in counted.cases.index}
    named = [k for k in walks if any(there(getattr(s, holder)) for s in counted.steps[k])]
    every = Counter((a, b) for own in walks.values() for _, a, b in own)
    busy = Counter()
    for (a, b), n in every.items():
        busy[a] += n
        busy[b] += n
    names = tuple(sorted(busy, key=lambda name: (-busy[name], name))[:30])
    expected = Counter()
    for ends, n in every.items():
        expected[tuple(one if one in names else "other" for one in ends)] += n
    back = [sum(a == d for (_, a, _), (_, _, d) in pairwise(own)) for own in walks.values()]
    assert found.names == names and found.moves == dict(expected)
    assert (found.cases, found.moved) == (len(named), sum(map(bool, walks.values())))
    assert found.changes == sum(map(len, walks.values())) == sum(found.moves.values())
    assert (found.returning, found.returns) == (
        sum(map(bool, back)),
        sum(back),
    ) and found.returns > 0


def test_weekly_waits(counted):
    cases = counted.cases
    weeks = ((END - START).days + 1) // 7
    first = END + timedelta(days=1) - timedelta(weeks=weeks)
    day = pd.to_datetime(cases.day)
    week = (day - pd.Timestamp(first)).dt.days // 7
    teams = cases.team.dropna().astype(int).map(lambda team: counted.read_teams[team])
    busiest = sorted(teams.value_counts().items(), key=lambda p: (-p[1], p[0]))[:10]
    assert {one.team for one in counted.weekly} == {None, *(name for name, _ in busiest)}
    assert len({(one.phase, one.team) for one in counted.weekly}) == len(counted.weekly)
    for one in counted.weekly:
        mine = cases[(day >= pd.Timestamp(first)) & cases[one.phase].notna()]
        if one.team is not None:
            mine = mine[teams.reindex(mine.index) == one.team]
        through = mine.ended.notna() | (mine.answered_at.notna() & (one.phase == "answer"))
        assert one.weeks.tolist() == [first + timedelta(weeks=w) for w in range(weeks)]
        for w in range(weeks):
            own = mine[one.phase][week.reindex(mine.index) == w].astype(float)
            seen = len(own) and 10 * (~through[own.index]).sum() <= len(own)
            expected = [int(own.median()), int(np.quantile(own, 0.9))] if seen else [-1, -1]
            assert one.cases[w] == len(own)
            assert [one.median[w], one.p90[w]] == pytest.approx(expected, abs=1)
    assert sum((one.median >= 0).sum() for one in counted.weekly) > 500


def test_what_slow_and_fast_contacts_have(counted):
    cases, contacts = counted.cases, counted.contacts
    slow, fast = (cases.index[cases.stratum == part] for part in (4, 0))
    found = counted.slow
    assert (found.slow, found.fast) == (len(slow), len(fast))
    assert (found.slow_from, found.fast_to) == (
        cases.resolved[slow].min(),
        cases.resolved[fast].max(),
    )
    had = {key: {s.raw_stage for s in counted.steps[key]} for key in cases.index}
    traits = {
        "need_code": contacts.need_code,
        "channel": cases.channel.map(lambda c: CHANNELS[int(c)], na_action="ignore"),
        "team_id": cases.team.map(lambda t: counted.read_teams[int(t)], na_action="ignore"),
        "priority": contacts.priority,
        "product_id": contacts.product_id,
    }
    for of in ("step", *traits):
        own = {one.value: (one.slow, one.fast) for one in found.features if one.of == of}
        sides = [
            Counter(step for key in side for step in had[key])
            if of == "step"
            else Counter(traits[of][side].dropna())
            for side in (slow, fast)
        ]
        every = {name: (sides[0][name], sides[1][name]) for name in {*sides[0], *sides[1]}}
        assert own.items() <= every.items() and len(own) == min(len(every), 100)
    assert {one.of for one in found.features} >= {"need_code", "channel", "team_id", "step"}


def test_owners_are_the_four_and_unknown(counted):
    assert {owner for size in counted.sizes for owner in size.owners} <= set(OWNERS)
