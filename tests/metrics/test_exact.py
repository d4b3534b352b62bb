"""The evidence of before/after: as the queries before whole numbers had it, and always the same to the last bit."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta

import duckdb
import pytest

from cs_lib import data, metrics, params
from cs_lib.data.engines import duckdb as engine
from cs_lib.metrics.before_after import BeforeAfterEvidence
from cs_lib.metrics.queries.filled import Filled
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params import BeforeAfter, Scope
from tests.metrics.numbers import differences, digest, numbers
from tests.metrics.oracle import gathered
from tests.metrics.oracle.definitions import OLD

DEMO = (
    "assistant_deflects", "chat_on_order_page", "cut_extract", "manual_fix", "rollout_in_waves",
    "routing_and_chat", "routing_by_team", "script_change", "worst_queue",
)  # fmt: skip
PLANS = ("plan_faster_routing", "plan_team_rollout")
FAULTS = ("left_out", "unstamped", "never", "at_once", "midnight", "empty")
REAL = ("helpdesk_new_year_2012", "helpdesk_september_2012", "olist_strike_2018")


def evidence(gather, desk, study):
    """What is gathered, or the words of the refusal."""
    try:
        return gather(desk, study)
    except NotAvailable as error:
        return str(error)


def known_before(found):
    """Evidence without what was not gathered when the oracle was written: what tables say of themselves."""
    if isinstance(found, str):
        return found
    if not isinstance(found, BeforeAfterEvidence):
        return replace(found, logged_until=None, ahead=())
    gaps = [replace(gap, inside=None) for gap in found.recorded.gaps if gap.fault in FAULTS]
    known = replace(found.recorded, gaps=tuple(gaps))
    absent = {name: str(found.absent[name]) for name in sorted(found.absent)}
    new = {"filled": Filled(), "nobodies": None, "spellings": ()}
    new |= {
        "times": {},
        "turned": (),
        "unscored": (),
        "whose": (),
        "scores": ({}, {}),
        "days": None,
        "logged_until": None,
    }
    return replace(found, recorded=known, absent=absent, **new)


def worded(found):
    """The oracle's evidence, its reasons as they are read."""
    if not isinstance(found, BeforeAfterEvidence):
        return found
    return replace(found, absent={name: str(found.absent[name]) for name in sorted(found.absent)})


def measuring(study, name):
    """The study with another primary metric."""
    return study.model_copy(
        update={"measure": study.measure.model_copy(update={"primary_metric": name})}
    )


def compare(study, names=()):
    """Where the evidence of a study, and of the same with other primary metrics, differs from the oracle's."""
    desk = data.load(study)
    old = gathered.gather if isinstance(study, BeforeAfter) else gathered.gather_plan
    try:
        studies = [study, *(measuring(study, name) for name in names)]
        return [
            found
            for one in studies
            for found in differences(
                known_before(evidence(metrics.gather, desk, one)), worded(evidence(old, desk, one))
            )
        ]
    finally:
        desk.close()


@pytest.mark.parametrize("name", [*DEMO, *PLANS])
def test_studies_of_the_simulated_desk_have_the_numbers_they_had(name):
    assert compare(params.load(name)) == []


@pytest.mark.parametrize("name", REAL)
@pytest.mark.usefixtures("real_data")
def test_studies_of_real_data_have_the_numbers_they_had(name):
    assert compare(params.load(name)) == []


ZONES = {
    "America/New_York": date(2026, 3, 8),
    "Australia/Lord_Howe": date(2026, 4, 5),
    "Europe/London": date(2025, 10, 26),
}


def stamp(instant):
    return instant.isoformat(timespec="microseconds") if instant else ""


