"""A file that is wrong is told in one sentence for each fault, all of them at once, in both languages."""

from __future__ import annotations

import re

import pytest

from cs_lib.language import speaking
from cs_lib.metrics.catalogue import CATALOGUE
from cs_lib.metrics.own.registry import current, faults_of
from tests.metrics.own.conftest import LARGE, QUICK

RATE = {
    **QUICK,
    "kind": "rate",
    "of": None,
    "yes": None,
    "window": None,
    "unit": "per_1000",
    "per": {"table": "orders"},
}
MEAN = {
    **QUICK,
    "kind": "mean",
    "yes": None,
    "window": None,
    "stamp": "resolved_at",
    "value": "handle_seconds",
    "unit": "minutes",
}
TIME = {
    **QUICK,
    "kind": "duration",
    "of": None,
    "yes": None,
    "to": "resolved_at",
    "unit": "hours",
    "window": 7,
}
RATIO = {
    **LARGE, "metric": "part", "kind": "ratio", "of": None, "table": None, "filter": None, "above": "revenue",
    "below": "orders", "unit": "money",
}  # fmt: skip
ONE = [
    (LARGE, {"table": "order"}, "table: no table 'order'; did you mean 'orders'?"),
    (LARGE, {"table": "agents"}, "table: no table 'agents' whose rows a metric can count (one of contacts, orders, "),
    (LARGE, {"filter": {"amuont": {"at_least": 1}}},
     "filter.amuont: orders has no column amuont; did you mean amount?"),
    (LARGE, {"filter": {"weather": {"empty": True}}},
     "filter.weather: orders has no column weather; see docs/tables.md"),
    (LARGE, {"filter": {"amount": {}}}, "filter.amount: says nothing; give one_of, "),
    (LARGE, {"filter": {"amount": {"at_least": "much"}}}, "filter.amount.at_least: must be a number, got 'much'"),
    (LARGE, {"filter": {"amount": {"least": 3}}}, "filter.amount.least: unknown key; did you mean 'at_least'?"),
    (LARGE, {"filter": {"category": {"above": 3}}},
     "filter.category: above cannot be asked of category, which is text"),
    (LARGE, {"filter": {"category": {"one_of": [7]}}},
     "filter.category: category is text, 7 is not; write it in quotes"),
    (LARGE, {"filter": {"amount": {"one_of": ["7"]}}}, "filter.amount: amount is a number, “7” is not"),
    (LARGE, {"filter": {"category": {"one_of": []}}},
     "filter.category.one_of: must name at least one, got an empty list"),
    (LARGE, {"filter": {"ordered_at": {"empty": False}}},
     "filter.ordered_at: ordered_at dates the rows, so every row has it"),
    (LARGE, {"filter": {"delivered_at": {"empty": False}}},
     "filter.delivered_at: delivered_at is only known after ordered_at"),
    (LARGE, {"filter": {"delivered_at": {"within": "3 days"}}},
     "filter.delivered_at: within and later_than can only be asked"),
    (LARGE, {"yes": {"amount": {"above": 3}}}, "yes: belongs to a share or mean of rows; a study names the window"),
    (LARGE, {"of": None}, "of: missing; a share needs it"),
    (LARGE, {"unit": "money"}, "unit: share is told in share, not in money"),
    (LARGE, {"value": "amount"}, "value: has no meaning for a share; leave it out"),
    (LARGE, {"kind": "portion"}, "kind: must be one of 'share', "),
    (LARGE, {"direction": None}, "direction: missing"),
    (LARGE, {"label": "Large {size}"}, "label: braces may only hold {days}, which stands for the window"),
    (LARGE, {"label": "Handoffs between teams per contact"},
     "label: 'handoffs' is called so too; choose another label"),
    (LARGE, {"metric": "large_60d"},
     "metric: 'large' must not end in a number of days: a study names the window, like large_30d"),
    (LARGE, {"metric": "revenue"}, "metric: 'revenue' is a metric of the catalogue; choose another name"),
    (QUICK, {"yes": None}, "yes: missing; say which of the rows are the part that the share tells"),
    (QUICK, {"window": None},
     "yes.resolved_at: whether resolved_at came in 1 day is only known after them: set `window` to at least 1"),
    (QUICK, {"yes": {"resolved_at": {"within": "a day"}}},
     "yes.resolved_at.within: must be a time like '24 hours', '15 minutes' or '7 days', got 'a day'"),
    (QUICK, {"yes": {"resolved_at": {"empty": False}}}, "yes.resolved_at: resolved_at is only known after opened_at"),
    (QUICK, {"filter": {"status": {"one_of": ["solved"]}}},
     "filter.status: status has no value 'solved'; did you mean 'resolved'?"),
    (QUICK, {"filter": {"status": {"one_of": ["resolved"]}}}, "filter.status: status is as of the day the data end"),
    (QUICK, {"filter": {"channel": {"one_of": ["微信公众号"]}}},
     "filter.channel: channel has no value '微信公众号' (one of phone, chat, "),
    (QUICK, {"filter": {"handle_seconds": {"above": 60}}},
     "filter.handle_seconds: handle_seconds is only known once there is resolved_at"),
    (QUICK, {"stamp": "status"}, "stamp: status is no stamp of contacts (one of opened_at, "),
    (QUICK, {"table": "perk_redemptions", "yes": {"discount_amount": {"above": 5}}, "window": None},
     "table: only customers who used a perk have rows in perk_redemptions"),
    (MEAN, {"stamp": None}, "value: handle_seconds is only known once there is resolved_at; date the rows by it"),
    (MEAN, {"value": "channel"}, "value: channel is text, a mean needs a number"),
    (MEAN, {"unit": "money"}, "unit: handle_seconds is told in minutes / hours, not in money"),
    (TIME, {"to": "opened_at"}, "to: opened_at does not come after opened_at"),
    (TIME, {"window": None}, "window: missing; a duration needs it"),
    (RATE, {"per": None}, "per: missing; a rate needs it"),
    (RATE, {"per": {"table": "sales"}}, "per.table: no table 'sales'"),
    (RATE, {"per": {"table": "orders", "filter": {"delivered_at": {"empty": False}}}},
     "per.filter.delivered_at: delivered_at is only"),
    (RATIO, {"below": "order"}, "below: no metric 'order'; did you mean 'orders'?"),
    (RATIO, {"above": "net_value"}, "above: 'net_value' is no sum of customers; a ratio takes two of those"),
    (RATIO, {"unit": "share"}, "unit: it is an amount of money per count: its unit is money"),
    (RATIO, {"above": "contacts"}, "unit: only an amount of money over something else is told in money"),
    (QUICK, {"yes": {"channel": {"one_of": ["chat"]}}, "window": None, "label": "In {days} days"},
     "label: {days} stands for the window, and these rows have none by day"),
    (RATIO, {"below": "csat"}, "below: 'csat' is no sum of customers; a ratio takes two of those"),
]  # fmt: skip


