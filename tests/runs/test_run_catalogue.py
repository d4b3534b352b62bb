"""What was ever published, read back."""

import json

from cs_lib.runs import catalogue, publish
from cs_lib.runs import tasks as studies
from cs_lib.runs.digest import settings, source


def published(project, study="tiny", *, verdict="ship", started="1", facts=None, **options):
    task = studies.task(study, **options)
    digest, as_of = task.inputs.digest, str(task.study.as_of)
    folder = project.reports / study / "runs" / task.folder
    folder.mkdir(parents=True)
    facts = {
        **(facts or {}),
        "study": study,
        "notebook": "perk_ab_test",
        "as_of": as_of,
        "digest": digest,
        "verdict": verdict,
    }
    (folder / "result.json").write_text(json.dumps({**facts, "headline": "Up", "question": "Why?"}))
    (folder / "run.json").write_text(
        json.dumps(
            {
                "as_of": as_of,
                "digest": digest,
                "digests": task.inputs.digests,
                "settings": settings(task.study),
                "started": started,
            }
        )
    )
    (folder / "index.html").write_text("page")
    if not publish.newer(project.reports, task):
        publish.point(project.reports / study, task.folder)
    return task


def test_study_is_fresh_until_an_input_changes(project):
    published(project)
    assert catalogue.state(project.reports, "tiny") == "fresh"
    project.notebook("total = 9")
    assert catalogue.state(project.reports, "tiny") == "stale"


def test_run_for_a_later_date_than_the_settings_is_fresh(project):
    published(project, as_of="2026-08-01")
    assert catalogue.state(project.reports, "tiny") == "fresh"


def test_settings_for_a_later_date_than_the_run_are_stale(project):
    published(project)
    project.study(as_of="2026-09-01")
    assert catalogue.state(project.reports, "tiny") == "stale"


def test_a_nightly_page_is_fresh_though_the_files_own_day_lies_before_the_change(project):
    design = {
        "intervention_date": "2026-02-05",
        "pre_period": "last 8 weeks",
        "post_period": ["2026-02-05", None],
    }
    project.notebook(name="before_after")
    project.study(
        notebook="before_after", as_of="2026-02-01", money=None, rule={"min_effect": 2.0},
        measure={"primary_metric": "resolution_hours"}, design=design,
    )  # fmt: skip
    published(project, as_of="2026-06-01")
    assert catalogue.state(project.reports, "tiny") == "fresh"
    published(project, as_of="2026-06-02", started="2")
    assert catalogue.state(project.reports, "tiny") == "fresh"
    assert catalogue.entry(project.reports, "tiny").since == ("data",)
    project.notebook("total = 9", name="before_after")
    assert catalogue.state(project.reports, "tiny") == "stale"


def test_study_whose_settings_are_gone_or_faulty_is_stale(project):
    published(project)
    project.study(rule=None)
    assert catalogue.state(project.reports, "tiny") == "stale"
    (project.home / "params" / "tiny.yaml").unlink()
    assert catalogue.state(project.reports, "tiny") == "stale"


def test_history_is_newest_first_without_the_run_that_is_shown(project):
    published(project, started="1")
    published(project, as_of="2026-08-01", verdict="stop", started="2")
    published(project, as_of="2026-06-01", verdict="invalid", started="3")
    entry = catalogue.entry(project.reports, "tiny")
    assert [run.as_of for run in entry.history] == ["2026-07-01", "2026-06-01"]
    assert entry.history[0].href.startswith("tiny/runs/2026-07-01-")
    assert entry.before == entry.history[0]


def test_a_run_for_an_earlier_day_is_history_and_changes_nothing_else(project):
    published(project)
    shown = catalogue.entry(project.reports, "tiny")
    published(project, as_of="2026-06-01", verdict="invalid")
    entry = catalogue.entry(project.reports, "tiny")
    assert (entry.as_of, entry.verdict, entry.state) == ("2026-07-01", "ship", "fresh")
    assert (shown.as_of, shown.verdict, shown.state) == ("2026-07-01", "ship", "fresh")
    assert [run.verdict for run in entry.history] == ["invalid"]


def test_what_changed_since_the_run_before_is_told_by_input(project):
    published(project, started="1")
    assert catalogue.entry(project.reports, "tiny").since == ()
    published(project, as_of="2026-08-01", started="2")
    assert catalogue.entry(project.reports, "tiny").since == ("data",)
    project.study(rule={"min_effect": 0.01, "planned_n": 1000})
    published(project, as_of="2026-08-01", started="3")
    assert catalogue.entry(project.reports, "tiny").since == ("settings",)
    project.notebook("total = 9")
    published(project, as_of="2026-08-02", started="4")
    assert catalogue.entry(project.reports, "tiny").since == ("data", "program")


def test_going_back_to_earlier_settings_compares_with_the_run_left_behind(project):
    first = published(project, started="1")
    project.study(rule={"min_effect": 0.01, "planned_n": 1000})
    published(project, started="2", verdict="stop")
    publish.point(project.reports / "tiny", first.folder)
    entry = catalogue.entry(project.reports, "tiny")
    assert (entry.verdict, entry.before.verdict, entry.since) == ("ship", "stop", ("settings",))


