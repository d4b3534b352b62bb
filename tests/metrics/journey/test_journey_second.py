"""The journey of a simulated desk once more, contact by contact in Python, and always the same to the last bit."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from cs_lib.data.contracts import STAGES
from cs_lib.data.engines import duckdb
from cs_lib.metrics.journey_map import journey_of
from cs_lib.metrics.queries.journey import read
from tests.metrics.numbers import digest

DAYS = date(2025, 11, 1), date(2026, 6, 30)
ASKING_ENDS = {
    "replied", "in_progress", "waiting_customer", "waiting_third_party", "resolved", "closed", "other",
}  # fmt: skip
HELD = {
    "in_progress": "in_hand", "replied": "in_hand", "other": "in_hand", "waiting_customer": "customer",
    "waiting_third_party": "third_party",
}  # fmt: skip
WORKING = {
    "queued",
    "assigned",
    "in_progress",
    "waiting_customer",
    "waiting_third_party",
    "handed_on",
}


def kind(step):
    if step.stage in ("transferred", "escalated"):
        return "handed_on"
    if step.stage != "replied":
        return step.stage
    if step.actor == "customer":
        return "customer_wrote"
    if step.is_public is False or step.is_public is np.False_:
        return "noted"
    return "bot_replied" if step.actor == "bot" else "replied"


class Second:
    """The counts of a desk's frames, one contact after the other."""

    def __init__(self, contacts, events, surveys, cut):
        self.edges, self.between, self.ways = Counter(), Counter(), Counter()
        self.micros, self.cases = Counter(), Counter()
        self.times, self.unfinished, self.answers = defaultdict(list), 0, Counter()
        self.customers = defaultdict(set)
        by_contact = dict(tuple(events.groupby("contact_id")))
        late = cut - pd.Timedelta(days=7)
        for name in ("with_steps", "ties", "early"):
            setattr(self, name, 0)
        first = surveys[surveys.kind == "csat"].sort_values(["offered_at", "survey_id"])
        first = first.drop_duplicates("contact_id").set_index("contact_id")
        first = first[first.offered_at <= late]
        for contact in contacts.itertuples():
            steps = by_contact.get(contact.contact_id)
            over = contact.resolved_at
            if steps is None:
                self.unfinished += pd.isna(over)
                continue
            survey = first.loc[contact.contact_id] if contact.contact_id in first.index else None
            self._walk(contact, steps, survey, cut)

    def _walk(self, contact, steps, survey, cut):
        self.with_steps += 1
        order = {stage: i for i, stage in enumerate(STAGES)}
        rows = sorted(steps.itertuples(), key=lambda s: (s.ts, s.seq, order[s.stage]))
        kinds = [kind(step) for step in rows]
        names = [step.raw_stage for step in rows]
        self.ways[tuple(names)] += 1
        self.early += sum(step.ts < contact.opened_at for step in rows)
        for (one, step), (other, then) in pairwise(zip(names, rows, strict=True)):
            self.edges[one, other] += 1
            self.between[one, other] += micros(then.ts - step.ts)
            self.ties += then.ts == step.ts
        closed, ended = ending(contact, rows, kinds)
        self.unfinished += pd.isna(ended)
        phases = self._phases(rows, kinds, contact)
        took, came = Counter(), set()
        start = max(min(rows[0].ts, ended if pd.notna(ended) else cut), contact.opened_at)
        took["answer"] += micros(start - contact.opened_at)
        self._add(contact, "answer", "waiting_on_us", "created", micros(start - contact.opened_at))
        held = {("answer", "waiting_on_us", "created")} if start > contact.opened_at else set()
        for i, step in enumerate(rows):
            end = until(i, rows, kinds, closed, ended, cut)
            phase = phases[i]
            if stamp_alone(kinds, ended) and step.ts >= ended:
                phase = "after"
            holder = (
                "nobody" if phase in ("solved", "after") else HELD.get(kinds[i], "waiting_on_us")
            )
            holder = "waiting_on_us" if phase == "answer" else holder
            took[phase] += micros(end - step.ts)
            came.add(phase)
            self._add(contact, phase, holder, names[i], micros(end - step.ts))
            held.add((phase, holder, names[i]))
        for one in held:
            self.cases[one, owner(contact)] += 1
        came |= {"asks", "answer"} | ({"solved"} if pd.notna(contact.resolved_at) else set())
        answered = any(
            k in ASKING_ENDS and s.actor != "customer" for k, s in zip(kinds, rows, strict=True)
        )
        for phase in came:
            if pd.notna(ended) or (phase == "answer" and answered):
                self.times[phase].append(took[phase])
            self._asked(phase, contact, survey)

    def _asked(self, phase, contact, survey):
        if isinstance(contact.customer_id, str):
            self.customers[phase].add(contact.customer_id)
        if survey is None:
            return
        within = pd.notna(survey.answered_at)
        within = within and survey.answered_at <= survey.offered_at + pd.Timedelta(days=7)
        self.answers[phase, "offered"] += 1
        self.answers[phase, "answered"] += within
        self.answers[phase, "satisfied"] += within and survey.score >= 4

    def _phases(self, rows, kinds, contact):
        resolved = [i for i, k in enumerate(kinds) if k == "resolved"]
        final = resolved[-1] if resolved and pd.notna(contact.resolved_at) else None
        again = None
        if resolved:
            for i in range(resolved[0] + 1, len(kinds)):
                taken_up = kinds[i] in WORKING and (
                    i < resolved[-1] or pd.isna(contact.resolved_at)
                )
                if kinds[i] == "reopened" or taken_up:
                    again = i
                    break
        answered, phases = False, []
        for i, (k, step) in enumerate(zip(kinds, rows, strict=True)):
            answered = answered or (k in ASKING_ENDS and step.actor != "customer")
            if k == "resolved":
                phase = "solved"
            elif (final is not None and i >= final) or k in ("closed", "follow_up"):
                phase = "after"
            elif again is not None and i >= again:
                phase = "again"
            elif not answered:
                phase = "answer"
            else:
                phase = "others" if k in ("waiting_customer", "waiting_third_party") else "work"
            phases.append(phase)
        return phases

    def _add(self, contact, phase, holder, name, took):
        self.micros[(phase, holder, name), owner(contact)] += took