class Odd:
    """Small tables full of gaps, ties and stamps at odd moments, local stamps around a change of clocks."""

    def __init__(self, seed, first):
        self.draw, self.first = random.Random(seed), first

    def some(self, value, share=0.85):
        return value if self.draw.random() < share else ""

    def after(self, instant, days):
        step = self.draw.choice([0, 0, 1, 60, 3_600, self.draw.uniform(0, days * 86_400)])
        return instant + timedelta(microseconds=int(step * 1_000_000))

    def moment(self):
        day = self.first + timedelta(days=self.draw.randrange(-20, 40))
        hour = self.draw.choice([0, 0, 4, 12, 23])
        return datetime(day.year, day.month, day.day, hour, self.draw.choice([0, 29, 59]))

    def contacts(self, count):
        yield (
            "contact_id,customer_id,opened_at,first_response_at,resolved_at,status,channel,need_code,"
            "team_id,agent_id,handled_by,handle_seconds,product_id"
        )
        statuses = ("resolved", "resolved", "closed", "open", "spam", "merged", "cancelled")
        for i in range(count):
            opened, pick = self.moment(), self.draw.choice
            done = self.some(self.after(opened, 30), 0.7)
            cells = (f"K{i}", self.some(f"C{self.draw.randrange(count // 6)}"), stamp(opened))
            cells += (stamp(self.some(self.after(opened, 5), 0.7)), stamp(done), pick(statuses))
            cells += (self.some(pick(["phone", "chat", "web"])), self.some(pick(["late", "lost"])))
            cells += (self.some(pick(["T1", "T2", "T3"])), self.some(f"A{self.draw.randrange(4)}"))
            cells += (self.some(pick(["human", "bot", "mixed"])),)
            cells += (self.some(f"{self.draw.uniform(0, 4_000):.2f}"), self.some("P1", 0.5))
            yield ",".join(cells)

    def events(self, count):
        yield "contact_id,ts,seq,stage,actor,team_id,is_public"
        stages = (
            "created",
            "assigned",
            "replied",
            "replied",
            "transferred",
            "resolved",
            "reopened",
        )
        for i in range(0, count, self.draw.choice([1, 2])):
            start = self.moment()
            for seq in range(self.draw.randrange(8)):
                start = self.after(start, 10)
                pick = self.draw.choice
                cells = (f"K{i}", stamp(start), str(seq), pick(stages))
                cells += (self.some(pick(["customer", "agent", "bot"])),)
                cells += (self.some(pick(["T1", "T2"])), self.some(pick(["true", "false"])))
                yield ",".join(cells)

    def surveys(self, count):
        yield "survey_id,contact_id,kind,offered_at,answered_at,score,scale_min,scale_max"
        for i in range(count):
            offered, kind = self.moment(), self.draw.choice(["csat", "csat", "nps"])
            answered = self.some(self.after(offered, 12), 0.6)
            score = f"{self.draw.randrange(1, 6)},1,5" if answered else ",,"
            contact = self.some(f"K{self.draw.randrange(count)}")
            yield f"S{i},{contact},{kind},{stamp(offered)},{stamp(answered)},{score}"

    def orders(self, count):
        yield "order_id,customer_id,ordered_at,promised_at,delivered_at,product_id"
        for i in range(count):
            ordered = self.moment()
            promised, came = (self.some(self.after(ordered, 20), 0.8) for _ in range(2))
            yield f"O{i},C{i % 40},{stamp(ordered)},{stamp(promised)},{stamp(came)},{self.some('P1')}"

    def put_into(self, source, count=400):
        for name in ("contacts", "events", "surveys", "orders"):
            source.file(name, "\n".join(getattr(self, name)(count)) + "\n")
        source.file("agents", "agent_id,cost_per_hour\nA0,20.5\nA1,\nA2,31.25\n")


def odd_study(source, first, **design):
    """Two weeks on both sides of a day, all sources observed for as long as the longest follow-up asks."""
    source.settings["observed_until"] = f"{first + timedelta(days=29)}T00:00:00"
    study = source.study(str(first + timedelta(days=40)))
    periods = {
        "intervention_date": first,
        "pre_period": (first - timedelta(days=14), first - timedelta(days=1)),
        "post_period": (first, first + timedelta(days=14)),
    }
    return study.model_copy(
        update={
            "design": study.design.model_copy(update={**periods, **design}),
            "measure": study.measure.model_copy(
                update={"horizon_days": design.pop("horizon", None), "secondary": tuple(OLD)}
            ),
        }
    )


DESIGNS = (
    {},
    {"scope": Scope(team_id=("T1", "T2")), "comparison": Scope(team_id=("T3",))},
    {"scope": Scope(channel=("chat", "phone"), need_code=("late",))},
    {"scope": Scope(product_id=("P1",))},
    {"teams": {"T1": date(2026, 3, 29), "T2": None, "T9": None}},
)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: "-".join(design) or "all")
def test_gaps_and_ties_are_read_as_they_were(source, design):
    first = date(2026, 3, 29)
    source.settings["timezone"] = "Europe/Berlin"
    Odd(str(design), first).put_into(source)
    assert compare(odd_study(source, first, **design), OLD) == []


def test_other_metrics_of_waves_are_read_by_team_as_the_primary_one_is(source):
    first = date(2026, 3, 29)
    waves = {"T1": first, "T2": date(2026, 4, 2), "T3": None}
    Odd("waves", first).put_into(source)
    study = odd_study(source, first, teams=waves)
    assert compare(study, ["csat"]) == []
    source.opened.append(desk := data.load(study))
    found = metrics.gather(desk, study).others_by_team
    assert {"csat", "reopen_rate"} <= found.keys() and "contact_rate" not in found
    assert study.measure.primary_metric not in found and set(found["csat"]) == set(waves)