def test_runs_of_before_settings_were_kept_apart_claim_no_change_of_them(project):
    published(project, started="1")
    task = published(project, as_of="2026-08-01", started="2")
    path = project.reports / "tiny" / "runs" / task.folder / "run.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps({k: v for k, v in record.items() if k != "settings"}))
    assert catalogue.entry(project.reports, "tiny").since == ("data",)


def test_an_entry_has_the_words_owner_and_kind_of_its_result(project):
    said = {"say": "Ship", "parts": {}}
    known = {"headline_said": said, "owner": "Li", "plans": "before_after"}
    published(project, facts=known)
    entry = catalogue.entry(project.reports, "tiny")
    assert (entry.said, entry.owner, entry.plans) == (said, "Li", "before_after")


def test_the_last_run_is_that_of_the_last_attempt(project):
    task = published(project, started="2026-07-02T03:00:00+08:00")
    assert catalogue.entry(project.reports, "tiny").last_run == "2026-07-02"
    publish.fail(project.reports, task.key, "page", {"started": "2026-07-03T03:00:00+08:00"})
    assert catalogue.entry(project.reports, "tiny").last_run == "2026-07-03"
    publish.note_attempt(project.reports, "tiny", "2026-07-04T03:00:00+08:00")
    assert catalogue.entry(project.reports, "tiny").last_run == "2026-07-04"


def test_failed_study_shows_its_last_good_page_and_the_failure(project):
    task = published(project)
    publish.fail(project.reports, task.key, "page", {"sentence": "It broke.", "question": "Why?"})
    entry = catalogue.entry(project.reports, "tiny")
    assert (entry.state, entry.failure) == ("failed", "It broke.")
    assert (entry.href, entry.failure_href) == ("tiny/latest/index.html", "tiny/failed/index.html")


def test_entries_are_in_the_order_of_names_and_hidden_folders_are_none(project):
    for name in ("b", "a", "c"):
        project.study(name)
        published(project, name)
    (project.reports / ".staging").mkdir()
    (project.reports / "empty").mkdir()
    assert [entry.study for entry in catalogue.entries(project.reports)] == ["a", "b", "c"]


def test_index_is_drawn_again_only_when_it_would_change(project, monkeypatch):
    from cs_lib.report.page import index

    published(project)
    path, drawn = catalogue.rebuild(project.reports), []
    monkeypatch.setattr(index, "render", lambda entries: drawn.append(entries) or "drawn")
    catalogue.rebuild(project.reports)
    assert drawn == []
    path.write_text("damaged")
    assert catalogue.rebuild(project.reports).read_text() == "drawn"
    project.notebook("total = 9")
    catalogue.rebuild(project.reports)
    assert [entries[0].state for entries in drawn] == [
        "fresh",
        "fresh",
        "stale",
        "stale",
    ]  # by language


def test_the_catalogue_is_written_in_every_language_and_says_that_of_each_answer(project):
    published(project)
    catalogue.rebuild(project.reports)
    written = catalogue.pages(project.reports)
    assert [path.name for path in written.values()] == ["index.html", "index.zh.html"]
    assert all(path.is_file() for path in written.values())
    assert [entry.language for entry in catalogue.entries(project.reports)] == ["en"]
    written["zh"].unlink()
    catalogue.rebuild(project.reports)
    assert written["zh"].is_file()


def looked_at(project, task, name="look", **record):
    """A look at the health of the tables that a run read."""
    folder = project.reports / name / "latest"
    folder.mkdir(parents=True)
    run = {
        "notebook": "data_health",
        "as_of": "2026-07-01",
        "digests": task.inputs.digests,
        "source": source(task.study),
        **record,
    }
    ready = {"perk_ab_test": {"usable_to": "2026-05-31"}}
    result = {"as_of": run["as_of"], "verdict": "fit_with_limits", "readiness": ready}
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "result.json").write_text(json.dumps({**result, "notebook": "data_health"}))
    (folder / "index.html").write_text("page")


def test_a_look_at_the_very_tables_of_a_study_stands_beside_it(project):
    task = published(project, facts={"design": {"period": ["2026-01-01", "2026-06-15"]}})
    folder = project.reports / "tiny" / "latest" / "run.json"
    record = {**json.loads(folder.read_text()), "source": source(task.study)}
    looked_at(project, task)
    looked_at(project, task, "newer", as_of="2026-07-02", source="of other settings")
    by_name = {entry.study: entry for entry in catalogue.entries(project.reports)}
    assert by_name["tiny"].health is None  # its run did not say which source it read
    folder.write_text(json.dumps(record))
    by_name = {entry.study: entry for entry in catalogue.entries(project.reports)}
    seen = by_name["tiny"].health
    assert (seen.href, seen.as_of) == ("look/latest/index.html", "2026-07-01")
    assert (seen.verdict, seen.usable_to) == ("fit_with_limits", "2026-05-31")
    assert seen.ends == "2026-06-15" and by_name["look"].health is None


def test_a_look_at_other_data_is_none(project):
    task = published(project)
    path = project.reports / "tiny" / "latest" / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "source": source(task.study)}))
    looked_at(project, task, digests={**task.inputs.digests, "data": "other"})
    assert {e.study: e for e in catalogue.entries(project.reports)}["tiny"].health is None
