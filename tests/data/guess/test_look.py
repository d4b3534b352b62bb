"""What a user's own files are taken for: rows small enough to check by eye."""

import gzip
from datetime import datetime

import pytest

from cs_lib.data.guess.look import look
from cs_lib.data.guess.records import Choices
from tests.data.sources.workbooks import workbook

TICKETS = """Ticket ID,Requester ID,Created at,Solved at,Status,Group,Assignee,Satisfaction
101,U1,2026-01-05 09:12,2026-01-05 11:00,Solved,Billing,Ann,Good
102,U2,2026-01-06 10:00,,Open,Tech,Bob,
103,U1,2026-01-07 08:30,2026-01-08 08:00,Closed,Tech,Bob,Bad
"""
COMPLAINTS = """工单号,创建时间,解决时间,状态,处理组,客户,投诉类型
G1,2026/1/5 9:12,2026/1/5 11:00,已解决,一组,张三,物流
G2,2026/1/6 10:00,,处理中,二组,李四,质量
"""
ORDERS = """Bestellnummer;Kundennummer;Bestelldatum;Betrag;Größe
B1;U1;05.01.2026;12,50;klein
B2;U2;06.01.2026;1.234,00;übergroß
B3;U2;27.01.2026;-;groß
Summe;;;1.246,50;
"""
ASSIGNED = """User ID,Group,Assigned on
U1,control,01/15/2026
U2,coupon,01/02/2026
"""
LOG = """case_id,activity,resource,timestamp,customer
1,Create ticket,Ann,2026-01-05 09:00:00,U1
1,Wait,Ann,2026-01-05 10:00:00,U2
1,Resolve ticket,Bob,2026-01-06 09:00:00,U1
1,Resolve ticket,Bob,2026-01-07 09:00:00,U1
2,Create ticket,Ann,2026-01-08 09:00:00,U2
"""


@pytest.fixture
def seen(tmp_path):
    """Files written to a folder, and what they are taken for."""

    def see(files, **choices):
        for name, content in files.items():
            (tmp_path / name).write_bytes(
                content if isinstance(content, bytes) else content.encode()
            )
        return look([tmp_path / name for name in files], Choices(**choices), "shop")

    return see


def columns(table):
    return {one.column: one.header or one.expression for one in table.columns}


def test_an_export_of_a_help_desk_is_contacts(seen):
    found = seen({"export.csv": TICKETS})
    [table] = found.tables
    assert table.table == "contacts"
    assert columns(table) == {
        "contact_id": "Ticket ID", "customer_id": "Requester ID", "opened_at": "Created at",
        "resolved_at": "Solved at", "status": "Status", "team_id": "Group", "agent_id": "Assignee",
    }  # fmt: skip
    assert table.of("status").codes == {"Solved": "resolved", "Open": "open", "Closed": "closed"}
    assert table.left == [("Satisfaction", ("score_here", {}))]
    assert found.asked == [("timezone", {"headers": "Created at, Solved at"})]
    assert seen({"export.csv": TICKETS}, timezone="UTC").asked == []


def test_a_chinese_list_in_gbk_is_contacts_and_complaints_are_offered_not_taken(seen):
    found = seen({"投诉.csv": COMPLAINTS.encode("gbk")})
    [table], [file] = found.tables, found.files
    assert file.spec.encoding == "gbk"
    assert columns(table) == {
        "contact_id": "工单号", "customer_id": "客户", "opened_at": "创建时间", "resolved_at": "解决时间",
        "status": "状态", "issue": "投诉类型", "team_id": "处理组",
    }  # fmt: skip
    assert table.of("status").codes == {"已解决": "resolved", "处理中": "open"}
    assert [one.column for one in table.offers] == ["is_complaint"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "sample.csv",
            "Ticket ID,Coded by,Method,Coded at,Need,Cause owner,Cause,Weight\n"
            "K1,Ann,human,2026-02-10 08:00,late,Agent,A3,2\nK2,Bob,human,2026-02-11 08:00,,Business process,,2\n",
        ),
        (
            "标注.csv",
            "工单号,标注人,标注方式,标注时间,需求,责任方,根因,抽样权重\n"
            "K1,张三,人工,2026-02-10 08:00,物流慢,客服,A3,2\nK2,李四,人工,2026-02-11 08:00,,业务流程,,2\n",
        ),
    ],
)
def test_what_people_coded_is_codings(seen, name, content):
    [table] = seen({name: content}, timezone="UTC").tables
    assert table.table == "codings"
    assert list(columns(table)) == [
        "contact_id", "coder", "method", "coded_at", "need_code", "owner", "root_cause", "sampling_weight",
    ]  # fmt: skip
    assert set(table.of("owner").codes.values()) == {"agent", "business_process"}


