"""Every notebook has the agreed anatomy: thin, in order, with settings that are exactly its model's."""

import ast
import json
import re
from pathlib import Path

import papermill
import pytest

from cs_lib import params

ROOT = Path(__file__).resolve().parents[2]
EXPLORE = ROOT / "notebooks" / "explore.ipynb"  # a walk, no study: no settings, no decision, no page
NOTEBOOKS = sorted(p for p in (ROOT / "notebooks").glob("*.ipynb") if p != EXPLORE)


def cells(path: Path) -> list[dict]:
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [
        {**c, "source": "".join(c["source"]), "tags": c["metadata"].get("tags", [])} for c in found
    ]


def code(path: Path) -> list[dict]:
    return [c for c in cells(path) if c["cell_type"] == "code"]


def words(path: Path) -> list[str]:
    return [c["source"] for c in cells(path) if c["cell_type"] == "markdown"]


@pytest.fixture(params=NOTEBOOKS, ids=lambda p: p.stem)
def path(request) -> Path:
    return request.param


@pytest.fixture(params=[*NOTEBOOKS, EXPLORE], ids=lambda p: p.stem)
def any_path(request) -> Path:
    return request.param


def test_there_are_notebooks():
    assert EXPLORE.is_file()
    assert {p.stem for p in NOTEBOOKS} == set(params.STUDIES)


def test_a_notebook_has_one_title_and_begins_with_what_it_answers_and_needs(any_path):
    titles = [w for w in words(any_path) if re.search(r"^# ", w, re.M)]
    assert titles == words(any_path)[:1]
    assert "Needs" in titles[0]


def test_the_settings_cell_comes_first_and_holds_literals_only(path):
    first = code(path)[0]
    assert first["tags"] == ["parameters"]
    for node in ast.parse(first["source"]).body:
        assert isinstance(node, ast.Assign)
        ast.literal_eval(node.value)


def test_the_settings_are_exactly_the_models_keys_and_a_valid_study(path):
    names = {}
    exec(code(path)[0]["source"], names)
    settings = {k: v for k, v in names.items() if not k.startswith("__")}
    assert set(settings) == {key for kind in params.models_of(path.stem) for key in kind.model_fields}
    study = params.from_cell(settings)
    assert params.to_cell(study) == params.to_cell(params.load(study.study))


def test_every_setting_is_explained_in_the_models_words(path):
    """Written by the refresh command; a description that changes makes the stored cell stale."""
    from tests.notebooks.refresh import settings_cell

    source = code(path)[0]["source"]
    assert source == settings_cell(source)
    said = " ".join(re.sub(r"^.*?# ", "", line) for line in source.splitlines() if "# " in line)
    model = params.STUDIES[path.stem][0]
    blocks = [f.annotation for f in model.model_fields.values() if hasattr(f.annotation, "model_fields")]
    meant = [f.description for m in (model, *blocks) for f in m.model_fields.values() if f.description]
    assert len(meant) > 10
    yaml_only = r"\b(?:null|true|false)\b"
    top = [f.description for f in model.model_fields.values() if f.description]
    assert [m for m in top if m not in said and not re.search(yaml_only, m)] == []
    explained = str(params.explain(path.stem))
    assert [m for m in meant if m not in explained] == []
    assert f"params.explain('{path.stem}')" in said


def test_the_settings_cell_fits_a_screen(path):
    assert len(code(path)[0]["source"].splitlines()) <= 45


def test_papermill_reads_the_settings_cell(path):
    found = papermill.inspect_notebook(str(path))
    kinds = params.models_of(path.stem)
    assert list(found) == list(dict.fromkeys(key for kind in kinds for key in kind.model_fields))
    study = params.load(ast.literal_eval(found["study"]["default"]))
    assert found["as_of"]["default"] == repr(study.as_of.isoformat())
    assert found["as_of"]["help"].startswith("data before this day count")


def test_imports_stand_in_one_set_up_cell(any_path):
    importing = [c for c in code(any_path) if re.search(r"^(?:import|from) ", c["source"], re.M)]
    assert [c["tags"] for c in importing] == [["hide"]]


def test_a_notebook_defines_nothing_and_plays_no_tricks(any_path):
    for cell in code(any_path):
        kinds = {type(node) for node in ast.walk(ast.parse(cell["source"]))}
        assert not kinds & {ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.Try}
        assert not re.search(r"filterwarnings|sys\.path|%|!", cell["source"].replace("!=", ""))


def test_code_is_short_and_words_stand_between(any_path):
    lines = [len(c["source"].splitlines()) for c in code(any_path) if "parameters" not in c["tags"]]
    assert max(lines) <= 10 and sum(lines) < 60
    kinds = "".join("c" if c["cell_type"] == "code" else "w" for c in cells(any_path))
    assert "ccc" not in kinds


def test_words_carry_no_number(any_path):
    assert [w for w in words(any_path) if re.search(r"\d", w)] == []


def test_exactly_one_cell_decides(path):
    assert [c["source"] for c in code(path) if "decision" in c["tags"]] == [
        "report.decision(result)"
    ]


def test_the_stored_notebook_is_normalised_and_without_pictures(any_path):
    from tests.notebooks.refresh import stored

    assert any_path.read_text(encoding="utf-8") == stored(any_path)
    kinds = {k for c in code(any_path) for o in c["outputs"] for k in o["data"]}
    assert kinds == {"text/plain"}


def test_every_figure_and_table_stores_text_that_guards_its_numbers(any_path):
    shown = [c for c in code(any_path) if "report." in c["source"]]
    assert len(shown) >= 8
    assert all(c["outputs"] for c in shown)
