"""`cslib new source`: the file it writes loads, says what it rests on, and asks for what only the user can know."""

from datetime import datetime

import pytest

from cs_lib import data, params
from cs_lib.cli import main
from cs_lib.runs.starting import source as starting
from tests.data.guess.test_look import ASSIGNED, COMPLAINTS, LOG, ORDERS, TICKETS
from tests.data.sources.workbooks import workbook


@pytest.fixture
def shop(source, monkeypatch):
    """A project with a folder of exports, its checks not run in a process of their own."""
    monkeypatch.setenv("CS_LANGUAGE", "en")
    monkeypatch.setattr("cs_lib.runs.overview.check", lambda names, options, **asked: 0)
    (source.home / "exports").mkdir()
    return source


def written(shop, files, *words):
    """The exit code and the text of the source that is made of some files."""
    for name, content in files.items():
        content = content if isinstance(content, bytes) else content.encode()
        (shop.home / "exports" / name).write_bytes(content)
    paths = [str(shop.home / "exports" / name) for name in files]
    code = main(["new", "source", "tiny", *paths, *words])
    path = params.source_path("tiny")
    return code, path.read_text(encoding="utf-8") if path.exists() else ""


def rows(shop, sql, as_of="2026-01-09"):
    """What the desk of the source holds, after every check of its contract."""
    study = {
        "study": "tiny", "notebook": "data_health", "question": "What can it answer?",
        "as_of": as_of, "source": "tiny",
    }  # fmt: skip
    found, problems = params.check_study(study, file="tiny", lines={})
    assert problems == []
    shop.opened.append(data.load(found))
    return shop.opened[-1].engine.rows(sql)


def test_tickets_load_with_statuses_of_ours_and_every_guess_says_what_it_rests_on(shop, capsys):
    code, text = written(shop, {"tickets.csv": TICKETS}, "--timezone", "Europe/Rome")
    assert code == 0
    assert '"Solved at" AS resolved_at,' in text and "-- by its name" in text
    assert "# left out: Satisfaction (scores are surveys, a table of their own" in text
    assert "folder: exports\n" in text
    found = rows(shop, "SELECT contact_id, status, opened_at FROM contacts ORDER BY contact_id")
    assert [row[:2] for row in found] == [("101", "resolved"), ("102", "open"), ("103", "closed")]
    assert str(found[0][2]) == "2026-01-05 08:12:00"  # in UTC, an hour before Rome
    said = capsys.readouterr().out
    assert "contacts: 7 columns from tickets.csv (3 rows)" in said
    assert "cslib new before_after my_study --source tiny" in said


def test_without_a_zone_the_file_is_written_and_the_flag_is_named(shop, capsys):
    code, text = written(shop, {"tickets.csv": TICKETS})
    assert code == 2
    assert "# CHOOSE: Times carry no zone (Created at, Solved at)." in text
    assert "# timezone: Europe/Rome" in text
    assert "--timezone Europe/Rome" in capsys.readouterr().err
    code, text = written(shop, {"tickets.csv": TICKETS}, "--timezone", "Asia/Shanghai")
    assert code == 0 and "\ntimezone: Asia/Shanghai\n" in text


def test_a_file_that_was_edited_is_not_written_over(shop, capsys):
    written(shop, {"tickets.csv": TICKETS}, "--timezone", "UTC")
    path = params.source_path("tiny")
    path.write_text(path.read_text(encoding="utf-8").replace("title: Tiny", "title: Ours"))
    code, text = written(shop, {"tickets.csv": TICKETS}, "--timezone", "UTC")
    assert code == 2 and "title: Ours" in text
    assert "exists already" in capsys.readouterr().err


def test_chinese_complaints_load_and_are_told_in_chinese(shop, monkeypatch):
    monkeypatch.setenv("CS_LANGUAGE", "zh")
    code, text = written(
        shop, {"投诉.csv": COMPLAINTS.encode("gbk")}, "--timezone", "Asia/Shanghai"
    )
    assert code == 0 and "-- 按列名" in text and "by its name" not in text
    assert rows(shop, "SELECT status, team_id, issue FROM contacts ORDER BY contact_id", "2026-01-08") == [
        ("resolved", "一组", "物流"), ("open", "二组", "质量"),
    ]  # fmt: skip


