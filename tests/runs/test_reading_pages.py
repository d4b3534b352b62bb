"""A study that reads the pages of others runs after them, and is another run when these say something else."""

import json

import pytest

from cs_lib import params
from cs_lib.runs import run, tasks
from cs_lib.runs.attempt import Options
from tests.experiment.improvement_portfolio.made import result

SETTINGS = """study: the_year
notebook: improvement_portfolio
question: What did the year bring us?
as_of: "2026-07-01"
source: demo
design: {period: ["2025-07-01", "2026-06-30"]}
"""


@pytest.fixture
def settings(tmp_path):
    path = tmp_path / "the_year.yaml"
    path.write_text(SETTINGS, encoding="utf-8")
    return path


def publish(reports, study: str, value: float) -> None:
    folder = reports / study / "latest"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(result(study, value)), encoding="utf-8")


def test_other_results_make_another_run_and_the_own_page_does_not(settings, tmp_path):
    reports = tmp_path / "pages"
    reports.mkdir()

    def digest() -> str:
        with params.published_in(reports):
            return tasks.task(str(settings)).inputs.digest

    none = digest()
    publish(reports, "fix", -3.0)
    one = digest()
    assert one != none and digest() == one
    publish(reports, "the_year", -9.0)
    assert digest() == one
    publish(reports, "fix", -4.0)
    assert digest() not in (none, one)


def test_it_runs_after_all_others_with_what_they_came_to(settings, tmp_path, monkeypatch):
    reports = tmp_path / "pages"
    reports.mkdir()
    together = []

    def ran(given, options, told):
        together.append([(one.key, one.inputs.digest) for one in given])
        if given and given[0].key == "faster_routing":
            publish(reports, "fix", -3.0)
        return []

    monkeypatch.setattr(run, "_together", ran)
    with params.published_in(reports):
        year, other = tasks.task(str(settings)), tasks.task("faster_routing")
        run._in_order([year, other], Options(reports), None)
        after = tasks.task(str(settings)).inputs.digest
    assert [[key for key, _ in each] for each in together] == [["faster_routing"], ["the_year"]]
    assert together[1][0][1] == after != year.inputs.digest


def test_a_folder_that_is_not_there_is_a_fault_of_the_settings(settings):
    text = SETTINGS.replace("design:", "studies: {folder: no/such/folder}\ndesign:")
    settings.write_text(text, encoding="utf-8")
    with pytest.raises(params.ParamsError, match="there is no folder 'no/such/folder'"):
        tasks.task(str(settings))


def test_a_headline_that_nobody_knows_is_told_with_the_nearest(settings):
    text = SETTINGS.replace("design: {", "design: {headline: contact_rat, ")
    settings.write_text(text, encoding="utf-8")
    with pytest.raises(params.ParamsError, match="did you mean 'contact_rate'"):
        tasks.task(str(settings))
