"""Rows that are no canonical table and enough for a study: what they are taken for."""

import pytest

from cs_lib.data.guess.look import look
from cs_lib.data.guess.records import Choices

RESULTS = "Kundennummer;Gruppe;Gekauft;Umsatz;Region\n" + "\n".join(
    f"K{i};{'AB'[i % 2]};{i % 3 // 2};{i},50;{'NS'[i % 2]}" for i in range(40)
)
DAYS = "Datum;Anrufe;Notiz\n" + "\n".join(f"{1 + i:02}.03.2026;{100 + i};ok {i}" for i in range(30))
CUSTOMERS = "customer_id,segment,signup\n" + "\n".join(f"K{i},gold,2026-01-05" for i in range(9))


@pytest.fixture
def seen(tmp_path):
    """Files written to a folder, and what they are taken for."""

    def see(files, **choices):
        for name, content in files.items():
            (tmp_path / name).write_text(content, encoding="utf-8")
        return look([tmp_path / name for name in files], Choices(**choices), "shop")

    return see


def test_variants_and_numbers_are_results(seen):
    [table] = seen({"test.csv": RESULTS}).tables
    assert (table.table, table.roles) == (
        "results",
        {
            "variant": "Gruppe",
            "customer": "Kundennummer",
            "numbers": ["Gekauft", "Umsatz"],
            "labels": ["Region"],
        },
    )


def test_the_signs_of_their_numbers_are_seen(seen):
    [file] = seen({"test.csv": RESULTS}).files
    assert (file.spec.delimiter, file.spec.decimal) == (";", ",")


def test_assignments_with_what_came_out_are_results(seen):
    rows = "user_id,group,assigned_at,bought\n" + "\n".join(
        f"U{i},{'AB'[i % 2]},2026-03-{1 + i % 9:02},{i % 2}" for i in range(30)
    )
    [table] = seen({"test.csv": rows}).tables
    assert (table.table, table.roles["assigned"], table.roles["numbers"]) == (
        "results",
        "assigned_at",
        ["bought"],
    )
    plain = rows.replace(",bought", "").replace(",0\n", "\n").replace(",1\n", "\n").rstrip(",01")
    assert [one.table for one in seen({"test.csv": plain}).tables] == ["perk_assignments"]


def test_a_day_each_and_numbers_are_days(seen):
    [table] = seen({"hotline.csv": DAYS}).tables
    assert (table.table, table.roles) == ("days", {"day": "Datum", "numbers": ["Anrufe"]})
    assert table.left == [("Notiz", ("unknown", {}))]


def test_a_day_that_repeats_is_no_table_of_days(seen):
    assert seen({"hotline.csv": DAYS + "\n30.03.2026;1;ok"}).tables == []


def test_customers_stay_customers(seen):
    assert [one.table for one in seen({"customers.csv": CUSTOMERS}).tables] == ["customers"]


def test_the_user_may_say_so(seen):
    assert seen({"hotline.csv": DAYS}, tables={"hotline": "results"}).tables == []
    assert [one.table for one in seen({"h.csv": DAYS}, tables={"h": "days"}).tables] == ["days"]
