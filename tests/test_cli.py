"""The words of the command, without running anything."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cs_lib
from cs_lib import cli
from cs_lib.params import PerkAbTest
from cs_lib.runs import checking
from cs_lib.runs.tasks import DEMO

ROOT = Path(cs_lib.__file__).parents[1]
KEYS = list(PerkAbTest.model_fields)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one demo study and a notebook that only holds its settings."""
    (tmp_path / "params" / "sources").mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    for name in (f"params/{DEMO[0]}.yaml", "params/sources/demo.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    cell = {
        "cell_type": "code",
        "metadata": {"tags": ["parameters"]},
        "source": " = ".join([*KEYS, "0"]),
    }
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    (tmp_path / "notebooks" / "perk_ab_test.ipynb").write_text(json.dumps(book))
    monkeypatch.setenv("CS_HOME", str(tmp_path))
    return tmp_path


def command(*words: str) -> subprocess.CompletedProcess[str]:
    """The installed command where there is one, else the module."""
    script = Path(sys.executable).with_name("cslib")
    start = [str(script)] if script.exists() else [sys.executable, "-m", "cs_lib"]
    return subprocess.run(
        [*start, *words], cwd=ROOT, env=os.environ, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["rnu"], "did you mean 'run'?"),
        (["run", "--forse"], "did you mean '--force'?"),
        (["chek", "--all"], "did you mean 'check'?"),
        (["run", "--jobs", "0"], "must be a whole number from 1"),
        (["run", "--timeout", "soon"], "must be a number of seconds"),
        (["run", "--all", "--demo"], "not allowed with"),
        ([], "required"),
    ],
)
def test_wrong_words_end_with_2_and_the_word_that_was_meant(words, meant, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    assert meant in capsys.readouterr().err


def test_help_lists_commands_and_exit_codes():
    done = command("--help")
    assert done.returncode == 0
    assert all(
        word in done.stdout for word in ("run", "check", "new", "list", "verify", "6 locked")
    )


def test_run_without_a_study_means_the_demo(home, capsys):
    assert cli.main(["run"]) == 2
    told = capsys.readouterr().err
    assert [name for name in DEMO if f"no study '{name}'" in told] == list(DEMO[1:])


def test_command_checks_a_study_and_answers_by_exit_code(home, capsys):
    source = home / "params" / "sources" / "demo.yaml"
    source.write_text(source.read_text().replace("20000", "500"))
    assert cli.main(["check", DEMO[0]]) == 0
    assert capsys.readouterr().out == f"{DEMO[0]}  ok\n"
    steps = (
        "[{table: contacts, because: too loud, drop_where: loud > 3},"
        " {table: odrers, because: misspelt, drop_where: 'true'}]"
    )
    source.write_text(source.read_text() + f"cleaning: {steps}\n")
    assert cli.main(["check", "--all"]) == 2
    told = capsys.readouterr().err
    assert "too loud" in told and "odrers" in told


def test_check_names_every_fault_in_settings(home, capsys):
    assert cli.main(["check", DEMO[0], "--as-of", "2020-01-01"]) == 2
    assert "with --as-of 2020-01-01" in capsys.readouterr().err
    assert not (home / "reports").exists()


def test_list_shows_studies_that_never_ran_and_those_with_faults(home, capsys):
    (home / "params" / "broken.yaml").write_text("study: broken\n")
    assert cli.main(["list"]) == 0
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    rows = {words[0]: [word.strip() for word in words[1:] if word.strip()] for words in lines}
    assert rows[DEMO[0]] == ["perk_ab_test", "never run"]
    assert rows["broken"] == ["faulty settings"]


def test_new_study_from_the_demo_passes_the_check(home, monkeypatch, capsys):
    monkeypatch.setattr(checking, "breaches", lambda task, seconds, stop: [])
    assert cli.main(["new", "perk_ab_test", "my_test"]) == 0
    assert "cslib run my_test" in capsys.readouterr().out
    assert cli.main(["check", "my_test"]) == 0


def test_installed_command_answers_by_exit_code(home):
    assert command("list").returncode == 0
    assert command("new", "perk_ab_test", "No!").returncode == 2
    done = command("verify", DEMO[0])
    assert done.returncode == 2 and "no page to verify" in done.stderr


def test_help_loads_nothing_heavy():
    code = "import sys\nfrom cs_lib.cli import parser\nparser().format_help()\n"
    code += "print([m for m in ('pydantic', 'pandas', 'papermill') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
