"""An unchanged file is not checked again; whatever could make its check come out otherwise is part of its stamp."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from cs_lib.data import cache, stamps
from cs_lib.data.conform import Conformer
from cs_lib.data.contracts import TABLES
from cs_lib.data.sources import digests


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """Files written by a test count as whole."""
    monkeypatch.setattr(digests, "SETTLED", 0)


@pytest.fixture
def checks(monkeypatch):
    """The tables that were checked."""
    found, plain = [], Conformer.sound

    def counted(self, relation, *, blank):
        found.append(self.table.name)
        return plain(self, relation, blank=blank)

    monkeypatch.setattr(Conformer, "sound", counted)
    return found


def contacts(n=50, **columns):
    frame = pd.DataFrame({"contact_id": [f"K{i}" for i in range(n)], "status": "open"})
    frame["opened_at"] = pd.Timestamp("2026-01-31 07:00") + pd.to_timedelta(np.arange(n), "h")
    frame["handle_seconds"], frame["customer_id"] = np.arange(n) / 8, "A"
    return frame.assign(**columns)


def parquet(source, **columns):
    contacts(**columns).to_parquet(source.home / "contacts.parquet")
    source.settings["tables"]["contacts"] = {"file": "contacts.parquet"}


def csv(source, **columns):
    source.file("contacts", contacts(**columns).to_csv(index=False))


def seen(desk):
    return (
        desk.engine.rows("SELECT * FROM contacts ORDER BY 1"),
        desk.facts,
        desk.rows,
        desk.cut,
        desk.notes,
    )


@pytest.mark.parametrize("write", [parquet, csv])
@pytest.mark.parametrize("customer", ["A", ""])
def test_an_unchanged_file_is_checked_once_and_read_alike(source, checks, write, customer):
    write(source, customer_id=customer)
    first = seen(source.desk())
    number = len(checks)
    assert seen(source.desk()) == first and len(checks) == number > 0
    source.settings["title"] = "Another title"
    assert seen(source.desk()) == first and len(checks) == number


def test_days_are_kept_as_days(source, checks):
    parquet(source)
    source.settings["observed_until"] = "2026-02-20"
    days = pd.DataFrame({"date": ["2026-01-31", "2026-02-01"], "segment": "a", "orders": [1, 2]})
    source.file("exposure", days.to_csv(index=False))
    first, second = source.desk(), source.desk()
    assert first.facts == second.facts and first.rows == second.rows and len(checks) == 2


CHANGES = {
    "bytes": lambda s: parquet(s, status="new"),
    "zone": lambda s: s.settings.update(timezone="Asia/Tokyo"),
    "zone of the table": lambda s: s.settings["tables"]["contacts"].update(timezone="Asia/Tokyo"),
    "zone of a column": lambda s: s.settings["tables"]["contacts"].update(
        zones={"opened_at": "Asia/Tokyo"}
    ),
    "signs of numbers": lambda s: s.settings["tables"].update(
        contacts={"file": {"path": "contacts.parquet", "decimal": ","}}
    ),
    "cleaning": lambda s: s.settings.update(
        cleaning=[
            {"table": "contacts", "because": "they are tests", "drop_where": "status = 'spam'"}
        ]
    ),
    "file": lambda s: (
        (s.home / "contacts.parquet").rename(s.home / "c.parquet"),
        s.settings["tables"].update(contacts={"file": "c.parquet"}),
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_another_of_anything_is_another_stamp(source, monkeypatch, change):
    parquet(source)
    recalled = []
    plain = stamps.recall
    monkeypatch.setattr(stamps, "recall", lambda *a: recalled.append(plain(*a)) or recalled[-1])
    source.desk()
    change(source)
    source.breaches()
    assert not any(recalled)


@pytest.mark.parametrize(
    "setting",
    [{"thousands": ","}, {"dates": {"opened_at": "%Y-%m-%d %H:%M:%S"}}, {"skip_lines": 1}],
)
def test_another_form_of_a_csv_file_is_another_stamp(source, checks, setting):
    csv(source)
    first = seen(source.desk())
    source.settings["tables"]["contacts"]["file"] |= setting
    assert len(checks) == 1 and (source.breaches() or seen(source.desk()) == first)
    assert len(checks) > 1 or "skip_lines" in setting


def test_another_version_of_the_checks_is_another_stamp(source, checks, monkeypatch):
    parquet(source)
    source.desk()
    monkeypatch.setattr(stamps, "_code", lambda: "newer")
    source.desk()
    monkeypatch.setattr(stamps, "_version", lambda engine: f"{engine} 99")
    source.desk()
    assert len(checks) == 3


def test_a_faulty_table_is_checked_anew_and_told_in_full(source, checks, cache_folder):
    parquet(source, status="odd", handle_seconds=-1.0)
    said = source.breaches()
    assert source.breaches() == said and len(said) == 2 and len(checks) == 2
    assert not list((cache_folder / cache.ROOM).glob("sound-*"))


def test_queries_and_files_still_being_written_have_no_stamp(source, monkeypatch, cache_folder):
    csv(source)
    monkeypatch.setattr(digests, "SETTLED", 10**15)
    source.desk()
    monkeypatch.setattr(digests, "SETTLED", 0)
    source.settings["files"] = {"log": "contacts.csv"}
    source.settings["tables"] = {"contacts": {"query": "SELECT * FROM log WHERE random() < 2"}}
    source.desk()
    assert not list((cache_folder / cache.ROOM).glob("sound-*"))


def test_a_file_that_changes_while_it_is_checked_gets_no_stamp(source, monkeypatch, cache_folder):
    parquet(source)
    plain = Conformer.sound

    def meanwhile(self, relation, *, blank):
        found = plain(self, relation, blank=blank)
        (source.home / "contacts.parquet").touch()
        return found

    monkeypatch.setattr(Conformer, "sound", meanwhile)
    source.desk()
    assert not list((cache_folder / cache.ROOM).glob("sound-*"))


@pytest.mark.parametrize("told", ["[]", "7", '{"rows": 50}', '{"rows": 50, "blank": [], "columns": {"x": [1]}}',
                                  '{"rows": 49, "blank": [], "columns": {}}'])  # fmt: skip
def test_a_stamp_that_cannot_be_right_is_none(source, checks, told):
    parquet(source)
    first = seen(source.desk())
    table = TABLES["contacts"]
    study = source.study()
    from cs_lib.params import load_source

    stamp = stamps.stamp_of(load_source(study.source), table)
    cache.put(stamps.KIND, stamp.key, json.loads(told))
    assert seen(source.desk()) == first and len(checks) == 2


def test_without_a_cache_all_is_the_same(source, checks, monkeypatch, tmp_path):
    parquet(source)
    first = seen(source.desk())
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("CS_CACHE", str(tmp_path / "file"))
    assert seen(source.desk()) == first and len(checks) == 2


def test_a_source_may_not_lie_in_the_cache(source, cache_folder):
    source.file("contacts", contacts().to_csv(index=False))
    source.settings["folder"] = "$CS_CACHE"
    (said,) = source.breaches()
    assert "lies outside the project" in said
