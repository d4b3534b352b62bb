"""Names in a notebook's settings that no setting has, however they came there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cs_lib import params
from cs_lib.params.typed import typed

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = "study = 's'\nnotebook = 'before_after'\nmeasure: dict = {}\n_mine = 1\nlooks: int"
READ = "from cs_lib import params\nstudy = params.from_cell(globals())"


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["", SETTINGS], ["study", "notebook", "measure"]),
        (["", SETTINGS, "# Parameters\nmesure = 1"], ["study", "notebook", "measure", "mesure"]),
        (["", SETTINGS, "# Parameters\nx = 1", READ, "other = 2", SETTINGS], ["study", "notebook", "measure"]),
        (["", SETTINGS, READ, "other = 2"], ["study", "notebook", "measure"]),
        (["", SETTINGS + "\n!", SETTINGS], ["study", "notebook", "measure"]),
        ([], []),
    ],
    ids=["settings", "injected", "settings run again", "a person's own cell", "not Python", "nothing"],
)  # fmt: skip
def test_what_was_typed_or_injected_is_read_from_the_cells_that_ran(cells, names):
    assert typed({"In": cells, "anything": 1}) == names
    assert typed({"anything": 1}) == []


def cell(**more):
    return params.to_cell(params.load("faster_routing")) | more


def ran(names, last=""):
    lines = "\n".join(f"{name} = {value!r}" for name, value in names.items())
    return {**names, "In": ["", lines, last], "desk": object()}


def test_a_name_that_no_setting_has_is_refused_with_the_nearest_that_has_one():
    assert params.from_cell(ran(cell())).study == "faster_routing"
    with pytest.raises(params.ParamsError) as refused:
        params.from_cell(ran(cell(as_of="soon"), "# Parameters\nmesure = {}\nzzz = 1"))
    assert [p.key for p in refused.value.problems] == ["as_of", "mesure", "zzz"]
    assert "mesure: unknown key; did you mean 'measure'?" in str(refused.value)
    assert "zzz: unknown key; known here: study, notebook, " in str(refused.value)


def test_a_notebook_of_several_kinds_takes_the_names_of_each():
    names = params.to_cell(params.load("plan_coupon_test"))
    assert params.from_cell(ran(names, "# Parameters\nlimit_weeks = 9")).study == "plan_coupon_test"


@pytest.mark.slow
def test_plain_papermill_refuses_a_misspelt_setting_as_the_command_line_does(tmp_path):
    command = [
        sys.executable,
        "-m",
        "papermill",
        ROOT / "notebooks" / "before_after.ipynb",
        tmp_path / "out.ipynb",
    ]
    command += ["-r", "mesure", "csat", "-r", "as_of", "soon", "--cwd", ROOT / "notebooks"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith(
        "the parameters cell: 2 problems\n"
        "  as_of: must be a date like \"2026-03-31\", got 'soon'\n"
        "  mesure: unknown key; did you mean 'measure'?"
    )  # fmt: skip
