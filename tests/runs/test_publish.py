"""A page is there whole or not at all."""

import errno
import os
import threading

import pytest

from cs_lib.runs import plan_lock, publish
from cs_lib.runs import tasks as studies
from cs_lib.runs.build import Built, to_json
from cs_lib.runs.outcome import Exit, RunError


def built(text):
    files = {
        "index.html": text.encode(),
        "result.json": b'{"verdict": "ship", "headline": "Up"}',
        "notebook.ipynb": b"{}",
    }
    return Built(files, {}, {})


def put(project, text="page", **options):
    task = studies.task("tiny", **options)
    record = {"digest": task.inputs.digest, "as_of": str(task.study.as_of)}
    publish.publish(project.reports, task, built(text), record, plan_lock.of(task.study))
    return task


def page(project):
    return (project.latest() / "index.html").read_text()


def test_published_run_is_named_by_date_and_digest(project):
    task = put(project)
    assert os.readlink(project.latest()) == f"runs/2026-07-01-{task.inputs.digest[:8]}"
    assert publish.finished(project.reports, task)
    assert project.json("tiny", "plan.json")["as_of"] == "2026-07-01"


def test_page_of_an_earlier_day_is_kept_without_becoming_the_latest(project):
    put(project, "new", as_of="2026-08-01")
    earlier = put(project, "old")
    assert page(project) == "new"
    assert publish.newer(project.reports, earlier) == "2026-08-01"
    kept = project.reports / "tiny" / "runs" / earlier.folder / "index.html"
    assert kept.read_text() == "old"
    assert publish.newer(project.reports, put(project, "newer", as_of="2026-08-02")) == ""
    assert page(project) == "newer"


def observed(project, as_of, until, text):
    """A page whose data ended on a day."""
    task = studies.task("tiny", as_of=as_of)
    known = {"verdict": "ship", "headline": "Up", "observed_until": until}
    page_of = Built({**built(text).files, "result.json": to_json(known)}, known, {})
    record = {"digest": task.inputs.digest, "as_of": as_of}
    publish.publish(project.reports, task, page_of, record, plan_lock.of(task.study))
    return task


def test_two_pages_of_one_day_the_last_made_is_the_latest(project):
    put(project, "one")
    project.notebook("total = 9")
    put(project, "two")
    assert page(project) == "two"


def test_a_page_of_a_day_that_has_not_come_gives_way_to_a_run_that_knows_as_much(project):
    observed(project, "2150-01-01", "2026-07-10", "too early")
    back = observed(project, "2026-07-05", "2026-07-05", "back-fill")
    assert page(project) == "too early"
    assert publish.newer(project.reports, back) == "2150-01-01"
    observed(project, "2026-07-11", "2026-07-11", "tonight")
    assert page(project) == "tonight"
    observed(project, "2026-07-12", "2026-07-12", "the next night")
    assert page(project) == "the next night"


def test_a_back_fill_that_knows_more_than_a_late_feed_told_the_latest_is_history(project):
    observed(project, "2026-07-11", "2026-07-02", "latest")
    observed(project, "2026-07-09", "2026-07-09", "back-fill")
    assert page(project) == "latest"


def test_page_that_was_deleted_is_not_done(project):
    task = put(project)
    (project.latest() / "index.html").unlink()
    assert not publish.finished(project.reports, task)


@pytest.mark.parametrize("file", ["index.html", "result.json", "run.json"])
def test_full_disk_while_writing_changes_nothing(project, monkeypatch, file):
    put(project)
    before = sorted(str(p) for p in (project.reports / "tiny").rglob("*"))
    write = publish.write_file

    def full(path, content):
        write(path, content[:1])
        if path.name == file:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(publish, "write_file", full)
    with pytest.raises(RunError) as refused, publish.publishing(project.reports):
        put(project, "new", as_of="2026-08-01")
    assert refused.value.code == Exit.NOT_PUBLISHED
    assert "No space left on device" in refused.value.sentence
    assert page(project) == "page"
    assert sorted(str(p) for p in (project.reports / "tiny").rglob("*")) == before


def test_reader_always_finds_a_whole_page(project):
    put(project, "one")
    seen, stop = set(), threading.Event()

    def read():
        while not stop.is_set():
            seen.add(page(project))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(12):
        put(project, "two" if number % 2 else "one", as_of=f"2026-08-{number + 1:02d}")
    stop.set()
    reader.join()
    assert seen == {"one", "two"}


def test_file_system_without_links_gets_copies(project, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "symlink", refuse)
    put(project, "one")
    put(project, "two", as_of="2026-08-01")
    assert page(project) == "two" and not project.latest().is_symlink()
    monkeypatch.undo()
    monkeypatch.setenv("CS_HOME", str(project.home))
    put(project, "three", as_of="2026-09-01")
    assert page(project) == "three" and project.latest().is_symlink()
    names = {p.name for p in (project.reports / "tiny").iterdir()}
    assert names == {"runs", "latest", "plan.json"}


def test_failure_does_not_touch_the_latest_page_and_success_removes_it(project):
    task = put(project)
    for text in ("first", "second"):
        publish.fail(project.reports, task.key, text, {"sentence": "x"})
    assert page(project) == "page"
    assert (project.reports / "tiny" / "failed" / "index.html").read_text() == "second"
    publish.point(project.reports / "tiny", task.folder)
    assert not (project.reports / "tiny" / "failed").exists()


def test_what_a_killed_run_left_is_cleared(project):
    left = project.reports / ".staging" / "tiny" / "page"
    left.mkdir(parents=True)
    (left / "index.html").write_text("half")
    put(project)
    assert page(project) == "page" and not left.exists()
