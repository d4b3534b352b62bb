"""Several studies at once, in any order of luck."""

import os
import signal
import subprocess
import time

import pytest

from cs_lib.cli import main
from cs_lib.runs import lock
from cs_lib.runs.outcome import Exit, worst

LIMIT = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))"


def test_studies_run_side_by_side_and_a_failure_does_not_stop_the_others(project, capsys):
    for name in ("bad", "other"):
        project.study(name)
    project.notebook("total = study\nassert study != 'bad'")
    assert main(["run", "bad", "tiny", "other", "--jobs", "2"]) == 3
    told = capsys.readouterr().out
    assert (
        "tiny   running ..." in told and "other  done in" in told and "bad    failed after" in told
    )
    assert "tiny   ship     Up by tiny" in told
    assert told.rstrip().endswith(str(project.reports / "index.html"))
    assert (project.reports / "index.html").read_text().splitlines() == [
        "bad failed  0 The analysis stopped in the step 'Part 1': AssertionError",
        "other fresh ship 0 ",
        "tiny fresh ship 0 ",
    ]
    assert project.json("other", "latest", "result.json")["study"] == "other"


def test_same_inputs_start_no_kernel_and_load_nothing_heavy(project):
    assert main(["run", "tiny"]) == 0
    heavy = ("pandas", "numpy", "matplotlib", "papermill", "nbformat", "jupyter_client")
    check = (
        f"import atexit; atexit.register(lambda: print([m for m in {heavy} if m in sys.modules]))"
    )
    done = project.cslib("run", "tiny", before=check)
    assert done.returncode == 0, done.stderr
    assert "already done: ship — Up by 2" in done.stdout
    assert done.stdout.rstrip().endswith("[]")


def test_a_back_fill_is_told_and_leaves_the_latest_page(project, capsys):
    assert main(["run", "tiny"]) == 0
    before = project.tree()
    capsys.readouterr()
    for done in ("done in", "already done"):
        assert main(["run", "tiny", "--as-of", "2026-06-01"]) == 0
        told = capsys.readouterr().out
        assert f"tiny  {done}" in told
        assert "  Kept as history: a newer page, as of 1 July 2026, stays the latest.\n" in told
        assert "tiny/runs/2026-06-01-" in told
        assert project.tree() == before
    assert (project.reports / "index.html").read_text() == "tiny fresh ship 1 "


def test_a_single_study_tells_where_its_page_is(project, capsys):
    assert main(["run", "tiny"]) == 0
    *_, page, catalogue = capsys.readouterr().out.splitlines()
    assert page == str(project.latest() / "index.html")
    assert catalogue == str(project.reports / "index.html")
    project.notebook("assert False")
    assert main(["run", "tiny"]) == 3
    *_, page, _ = capsys.readouterr().out.splitlines()
    assert page == str(project.reports / "tiny" / "failed" / "index.html")


def test_changed_plan_is_said_and_going_back_shows_the_earlier_page_without_running(
    project, capsys
):
    assert main(["run", "tiny"]) == 0
    first = os.readlink(project.latest())
    assert project.json("tiny", "latest", "result.json")["plan_changed"] is False
    project.study(rule={"min_effect": 0.01, "planned_n": 1000})
    assert main(["run", "tiny"]) == 0
    assert "rule.min_effect 0.02 -> 0.01" in (project.latest() / "index.html").read_text()
    assert os.readlink(project.latest()) != first
    assert project.json("tiny", "latest", "result.json")["plan_changed"] is True
    project.study()
    assert main(["run", "tiny"]) == 0
    assert os.readlink(project.latest()) == first
    assert capsys.readouterr().out.count("running ...") == 2


def test_two_runs_of_a_study_and_an_interruption(project, capsys):
    project.notebook("import os, time\nopen('kernel', 'w').write(str(os.getpid()))\ntime.sleep(60)")
    env = project.environment()
    first = subprocess.Popen(
        project.command("run", "tiny"), env=env, stdout=-1, stderr=-1, text=True
    )
    marker = project.home / "kernel"
    for _ in range(200):
        if marker.exists() and marker.read_text():
            break
        time.sleep(0.1)
    assert main(["run", "tiny"]) == 6
    assert f"being run by process {first.pid}" in capsys.readouterr().out
    first.send_signal(signal.SIGTERM)
    told = first.communicate(timeout=20)[1]
    assert first.returncode == 130 and "kernels ended" in told
    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)
    with lock.hold(project.reports, "tiny"):
        assert not (project.reports / "tiny" / "failed").exists()


def test_full_disk_leaves_the_last_good_page_and_nothing_half_written(project):
    assert main(["run", "tiny"]) == 0
    before = project.tree()
    project.notebook("print('x' * 200_000)\ntotal = 3")
    done = project.cslib("run", "tiny", before=LIMIT)
    assert done.returncode == 5, done.stderr
    assert "could not be published: File too large" in done.stdout
    assert project.tree() == before
    assert [p.name for p in (project.reports / "tiny" / "runs").iterdir()] == [
        project.latest().resolve().name
    ]
    assert not list((project.reports / ".staging").iterdir())


def test_folder_that_cannot_be_written_is_one_sentence(project, capsys):
    (project.home / "file").write_text("")
    assert main(["run", "tiny", "--reports", str(project.home / "file")]) == 5
    assert "could not be published" in capsys.readouterr().out


def test_page_that_cannot_be_built_is_a_failed_analysis(project, monkeypatch):
    import sys

    def refuse(notebook, provenance):
        raise ValueError("figure 2 has no text for readers who cannot see it")

    monkeypatch.setattr(sys.modules["cs_lib.report.page.render"], "render", refuse)
    assert main(["run", "tiny"]) == 3
    assert "figure 2 has no text" in project.json("tiny", "failed", "run.json")["sentence"]


def test_worst_code_is_what_the_user_must_look_at_first():
    assert worst([0, 0]) == Exit.DONE
    assert worst([5, 0, 4]) == Exit.KERNEL_ENDED
    assert worst([3, 6, 4]) == Exit.LOCKED
    assert worst([6, 2, 130]) == Exit.INTERRUPTED
