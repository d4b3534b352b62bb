"""Small inputs with trouble that lie beside the project."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from cs_lib import data, experiment, metrics, params

ROOT = Path(__file__).resolve().parents[2]


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
