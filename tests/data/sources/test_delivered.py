"""From a source's settings to a desk: files, queries, cleaning, and what was known at the cut."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
import pytest

from cs_lib import data
from cs_lib.data.engines.base import EngineError
from cs_lib.metrics import DAILY
from cs_lib.metrics.queries import per_day
from cs_lib.params import ParamsError, Scope, UnknownName

CONTACTS = """
contact_id opened_at resolved_at closed_at status
C1 2026-02-26T10:00 2026-02-26T12:00 2026-02-27T12:00 closed
C2 2026-02-27T10:00 2026-02-28T12:00 2026-03-20T12:00 closed
C3 2026-02-28T10:00 2026-03-02T12:00 - resolved
C4 2026-03-01T00:00 - - open
"""


def column(desk, sql):
    return [row[0] for row in desk.engine.rows(sql)]


def test_unset_variable_says_how_to_get_the_files(source, monkeypatch):
    monkeypatch.delenv("TINY_FOLDER", raising=False)
    source.table("contacts", CONTACTS)
    source.settings |= {"folder": "$TINY_FOLDER", "obtain": "Ask the desk for an export."}
    assert source.breaches() == [
        "Tiny desk: set the environment variable TINY_FOLDER to the folder of its files."
        " Ask the desk for an export."
    ]


def test_variable_names_the_folder(source, monkeypatch, tmp_path):
    source.table("contacts", CONTACTS)
    (tmp_path / "away").mkdir()
    (tmp_path / "contacts.csv").rename(tmp_path / "away" / "contacts.csv")
    monkeypatch.setenv("TINY_FOLDER", str(tmp_path / "away"))
    source.settings["folder"] = "$TINY_FOLDER"
    assert source.desk("2026-03-02").rows == {"contacts": 4}


@pytest.mark.parametrize("folder", ["$TINY_FOLDER/away/2026", "~/away/2026"])
def test_folder_below_a_variable_or_the_users_home_is_found(source, monkeypatch, tmp_path, folder):
    source.table("contacts", CONTACTS)
    (tmp_path / "away" / "2026").mkdir(parents=True)
    (tmp_path / "contacts.csv").rename(tmp_path / "away" / "2026" / "contacts.csv")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TINY_FOLDER", "~")
    monkeypatch.setenv("CS_HOME", "~")
    source.settings["folder"] = folder
    assert source.desk("2026-03-02").rows == {"contacts": 4}


def test_unset_variable_is_named_without_what_lies_below_it(source, monkeypatch):
    monkeypatch.delenv("TINY_FOLDER", raising=False)
    source.table("contacts", CONTACTS)
    source.settings["folder"] = "$TINY_FOLDER/2026"
    assert source.breaches() == [
        "Tiny desk: set the environment variable TINY_FOLDER to the folder of its files."
    ]


def test_query_shapes_a_file_into_a_table(source):
    source.file("log", "case,stamp\n1,2026-02-27 10:00\n1,2026-02-27 11:00\n2,2026-02-27 12:00\n")
    source.settings["files"] = {"log": "log.csv"}
    query = "SELECT \"case\" AS contact_id, min(stamp) AS opened_at, 'open' AS status FROM log GROUP BY 1"
    source.settings["tables"] = {"contacts": {"query": query}}
    assert source.desk().rows == {"contacts": 2}


def test_failing_queries_are_all_told_with_the_engines_reason(source):
    source.file("log", "id\n1\n")
    source.settings["files"] = {"log": "log.csv"}
    source.settings["tables"] = {
        "contacts": {"query": "SELECT nope FROM log"},
        "orders": {"query": "SELEC 1"},
        "order": {"query": "SELECT 1"},
    }
    said = source.breaches()
    assert said[0].startswith("contacts: its query in the source failed (Binder Error: Referenced")
    assert said[1].startswith("orders: its query in the source failed (Parser Error: syntax error")
    assert said[2] == "order: no canonical table has this name; did you mean 'orders'?"
    assert len(said) == 3


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda p: p.unlink(), "log: the file log.csv does not exist in the source's folder."),
        (lambda p: p.write_bytes(b""), "log: the file log.csv is empty (0 bytes); was the export cut short?"),
        (lambda p: p.write_bytes(b"id\n\x81\xff\n"), "log: log.csv is not UTF-8 in line 2 (near byte 3)."),
        (lambda p: p.write_bytes(b"id\n1,2\n"), "log: log.csv cannot be read as CSV (line 2 has 2 columns, the"
         " header has 1)."),
    ],
    ids=["missing", "empty", "undecodable", "ragged"],
)  # fmt: skip
def test_file_that_cannot_be_read_hides_no_other_fault(source, spoil, fault):
    spoil(source.file("log", "id\n1\n"))
    source.settings["tables"] = {}
    source.table("customers", "customer_id first_seen_at\nA soon")
    source.settings["files"] = {"log": "log.csv"}
    source.settings["tables"] |= {
        "contacts": {"query": "SELECT id AS contact_id FROM LOG"},
        "events": {"query": "SELECT * FROM raw_contacts"},
        "orders": {"query": "SELEC 1 FROM log"},
        "visits": {"query": "SELECT * FROM nowhere"},
        "survey": {"query": "SELECT 1"},
    }
    said = source.breaches()
    assert [line.split(" (first")[0] for line in said if "query" not in line] == [
        fault,
        "survey: no canonical table has this name; did you mean 'surveys'?",
        "customers: first_seen_at is not a date and time (like 2026-03-31 14:05:00) in 1 row",
    ]
    failed = [line.split(" failed (")[0] for line in said if "query" in line]
    assert failed == ["orders: its query in the source", "visits: its query in the source"]


def test_unset_variable_hides_no_fault_of_a_name_or_a_query(source, monkeypatch):
    monkeypatch.delenv("TINY_FOLDER", raising=False)
    source.table("contacts", CONTACTS)
    source.settings["folder"] = "$TINY_FOLDER"
    source.settings["tables"] |= {"orders": {"query": "SELEC 1"}, "team": {"query": "SELECT 1"}}
    assert [line.split(":")[0] for line in source.breaches()] == ["Tiny desk", "orders", "team"]


def test_source_without_contacts_or_assignments_is_refused(source):
    source.table("teams", "team_id\nT1")
    assert source.breaches() == [
        "contacts: the source names no such table; it is the one every study needs."
    ]


def test_file_named_like_its_table_is_refused_in_the_settings(source):
    source.table("contacts", CONTACTS)
    source.settings["files"] = {"contacts": "contacts.csv"}
    with pytest.raises(ParamsError, match="'contacts' is also the name of a table"):
        data.load(source.study())


def test_absent_tables_say_what_they_would_hold(source):
    source.table("contacts", CONTACTS)
    desk = source.desk()
    assert not desk.has("contacts", "orders")
    assert (
        desk.absent["orders"] == "the source 'tiny' has no table orders (one row per order placed)"
    )


def clean(source, **step):
    source.table("contacts", CONTACTS)
    source.settings["cleaning"] = [{"table": "contacts", "because": "they are tests", **step}]


def test_cleaning_step_that_drops_rows_is_counted_and_named(source):
    clean(source, drop_where="contact_id IN ('C1', 'C2')")
    desk = source.desk("2026-03-02")
    assert desk.notes[0] == "contacts: left out in 2 of 4 rows, because they are tests."
    assert desk.rows["contacts"] == 2


def test_cleaning_step_that_clears_a_column_is_counted_and_named(source):
    clean(source, clear="closed_at", where="closed_at > resolved_at + INTERVAL 10 DAY")
    desk = source.desk("2026-03-02")
    assert desk.notes[0] == "contacts: closed_at emptied in 1 of 4 rows, because they are tests."
    assert column(desk, "SELECT closed_at FROM contacts WHERE contact_id = 'C2'") == [None]


def test_cleaning_comes_before_the_contract(source):
    source.table("contacts", CONTACTS + "C5 2026-02-27 2026-02-20 - resolved\n")
    assert len(source.breaches()) == 1
    step = {
        "table": "contacts",
        "because": "clock was wrong",
        "drop_where": "resolved_at < opened_at",
    }
    source.settings["cleaning"] = [step]
    assert source.breaches() == []


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ({"drop_where": "colour = 'red'"}, 'Binder Error: Referenced column "colour" not found'),
        ({"drop_where": "status ="}, "Parser Error: syntax error"),
        ({"drop_where": "status"}, "it must be true or false of every row, this is VARCHAR"),
        (
            {"clear": "closed", "where": "true"},
            "there is no column closed; did you mean 'closed_at'?",
        ),
        ({"clear": "priority", "where": "true"}, "there is no column priority"),
    ],
)
def test_cleaning_step_that_cannot_be_done_is_one_sentence(source, step, reason):
    clean(source, **step)
    (said,) = source.breaches()
    assert said.startswith(f"contacts: the cleaning step 'they are tests' cannot be done ({reason}")


def test_cleaning_step_for_a_table_that_is_not_there_is_told(source):
    clean(source, drop_where="true")
    source.settings["cleaning"][0]["table"] = "contcts"
    assert source.breaches() == [
        "contcts: a cleaning step names this table, the source has none; did you mean 'contacts'?"
    ]


def parquet(source, parts=2):
    folder = source.home / "contacts"
    folder.mkdir()
    for part in range(parts):
        frame = pd.DataFrame({"contact_id": [f"C{part}"], "status": ["open"]})
        frame["opened_at"] = pd.Timestamp("2026-02-27 10:00", tz="Europe/Rome")
        frame.to_parquet(folder / f"{part}.parquet")
    source.settings["tables"]["contacts"] = {"file": "contacts"}


def test_parquet_folder_stays_a_lazy_view(source):
    parquet(source)
    desk = source.desk()
    kinds = dict(desk.engine.rows("SELECT table_name, table_type FROM information_schema.tables"))
    assert desk.rows == {"contacts": 2} and set(kinds.values()) == {"VIEW"}
    assert column(desk, "SELECT DISTINCT opened_at FROM contacts") == [datetime(2026, 2, 27, 9)]


def test_cleaning_of_parquet_belongs_into_its_query(source):
    parquet(source)
    source.settings["cleaning"] = [
        {"table": "contacts", "because": "they are tests", "drop_where": "true"}
    ]
    assert source.breaches() == [
        "contacts: the cleaning step 'they are tests' cannot be done (Parquet is not copied; put it into the table's"
        " query)."
    ]


def test_folder_without_parquet_files_is_one_sentence(source):
    parquet(source, parts=0)
    assert source.breaches() == ["contacts: the folder contacts holds no Parquet file (*.parquet)."]


def test_nothing_after_the_cut_is_known(source):
    source.table("contacts", CONTACTS)
    found = source.desk("2026-03-01").engine.rows(
        "SELECT contact_id, resolved_at IS NULL, closed_at IS NULL, status FROM contacts ORDER BY 1"
    )
    assert found == [
        ("C1", False, False, "closed"),
        ("C2", False, True, "resolved"),
        ("C3", True, True, "open"),
    ]


def test_cut_is_the_local_midnight_of_as_of(source):
    source.table("contacts", CONTACTS)
    source.settings["timezone"] = "Asia/Shanghai"
    desk = source.desk("2026-03-01")
    assert desk.cut == datetime(2026, 2, 28, 16) and desk.observed_until == date(2026, 3, 1)


@pytest.mark.parametrize("until", ["2026-02-28T00:00:00", "2026-02-28T18:00:00"])
def test_days_not_wholly_observed_are_not_known(source, until):
    source.table("contacts", CONTACTS)
    source.table("exposure", "date orders\n2026-02-27 10\n2026-02-28 11\n2026-03-01 12")
    source.settings |= {"observed_until": until, "timezone": "Asia/Shanghai"}
    desk = source.desk("2026-06-01")
    assert column(desk, "SELECT date FROM exposure") == [date(2026, 2, 27)]
    assert desk.rows["exposure"] == 1


def test_answers_after_the_cut_carry_no_score(source):
    source.table("contacts", CONTACTS)
    source.table(
        "surveys",
        "survey_id kind offered_at answered_at score scale_min scale_max\n"
        "S1 csat 2026-02-26 2026-02-27 5 1 5\nS2 csat 2026-02-26 2026-03-02 1 1 5",
    )
    found = source.desk("2026-03-01").engine.rows("SELECT answered_at IS NULL, score FROM surveys")
    assert found == [(False, 5.0), (True, None)]


def test_observation_that_ends_before_as_of_moves_the_cut(source):
    source.table("contacts", CONTACTS)
    source.settings |= {"observed_until": "2026-02-27T18:00:00", "timezone": "Europe/Rome"}
    desk = source.desk("2026-03-01")
    assert desk.cut == datetime(2026, 2, 27, 17) and desk.notes == ()
    assert column(desk, "SELECT contact_id FROM contacts ORDER BY 1") == ["C1", "C2"]


def test_observation_that_ends_after_as_of_changes_nothing(source):
    source.table("contacts", CONTACTS)
    source.settings["observed_until"] = "2027-01-01T00:00:00+08:00"
    assert source.desk("2026-03-01").cut == datetime(2026, 3, 1)


def test_data_that_end_long_before_as_of_are_noted_and_their_last_day_is_left_out(source):
    source.table("contacts", CONTACTS)
    desk = source.desk("2026-06-01")
    assert desk.notes == (
        "The data end on 2026-03-01, before as_of 2026-06-01; 2026-03-01 may be partial, days before it count."
        " If more was observed than the last row tells, say so in `observed_until` of the source.",
    )
    assert desk.rows["contacts"] == 3 and desk.observed_until == date(2026, 3, 1)


def test_quiet_last_evening_is_no_end_of_the_data(source):
    source.table("contacts", CONTACTS)
    assert source.desk("2026-03-03").notes == ()


def test_as_of_before_the_data_is_refused(source):
    source.table("contacts", CONTACTS)
    assert source.breaches("2020-01-01") == [
        "Tiny desk: nothing is known before 2020-01-01 00:00 UTC."
    ]


@pytest.mark.parametrize(
    ("change", "hours", "zone"),
    [
        ("2026-03-29", 23, "Europe/Rome"),
        ("2026-10-25", 25, "Europe/Rome"),
        ("2026-03-29", 24, "Asia/Shanghai"),
    ],
)
def test_contacts_count_on_their_local_day_when_the_clocks_change(source, change, hours, zone):
    stamps = pd.date_range(f"{change} 00:30", periods=hours, freq="h", tz=zone)
    rows = "".join(f"C{i},{t.isoformat()},open\n" for i, t in enumerate(stamps))
    source.file("contacts", f"contact_id,opened_at,status\n{rows}")
    source.settings["timezone"] = zone
    day = date.fromisoformat(change)
    desk = source.desk(str(day + timedelta(days=2)))
    series = per_day.volume(desk, start=day - timedelta(days=1), end=day + timedelta(days=1))
    assert stamps[-1].date() == day
    assert series.numerator.tolist() == [0, hours, 0]


HOSTILE = "x'); DROP TABLE all_contacts; --"


def test_values_from_the_settings_are_values_whatever_they_hold(source):
    team = f'"{HOSTILE}"'
    source.file(
        "contacts",
        f"contact_id,opened_at,status,team_id,need_code\nC1,2026-02-10,open,{team},O'Brien\n"
        "C2,2026-02-10,open,T2,O'Brien\n",
    )
    desk, day = source.desk("2026-02-11"), date(2026, 2, 10)
    for scope, count in (
        (Scope(team_id=(HOSTILE,)), 1),
        (Scope(need_code=("O'Brien",)), 2),
        (Scope(team_id=("' OR '1'='1",)), 0),
    ):
        assert per_day.volume(desk, start=day, end=day, scope=scope).numerator.tolist() == [count]
    assert desk.engine.rows("SELECT count(*) FROM all_contacts") == [(2,)]


@pytest.mark.parametrize("team", ["HORIZON", "AGAIN(7)", "MOVES(1)", "2 * DAY", "c.cost_per_hour"])
def test_values_are_never_read_as_our_own_functions(source, team):
    head = "contact_id,opened_at,status,resolved_at,team_id\n"
    source.file("contacts", head + f'C1,2026-02-01 10:00,resolved,2026-02-01 12:00,"{team}"\n')
    source.settings["observed_until"] = "2026-03-01T00:00:00"
    day, metric, scope = date(2026, 2, 1), DAILY["resolution_hours"], Scope(team_id=(team,))
    desk = source.desk()
    assert per_day.daily(desk, metric, start=day, end=day, scope=scope).numerator.tolist() == [2.0]
    assert per_day.volume(desk, start=day, end=day, scope=scope).numerator.tolist() == [1.0]


def test_frame_holds_at_most_its_limit(source):
    source.table("contacts", CONTACTS)
    desk = source.desk("2026-03-02")
    assert len(desk.frame("contacts")) == 4
    assert len(desk.frame("contacts", limit=2)) == 2
    assert desk.frame("SELECT count(*) AS n FROM contacts").n.tolist() == [4]
    assert desk.frame("SELECT count(*) AS n FROM contacts -- all;\n;").n.tolist() == [4]


@pytest.mark.parametrize(
    ("sql", "count"),
    [("SELECT 1; DROP VIEW contacts", "2 statements"), ("-- nothing", "0 statements")],
)
def test_frame_of_several_statements_is_refused(source, sql, count):
    source.table("contacts", CONTACTS)
    desk = source.desk("2026-03-02")
    with pytest.raises(ValueError, match=rf"^desk\.frame takes one query, this is {count}\.$"):
        desk.frame(sql)
    assert len(desk.frame("contacts")) == 4


def test_frame_of_a_mistyped_table_is_refused_in_one_sentence(source):
    source.table("contacts", CONTACTS)
    desk = source.desk("2026-03-02")
    with pytest.raises(UnknownName) as refused:
        desk.frame("contact")
    assert str(refused.value) == (
        f"no table in '{desk.source}' called 'contact'; did you mean 'contacts'?"
    )
    assert refused.value._render_traceback_() == [str(refused.value)]
    with pytest.raises(EngineError) as refused:
        desk.frame("SELECT * FROM contact")
    assert refused.value._render_traceback_()[0].startswith(
        "Catalog Error: Table with name contact"
    )


def test_frame_of_a_query_that_closes_our_bracket_runs_nothing(source):
    source.table("contacts", CONTACTS)
    desk = source.desk("2026-03-02")
    with pytest.raises(EngineError, match="syntax error"):
        desk.frame("SELECT 1); DROP VIEW contacts; SELECT * FROM (SELECT 1")
    assert len(desk.frame("contacts")) == 4


def test_desk_cannot_be_changed_and_closes(source):
    source.table("contacts", CONTACTS)
    desk = data.load(source.study("2026-03-02"))
    with pytest.raises(AttributeError):
        desk.zone = "Europe/Rome"
    desk.close()
    with pytest.raises(EngineError):
        desk.engine.rows("SELECT 1")


def simulated(source, **tables):
    source.settings |= {"simulate": {"customers": 500}, "timezone": "Asia/Shanghai"}
    source.settings["tables"] = {name: {"query": query} for name, query in tables.items()}


def test_a_query_over_a_simulated_desk_shows_less_of_one_table_and_all_of_the_others(source):
    simulated(source)
    whole = source.desk("2026-07-01").rows
    simulated(source, contacts="SELECT * FROM simulated_contacts WHERE channel = 'email'")
    desk = source.desk("2026-07-01")
    assert 0 < desk.rows["contacts"] < whole["contacts"] / 2
    assert {k: v for k, v in desk.rows.items() if k != "contacts"} == {
        k: v for k, v in whole.items() if k != "contacts"
    }
    assert column(desk, "SELECT DISTINCT channel FROM contacts") == ["email"]


def test_faults_of_queries_over_a_simulated_desk_are_all_told(source):
    simulated(source, contacts="SELECT nope FROM simulated_contacts", contatcs="SELECT 1")
    query, name = source.breaches("2026-07-01")
    assert query.startswith("contacts: its query in the source failed (") and "nope" in query
    assert name == "contatcs: the simulated desk has no such table; did you mean 'contacts'?"


def test_a_story_of_a_simulated_desk_is_the_one_asked_for(source):
    simulated(source)
    source.settings["simulate"]["story"] = "rollout_in_waves"
    desk = source.desk("2026-07-01")
    assert column(desk, "SELECT change_id FROM flow_changes ORDER BY 1") == [
        f"R{i:02d}" for i in range(1, 6)
    ]
