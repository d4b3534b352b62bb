"""The same settings file every night: the page moves with the data, and a late night says what a punctual one did."""

from datetime import UTC, datetime, timedelta

import pytest

from cs_lib import data, experiment, metrics, params
from cs_lib.cli import main
from cs_lib.report.summary import Summary
from cs_lib.runs import digest, publish
from cs_lib.runs import tasks as studies

BODY = (
    "from cs_lib import params\nchecked = params.from_cell(globals())\n"
    "total = ' to '.join(map(str, checked.design.post_period))"
)
DESIGN = {
    "intervention_date": "2026-02-05",
    "pre_period": "last 8 weeks",
    "post_period": ["2026-02-05", None],
}
CELL = "\n".join(
    f"{key} = {value!r}"
    for key, value in {
        "study": "tiny", "notebook": "before_after", "question": "Did it get any better?", "as_of": "2026-07-01",
        "source": "demo", "language": "en", "follows": None, "action": None, "owner": None, "design": DESIGN,
        "measure": {"primary_metric": "resolution_hours"}, "rule": {"min_effect": 2.0},
    }.items()
)  # fmt: skip


@pytest.fixture
def rolling(project):
    project.notebook(BODY, name="before_after", parameters=CELL)
    project.study(
        notebook="before_after", as_of="2026-07-01", design=DESIGN, money=None,
        measure={"primary_metric": "resolution_hours"}, rule={"min_effect": 2.0},
    )  # fmt: skip
    return project


@pytest.fixture
def clock(monkeypatch):
    """Says at which moment a command begins."""

    def at(moment):
        given = datetime.fromisoformat(moment)
        monkeypatch.setattr(studies, "given_day", lambda text: params.AsOf.given(text, given))

    return at


def headline(project, *parts):
    return project.json("tiny", *(parts or ("latest",)), "result.json")["headline"]


def test_a_page_moves_with_the_night_and_its_plan_does_not(rolling, clock):
    for night in ("2026-03-01", "2026-03-02", "2026-04-01"):
        clock(f"{night}T03:15:00+00:00")
        assert main(["run", "tiny", "--as-of", "today"]) == 0
        last = (datetime.fromisoformat(night) - timedelta(days=1)).date()
        assert headline(rolling) == f"Up by 2026-02-05 to {last}"
        assert rolling.json("tiny", "latest", "result.json")["plan_changed"] is False
        assert '"post_period": [\n' in (rolling.latest() / "index.html").read_text()
    assert rolling.json("tiny", "plan.json")["as_of"] == "2026-03-01"


def test_twice_in_one_night_is_already_done(rolling, clock, capsys):
    clock("2026-03-01T03:15:00+00:00")
    assert main(["run", "tiny", "--as-of", "today"]) == 0
    clock("2026-03-01T23:59:00+00:00")
    capsys.readouterr()
    assert main(["run", "tiny", "--as-of", "today"]) == 0
    assert "already done" in capsys.readouterr().out
    assert len(list((rolling.reports / "tiny" / "runs").iterdir())) == 1


def test_a_late_run_makes_the_same_page_byte_for_byte(rolling, clock, tmp_path):
    clock("2026-03-01T03:15:00+00:00")
    assert main(["run", "tiny", "--as-of", "today"]) == 0
    clock("2026-03-10T12:00:00+00:00")
    late = tmp_path / "late"
    assert main(["run", "tiny", "--as-of", "2026-03-01", "--reports", str(late)]) == 0
    there = {p.name: p.read_bytes() for p in (late / "tiny" / "latest").iterdir()}
    for name in ("index.html", "result.json", "notebook.ipynb"):
        assert rolling.tree()[name] == there[name]
    [made] = (late / "tiny" / "runs").iterdir()
    assert made.name == next((rolling.reports / "tiny" / "runs").iterdir()).name


def test_the_command_on_the_page_names_the_day_and_makes_it_again(rolling, clock):
    clock("2026-03-01T03:15:00+00:00")
    assert main(["run", "tiny", "--as-of", "yesterday"]) == 0
    assert "cslib run tiny --as-of 2026-02-28" in (rolling.latest() / "index.html").read_text()
    clock("2026-05-01T03:15:00+00:00")
    assert main(["verify", "tiny"]) == 0


