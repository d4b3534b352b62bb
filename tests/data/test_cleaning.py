"""Ids that are written alike by a named step of the source."""

from __future__ import annotations

import re

import pytest

from cs_lib.data import DataError


def test_ids_are_written_anew_by_a_named_step_and_the_rows_are_counted(source):
    source.settings["cleaning"] = [
        {
            "table": "contacts",
            "because": "the help desk lost leading zeros",
            "rewrite": "customer_id",
            "by": "lpad(customer_id, 3, '0')",
        }
    ]
    source.file(
        "contacts",
        "contact_id,customer_id,opened_at,status\n"
        "A,7,2026-02-01 10:00:00,open\nB,12,2026-02-02 10:00:00,open\nC,007,2026-02-03 10:00:00,open\n",
    )
    desk = source.desk("2026-02-04")
    known = desk.engine.rows("SELECT customer_id FROM contacts ORDER BY contact_id")
    assert known == [("007",), ("012",), ("007",)]
    assert desk.notes[0] == (
        "contacts: customer_id written anew in 2 of 3 rows, because the help desk lost leading zeros."
    )


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ({"rewrite": "opened_at", "by": "opened_at"}, "opened_at is no text; put it into the table's query"),
        ({"rewrite": "customerid", "by": "'x'"}, "there is no column customerid; did you mean 'customer_id'?"),
    ],
)  # fmt: skip
def test_only_columns_of_text_are_written_anew(source, step, why):
    source.settings["cleaning"] = [{"table": "contacts", "because": "a reason", **step}]
    source.file(
        "contacts", "contact_id,customer_id,opened_at,status\nA,7,2026-02-01 10:00:00,open\n"
    )
    with pytest.raises(DataError, match=re.escape(why)):
        source.desk()