def ending(contact, rows, kinds):
    """When a contact was closed and when its way ends, missing for none."""
    live = [s.ts for s, k in zip(rows, kinds, strict=True) if k in WORKING | {"reopened"}]
    closed = [s.ts for s, k in zip(rows, kinds, strict=True) if k == "closed"]
    closed = contact.closed_at if pd.notna(contact.closed_at) else max(closed, default=pd.NaT)
    if pd.notna(contact.resolved_at):
        return closed, contact.resolved_at
    done = pd.notna(closed) and all(closed >= one for one in live)
    return closed, closed if done else pd.NaT


def stamp_alone(kinds, ended):
    """Whether a way has an end, and no step says that it was solved."""
    return "resolved" not in kinds and pd.notna(ended)


def until(i, rows, kinds, closed, ended, cut):
    """When the time after a step ends."""
    step = rows[i]
    if i + 1 < len(rows):
        then = rows[i + 1].ts
        return min(then, ended) if stamp_alone(kinds, ended) and step.ts < ended else then
    if pd.isna(ended):
        return cut
    if stamp_alone(kinds, ended):
        return max(ended, step.ts)
    return max(closed, step.ts) if kinds[i] == "resolved" and pd.notna(closed) else step.ts


def owner(contact):
    return contact.owner if isinstance(contact.owner, str) else "unknown"


def micros(delta):
    return delta // pd.Timedelta(microseconds=1)


@pytest.fixture
def simulated(source, observed):
    source.settings["simulate"] = {"seed": 11, "customers": 2_000}
    source.settings |= {"timezone": "Asia/Shanghai", "currency": "CNY", "tables": {}}
    return observed("2026-07-01")


def test_contact_by_contact(simulated):
    desk = simulated
    found = journey_of(desk, *DAYS)
    day = f"CAST({desk.day_of('opened_at')} AS VARCHAR)"
    contacts = desk.engine.frame(
        f"SELECT * FROM contacts WHERE status NOT IN ('merged', 'spam', 'cancelled') AND {day}"
        f" BETWEEN '{DAYS[0]}' AND '{DAYS[1]}'"
    )
    events = desk.engine.frame("SELECT * FROM events")
    told = Second(
        contacts, events, desk.engine.frame("SELECT * FROM surveys"), pd.Timestamp(desk.cut)
    )
    assert found.log.contacts == len(contacts) > 1_000 and found.log.with_steps == told.with_steps
    assert (found.log.ties, found.log.early) == (told.ties, told.early)
    assert found.log.unfinished == told.unfinished > 0 and found.log.strangers == 0
    ways = found.ways
    assert {(e.before, e.after): (e.count, e.micros) for e in ways.edges} == {
        pair: (n, told.between[pair]) for pair, n in told.edges.items()
    }
    assert (ways.different, ways.once) == (len(told.ways), sum(n == 1 for n in told.ways.values()))
    assert all(told.ways[one.steps] == one.cases for one in ways.variants)
    assert sorted(told.ways.values(), reverse=True)[: len(ways.variants)] == [
        v.cases for v in ways.variants
    ]
    spans = {((s.phase, s.holder, s.step), s.owner): (s.cases, s.micros) for s in found.spans}
    assert spans == {key: (n, told.micros[key]) for key, n in told.cases.items()}
    for one in found.phases:
        assert one.customers == len(told.customers[one.phase])
        if one.phase in ("answer", "work", "others", "again"):
            expected = np.quantile(told.times[one.phase], [0.5, 0.9])
            assert [one.median, one.p90] == pytest.approx(expected, abs=1)
        counts = [told.answers[one.phase, what] for what in ("offered", "answered", "satisfied")]
        assert [one.offered, one.answered, one.satisfied] == counts


def test_it_is_the_same_on_any_number_of_threads_and_in_any_order(
    simulated, source, observed, monkeypatch
):
    digests = {digest(without_source(journey_of(simulated, *DAYS)))}
    source.settings.pop("simulate")
    for threads, seed in ((1, 1), (3, 2)):
        monkeypatch.setattr(duckdb, "usual_threads", lambda _, n=threads: n)
        for name in ("contacts", "events", "surveys"):
            frame = simulated.engine.frame(f"SELECT * FROM {name}")
            stamps = frame.select_dtypes("datetime").columns
            frame[stamps] = frame[stamps].apply(
                lambda s: s.dt.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
            )
            source.file(name, frame.sample(frac=1, random_state=seed).to_csv(index=False))
        digests.add(digest(without_source(journey_of(observed("2026-07-01"), *DAYS))))
    assert len(digests) == 1


def test_counted_for_some_contacts_at_a_time_it_is_the_same(simulated, monkeypatch):
    whole = digest(journey_of(simulated, *DAYS))
    monkeypatch.setattr(read, "AT_ONCE", 777)
    assert digest(journey_of(simulated, *DAYS)) == whole


def without_source(found):
    """What was counted, without what the source says of itself."""
    return found.log, found.ways, found.spans, found.phases, found.closings
