"""Strict nbval passes on the stored notebooks, and fails when one stored number is corrupted."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def nbval(folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "tests.notebooks.nbval_text",
        "-p",
        "nbval.plugin",
        "--nbval",
        str(folder),
    ]
    options = ["-p", "no:cacheprovider", "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
    return subprocess.run([*command, *options], capture_output=True, text=True, cwd=home)


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb")))
def test_the_stored_outputs_are_what_the_notebook_says_today(name):
    found = nbval(ROOT / "notebooks" / f"{name}.ipynb", ROOT)
    assert found.returncode == 0, found.stdout[-3000:]


def test_one_corrupted_number_is_noticed(tmp_path):
    shutil.copy(ROOT / "notebooks" / "perk_ab_test.ipynb", tmp_path)
    path = tmp_path / "perk_ab_test.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    output = next(
        o
        for c in notebook["cells"]
        if "effects(result)" in "".join(c["source"])
        for o in c["outputs"]
    )
    text = "".join(output["data"]["text/plain"])
    digit = re.search(r"\d\.(\d) points", text).start(1)
    output["data"]["text/plain"] = (
        text[:digit] + str((int(text[digit]) + 1) % 10) + text[digit + 1 :]
    )
    path.write_text(json.dumps(notebook), encoding="utf-8")
    found = nbval(path, ROOT)
    assert (found.returncode, "1 failed" in found.stdout) == (1, True), found.stdout[-3000:]


def test_a_changed_figure_is_noticed_by_the_digest_of_its_data(tmp_path):
    shutil.copy(ROOT / "notebooks" / "before_after.ipynb", tmp_path)
    path = tmp_path / "before_after.ipynb"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r"(figure placebo, data )\w{8}", r"\g<1>00000000", text), encoding="utf-8"
    )
    found = nbval(path, ROOT)
    assert (found.returncode, "1 failed" in found.stdout) == (1, True), found.stdout[-3000:]