@pytest.mark.parametrize("zone, first", ZONES.items())
def test_days_on_which_clocks_change_are_read_as_they_were(source, zone, first):
    source.settings["timezone"] = zone
    Odd(zone, first).put_into(source)
    assert (
        compare(odd_study(source, first), ["first_response_minutes", "repeat_contact_rate_7d"])
        == []
    )


def test_the_oracle_is_compared_with_many_numbers(source):
    Odd("many", date(2026, 3, 29)).put_into(source)
    study = odd_study(source, date(2026, 3, 29))
    source.opened.append(desk := data.load(study))
    assert len(dict(numbers(metrics.gather(desk, study)))) > 1_000
    changed = worded(gathered.gather(desk, study))
    changed.series["handoffs"].numerator[3] += 1e-6
    (apart,) = differences(known_before(metrics.gather(desk, study)), changed)
    assert apart.startswith(".series[handoffs].numerator[3]")


LARGE = 40_000  # contacts, in several row groups, so that threads share the work


def large(source, order):
    """Tables that several threads read, their rows in the order of a hash of `order`."""
    con = duckdb.connect()
    draw = "CAST(hash(i * {0} + {0}) % {1} AS BIGINT)".format
    con.execute(
        f"CREATE TABLE k AS SELECT i, TIMESTAMP '2025-12-20' + to_microseconds({draw(5, 80 * 86_400_000_000)}) AS t,"
        f" {draw(11, 20 * 86_400_000_000)} AS took, {draw(17, 10)} AS s, {draw(29, 8)} AS team FROM range({LARGE}) r(i)"
    )
    tables = {
        "contacts": f"SELECT 'K' || i AS contact_id, 'C' || {draw(3, LARGE // 4)} AS customer_id, t AS opened_at,"
        " t + to_microseconds(took // 9) AS first_response_at, CASE WHEN s < 8 THEN t + to_microseconds(took) END"
        " AS resolved_at, CASE s WHEN 9 THEN 'spam' WHEN 8 THEN 'open' ELSE 'resolved' END AS status,"
        f" 'N' || {draw(23, 6)} AS need_code, 'T' || team AS team_id, 'A' || {draw(31, 9)} AS agent_id,"
        f" {draw(47, 90_000)} / 7e0 AS handle_seconds FROM k",
        "events": "SELECT 'K' || i AS contact_id, t + to_microseconds(took * n // 5) AS ts, n AS seq,"
        " ['created', 'assigned', 'replied', 'transferred', 'resolved', 'reopened'][n + 1] AS stage,"
        f" 'T' || {draw(53, 8)} AS team_id FROM k, range(6) r(n) WHERE n < 5 OR s = 1",
        "surveys": "SELECT 'S' || i AS survey_id, 'K' || i AS contact_id, 'csat' AS kind, t AS offered_at,"
        f" t + to_microseconds(took // 3) AS answered_at, 1e0 + {draw(67, 5)} AS score, 1e0 AS scale_min,"
        " 5e0 AS scale_max FROM k",
        "agents": "SELECT 'A' || i AS agent_id, 20 + i / 3e0 AS cost_per_hour FROM range(9) r(i)",
    }
    for name, query in tables.items():
        path = source.home / f"{name}.parquet"
        con.execute(
            f"COPY (SELECT * FROM ({query}) q ORDER BY hash({order}, q)) TO '{path}' (ROW_GROUP_SIZE 8192)"
        )
        source.settings["tables"][name] = {"file": path.name}
    con.close()


@pytest.fixture
def with_threads(monkeypatch):
    """Engines of so many threads."""
    start = engine.DuckDB.__init__

    def use(threads):
        def init(self, **limits):
            start(self, **limits)
            self.run(f"SET threads = {threads}")

        monkeypatch.setattr(engine.DuckDB, "__init__", init)

    return use


def test_one_digest_for_any_threads_memory_and_order_of_rows(source, with_threads):
    found = set()
    for threads, memory, order in ((1, 2.0, 1), (2, 2.0, 1), (2, 0.3, 1), (2, 2.0, 2)):
        large(source, order)
        source.settings["memory_limit_gb"] = memory
        with_threads(threads)
        study = source.study()
        design = {"scope": Scope(team_id=("T1", "T2", "T3")), "comparison": Scope(team_id=("T4",))}
        study = study.model_copy(
            update={
                "design": study.design.model_copy(update=design),
                "measure": study.measure.model_copy(
                    update={"secondary": ("first_response_minutes", "handoffs")}
                ),
            }
        )
        gathered_now = metrics.gather(source.desk(), study)
        assert gathered_now.stages and gathered_now.series["cost_per_contact"].numerator.any()
        found.add(digest(gathered_now))
    assert len(found) == 1
