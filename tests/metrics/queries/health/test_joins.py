"""Keys that are found, found in another form, lost, or about a time before the other table begins."""

from __future__ import annotations

from cs_lib.metrics.queries.health.joins import Pair, join, joins

CUSTOMERS = """
customer_id
0012
34
0056
"""
CONTACTS = """
contact_id customer_id order_id opened_at status
K1 34 O1 2026-02-01T08:00 open
K2 12 O2 2026-02-01T09:00 open
K3 56.0 - 2026-02-02T09:00 open
K4 99 O9 2026-02-02T10:00 open
K5 anonymous O9 2026-05-20T10:00 open
K6 - O8 2026-05-21T10:00 open
"""
ORDERS = """
order_id customer_id ordered_at
O1 34 2026-02-01T07:00
O2 0012 2026-02-01T07:00
O3 0012 2026-04-01T07:00
"""
TO_CUSTOMERS = Pair("contacts", "customer_id", "customers", "customer_id")
TO_ORDERS = Pair("contacts", "order_id", "orders", "order_id")


def desk(source, observed):
    for name, rows in (("customers", CUSTOMERS), ("contacts", CONTACTS), ("orders", ORDERS)):
        source.table(name, rows)
    return observed()


def test_keys_in_another_form_are_told_from_those_that_are_nowhere(source, observed):
    found = join(desk(source, observed), TO_CUSTOMERS)
    assert (found.filled, found.matched, found.by_form, found.lost) == (4, 1, 2, 1)
    assert found.examples == (("12", "0012"), ("56.0", "0056")) and found.orphans == ("99",)


def test_a_word_for_nobody_is_no_key(source, observed):
    source_desk = desk(source, observed)
    [(rows,)] = source_desk.engine.rows("SELECT count(customer_id) FROM contacts")
    assert rows == 5 and join(source_desk, TO_CUSTOMERS).filled == 4


def test_what_may_be_about_the_time_before_is_not_lost(source, observed):
    found = join(desk(source, observed), TO_ORDERS)
    assert (found.filled, found.matched, found.lead_in, found.lost) == (5, 2, 1, 2)
    assert found.orphans == ("O8", "O9")


def test_found_keys_are_dated(source, observed):
    found = join(desk(source, observed), TO_ORDERS)
    by_day = zip(found.days.tolist(), found.filled_by_day, found.matched_by_day, strict=True)
    assert [(day.isoformat(), int(n), int(m)) for day, n, m in by_day] == [
        ("2026-02-01", 2, 2), ("2026-02-02", 1, 0), ("2026-05-20", 1, 0), ("2026-05-21", 1, 0),
    ]  # fmt: skip


def test_a_table_without_time_has_no_days(source, observed):
    source.table("customers", "customer_id referred_by\nA -\nB A\nC X")
    source.table("contacts", CONTACTS)
    found = join(observed(), Pair("customers", "referred_by", "customers", "customer_id"))
    assert (found.filled, found.matched, found.lost, found.days) == (2, 1, 1, None)


def test_pairs_whose_table_or_key_is_not_there_are_left_out(source, observed):
    source.table("contacts", "contact_id opened_at status\nK1 2026-02-01T08:00 open")
    source.table("customers", CUSTOMERS)
    assert joins(observed()) == ()


def test_codings_are_looked_for_among_contacts(source, observed):
    source.table("contacts", CONTACTS)
    head = "contact_id coder method coded_at owner\n"
    days = (("K1", "02-10"), ("k2", "05-20"), ("X", "05-21"))
    rows = [f"{key} H1 human 2026-{day}T08:00 agent\n" for key, day in days]
    source.table("codings", head + "".join(rows))
    [found] = [one for one in joins(observed()) if one.table == "codings"]
    assert (found.filled, found.matched, found.by_form, found.lost) == (3, 1, 1, 1)
    assert found.orphans == ("X",) and found.examples == (("k2", "K2"),)