def test_a_back_fill_is_history_and_the_latest_page_still_verifies(rolling, clock, capsys):
    clock("2026-04-01T03:15:00+00:00")
    assert main(["run", "tiny", "--as-of", "today"]) == 0
    before = rolling.tree()
    assert main(["run", "tiny", "--as-of", "2026-03-01"]) == 0
    assert "stays the latest" in capsys.readouterr().out
    assert (
        rolling.tree() == before and len(list((rolling.reports / "tiny" / "runs").iterdir())) == 2
    )
    assert main(["verify", "tiny"]) == 0
    task = studies.task("tiny", as_of="2026-03-01")
    assert publish.finished(rolling.reports, task)


def test_all_studies_of_a_night_have_the_same_moment(project, monkeypatch):
    """One that is slow to be checked does not slip into the next day."""
    asked = []

    class Clock(datetime):
        @classmethod
        def now(cls, zone=None):
            asked.append(zone)
            return cls(2026, 8, len(asked), 23, 59, tzinfo=zone)

    monkeypatch.setattr(studies, "datetime", Clock)
    project.study("other")
    assert main(["run", "tiny", "other", "--as-of", "today"]) == 0
    days = {project.json(name, "latest", "run.json")["as_of"] for name in ("tiny", "other")}
    assert (days, asked) == ({"2026-08-01"}, [UTC])


@pytest.mark.parametrize("command", ["run", "check", "doctor"])
def test_a_wrong_word_is_refused_before_anything_runs(project, capsys, command):
    with pytest.raises(SystemExit) as ended:
        main([command, "--as-of", "tonight"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "must be today, yesterday or a date like 2026-03-31, got 'tonight'" in told
    assert not project.reports.exists()


def test_a_night_before_the_change_is_one_sentence(rolling, clock, capsys):
    clock("2026-02-05T03:15:00+00:00")
    assert main(["run", "tiny", "--as-of", "today"]) == 2
    told = capsys.readouterr().err
    assert "params/tiny.yaml with --as-of today (2026-02-05): 1 problem" in told
    assert "starts 2026-02-05, but only data before as_of 2026-02-05 count" in told


FEED = "source: feed\ntitle: A feed\ntimezone: Asia/Shanghai\nfolder: feed\ntables: {contacts: {file: contacts.csv}}\n"
LATE = """\
study: late
notebook: before_after
question: Did routing by skill help?
as_of: "2026-04-01"
source: feed
design:
  intervention_date: "2026-02-05"
  washout_days: 7
  pre_period: last 20 weeks
  post_period: ["2026-02-05", null]
  scope: {team_id: [T01, T02]}
measure: {primary_metric: resolution_hours}
rule: {min_effect: 2}
"""


def contacts(as_of):
    """The contacts of the simulated desk as they were known on a day."""
    study = params.load("faster_routing")
    desk = data.load(study.model_copy(update={"as_of": datetime.fromisoformat(as_of).date()}))
    try:
        return desk.frame("contacts", limit=10**7)
    finally:
        desk.close()


def answer(path, as_of):
    study = params.load(path, as_of=as_of)
    desk = data.load(study)
    try:
        return Summary(experiment.analyze(metrics.gather(desk, study), study)).facts()
    finally:
        desk.close()


def test_files_that_have_grown_since_say_the_same_of_that_day(tmp_path, monkeypatch):
    known = {day: contacts(day) for day in ("2026-04-01", "2026-05-01")}
    for folder in ("params/sources", "notebooks", "feed"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setenv("CS_HOME", str(tmp_path))
    (tmp_path / "params" / "sources" / "feed.yaml").write_text(FEED)
    path = tmp_path / "params" / "late.yaml"
    path.write_text(LATE)
    told, digests = {}, {}
    for day, frame in known.items():
        frame.to_csv(
            tmp_path / "feed" / "contacts.csv", index=False, date_format="%Y-%m-%dT%H:%M:%S+00:00"
        )
        told[day] = answer(path, "2026-04-01")
        digests[day] = digest.data(params.load_source("feed"))
    punctual, late = told.values()
    assert (
        len(known["2026-05-01"]) > len(known["2026-04-01"])
        and len(set(map(str, digests.values()))) == 2
    )
    assert late == punctual and punctual["effects"] and punctual["observed_until"] == "2026-04-01"
    assert punctual["design"]["period"] == ["2026-02-05", "2026-03-31"]
    assert answer(path, "2026-04-15")["effects"] != punctual["effects"]  # the next nights do move
