"""Ended by the user, by a scheduler, by a closed terminal, or killed: soon, and with everything that was started."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from cs_lib import cli
from cs_lib.cli import main
from cs_lib.runs import attempt, build
from cs_lib.runs import tasks as studies
from cs_lib.runs.execution import scratch, strays
from cs_lib.runs.execution.stop import Stop
from cs_lib.runs.outcome import Exit, RunError

linux = pytest.mark.skipif(
    sys.platform != "linux", reason="needs what only Linux promises of orphans"
)
SLEEPS = "import os, time\nopen('kernel', 'w').write(str(os.getpid()))\ntime.sleep(600)\ntotal = 1"
# Children that leave: to a session of their own, by a second fork, and without the environment.
CHILDREN = """
import os, subprocess, time
for words in (["sleep", "613"], ["setsid", "sleep", "613"], ["sh", "-c", "setsid sleep 613 & exit"],
              ["env", "-i", "setsid", "sh", "-c", "/bin/sleep 613 & exit"]):
    subprocess.Popen(words)
time.sleep(1)
total = 1
"""


@pytest.fixture
def tmpdir_alone(tmp_path, monkeypatch):
    """A folder for temporary files that only this test uses."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    tempfile.tempdir = None


def heard():
    """A job in the background is started deaf to Ctrl-C; this command is not one."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def started(project, *words, **variables):
    return subprocess.Popen(
        project.command(*words), env=project.environment(**variables), cwd=project.home, stdout=-1, stderr=-1,
        text=True, preexec_fn=heard,
    )  # fmt: skip


def until(condition, seconds=30):
    for _ in range(int(seconds / 0.05)):
        if condition():
            return True
        time.sleep(0.05)
    return False


def alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def kernel(project):
    """The kernel's process number, once its cell runs."""
    marker = project.home / "kernel"
    assert until(lambda: marker.exists() and marker.read_text())
    return int(marker.read_text())


def sleepers():
    """Every sleeping child of the notebook above, wherever it went."""
    found = []
    for one in psutil.process_iter(["cmdline"]):
        if one.info["cmdline"] and one.info["cmdline"][-2:] in (
            ["sleep", "613"],
            ["/bin/sleep", "613"],
        ):
            found.append(one.pid)
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_command_kernel_and_temporary_files(project, tmpdir_alone, number):
    project.notebook(SLEEPS)
    process = started(project, "run", "tiny", "--jobs", "1")
    pid = kernel(project)
    process.send_signal(number)
    process.send_signal(number)  # an impatient second one leaves nothing behind either
    assert "Interrupted" in process.communicate(timeout=20)[1]
    assert process.returncode == 130
    assert until(lambda: not alive(pid), 5) and list(tmpdir_alone.iterdir()) == []
    assert not (project.reports / "tiny" / "failed").exists()


@pytest.mark.parametrize("delay", [0.3, 0.6, 0.9, 1.2, 1.5, 2.0])
def test_an_early_signal_does_not_wait_for_the_study(project, tmpdir_alone, delay):
    """Between the first line and the first cell nothing can be asked to stop; the command ends all the same."""
    project.notebook(SLEEPS)
    process = started(project, "run", "tiny")
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode in (130, -signal.SIGINT)
    marker = project.home / "kernel"
    assert not marker.exists() or until(lambda: not alive(int(marker.read_text() or 0)), 5)
    assert until(lambda: list(tmpdir_alone.iterdir()) == [], 5)


def test_a_kernel_killed_with_its_command_leaves_no_process_and_its_folder_is_swept(
    project, tmpdir_alone, monkeypatch
):
    project.notebook(SLEEPS)
    process = started(project, "run", "tiny")
    pid = kernel(project)
    process.kill()
    process.communicate()
    assert until(lambda: not alive(pid), 10)
    left = list(tmpdir_alone.iterdir())
    assert left and all(path.name.startswith(scratch.PREFIX) for path in left)
    scratch.sweep()
    assert list(tmpdir_alone.iterdir()) == left, "a young folder may be one that is just being made"
    monkeypatch.setattr(scratch, "YOUNG_SECONDS", -1)
    scratch.sweep()
    assert list(tmpdir_alone.iterdir()) == []


def test_sweeping_leaves_what_is_used_or_not_ours(tmpdir_alone, monkeypatch, tmp_path):
    monkeypatch.setattr(scratch, "YOUNG_SECONDS", -1)
    used = scratch.Scratch()
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / scratch.ALIVE).touch()
    (tmpdir_alone / "cslib-link").symlink_to(kept)
    (tmpdir_alone / "cslib-unmarked").mkdir()
    (tmpdir_alone / "other").mkdir()
    scratch.sweep()
    assert {p.name for p in tmpdir_alone.iterdir()} == {
        used.path.name, "cslib-link", "cslib-unmarked", "other",
    }  # fmt: skip
    used.remove()
    assert not used.path.exists() and kept.exists()


@linux
def test_children_end_with_their_study_wherever_they_went(project):
    project.notebook(CHILDREN)
    assert main(["run", "tiny"]) == 0
    assert until(lambda: sleepers() == [], 5), "a child outlived its run"