def sentences(path):
    """The faults of a file, without their lines."""
    return [re.sub(r" \(line \d+\)", "", str(one)) for one in faults_of(path.stem)]


@pytest.mark.parametrize(
    "spec, changes, said", ONE, ids=[said.split(";")[0][:40] for *_, said in ONE]
)
def test_one_fault_is_one_sentence(own, spec, changes, said):
    found = sentences(own(spec, **changes))
    assert len(found) == 1 and found[0].startswith(said), found


@pytest.mark.parametrize("spec", [LARGE, QUICK, RATE, MEAN, TIME, RATIO])
def test_the_same_without_the_fault_is_a_metric(own, spec):
    path = own(spec)
    assert sentences(path) == []
    assert {path.stem, f"{path.stem}_30d"} & set(CATALOGUE)


def test_all_faults_of_all_files_at_once_with_their_lines(own):
    wrong = {"table": "contacts", "filter": {"amount": {"above": 1}, "status": {"one_of": ["new"]}}}
    own(LARGE, **wrong, direction="sideways")
    own(QUICK)
    own(RATIO, below="large_order")
    found = current()
    assert list(found.specs) == ["quick"] and set(found.faults) == {"large_order", "part"}
    assert [one.key for one in found.faults["large_order"]] == [
        "filter.amount", "filter.status", "direction",
    ]  # fmt: skip
    assert [one.line for one in found.faults["large_order"]] == [9, 11, 14]
    assert found.faults["large_order"][0].file == "params/metrics/large_order.yaml"


def test_a_file_that_is_no_yaml_or_is_called_otherwise(own):
    path = own(QUICK)
    path.rename(path.with_name("slow.yaml"))
    assert sentences(path.with_name("slow.yaml")) == [
        "metric: must be 'slow', the name of its file, got 'quick'"
    ]
    path.write_text("metric: [quick\n")
    assert len(sentences(path)) == 1 and "not valid YAML" in sentences(path)[0]
    assert "quick" not in CATALOGUE


def test_two_of_ones_own_with_one_label(own):
    own(QUICK)
    path = own(QUICK, metric="second")
    assert sentences(path) == ["label: 'quick' is called so too; choose another label"]


def test_faults_are_told_in_chinese(own):
    path = own(QUICK, window=None, filter={"status": {"one_of": ["solved"]}})
    with speaking("zh"):
        found = sentences(path)
    assert len(found) == 2 and all(re.search("[\u4e00-\u9fff]", one) for one in found)
    assert not any("did you mean" in one for one in found)


def test_a_file_that_changes_is_read_again(own):
    own(QUICK)
    assert CATALOGUE["quick"].good == "up"
    own(QUICK, direction="down", unit="share")
    assert CATALOGUE["quick"].good == "down"