def test_a_folder_of_yaml_files_becomes_the_change_log(shop, capsys):
    (shop.home / "exports" / "changes").mkdir()
    (shop.home / "exports" / "changes" / "F1.yaml").write_text("live_at: 2026-01-06\n")
    log = str(shop.home / "exports" / "changes")
    code, text = written(shop, {"tickets.csv": TICKETS}, log, "--timezone", "Europe/Rome")
    assert code == 0 and "  flow_changes:\n" in text and "    folder: changes\n" in text
    assert rows(shop, "SELECT change_id FROM flow_changes") == [("F1",)]
    assert "flow_changes: the folder changes." in capsys.readouterr().out


def test_an_offer_is_taken_by_taking_its_marks_away(shop):
    _, text = written(shop, {"投诉.csv": COMPLAINTS.encode("gbk")}, "--timezone", "Asia/Shanghai")
    assert "-- , true AS is_complaint" in text
    params.source_path("tiny").write_text(text.replace("-- , true", ", true"), encoding="utf-8")
    assert rows(shop, "SELECT count(*) FROM contacts WHERE is_complaint", "2026-01-08") == [(2,)]


def test_german_orders_and_assignments_load_with_their_numbers_and_days(shop):
    files = {"bestellungen.csv": ORDERS.encode("cp1252"), "ab.csv": ASSIGNED}
    code, _ = written(shop, files, "--timezone", "Europe/Berlin", "--experiment", "winter")
    assert code == 0
    assert rows(shop, "SELECT order_id, amount FROM orders ORDER BY order_id", "2026-01-28") == [
        ("B1", 12.5), ("B2", 1234.0), ("B3", None),
    ]  # fmt: skip
    found = "SELECT customer_id, experiment_id, variant FROM perk_assignments ORDER BY 1"
    assert rows(shop, found, "2026-01-28") == [
        ("U1", "winter", "control"),
        ("U2", "winter", "coupon"),
    ]


def test_a_log_of_steps_gives_one_contact_a_case_and_its_page_says_so(shop):
    code, text = written(shop, {"log.csv": LOG}, "--timezone", "UTC")
    assert code == 0
    assert (
        'caveats:\n  - "Contacts are made from a log of their steps: one for each case_id."' in text
    )
    found = rows(
        shop,
        "SELECT contact_id, status, resolved_at::VARCHAR, customer_id FROM contacts ORDER BY 1",
    )
    assert found == [("1", "resolved", "2026-01-07 09:00:00", "U1"), ("2", "open", None, "U2")]
    steps = rows(shop, "SELECT stage, count(*) FROM events GROUP BY 1 ORDER BY 1")
    assert steps == [("created", 2), ("other", 1), ("resolved", 2)]


def test_a_file_that_has_our_columns_already_is_taken_as_it_stands(shop):
    own = "contact_id,opened_at,status\n1,2026-01-05 10:00,open\n"
    code, text = written(shop, {"tickets.csv": own}, "--timezone", "UTC")
    assert code == 0 and "query" not in text and "    file:" in text
    assert rows(shop, "SELECT count(*) FROM contacts", "2026-01-07") == [(1,)]


def test_a_workbook_of_two_sheets_loads(shop):
    noon = datetime(2026, 1, 5, 12)
    book = workbook({
        "Tickets": [["Ticket ID", "Created at", "Status"], [7, noon, "Solved"]],
        "A/B": [["User ID", "Variant", "Assigned at"], ["U1", "control", noon], ["U2", "coupon", noon]],
    })  # fmt: skip
    code, text = written(shop, {"desk.xlsx": book}, "--timezone", "UTC")
    assert code == 0 and "    sheet: Tickets\n" in text
    assert rows(shop, "SELECT contact_id, opened_at::VARCHAR FROM contacts", "2026-01-06") == [
        ("7", "2026-01-05 12:00:00")
    ]
    assert rows(shop, "SELECT count(DISTINCT variant) FROM perk_assignments", "2026-01-06") == [
        (2,)
    ]


@pytest.mark.parametrize(
    "name", ["order.csv", "raw_contacts.csv", "contacts.csv", "2026.csv", "select.csv"]
)
def test_a_file_may_be_called_like_a_word_of_sql_or_a_table(shop, name):
    code, _ = written(shop, {name: TICKETS}, "--timezone", "UTC")
    assert code == 0 and rows(shop, "SELECT count(*) FROM contacts") == [(3,)]


def test_a_file_of_another_kind_says_what_to_do(shop, capsys):
    assert written(shop, {"tickets.json": "{}"}) == (2, "")
    assert (
        "tickets.json (files of this kind cannot be read; export it as CSV)"
        in capsys.readouterr().err
    )


