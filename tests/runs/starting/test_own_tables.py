"""From a sheet of results or a list of days to settings that load: nothing is invented, what is open is asked for."""

from datetime import date

import pytest

from cs_lib import data, experiment, metrics, params
from cs_lib.data.guess.records import Choices
from cs_lib.runs.new import NewError
from cs_lib.runs.starting.source import new_source
from cs_lib.runs.starting.study import Asked, new_study
from tests.data.sources.workbooks import workbook

HEAD = ["Kundennummer", "Gruppe", "Gekauft", "Umsatz", "Region"]
ROWS = [
    [f"K{i}", ("Kontrolle", "Gutschein")[i % 2], int(i % 5 < 1 + i % 2), f"{i % 7},50", "NS"[i % 2]]
    for i in range(400)
]
DAYS = "Datum;Anrufe\n" + "\n".join(
    f"2026-{1 + i // 28:02}-{1 + i % 28:02};{100 + i % 7}" for i in range(112)
)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a workbook of results and a list of days."""
    for folder in ("params/sources", "notebooks", "in"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "in" / "test.xlsx").write_bytes(workbook({"Tabelle1": [HEAD, *ROWS]}))
    (tmp_path / "in" / "calls.csv").write_text(DAYS)
    monkeypatch.setenv("CS_HOME", str(tmp_path))
    return tmp_path / "in"


def test_a_sheet_of_results_is_two_commands_from_an_effect(project):
    written = new_source("ab", [str(project / "test.xlsx")], Choices())
    assert (written.studies, written.asked) == (["perk_ab_test"], [])
    asked = Asked(min_effect=0.02, outcome="Gekauft", split={"Kontrolle": 0.5, "Gutschein": 0.5})
    assert new_study("perk_ab_test", "voucher", "ab", asked).asked == []
    study = params.load("voucher")
    assert (study.measure.primary_metric, study.design.control) == ("share(gekauft)", "Kontrolle")
    result = experiment.analyze(metrics.gather(data.load(study), study), study)
    assert (result.effect.control, result.effect.treatment) == (
        0.2,
        0.4,
    )  # one in five, two in five


def test_what_only_the_user_knows_is_asked_for(project):
    new_source("ab", [str(project / "test.xlsx")], Choices())
    asked = " ".join(new_study("perk_ab_test", "voucher", "ab", Asked()).asked)
    for words in (
        "Which column is the outcome (gekauft, umsatz)?",
        "Which shares were planned?",
        "--min-effect",
    ):
        assert words in asked
    with pytest.raises(NewError, match="no outcome 'Gewinn'; there are gekauft, umsatz"):
        new_study("perk_ab_test", "voucher", "ab", Asked(outcome="Gewinn"))


def test_a_list_of_days_is_a_before_after_study(project):
    written = new_source("hotline", [str(project / "calls.csv")], Choices())
    assert written.studies == ["before_after"]
    asked = Asked(date=date(2026, 3, 1), min_effect=2, better="lower")
    assert new_study("before_after", "calls", "hotline", asked).asked == []
    study = params.load("calls")
    assert study.measure.outcomes["mean(anrufe)"].better == "lower"
    evidence = metrics.gather(data.load(study), study)
    assert evidence.series["mean(anrufe)"].numerator[:3].tolist() == [100, 101, 102]
    assert (
        evidence.days.asked == (study.design.post_period[1] - study.design.pre_period[0]).days + 1
    )
