"""Small inputs with trouble met in public trackers: their right value, or a refusal that names the trouble."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from cs_lib import data, experiment, metrics, params

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def trial(tmp_path, monkeypatch):
    """What the study of one folder of trials comes to."""
    folder = Path(os.environ.get("CS_TRIALS") or ROOT.parent / "shared" / "trials").resolve()
    if not (folder / "cases.json").is_file():
        pytest.skip("the trials are not here: set CS_TRIALS to their folder")
    monkeypatch.setenv("CS_DATA", str(folder))
    monkeypatch.setenv("CS_HOME", str(tmp_path))
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")

    def result(number):
        (place,) = folder.glob(f"{number}_*")
        shutil.copytree(place / "params", tmp_path / "params")
        study = params.load(f"t{number}")
        desk = data.load(study)
        try:
            return experiment.analyze(metrics.gather(desk, study), study)
        finally:
            desk.close()

    return result


@pytest.mark.parametrize(
    ("number", "check", "said"),
    [
        ("10", "days_missing", "9 March to 29 March 2026 (0 contacts, where"),
        ("11", "stamps_agree", "contacts are open by their status and have a time of resolution"),
        ("13", "recorded_alike", "From 2 February 2026 on 0\u202f% of contacts have their time of"),
        ("14", "no_surge", "Most of those beyond the usual were closed within minutes"),
    ],
)
def test_trouble_that_carries_the_verdict_withholds_it_and_is_named(trial, number, check, said):
    result = trial(number)
    assert result.decision.verdict == "invalid"
    assert [c.code for c in result.checks if c.passed is False and c.blocks_decision] == [check]
    assert said in result.decision.because


def test_anonymous_callers_are_nobody_who_comes_back(trial):
    result = trial("04")
    assert result.decision.verdict == "no_clear_change"
    (check,) = [c for c in result.checks if c.code == "customers_known"]
    assert "“anonymous” (1,013 contacts)" in check.finding