def test_german_numbers_days_and_a_sum_below_the_rows(seen):
    found = seen({"export.csv": ORDERS.encode("cp1252")})
    [table], [file] = found.tables, found.files
    assert table.table == "orders"
    assert (file.spec.encoding, file.spec.delimiter, file.spec.skip_last_lines) == (
        "cp1252",
        ";",
        1,
    )
    assert (file.spec.decimal, file.spec.thousands, file.rows) == (",", ".", 3)
    assert file.spec.dates == {"Bestelldatum": "%d.%m.%Y"}
    assert file.spec.missing == ("", "-")


def test_a_title_above_the_names_is_left_out(seen):
    found = seen({"export.csv": "Tickets of January,,,,,,,\n\n" + TICKETS})
    assert found.files[0].spec.skip_lines == 2 and found.tables[0].table == "contacts"


@pytest.mark.parametrize(
    ("days", "form", "open_"),
    [
        (("13/02/2026", "03/04/2026"), "%d/%m/%Y", []),
        (("02/13/2026", "03/04/2026"), "%m/%d/%Y", []),
        (("02/01/2026", "03/04/2026"), "", ["%d/%m/%Y", "%m/%d/%Y"]),
        (("02/02/2026", "03/03/2026"), "%d/%m/%Y", []),  # both ways say the same
        (("2026年2月13日", "2026年3月4日"), "%Y年%m月%d日", []),
        (("1767603600", "1767690000"), "epoch_s", []),
    ],
)
def test_days_are_read_in_the_one_form_that_fits_every_row_and_asked_for_when_two_do(
    seen, days, form, open_
):
    rows = "".join(f"{n},{day},Solved\n" for n, day in enumerate(days))
    opened = seen({"tickets.csv": "id,created,status\n" + rows}).tables[0].of("opened_at")
    assert (opened.form, list(opened.open)) == (form, open_)


def test_another_column_or_the_user_settles_days_that_can_be_read_in_two_ways(seen):
    rows = (
        "id,created,solved,status\n1,02/01/2026,13/02/2026,Solved\n2,03/04/2026,14/04/2026,Solved\n"
    )
    found = seen({"tickets.csv": rows}, timezone="UTC")
    assert found.tables[0].of("opened_at").form == "%d/%m/%Y" and found.asked == []
    alone = "id,created,status\n1,02/01/2026,Solved\n"
    asked = seen({"tickets.csv": alone}, timezone="UTC").asked
    assert [code for code, _ in asked] == ["date_form"]
    found = seen({"tickets.csv": alone}, timezone="UTC", dates="%m/%d/%Y")
    assert found.tables[0].of("opened_at").form == "%m/%d/%Y" and found.asked == []


def test_numbers_that_may_be_thousands_are_not_taken_until_the_user_says_what_they_are(seen):
    rows = "order id,customer id,order date,amount\n1,U1,2026-01-05,1.234\n2,U2,2026-01-06,2.500\n"
    found = seen({"orders.csv": rows}, timezone="UTC")
    assert found.tables[0].of("amount") is None
    assert [one.column for one in found.tables[0].offers] == ["amount"]
    assert [code for code, _ in found.asked] == ["number_open"]
    found = seen({"orders.csv": rows}, timezone="UTC", decimal=".")
    assert found.tables[0].of("amount").header == "amount" and found.asked == []
    assert found.files[0].spec.decimal == "."


