"""Contacts and seconds by need: by eye, against pandas on a whole desk, and whatever the threads."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from cs_lib.methods.emerging.rising_counts import in_blocks, rising_counts
from cs_lib.methods.ranking.rank_ranges import rank_ranges
from cs_lib.metrics.queries.needs import counts
from cs_lib.metrics.queries.needs.contacts_read import contacts_read

YEAR = date(2025, 7, 1), date(2026, 6, 30)
ROWS = """
contact_id customer_id issue need_code owner root_cause opened_at resolved_at status handle_seconds
K1 C1 delivery late business_process B1 2026-02-01T08:00 2026-02-02T08:00 resolved 100.4
K2 C1 delivery late business_process B1 2026-02-05T08:00 2026-02-06T08:00 resolved 50
K3 C1 delivery rude agent A3 2026-02-05T09:00 - open -
K4 - delivery late business_process B1 2026-02-05T08:00 - open 30
K5 - delivery late agent A4 2026-02-05T08:00 - open 30
K6 C2 other - unknown - 2026-02-05T08:00 - open 10
K7 C2 delivery late business_process B1 2025-12-05T08:00 - open 10
K8 C2 delivery late business_process B1 2026-02-05T08:00 - spam 10
"""


def test_cells_by_eye(source, read):
    source.table("contacts", ROWS)
    with read() as one:
        found = {
            (c.issue, c.need, c.owner, c.cause, c.repeat): (
                c.contacts,
                c.customers,
                c.timed,
                c.seconds,
            )
            for c in counts.cells(one)
        }
    assert found == {
        ("delivery", "late", "business_process", "B1", False): (2, 1, 2, 130),
        ("delivery", "late", "business_process", "B1", True): (1, 1, 1, 50),
        ("delivery", "late", "agent", "A4", False): (1, 0, 1, 30),
        ("delivery", "rude", "agent", "A3", False): (1, 1, 0, 0),
        ("other", None, "unknown", None, False): (1, 1, 1, 10),
    }


def test_totals_by_eye(source, read):
    source.table("contacts", ROWS)
    with read() as one:
        found = counts.totals(one)
    assert found.needs == ("late", "rude")
    assert (found.contacts.tolist(), found.seconds.tolist()) == ([4, 1], [210, 0])
    # C1 wrote twice about one need and once about the other; both contacts of nobody stand alone.
    assert found.contact_products.tolist() == [[4 + 1 + 1, 2], [2, 1]]
    assert found.second_products.tolist() == [[150**2 + 30**2 + 30**2, 0], [0, 0]]
    assert found.seconds_by.tolist() == [[160, 50], [0, 0]]
    assert found.squares_by.tolist() == [[100**2 + 2 * 30**2, 50**2, 50 * 100], [0, 0, 0]]


def test_weeks_end_with_the_study_and_go_back_28_at_least(source, read):
    source.table("contacts", ROWS)
    source.table(
        "orders",
        "order_id customer_id ordered_at\nO1 C1 2026-06-30T23:00\nO2 C1 2026-06-24T00:00\nO3 C1 2026-06-23T23:00\n",
    )
    with read() as one:
        found = counts.weekly(one)
    assert found.contacts.shape[1] == 38 and found.orders[-2:].tolist() == [1, 2]
    [place] = np.flatnonzero(found.contacts[1])
    assert (date(2026, 6, 30) - date(2026, 2, 5)).days // 7 == 37 - place


def test_a_source_without_orders_has_weeks_without_them(source, read):
    source.table("contacts", ROWS)
    with read() as one:
        assert counts.weekly(one).orders is None


def test_they_are_what_pandas_counts_and_the_desk_has_its_known_repeats(usual):
    frame = usual.frame("contacts", limit=10**6)
    frame = frame[~frame["status"].isin(["merged", "spam", "cancelled"])]
    with contacts_read(usual, *YEAR) as one:
        totals, cells = counts.totals(one), counts.cells(one)
    coded = frame[frame["need_code"].notna()]
    # Whoever gave no name is a customer of their own.
    alone = coded["customer_id"].fillna(coded["contact_id"])
    coded = coded.assign(
        customer_id=alone, seconds=np.floor(coded["handle_seconds"].fillna(0) + 0.5)
    )
    wide = coded.pivot_table(
        index="customer_id",
        columns="need_code",
        values="seconds",
        aggfunc=["count", "sum"],
        fill_value=0,
    )
    for by, value, products in (
        ("count", totals.contacts, totals.contact_products),
        ("sum", totals.seconds, totals.second_products),
    ):
        each = wide[by][list(totals.needs)].to_numpy().astype(np.int64)
        assert value.tolist() == each.sum(axis=0).tolist()
        assert products == pytest.approx((each.T @ each).astype(float), rel=1e-12)
    again = [cell for cell in cells if cell.repeat]
    assert sum(c.contacts for c in cells) == len(frame)
    assert sum(c.contacts for c in again) / len(frame) == pytest.approx(0.17, abs=0.005)
    share = sum(c.seconds for c in again) / sum(c.seconds for c in cells)
    assert share == pytest.approx(0.18, abs=0.005)
    assert (totals.seconds_by.sum(axis=1) == totals.seconds).all()
    ranking = rank_ranges(totals.needs, totals.contacts, totals.contact_products)
    by_name = {need.name: need for need in ranking.totals}
    assert (by_name["product_defect"].total, by_name["refund_slow"].total) == (1446, 1438)
    assert (by_name["product_defect"].rank_low, by_name["product_defect"].rank_high) == (2, 3)
    assert ranking.ranked == 1 and ranking.order_held[4] < 0.7
    minutes = rank_ranges(totals.needs, totals.seconds, totals.second_products)
    places = [need.name for need in minutes.totals]
    assert places.index("unclear_manual") < places.index("refund_slow")
    design = (by_name["where_is_order"].share_high - by_name["where_is_order"].share) / 1.959964
    share, n = by_name["where_is_order"].share, totals.contacts.sum()
    assert design**2 / (share * (1 - share) / n) == pytest.approx(1.49, abs=0.01)


def test_the_planted_rise_is_found_and_its_decoys_are_not(planted):
    """One follows a holiday, one rises as a share because others fall."""
    desk, truth = planted
    with contacts_read(desk, *YEAR) as read:
        found = counts.weekly(read)
    needs = rising_counts(found.needs, in_blocks(found.contacts), in_blocks(found.orders)).needs
    by_name = {need.name: need for need in needs}
    rising, holiday, share = (
        by_name[truth.surge(kind).need_code] for kind in ("rising", "holiday", "share")
    )
    assert rising.low < truth.surge("rising").factor < rising.high
    assert rising.pvalue < 0.02
    assert not (holiday.found and not holiday.seen_before) and not share.found
    assert not [need.name for need in needs if need.found and need not in (rising, holiday)]
