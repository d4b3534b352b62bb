"""Studies as values: read from a file or a notebook's cell, never changed afterwards."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from cs_lib import metrics, params

ROOT = Path(__file__).resolve().parents[2]
STUDIES = sorted((ROOT / "params").rglob("*.yaml"))
SOURCES = [path for path in STUDIES if path.parent.name == "sources"]
STUDIES = [p for p in STUDIES if p.parent.name not in ("sources", "metrics")]


@pytest.fixture(autouse=True)
def repository(monkeypatch):
    monkeypatch.setenv("CS_HOME", str(ROOT))


@pytest.mark.parametrize("path", STUDIES, ids=lambda p: p.stem)
def test_every_study_of_the_repository_loads_and_asks_for_metrics_there_are(path):
    assert params.load(path, also=metrics.problems).study == path.stem


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.stem)
def test_every_source_of_the_repository_loads(path):
    assert params.load_source(path.stem).source == path.stem


@pytest.mark.parametrize("path", STUDIES, ids=lambda p: p.stem)
def test_study_survives_the_parameters_cell(path):
    study = params.load(path)
    cell = params.to_cell(study)
    assert params.from_cell({**cell, "other_name": 1}) == study
    assert params.to_cell(params.from_cell(eval(repr(cell)))) == cell


def test_cell_gives_the_type_of_its_notebook():
    for name, kind in (("script_change", params.BeforeAfter), ("three_perks", params.PerkAbTest)):
        assert type(params.from_cell(params.to_cell(params.load(name)))) is kind


def test_faults_of_a_cell_name_the_cell():
    cell = params.to_cell(params.load("script_change"))
    with pytest.raises(params.ParamsError) as caught:
        params.from_cell({**cell, "as_of": "soon", "rule": {"min_effect": "big"}})
    assert str(caught.value).splitlines() == [
        "the parameters cell: 2 problems",
        "  as_of: must be a date like \"2026-03-31\", got 'soon'",
        "  rule.min_effect: must be a number, got 'big'",
    ]


@pytest.mark.parametrize("notebook", [None, "nope", ["perk_ab_test"]])
def test_cell_without_a_known_notebook_is_refused(notebook):
    with pytest.raises(params.ParamsError, match=r"one of perk_ab_test, before_after"):
        params.from_cell({"notebook": notebook})


def test_study_cannot_be_changed():
    study = params.load("three_perks")
    with pytest.raises(ValidationError, match="frozen"):
        study.as_of = date(2026, 1, 1)
    with pytest.raises(ValidationError, match="frozen"):
        study.design.control = "coupon"


def test_study_holds_dates_and_tuples_not_text_and_lists():
    study = params.load("three_perks")
    assert study.as_of == date(2026, 7, 1)
    assert study.design.arms == ("coupon", "discount", "custom_care")
    assert study.design.period == (date(2025, 8, 25), date(2026, 4, 5))