@linux
def test_children_of_a_study_that_is_over_time_end_with_it(project):
    project.notebook(CHILDREN + "time.sleep(600)")
    assert main(["run", "tiny", "--cell-timeout", "2"]) == 4
    assert until(lambda: sleepers() == [], 5)


@linux
def test_a_batch_ends_no_child_that_was_there_before():
    mine = subprocess.Popen(["sleep", "30"])
    with strays.adopting():
        subprocess.Popen(["sh", "-c", "setsid sleep 613 & exit"]).wait()
        assert until(lambda: len(sleepers()) == 1)
    assert until(lambda: sleepers() == [], 5) and mine.poll() is None
    mine.kill()
    mine.wait()


def test_what_is_registered_after_the_stop_is_ended_at_once():
    stop, ended = Stop(), []
    stop.set()
    with stop.ends(lambda: ended.append("late")):
        assert ended == ["late"]


@pytest.mark.parametrize(
    ("cell", "code", "words"),
    [
        ("exit()", 3, "The notebook ended itself in the step 'Part 1'"),
        ("get_ipython().ask_exit()", 3, "The notebook ended itself"),
        ("import os; os._exit(0)", 3, "The notebook ended itself"),
        ("import os; os._exit(5)", 4, "ended with code 5"),
        ("import os; os.kill(os.getpid(), 9)", 4, "a common cause is too little memory"),
        ("import os; os.kill(os.getpid(), 11)", 4, "signal 11"),
        (
            "raise ExceptionGroup('both', [ValueError('one'), KeyError('two')])",
            3,
            "ExceptionGroup: both",
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", 3, "KeyboardInterrupt"),
    ],
)
def test_the_end_of_a_kernel_is_told_by_its_cause(project, capsys, cell, code, words):
    project.notebook(cell)
    assert main(["run", "tiny"]) == code
    assert words in capsys.readouterr().out


ENDLESS = "SELECT a.range AS contact_id FROM range(1000000) a, range(1000000) b"


def endless(project):
    """A source whose query does not end in a lifetime."""
    (project.home / "rows.csv").write_text("a\n1\n")
    tables = {"contacts": {"query": ENDLESS + " ORDER BY random()"}}
    project.source(simulate=None, folder=".", files={"rows": "rows.csv"}, tables=tables)


def test_a_check_has_the_limits_of_a_run(project, tmpdir_alone, capsys):
    endless(project)
    assert main(["check", "tiny", "--timeout", "3"]) == 4
    assert "The check took longer than 3 seconds." in capsys.readouterr().err
    assert list(tmpdir_alone.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["check", "verify"])
def test_check_and_verify_end_with_what_they_started(project, tmpdir_alone, command, number):
    if command == "check":
        endless(project)
    else:
        assert main(["run", "tiny"]) == 0
        slow = "import time, os\nif os.environ.get('SLOW'): time.sleep(600)\ntotal = 2"
        project.notebook(slow)
        assert main(["run", "tiny"]) == 0
    process = started(project, command, "tiny", SLOW="yes")
    assert until(lambda: len(psutil.Process(process.pid).children(recursive=True)) > 0)
    time.sleep(1.5)
    children = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    process.send_signal(number)
    assert "Interrupted" in process.communicate(timeout=20)[1]
    assert process.returncode == 130 and children
    assert until(lambda: not any(map(alive, children)), 5)
    assert list(tmpdir_alone.iterdir()) == []


def test_a_check_that_dies_says_so(project, capsys, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(project.home / "stubs"))
    (project.home / "stubs" / "duckdb.py").write_text("import os; os.kill(os.getpid(), 9)")
    assert main(["check", "tiny"]) == 4
    assert "ended by signal 9; a common cause is too little memory" in capsys.readouterr().err
    (project.home / "stubs" / "duckdb.py").write_text("raise RuntimeError('no such engine')")
    assert main(["check", "tiny"]) == 3
    assert "no such engine" in capsys.readouterr().err


def test_temporary_files_need_a_folder(project, capsys, monkeypatch):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(Path("/proc/nowhere")))
    assert main(["run", "tiny"]) == 4
    assert "set TMPDIR" in capsys.readouterr().err


def test_an_interrupt_that_python_dresses_as_an_error_is_still_one(monkeypatch, capsys):
    """Raised in `__set_name__`, while libraries are being loaded, it comes out as a RuntimeError."""

    class Named:
        def __set_name__(self, owner, name):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)

    def loading(given):
        type("Made", (), {"field": Named()})

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setitem(cli.COMMANDS, "list", loading)
    try:
        assert (
            main(["list"]) == 130 and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().err.startswith("Interrupted")


def test_what_fails_while_the_batch_is_being_ended_is_no_failure_of_the_study(project, monkeypatch):
    """Whatever an ended kernel is taken for: no failure page, and the code of an interruption."""
    project.notebook()
    task = studies.prepare(["tiny"], as_of=None).tasks[0]
    stop = Stop()

    def ended(*_, **__):
        stop.set()
        raise RunError(Exit.ANALYSIS_FAILED, "It stopped before its second cell.")

    monkeypatch.setattr(build, "build", ended)
    outcome = attempt.attempt(
        task, attempt.Options(project.reports), SimpleNamespace(start=str), stop
    )
    assert outcome.code == Exit.INTERRUPTED
    assert not (project.reports / "tiny" / "failed").exists()