def test_exports_of_two_months_and_names_that_are_hard_to_write(shop):
    head = 'Ticket ID,"Created\nat",Status,"it\'s ""new"""\n'
    months = {
        "t1.csv": head + "1,2026-01-05 10:00,Solved,x\n",
        "t2.csv": head + "2,2026-02-05 10:00,Open,y\n",
    }
    given = ["--column", 'subject=it\'s "new"', "--timezone", "UTC"]
    code, _ = written(shop, months, *given)
    assert code == 0
    assert rows(shop, "SELECT contact_id, status, subject FROM contacts ORDER BY 1", "2026-02-06") == [
        ("1", "resolved", "x"), ("2", "open", "y"),
    ]  # fmt: skip


def test_days_that_can_be_read_in_two_ways_are_written_as_a_choice(shop, capsys):
    two = "id,created,status\n1,02/01/2026,Solved\n"
    code, text = written(shop, {"tickets.csv": two}, "--timezone", "UTC")
    assert code == 2
    assert '# dates: {created: "%d/%m/%Y"}' in text and '# dates: {created: "%m/%d/%Y"}' in text
    assert "--dates '%d/%m/%Y'" in capsys.readouterr().err
    params.source_path("tiny").write_text(
        text.replace('# dates: {created: "%m', 'dates: {created: "%m'), encoding="utf-8"
    )
    assert (
        str(rows(shop, "SELECT opened_at FROM contacts", "2026-02-02")[0][0])
        == "2026-02-01 00:00:00"
    )


def test_what_is_no_table_is_explained_and_nothing_is_written(shop, capsys):
    code, text = written(
        shop, {"stray.csv": "case id,remark\n1,late\n", "bad.csv": b"PK\x03\x04\x00"}
    )
    assert (code, text) == (2, "")
    said = capsys.readouterr().err
    assert "nearest is contacts, whose opened_at no column is called" in said
    assert "--column opened_at=HEADER" in said and "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--timezone", "Rome"], "no such time zone"),
        (["--table", "ticket=contacts"], "There is no file called 'ticket'; did you mean 'tickets'?"),
        (["--table", "tickets=contact"], "There is no canonical table called 'contact'"),
        (["--column", "opened=Created at"], "There is no canonical column called 'opened'"),
        (["--column", "opened_at=Creatd at"], "There is no header called 'Creatd at'"),
        (["--value", "Solved=done"], "There is no code called 'done'"),
        (["--encoding", "utf-9"], "there is no encoding called 'utf-9'"),
    ],
)  # fmt: skip
def test_a_choice_that_is_not_there_is_refused_in_one_sentence(shop, capsys, words, said):
    code, text = written(shop, {"tickets.csv": TICKETS}, *words)
    assert (code, text) == (2, "")
    assert said in capsys.readouterr().err


def test_files_outside_the_project_are_found_by_a_variable(
    shop, tmp_path_factory, monkeypatch, capsys
):
    monkeypatch.delenv("CS_DATA", raising=False)
    monkeypatch.setattr(starting.os, "environ", starting.os.environ)
    folder = tmp_path_factory.mktemp("outside")
    (folder / "tickets.csv").write_text(TICKETS)
    monkeypatch.setenv("CS_DATA", str(folder / "elsewhere"))
    monkeypatch.setenv("CS_TINY", "")  # put back when the test ends
    assert main(["new", "source", "tiny", str(folder), "--timezone", "UTC"]) == 0
    assert f"export CS_TINY={folder}" in capsys.readouterr().out
    assert 'folder: "$CS_TINY"' in params.source_path("tiny").read_text(encoding="utf-8")
    assert rows(shop, "SELECT count(*) FROM contacts") == [(3,)]


def test_what_is_not_there_is_refused_in_one_sentence(shop, capsys):
    assert main(["new", "source", "tiny"]) == 2
    assert main(["new", "source", "tiny", "nothing.csv"]) == 2
    assert main(["new", "source", "Tiny!", "nothing.csv"]) == 2
    assert main(["new", "before_after", "tiny", "nothing.csv"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 4


def test_a_public_log_gives_the_times_that_others_measured(shop, real_data, monkeypatch):
    monkeypatch.setenv("CS_HOME", str(shop.home))
    log = str(real_data / "helpdesk_events.csv.gz")
    assert main(["new", "source", "tiny", log, "--timezone", "Europe/Rome"]) == 0
    local = "timezone('Europe/Rome', timezone('UTC', {}))"
    days = f"(epoch({local.format('resolved_at')}) - epoch({local.format('opened_at')})) / 86400"
    sql = f"SELECT count(resolved_at), round(median({days}), 4) FROM all_contacts"
    assert rows(shop, sql, "2014-01-04") == [(4569, 6.6579)]