def test_assignments_without_numbers_and_name_of_an_experiment(seen):
    [table] = seen({"ab.csv": ASSIGNED}).tables
    assert table.table == "perk_assignments"
    assert columns(table) == {
        "assignment_id": "User ID", "experiment_id": "'shop'", "customer_id": "User ID",
        "variant": "Group", "assigned_at": "Assigned on",
    }  # fmt: skip


def test_a_log_of_steps_is_events_and_one_contact_a_case(seen):
    contacts, events = seen({"log.csv": LOG}).tables
    assert (contacts.table, events.table) == ("contacts", "events")
    assert contacts.group_by == '"case_id"' and contacts.caveats[0][0] == "from_events"
    assert "('Resolve ticket')" in contacts.of("resolved_at").expression
    assert events.of("stage").codes == {"Resolve ticket": "resolved", "Create ticket": "created"}
    assert events.of("stage").unknown == ["Wait"]
    assert events.of("seq").expression == "rowid"  # two steps may have the same time


def test_a_history_of_tickets_is_events_though_its_time_is_called_like_an_opening(seen):
    steps = "7,2026-01-05 10:00,Assigned\n7,2026-01-05 11:00,Reply\n7,2026-01-05 12:00,Solved\n"
    found = seen({"history.csv": "Ticket ID,Created at,Action\n" + steps})
    assert [one.table for one in found.tables] == ["contacts", "events"]
    assert found.tables[0].group_by == '"Ticket ID"'
    assert found.tables[1].of("ts").header == "Created at"
    copies = (
        "Ticket ID,Created at,Status\n" + 3 * "7,2026-01-05,Solved\n"
    )  # the check tells of them
    assert [one.table for one in seen({"tickets.csv": copies}).tables] == ["contacts"]


def test_exports_a_month_are_one_table_and_what_is_no_table_says_what_it_lacks(seen):
    later = TICKETS.replace("2026-01", "2026-02").replace("\n10", "\n20")
    stray = "case id,remark\n1,late\n"
    found = seen(
        {"t_01.csv": TICKETS, "t_02.csv": later, "stray.csv": stray, "empty.csv": "id,created\n"}
    )
    assert found.tables[0].files == ["t_01", "t_02"]
    unused = {file.name: reason for file, reason in found.unused}
    assert unused["stray"][0] == "lacks" and "opened_at" in unused["stray"][1]["lacking"]
    assert unused["empty"] == ("no_rows", {})


def test_a_folder_and_packed_and_parquet_files(tmp_path):
    import pandas as pd

    (tmp_path / "tickets.csv.gz").write_bytes(gzip.compress(TICKETS.encode()))
    frame = pd.DataFrame(
        {
            "Order ID": ["B1"],
            "Customer ID": ["U1"],
            "Order date": [pd.Timestamp("2026-01-05")],
            "Total": [2.5],
        }
    )
    frame.to_parquet(tmp_path / "orders.parquet")
    (tmp_path / "notes.docx").write_bytes(b"PK")
    found = look([tmp_path], Choices(timezone="UTC"), "shop")
    assert {one.table: one.files for one in found.tables} == {
        "contacts": ["tickets"],
        "orders": ["orders_file"],
    }
    assert (
        found.tables[0 if found.tables[0].table == "orders" else 1].of("amount").header == "Total"
    )


