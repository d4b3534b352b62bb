"""Numbers, days and stamps in other forms: read as the settings say, else told with a guess and its evidence."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest

from cs_lib.data.engines.duckdb import DuckDB
from cs_lib.data.marks import CANDIDATES, Marks

CONTACTS = "contact_id,opened_at,status\nC0,2026-02-20 10:00,open\n"


@pytest.fixture(autouse=True)
def _observed(source):
    source.settings["observed_until"] = "2026-03-01T00:00:00"


def orders(source, amounts, **spec):
    """Orders with these amounts, semicolons between the cells."""
    rows = "".join(
        f'O{i:03};A;2026-02-2{i % 8} 1{i % 10}:00;"{amount}"\n' for i, amount in enumerate(amounts)
    )
    source.file("contacts", CONTACTS)
    source.file("orders", "order_id;customer_id;ordered_at;amount\n" + rows, delimiter=";", **spec)


def read(source):
    return [
        row[0]
        for row in source.desk().engine.rows("SELECT amount FROM all_orders ORDER BY order_id")
    ]


def hint(source):
    (said,) = source.breaches()
    return said.partition("). ")[2]


NUMBERS = {
    "comma": (["12", "12,50", "0,5"], "In 2 of 3 rows amount looks like 0,5: set `decimal: ','` for its file, and 0,5"
              " is read as 0.5.", {"decimal": ","}, [12, 12.5, 0.5]),
    "dot and comma": (["1.234,56", "12,50", "999"], "In 2 of 3 rows amount looks like 1.234,56: set `decimal: ',',"
                      " thousands: '.'` for its file, and 1.234,56 is read as 1234.56.",
                      {"decimal": ",", "thousands": "."}, [1234.56, 12.5, 999]),
    "groups of dots": (["1.234.567", "1.234", "7"], "In 1 of 3 rows amount looks like 1.234.567: set `decimal: ',',"
                       " thousands: '.'` for its file, and 1.234.567 is read as 1234567.", {"thousands": "."},
                       [1234567, 1234, 7]),
    "comma and dot": (["1,234.50", "8.25"], "In 1 of 2 rows amount looks like 1,234.50: set `thousands: ','` for its"
                      " file, and 1,234.50 is read as 1234.50.", {"thousands": ","}, [1234.5, 8.25]),
    "blank": (["1 234.50", "2\u202f000", "3\u00a0000.25"], "In 3 of 3 rows amount looks like 1 234.50: set"
              " `thousands: ' '` for its file, and 1 234.50 is read as 1234.50.", {"thousands": "\u202f"},
              [1234.5, 2000, 3000.25]),
    "apostrophe": (["1'234.50", "2\u2019000"], "In 2 of 2 rows amount looks like 1'234.50: set `thousands: \"'\"` for"
                   " its file, and 1'234.50 is read as 1234.50.", {"thousands": "'"}, [1234.5, 2000]),
    "either": (["1,234", "5,678", "12"], "In 2 of 3 rows amount looks like 1,234, which can be read in 2 ways: 1.234"
               " with `decimal: ','`; 1234 with `thousands: ','`. Only you can know which is meant; set that one for"
               " its file, or write it into the query.", {"decimal": ","}, [1.234, 5.678, 12]),
}  # fmt: skip


@pytest.mark.parametrize(("amounts", "said", "settings", "numbers"), NUMBERS.values(), ids=NUMBERS)
def test_numbers_of_another_form_are_told_and_read_once_the_settings_say_how(
    source, amounts, said, settings, numbers
):
    orders(source, amounts)
    assert hint(source) == said
    orders(source, amounts, **settings)
    assert read(source) == numbers


def test_a_few_values_that_are_no_numbers_hide_no_guess_and_many_leave_none(source):
    orders(source, ["12,50"] * 5 + ["free"])
    assert hint(source).startswith("In 6 of 6 rows amount looks like 12,50: set `decimal: ','`")
    orders(source, ["12,50"] * 2 + ["12.50"] * 5)
    assert hint(source) == ""
    orders(source, ["free", "paid"])
    assert hint(source) == ""


@pytest.mark.parametrize("amount", ["12.50", "1.23,5", "1.2345", ".", "1,2,3", "1e3"])
def test_what_is_not_written_as_the_settings_say_is_a_breach(source, amount):
    orders(source, ["12,50", amount], decimal=",", thousands=".")
    assert source.breaches() == [
        f"orders: amount is not a number in 1 row (first: order_id O001 with amount {amount})."
    ]


def test_whole_numbers_have_the_same_signs(source):
    source.file("contacts", CONTACTS)
    head = "contact_id;ts;seq;stage\n"
    source.file("events", head + "C0;2026-02-20;1.200;created\n", delimiter=";", thousands=".")
    assert source.desk().engine.rows("SELECT seq FROM events") == [(1200,)]
    source.file("events", head + "C0;2026-02-20;1,5;created\n", delimiter=";", thousands=".")
    assert source.breaches()[0].startswith("events: seq is not a whole number in 1 row")


def test_every_candidate_reads_its_own_form_and_python_agrees():
    engine = DuckDB()
    for marks in CANDIDATES:
        sign = marks.thousands or ""
        text = f"-12{sign}345{sign}678{marks.decimal}25"
        literal = "'" + text.replace("'", "''") + "'"
        assert engine.rows(f"SELECT {marks.number(literal, engine.dialect)}") == [(-12345678.25,)]
        assert float(marks.value(text)) == -12345678.25
        wrong = "'1" + ("''" if sign == "'" else sign or ".") + "23'"
        assert engine.rows(
            f"SELECT {Marks(marks.decimal, sign or '.').number(wrong, engine.dialect)}"
        ) == [(None,)]
    engine.close()


THOUSANDS = [f"{i}.{i * 7 % 1000:03}" for i in range(1, 31)]


def test_three_digits_after_every_dot_are_noted_until_the_settings_say_which_is_meant(source):
    note = (
        "orders: each of the 30 rows with a dot in amount has three digits after it (like 1.234); they are read as"
        " decimals. If they are thousands, set `thousands: '.'` for its file; if not, `decimal: '.'` says so."
    )
    for _ in range(2):
        orders(source, [*THOUSANDS, "12"])
        desk = source.desk("2026-02-28")
        assert desk.notes == (note,) and desk.facts["orders"].of("amount").grouped == 30
    for settings, first in (({"decimal": "."}, 1.007), ({"thousands": "."}, 1007)):
        orders(source, [*THOUSANDS, "12"], **settings)
        assert source.desk("2026-02-28").notes == () and read(source)[0] == first


@pytest.mark.parametrize("other", ["0.125", "12.5", "1234.125"])
def test_one_number_that_can_be_no_thousands_settles_it(source, other):
    orders(source, [*THOUSANDS, other])
    assert source.desk("2026-02-28").notes == ()


def through_a_query(source, *files, query=None):
    source.file("contacts", CONTACTS)
    for i, (amount, spec) in enumerate(files):
        text = f"id;who;day;total\nO{i};A;2026-02-2{i};{amount}\n"
        source.file(f"sales{i}", text, delimiter=";", **spec)
        source.settings.setdefault("files", {})[f"sales{i}"] = source.settings["tables"].pop(
            f"sales{i}"
        )["file"]
    union = " UNION ALL ".join(f"SELECT * FROM sales{i}" for i in range(len(files)))
    query = (
        query
        or "SELECT id AS order_id, who AS customer_id, day AS ordered_at, total AS amount FROM"
    )
    source.settings["tables"]["orders"] = {"query": f"{query} ({union})"}


def test_a_query_may_pass_numbers_on_as_its_file_writes_them(source):
    through_a_query(source, ("1.234,50", {"decimal": ",", "thousands": "."}), ("7", {}))
    assert read(source) == [1234.5, 7]


def test_a_query_over_files_that_write_numbers_differently_is_one_sentence(source):
    through_a_query(source, ("1.234,50", {"decimal": ","}), ("7", {"thousands": ","}))
    assert source.breaches() == [
        "orders: its query reads files whose numbers are written differently (sales0, sales1), so that it cannot be"
        " told how its own are; split it, or let the query write plain numbers."
    ]


def test_a_query_that_takes_a_text_for_a_number_names_the_value(source):
    query = "SELECT id AS order_id, who AS customer_id, day AS ordered_at, total::DOUBLE / 100 AS amount FROM"
    through_a_query(source, ("12,50", {}), query=query)
    assert source.breaches() == [
        "orders: its query in the source takes the value '12,50' of a file for what it is not as it stands. Say how"
        " such values are written (`decimal`, `thousands`, `dates` of the file) and let the query pass the column on as"
        " it is, or use TRY_CAST, which leaves them empty."
    ]


def stamps(source, *texts, **spec):
    rows = "".join(f'C{i},"{text}",open\n' for i, text in enumerate(texts))
    source.file("contacts", "contact_id,opened_at,status\n" + rows, **spec)


DATES = {
    "day first": (["03/04/2026", "27/02/2026"], "27/02/2026", "%d/%m/%Y", "2026-02-27"),
    "month first": (["03/04/2026 9:05", "02/27/2026 10:00"], "02/27/2026 10:00", "%m/%d/%Y %H:%M",
                    "2026-02-27 10:00:00"),
    "short years": (["27/02/26", "03/04/26"], "27/02/26", "%d/%m/%y", "2026-02-27"),
    "milliseconds": (["1772186400000", "1772186400123"], "1772186400000", "epoch_ms", "2026-02-27 10:00:00 UTC"),
    "half days": (["2/3/2026 1:05 AM", "2/27/2026 10:00 PM"], "2/27/2026 10:00 PM", "%m/%d/%Y %I:%M %p",
                  "2026-02-27 22:00:00"),
}  # fmt: skip


@pytest.mark.parametrize(("texts", "value", "form", "reading"), DATES.values(), ids=DATES)
def test_stamps_of_another_form_are_told_with_the_value_that_settles_it(
    source, texts, value, form, reading
):
    stamps(source, *texts)
    assert hint(source) == (
        f"In 2 of 2 rows opened_at looks like {value}: set `dates: {{opened_at: '{form}'}}` for its file, and {value}"
        f" is read as {reading}."
    )
    stamps(source, *texts, dates={"opened_at": form})
    found = [
        row[0]
        for row in source.desk("2026-07-01").engine.rows("SELECT opened_at FROM all_contacts")
    ]
    assert datetime.fromisoformat(reading.removesuffix(" UTC")) in found and len(found) == 2


def test_stamps_that_can_be_read_in_several_ways_are_told_in_all_of_them(source):
    stamps(source, "03/04/2026", "05/06/2026")
    assert hint(source) == (
        "In 2 of 2 rows opened_at looks like 03/04/2026, which can be read in 2 ways: 2026-04-03 with `dates:"
        " {opened_at: '%d/%m/%Y'}`; 2026-03-04 with `dates: {opened_at: '%m/%d/%Y'}`. Only you can know which is meant;"
        " set that one for its file, or write it into the query."
    )
    stamps(source, "26-02-27")
    assert "2 ways: 2027-02-26 with `dates: {opened_at: '%d-%m-%y'}`; 2026-02-27 with" in hint(
        source
    )


def test_both_orders_in_one_column_are_no_guess(source):
    stamps(source, "27/02/2026", "02/27/2026")
    assert hint(source) == ""


@pytest.mark.parametrize(("texts", "form"), [
    (["27/02/2026", "2026-02-27"], "%d/%m/%Y"),
    (["27/02/2026", "27/02/26"], "%d/%m/%Y"),
    (["27/02/2026", "02/27/2026"], "%d/%m/%Y"),
    (["1772186400", "1772186400000"], "epoch_s"),
    (["1772186400", "soon"], "epoch_s"),
])  # fmt: skip
def test_what_is_not_written_in_the_stated_form_is_a_breach(source, texts, form):
    stamps(source, *texts, dates={"opened_at": form})
    assert source.breaches() == [
        f"contacts: opened_at is not written like '{form}' in 1 row of contacts.csv (first: {texts[1]}); see `dates` in"
        " the source."
    ]


def test_a_form_of_a_column_that_is_not_there_is_one_sentence(source):
    stamps(source, "27/02/2026", dates={"opend_at": "%d/%m/%Y"})
    assert source.breaches()[0] == (
        "contacts: `dates` names the column 'opend_at', contacts.csv has none of that name; did you mean 'opened_at'?"
    )


def test_local_stamps_of_a_stated_form_have_the_zone_and_epochs_are_utc(source):
    source.settings["timezone"] = "Asia/Shanghai"
    for text, form, hour in (
        ("27/02/2026 10:00", "%d/%m/%Y %H:%M", 2),
        ("1772186400", "epoch_s", 10),
    ):
        stamps(source, text, "", dates={"opened_at": form})
        source.settings["cleaning"] = [
            {"table": "contacts", "because": "never opened", "drop_where": "opened_at IS NULL"}
        ]
        assert source.desk().engine.rows("SELECT opened_at FROM contacts") == [
            (datetime(2026, 2, 27, hour),)
        ]


def test_a_query_over_a_file_has_stamps_of_the_stated_form(source):
    stamps(source, "27/02/2026 10:00", dates={"opened_at": "%d/%m/%Y %H:%M"})
    source.settings["files"] = {"log": source.settings["tables"].pop("contacts")["file"]}
    query = "SELECT contact_id, opened_at + INTERVAL 1 HOUR AS opened_at, status FROM log"
    source.settings["tables"] = {"contacts": {"query": query}}
    assert source.desk().engine.rows("SELECT opened_at FROM contacts") == [
        (datetime(2026, 2, 27, 11),)
    ]


@pytest.mark.parametrize(("values", "expression"), [
    (["27/02/2026"], "strptime(opened_at, '%d/%m/%Y')"), ([1772186400], "to_timestamp(opened_at::DOUBLE / 1)"),
    ([1772186400000], "to_timestamp(opened_at::DOUBLE / 1000)"),
])  # fmt: skip
def test_parquet_is_told_what_its_query_may_say_and_it_does(source, values, expression):
    frame = pd.DataFrame({"contact_id": ["C1"], "opened_at": values, "status": ["open"]})
    frame.to_parquet(source.home / "contacts.parquet")
    source.settings["tables"]["contacts"] = {"file": "contacts.parquet"}
    assert f"write `{expression}` into its query" in hint(source)
    source.settings["files"] = {"log": "contacts.parquet"}
    query = f"SELECT contact_id, {expression} AS opened_at, status FROM log"
    source.settings["tables"] = {"contacts": {"query": query}}
    [(found,)] = source.desk().engine.rows("SELECT opened_at FROM contacts")
    assert found.date() == datetime(2026, 2, 27).date()


def test_days_of_another_form_are_told_and_read(source):
    source.file("contacts", CONTACTS)
    rows = "date,orders\n27.02.2026,5\n"
    source.file("exposure", rows)
    assert (
        "set `dates: {date: '%d.%m.%Y'}` for its file, and 27.02.2026 is read as 2026-02-27."
        in hint(source)
    )
    source.file("exposure", rows, dates={"date": "%d.%m.%Y"})
    found = source.desk("2026-03-03").engine.rows("SELECT CAST(date AS VARCHAR) FROM exposure")
    assert found == [("2026-02-27",)]
