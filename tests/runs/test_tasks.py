"""Faults are found before anything runs, all at once."""

from pathlib import Path

import pytest

from cs_lib.cli import main
from cs_lib.params import ParamsError
from cs_lib.runs import tasks as studies


def faults(*names: str, **options) -> str:
    return "\n".join(studies.prepare(names, **options).faults)


def test_unknown_setting_is_refused_with_the_word_that_was_meant(project):
    project.study(rul={"alpha": 0.05})
    assert "did you mean 'rule'" in faults("tiny")


def test_wrong_types_are_all_listed_at_once(project):
    project.study(as_of="2024-02-30", rule={"alpha": "no", "min_effect": 0.02, "planned_n": "007"})
    text = faults("tiny")
    assert all(key in text for key in ("as_of", "rule.alpha", "rule.planned_n"))


def test_unknown_metric_is_a_fault_of_the_settings(project):
    project.study(measure={"primary_metric": "repurchas_60d"})
    assert "did you mean 'repurchase_60d'" in faults("tiny")


def test_faults_of_all_studies_are_printed_and_with_strict_nothing_runs(project, capsys):
    project.study("one", money=7)
    project.study("two", question="short")
    assert main(["run", "tiny", "one", "two", "three", "--strict"]) == 2
    told = capsys.readouterr().err
    assert all(word in told for word in ("params/one.yaml", "params/two.yaml", "no study 'three'"))
    assert not project.reports.exists()


def test_a_fault_of_one_study_keeps_no_other_from_its_page(project, capsys):
    project.study("one", money=7)
    (project.home / "params" / "half.yaml").write_text(
        "question: Half written by mistake\nas_of: ["
    )
    assert main(["run", "tiny", "one", "half", "three"]) == 2
    told = capsys.readouterr()
    assert all(
        word in told.err for word in ("params/one.yaml", "params/half.yaml", "no study 'three'")
    )
    assert (project.latest() / "index.html").is_file()
    for study, words in (("one", "money"), ("half", "not valid YAML")):
        assert words in (project.reports / study / "failed" / "index.html").read_text()
        assert project.json(study, "failed", "run.json")["exit_code"] == 2
        assert f"{study} failed" in (project.reports / "index.html").read_text()
    assert not (project.reports / "three").exists() and "three" in told.out
    assert main(["run", "tiny"]) == 0


def test_a_failure_page_of_a_night_has_its_day(project):
    project.study(money=7)
    assert main(["run", "tiny", "--as-of", "2026-09-09"]) == 2
    assert project.json("tiny", "failed", "run.json")["as_of"] == "2026-09-09"


def test_a_faulty_study_keeps_its_last_good_page_and_loses_its_failure_when_it_is_mended(project):
    assert main(["run", "tiny"]) == 0
    before = project.tree()
    project.study(money=7)
    assert main(["run", "tiny"]) == 2
    assert project.tree() == before
    assert "latest/index.html" in (project.reports / "tiny" / "failed" / "index.html").read_text()
    project.study()
    assert main(["run", "tiny"]) == 0
    assert not (project.reports / "tiny" / "failed").exists()


def test_notebook_without_a_parameters_cell_is_refused(project):
    project.notebook(parameters="study = 'tiny'")
    text = project.home / "notebooks" / "perk_ab_test.ipynb"
    text.write_text(text.read_text().replace('"parameters"', '"other"'))
    assert "no code cell is tagged `parameters`" in faults("tiny")


def test_setting_without_a_place_in_the_parameters_cell_is_refused(project):
    project.notebook(
        parameters="study = notebook = question = as_of = source = language = follows = action = owner = ''\n"
        "design = measure = ''"
    )
    assert "its parameters cell lacks money, rule" in faults("tiny")


def test_notebook_that_is_absent_or_damaged_is_one_sentence(project):
    path = project.home / "notebooks" / "perk_ab_test.ipynb"
    path.write_text("{")
    assert "notebooks/perk_ab_test.ipynb: not a notebook" in faults("tiny")
    path.unlink()
    assert "the file does not exist" in faults("tiny")


def test_as_of_given_to_the_command_is_checked_like_the_one_in_the_file(project):
    assert str(studies.task("tiny", as_of="2026-08-01").study.as_of) == "2026-08-01"
    assert "design.period (line 14): ends 2026-04-01" in faults("tiny", as_of="2026-03-01")
    assert "as_of: must be a date" in faults("tiny", as_of="yesterday")


def test_study_without_its_files_is_a_fault_when_named_and_left_out_of_all(project, monkeypatch):
    monkeypatch.delenv("SHOP_DATA", raising=False)
    project.source(simulate=None, folder="$SHOP_DATA", tables={"contacts": {"file": "c.csv"}})
    assert "SHOP_DATA" in faults("tiny")
    prepared = studies.prepare(["tiny"], everything=True)
    assert not prepared.faults and "SHOP_DATA" in prepared.left_out[0]


def test_two_files_of_one_name_are_refused(project):
    (project.home / "params" / "real").mkdir()
    copy = project.home / "params" / "real" / "tiny.yaml"
    copy.write_text((project.home / "params" / "tiny.yaml").read_text())
    assert "both called tiny" in faults("tiny", "real/tiny")


def test_a_study_named_twice_runs_once(project):
    path = str(project.home / "params" / "tiny.yaml")
    assert len(studies.prepare(["tiny", path, "tiny"]).tasks) == 1


def test_rerun_command_names_the_date_so_that_it_holds_when_settings_move_on(project):
    assert studies.task("tiny").rerun == "cslib run tiny --as-of 2026-07-01"


def test_task_needs_an_existing_study(project):
    with pytest.raises(ParamsError, match="did you mean 'tiny'"):
        studies.task("tinny")


def test_study_outside_params_is_called_by_its_file(project, tmp_path_factory):
    other: Path = tmp_path_factory.mktemp("elsewhere") / "tiny.yaml"
    other.write_text((project.home / "params" / "tiny.yaml").read_text())
    assert studies.task(str(other)).name == "tiny.yaml"
