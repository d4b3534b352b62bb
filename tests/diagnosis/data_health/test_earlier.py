"""A later look that is given an earlier one names what came late, what is gone and what was written anew."""

from __future__ import annotations

import dataclasses
import json
import zlib

import pytest

from cs_lib import metrics, params
from cs_lib.report.data_health.summary import further
from tests.diagnosis.data_health.conftest import codes, health_study, the

CUT, LATER = "2026-05-01", "2026-07-01"


@pytest.fixture
def looked(health, tmp_path):
    """Two looks at one desk, the second given the result of the first."""

    def look(then=None, now=None, **changed):
        first = health(1, 1_300, as_of=CUT, **(then or {}))
        facts = {name: dataclasses.asdict(one) for name, one in further(first)["per_day"].items()}
        raw = {
            "notebook": "data_health",
            "observed_until": first.observed_until.isoformat(),
            "per_day": facts,
        }
        text = json.dumps({**raw, **changed})
        name = f"{zlib.crc32(text.encode())}.json"  # looks are kept by their settings
        (tmp_path / name).write_text(text)
        design = {"previous": name}
        return health(1, 1_300, as_of=LATER, design=design, **(now or {}))

    return look


def test_days_that_stay_are_said_to(looked):
    result = looked()
    (found,) = [f for f in result.findings if f.check.code == "days_stay"]
    assert found.check.passed and found.among > 1_000
    assert "Every day that the look of 1 May 2026 knew is as it was." in str(found.check.found)


def test_rows_that_came_late_are_counted_with_their_days(looked, simulated_contacts):
    lag = "SELECT * FROM simulated_contacts WHERE opened_at < TIMESTAMPTZ '2026-04-24 00:00:00+08'"
    found = the(looked(then={"contacts": lag}), "days_stay")
    (opened,) = [simulated_contacts("2026-04-24", CUT)]
    words = str(found.check.found)
    assert (found.table, found.count) == ("contacts", opened)
    assert (str(found.first), str(found.last)) == ("2026-04-24", "2026-04-30")
    assert f"{opened} rows of 24 April to 30 April 2026 came into contacts" in words
    assert "the oldest 7 days before it" in words and "left out the last 7 days" in words


def test_rows_that_are_gone_are_counted(looked, simulated_contacts):
    gone = (
        "SELECT * FROM simulated_contacts WHERE NOT (opened_at >= TIMESTAMPTZ '2026-02-02 00:00:00+08'"
        " AND opened_at < TIMESTAMPTZ '2026-02-04 00:00:00+08')"
    )
    found = [
        f
        for f in looked(now={"contacts": gone}).findings
        if f.check.code == "days_stay" and f.failed and f.table == "contacts"
    ]
    assert [f.count for f in found] == [simulated_contacts("2026-02-02", "2026-02-04")]
    assert "2 February 2026 and 3 February 2026 that the look of 1 May 2026 saw are no longer" in (
        str(found[0].check.found)
    )


def test_days_written_anew_are_told_though_they_have_as_many_rows(looked, simulated_contacts):
    anew = (
        "SELECT * REPLACE (CASE WHEN opened_at >= TIMESTAMPTZ '2026-03-02 00:00:00+08'"
        " AND opened_at < TIMESTAMPTZ '2026-03-09 00:00:00+08' THEN 'other' ELSE need_code END AS need_code)"
        " FROM simulated_contacts"
    )
    found = the(looked(now={"contacts": anew}), "days_stay")
    assert found.count == simulated_contacts("2026-03-02", "2026-03-09")
    assert "In contacts 2 March to 8 March 2026 have as many rows" in str(found.check.found)


def test_numbers_of_another_version_are_not_compared(looked, health):
    """All days unlike: not all rows of all tables were written anew, another engine made the numbers."""
    first = health(1, 1_300, as_of=CUT)
    facts = {name: dataclasses.asdict(one) for name, one in further(first)["per_day"].items()}
    facts = {n: {**one, "prints": [p + 1 for p in one["prints"]]} for n, one in facts.items()}
    result = looked(per_day=facts)
    assert "days_stay" not in codes(result)
    (found,) = [f for f in result.findings if f.check.code == "days_stay"]
    assert "Whether they are the same rows cannot be told" in str(found.check.found)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("absent.json", None, "absent.json: there is no such file"),
        ("../earlier.json", "{}", "it lies outside the project"),
        ("a.json", "{", "it cannot be read as JSON"),
        ("a.json", "[1]", "it cannot be read as JSON"),
        ("a.json", '{"notebook": "before_after"}', "is no result.json of a data_health page"),
        (
            "a.json",
            '{"notebook": "data_health", "per_day": {"contacts": 1}, "observed_until": "2026-05-01"}',
            "its days cannot be read",
        ),
        (
            "a.json",
            '{"notebook": "data_health", "per_day": {"contacts": {"first": "2026-01-01", "counts": [1]}},'
            ' "observed_until": "2026-08-01"}',
            "later than this look",
        ),
    ],
)
def test_a_file_that_is_no_earlier_look_is_refused_in_a_sentence(
    tmp_path, monkeypatch, name, content, words
):
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("CS_HOME", str(tmp_path / "home"))
    if content is not None:
        (tmp_path / "home" / name).resolve().write_text(content)
    study = health_study("any", as_of=LATER, previous=name)
    ((key, said),) = metrics.problems(study)
    assert key == "design.previous" and words in said
    with pytest.raises(params.ParamsError, match="previous"):
        metrics.gather(None, study)


@pytest.fixture
def simulated_contacts():
    """How many contacts of the desk were opened on some local days."""
    import pandas as pd

    from tests.diagnosis.data_health.conftest import simulated

    def count(first, end):
        at = simulated(1, 1_300, "usual").tables["contacts"].opened_at + pd.Timedelta(hours=8)
        return int(((at >= first) & (at < end)).sum())

    return count
