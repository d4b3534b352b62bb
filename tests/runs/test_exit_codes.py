"""Exit codes as a scheduler sees them: the command in a process of its own."""

from cs_lib.cli import main
from cs_lib.runs import lock


def test_bad_settings_end_with_2(project):
    project.study(rul=1)
    done = project.cslib("run", "tiny")
    assert done.returncode == 2 and "unknown key" in done.stderr
    assert "tiny/failed/index.html" in done.stdout


def test_failed_analysis_ends_with_3(project):
    project.notebook("1 / 0")
    done = project.cslib("run", "tiny")
    assert done.returncode == 3
    assert "ZeroDivisionError" in done.stdout and "\x1b" not in done.stdout and done.stderr == ""


def test_killed_kernel_ends_with_4(project):
    project.notebook("import os; os.kill(os.getpid(), 9)")
    done = project.cslib("run", "tiny")
    assert (done.returncode, done.stderr) == (4, "")


def test_locked_study_ends_with_6(project):
    with lock.hold(project.reports, "tiny"):
        done = project.cslib("run", "tiny")
    assert done.returncode == 6 and "is being run by process" in done.stdout


def test_tampered_page_ends_with_7(project):
    assert main(["run", "tiny"]) == 0
    (project.latest() / "index.html").write_text("tampered")
    done = project.cslib("verify", "tiny")
    assert done.returncode == 7 and "-tampered" in done.stderr
