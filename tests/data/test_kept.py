"""A CSV file is parsed once: what is kept of it is the table it became, byte for byte, or it is parsed again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cs_lib.data import cache
from cs_lib.data.engines.base import EngineError
from cs_lib.data.engines.duckdb import DuckDB
from cs_lib.data.sources import digests

N = 60


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """Files written by a test count as whole."""
    monkeypatch.setattr(digests, "SETTLED", 0)


@pytest.fixture
def parsed(monkeypatch):
    """The relations that were parsed from CSV."""
    found, plain = [], DuckDB.add_csv

    def counted(self, name, path, **options):
        found.append(name)
        plain(self, name, path, **options)

    monkeypatch.setattr(DuckDB, "add_csv", counted)
    return found


def text(**columns):
    frame = pd.DataFrame({"contact_id": [f"K{i:02}" for i in range(N)][::-1], "status": "open"})
    frame["opened_at"] = pd.Timestamp("2026-01-31 07:00:00.25") + pd.to_timedelta(np.arange(N), "h")
    frame["handle_seconds"], frame["subject"] = (
        np.arange(N) / 7,
        ['\u5de5\u5355, "x"\n', ""] * (N // 2),
    )
    frame["is_complaint"] = [True, None] * (N // 2)
    return frame.assign(**columns).to_csv(index=False)


def seen(desk):
    """All of a desk, its rows in the order in which they stand."""
    engine = desk.engine
    return (engine.rows("SELECT * FROM contacts"), engine.columns("all_contacts"), desk.facts, desk.rows,
            desk.cut, desk.notes)  # fmt: skip


def files(cache_folder):
    return sorted((cache_folder / cache.ROOM).glob(f"*{cache.FILE}"))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_an_unchanged_file_is_parsed_once_and_becomes_the_same_table(source, parsed, zone):
    source.settings["timezone"] = zone
    source.file("contacts", text())
    first = seen(source.desk())
    assert seen(source.desk()) == first and parsed == ["raw_contacts"]
    source.file("contacts", text(status="new"))
    assert seen(source.desk()) != first and len(parsed) == 2


HARM = {
    "cut": lambda p: p.write_bytes(p.read_bytes()[:-20]),
    "one byte": lambda p: p.write_bytes(p.read_bytes().replace(b"open", b"spam", 1)),
    "empty": lambda p: p.write_bytes(b""),
    "gone": lambda p: p.unlink(),
}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
def test_what_is_damaged_is_parsed_again(source, parsed, cache_folder, harm):
    source.file("contacts", text())
    first = seen(source.desk())
    harm(files(cache_folder)[0])
    for _ in range(2):
        assert seen(source.desk()) == first
    assert len(parsed) == 2  # and kept again


def test_a_kept_file_that_is_another_table_is_parsed_again(source, parsed, monkeypatch):
    source.file("contacts", text())
    first = seen(source.desk())
    plain = DuckDB.add_kept

    def shorter(self, name, path):
        plain(self, name, path)
        self.run(f"DELETE FROM {name} WHERE contact_id = 'K00'")

    monkeypatch.setattr(DuckDB, "add_kept", shorter)
    assert seen(source.desk()) == first and len(parsed) == 2


def test_a_faulty_file_is_not_kept_and_is_told_in_full(source, parsed, cache_folder):
    source.file("contacts", text(status="odd", handle_seconds="many"))
    said = source.breaches()
    assert source.breaches() == said and len(said) == 2 == len(parsed) and files(cache_folder) == []


OTHERWISE = {
    "a note": lambda s: s.file("contacts", text(custmer_id="A")),
    "cleaning": lambda s: s.settings.update(
        cleaning=[{"table": "contacts", "because": "they are tests", "drop_where": "status = 'spam'"}]
    ),
    "a query": lambda s: (
        s.settings.update(files={"log": "contacts.csv"}),
        s.settings["tables"].update(orders={"query": "SELECT contact_id AS order_id, 'A' AS customer_id,"
                                                     " opened_at AS ordered_at FROM log"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("otherwise", OTHERWISE.values(), ids=OTHERWISE)
def test_a_file_that_is_more_than_its_rows_is_not_kept(source, cache_folder, otherwise):
    source.file("contacts", text())
    otherwise(source)
    first = seen(source.desk())
    assert seen(source.desk()) == first and files(cache_folder) == []


def test_a_sealed_engine_reaches_nothing_that_is_kept(source, cache_folder):
    source.file("contacts", text())
    source.desk()
    engine, [kept] = source.desk().engine, files(cache_folder)
    for sql in (f"SELECT * FROM read_parquet('{kept}')", f"SELECT * FROM read_text('{kept}')"):
        with pytest.raises(EngineError):
            engine.rows(sql)


def test_a_writer_that_fails_leaves_nothing(cache_folder):
    def fails(path):
        path.write_bytes(b"half")
        raise ValueError

    with pytest.raises(ValueError):
        cache.put_file("a", 1, fails, size=4)
    assert list((cache_folder / cache.ROOM).iterdir()) == []


def test_no_file_is_written_into_the_last_tenth_of_a_disk(cache_folder, monkeypatch, tmp_path):
    cache.put_file("a", 1, lambda path: path.write_bytes(b"x"), size=10**18)
    assert not cache.copy_file("a", 1, tmp_path / "x")
    cache.put_file("a", 1, lambda path: path.write_bytes(b"x"), size=1)
    assert cache.copy_file("a", 1, tmp_path / "x") and (tmp_path / "x").read_bytes() == b"x"


def test_without_the_writing_library_all_is_the_same(source, monkeypatch, cache_folder):
    source.file("contacts", text())

    def absent(self, relation, path):
        raise ImportError

    monkeypatch.setattr(DuckDB, "save", absent)
    first = seen(source.desk())
    assert seen(source.desk()) == first and files(cache_folder) == []