def test_sheets_of_a_workbook_are_files_of_their_own(tmp_path):
    noon = datetime(2026, 1, 5, 12)
    tickets = [["Ticket list"], [], ["Ticket ID", "Created at", "Status", "Handle seconds"], [7, noon, "Solved", 90.5],
               ["Total", None, None, 90.5]]  # fmt: skip
    assigned = [
        ["User ID", "Variant", "Assigned at"],
        ["U1", "control", noon],
        ["U2", "coupon", noon],
    ]
    path = tmp_path / "desk.xlsx"
    path.write_bytes(workbook({"Tickets": tickets, "A/B": assigned, "Notes": []}))
    found = look([path], Choices(timezone="UTC"), "shop")
    assert {one.table: one.files for one in found.tables} == {
        "contacts": ["desk_tickets"], "perk_assignments": ["desk_a_b"],
    }  # fmt: skip
    spec = found.files[0].spec
    assert (spec.sheet, spec.skip_lines, spec.skip_last_lines) == ("Tickets", 2, 1)
    assert found.tables[0].of("handle_seconds").header == "Handle seconds" and found.asked == []


def test_choices_stand_before_guesses(seen):
    rows = "ref,when raised,created at,state of it\n1,2026-01-05,2026-02-05,Parked\n"
    given = {"contact_id": "ref", "opened_at": "when raised", "status": "state of it"}
    found = seen({"raised.csv": rows}, columns=given, values={"parked": "waiting_customer"})
    assert columns(found.tables[0]) == given
    assert found.tables[0].of("status").codes == {"Parked": "waiting_customer"}
    found = seen({"raised.csv": rows}, columns=given)
    assert found.tables[0].of("status").unknown == ["Parked"]


def test_a_status_nobody_knows_is_asked_for_and_a_missing_one_comes_from_the_stamps(seen):
    rows = "id,created,solved,status\n1,2026-01-05,2026-01-06,Solved\n2,2026-01-05,,Parked\n"
    found = seen({"tickets.csv": rows}, timezone="UTC")
    assert found.asked == [("status", {"values": "Parked", "first": "Parked"})]
    found = seen({"tickets.csv": rows.replace("status", "remark")}, timezone="UTC")
    status = found.tables[0].of("status")
    assert status.expression == """CASE WHEN "solved" IS NOT NULL THEN 'resolved' ELSE 'open' END"""
    assert found.tables[0].caveats[0][0] == "status_by_stamps"


def test_a_closing_stamp_alone_is_no_resolution(seen):
    rows = "id,created,closed,status\n1,2026-01-05,2026-01-06,Closed\n"
    table = seen({"tickets.csv": rows}).tables[0]
    assert table.of("resolved_at") is None and table.of("closed_at").header == "closed"
    assert [one.column for one in table.offers] == ["resolved_at"]


def test_a_promised_call_is_known_by_its_name(seen):
    header, *rows = COMPLAINTS.splitlines()
    dated = "\n".join([f"{header},约定回访时间", f"{rows[0]},2026/1/7 18:00", f"{rows[1]},", ""])
    table = seen({"list.csv": dated.encode("gb18030")}).tables[0]
    assert table.of("follow_up_due_at").header == "约定回访时间"


def test_a_column_whose_values_are_something_else_is_left_out_with_an_example(seen):
    rows = "id,created,resolved,status\n1,2026-01-05,4 hours,Solved\n2,2026-01-06,2 days,Solved\n"
    table = seen({"tickets.csv": rows}).tables[0]
    assert table.of("resolved_at") is None
    assert table.left == [("resolved", ("no_stamps", {"column": "resolved_at", "value": "2 days"}))]


def test_a_column_in_utc_says_so_by_its_name(seen):
    rows = "id,Created at (UTC),status\n1,2026-01-05 10:00,Solved\n"
    found = seen({"tickets.csv": rows})
    assert found.tables[0].of("opened_at").zone == "UTC" and found.asked == []


@pytest.mark.parametrize(
    ("file", "tables"),
    [
        ("helpdesk_events", ["contacts", "events"]),
        ("zh_citizen_messages", ["contacts"]),
        ("olist_orders", ["orders"]),
        ("olist_order_reviews", ["surveys"]),
        ("hillstrom_email_ab", []),
    ],
)
def test_public_sets_are_taken_for_what_they_are(real_data, file, tables):
    found = look([real_data / f"{file}.csv.gz"], Choices(), "public")
    assert [one.table for one in found.tables] == tables
