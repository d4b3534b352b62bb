"""Small inputs of others, made after trouble met in public; where their folder is absent these tests skip."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from cs_lib import data, params

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {
    "t16": "16_parquet_beside_csv",
    "t17": "17_byte_order_mark_before_a_quote",
    "t18": "18_repeated_columns_of_a_tracker",
    "t07": "07_order_days_without_time",
}


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Opens the desk of a trial's study."""
    folder = Path(os.environ.get("CS_TRIALS") or ROOT.parent / "shared" / "trials").resolve()
    if not (folder / FOLDERS["t16"]).is_dir():
        message = "the trials are not here: set CS_TRIALS to their folder"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    monkeypatch.setenv("CS_DATA", str(folder))
    monkeypatch.setenv("CS_HOME", str(tmp_path))
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    opened = []

    def load(key):
        shutil.copytree(folder / FOLDERS[key] / "params", tmp_path / "params", dirs_exist_ok=True)
        opened.append(data.load(params.load(key)))
        return opened[-1]

    yield load
    for one in opened:
        one.close()


def test_parquet_beside_csv_is_read_twice_alike(desk):
    first, second = desk("t16"), desk("t16")
    assert first.rows == second.rows and first.facts == second.facts
    assert set(first.rows) == {"perk_assignments", "orders"} and first.notes == ()


def test_a_mark_before_a_quote_and_columns_that_repeat_harm_nobody(desk):
    marked, repeated = desk("t17"), desk("t18")
    stamps = "SELECT opened_at, resolved_at FROM contacts ORDER BY ALL"
    assert marked.engine.rows(stamps) == repeated.engine.rows(stamps)
    assert marked.rows["contacts"] > 1000 and marked.notes == repeated.notes


def test_orders_without_a_time_of_day_are_all_at_midnight(desk):
    facts = desk("t07").facts
    assert facts["orders"].of("ordered_at").midnight == facts["orders"].rows == 899
    assert facts["perk_assignments"].of("assigned_at").midnight < 5
