"""Containers, several users and odd files: a plain end or a page, never a traceback."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import cs_lib
from cs_lib.cli import main
from cs_lib.runs import lock, machine, shared
from cs_lib.runs.outcome import Exit, RunError
from tests.runs.odd import NO_FILES

ROOT = Path(cs_lib.__file__).parents[1]
ANOTHER, GROUP = 54321, 54300
root = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="needs to become another user"
)


# Root's own folder is closed to others, and the interpreter may be in it: a view in which it is open.
OPENED = """
mount --make-rprivate / && mount --bind {home} {kept} && mount -t tmpfs -o mode=755 none {home} &&
for one in {kept}/.[a-z]* ; do [ -d "$one" ] && mkdir {home}/"$(basename "$one")" &&
mount --bind "$one" {home}/"$(basename "$one")"; done; exec "$@"
"""


def readable(path):
    """Whether another user could reach a file."""
    return all(os.stat(p).st_mode & stat.S_IXOTH for p in (path, *path.parents))


def reaching(kept):
    """What stands before a command so that another user reaches this interpreter; None when nothing helps."""
    if readable(Path(sys.executable).resolve()):
        return []
    words = [
        "unshare",
        "-m",
        "sh",
        "-c",
        OPENED.format(kept=kept, home=os.path.expanduser("~root")),
        "sh",
    ]
    try:
        works = subprocess.run([*words, "true"], capture_output=True, timeout=20).returncode == 0
    except OSError:
        works = False
    return words if works else None


def as_user(project, *words, uid=ANOTHER, gid=GROUP, umask=0o022, variables=None):
    """The command as a user without a name, a home or a group of his own."""
    kept = {
        k: v for k, v in project.environment().items() if k in ("CS_HOME", "PYTHONPATH", "PATH")
    }
    become = f"import os, sys; os.umask({umask}); os.setgroups([{gid}]); os.setgid({gid}); os.setuid({uid}); "
    become += "os.execv(sys.argv[1], sys.argv[1:])"
    seen = project.home / "kept"
    seen.mkdir(exist_ok=True)
    before = reaching(seen)
    assert before is not None
    return subprocess.run(
        [*before, sys.executable, "-c", become, *project.command(*words)],
        env={**kept, **(variables or {})}, cwd="/", capture_output=True, text=True, timeout=100,
    )  # fmt: skip


@pytest.fixture
def open_project(project):
    """The project where every user may read."""
    for path in (project.home, *project.home.parents):
        if path.stat().st_uid == os.getuid() and len(path.parts) > 2:
            path.chmod(path.stat().st_mode | 0o055)
    (project.home / "kept").mkdir()
    if reaching(project.home / "kept") is None or not readable(ROOT):
        pytest.skip("another user cannot reach this interpreter")
    return project


@root
def test_without_home_and_passwd_entry_a_study_runs(open_project):
    reports = open_project.home / "reports"
    reports.mkdir()
    os.chown(reports, ANOTHER, GROUP)
    done = as_user(open_project, "run", "tiny")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (open_project.latest() / "index.html").is_file()


@root
def test_two_users_share_a_reports_folder_by_its_group(open_project):
    reports = open_project.home / "reports"
    reports.mkdir()
    os.chown(reports, 0, GROUP)
    reports.chmod(0o2775)
    first = as_user(open_project, "run", "tiny", uid=ANOTHER, umask=0o022)
    assert first.returncode == 0, first.stdout + first.stderr
    open_project.study("second")
    second = as_user(open_project, "run", "tiny", "second", "--force", uid=ANOTHER + 1, umask=0o077)
    assert second.returncode == 0, second.stdout + second.stderr
    third = as_user(open_project, "run", "tiny", "--force", uid=ANOTHER, umask=0o022)
    assert third.returncode == 0, third.stdout + third.stderr
    for path in reports.rglob("*"):
        if not path.is_symlink():
            assert path.stat().st_gid == GROUP and path.stat().st_mode & stat.S_IWGRP, path


@root
def test_a_folder_that_is_not_shared_gives_nobody_rights(project):
    assert main(["run", "tiny"]) == 0
    assert not any(
        path.stat().st_mode & stat.S_IWGRP
        for path in project.reports.rglob("*")
        if not path.is_symlink()
    )


@root
def test_another_users_unreadable_study_is_his_alone(open_project):
    assert main(["run", "tiny"]) == 0
    open_project.study("second")
    (open_project.reports / "tiny").chmod(0o700)
    for words in (["list"], ["verify", "tiny"], ["check", "second"]):
        done = as_user(open_project, *words)
        assert "Traceback" not in done.stderr, done.stderr
    assert "second" in as_user(open_project, "list").stdout
    elsewhere = open_project.home / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o777)
    (open_project.home / "params" / "second.yaml").chmod(0o600)
    done = as_user(open_project, "run", "--all", "--reports", str(elsewhere))
    assert (
        done.returncode == 2
        and "params/second.yaml" in done.stderr
        and "Permission denied" in done.stderr
    )
    assert (elsewhere / "tiny" / "latest" / "index.html").is_file()


@root
def test_a_folder_to_read_only_is_verified_and_up_to_date(open_project):
    assert main(["run", "tiny"]) == 0
    before = {p: p.stat().st_mtime_ns for p in open_project.reports.rglob("*")}
    done = as_user(open_project, "run", "tiny")
    assert done.returncode == 0 and "already done" in done.stdout, done.stdout + done.stderr
    done = as_user(open_project, "verify", "tiny")
    assert done.returncode == 0 and "byte for byte" in done.stdout, done.stdout + done.stderr
    assert {p: p.stat().st_mtime_ns for p in open_project.reports.rglob("*")} == before
    open_project.notebook("total = 3")
    done = as_user(open_project, "run", "tiny")
    assert done.returncode == 5 and "could not be published" in done.stdout


def test_locks_follow_no_link(project):
    target = project.home / "precious"
    target.write_text("precious")
    locks = project.reports / ".locks"
    locks.mkdir(parents=True)
    (locks / "tiny.lock").symlink_to(target)
    assert main(["run", "tiny"]) == 5
    assert target.read_text() == "precious"
    (locks / "tiny.lock").unlink()
    (locks / "tiny.lock").symlink_to(project.home / "nowhere")
    assert main(["run", "tiny"]) == 5 and not (project.home / "nowhere").exists()
    (locks / "tiny.lock").unlink()
    os.mkfifo(locks / "tiny.lock")
    assert main(["run", "tiny"]) == 5
    shutil.rmtree(locks)
    (project.home / "other").mkdir()
    locks.symlink_to(project.home / "other")
    assert main(["run", "tiny"]) == 5 and list((project.home / "other").iterdir()) == []


def test_a_lock_with_noise_in_it_is_told_plainly(project):
    with lock.hold(project.reports, "tiny"):
        (project.reports / ".locks" / "tiny.lock").write_bytes(b"\xff\x00\x1b[31m binary")
        with pytest.raises(RunError) as refused, lock.hold(project.reports, "tiny"):
            pass
    assert refused.value.code == Exit.LOCKED
    assert refused.value.sentence == "tiny is being run by another process; wait for it or end it."


def test_a_holder_who_does_not_let_go_is_not_waited_for_for_ever(project, monkeypatch, capsys):
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.2)
    with lock.hold(project.reports, ".index"):
        assert main(["run", "tiny"]) == 6
    assert (
        project.latest() / "index.html"
    ).is_file() and ".index is being run" in capsys.readouterr().err
    assert main(["run", "tiny"]) == 0


@pytest.mark.parametrize("mode", [0o755, 0o775, 0o770, 0o2775])
def test_rights_of_a_new_folder_are_those_of_the_folder_above(tmp_path, mode):
    before = os.umask(0o077)
    try:
        tmp_path.chmod(mode)
        shared.make_folder(tmp_path / "a" / "b")
        (tmp_path / "a" / "file").touch()
        shared.share(tmp_path / "a" / "file", tmp_path / "a")
    finally:
        os.umask(before)
    group = mode & 0o070
    expected = group if group & stat.S_IWGRP else 0
    for path in (tmp_path / "a", tmp_path / "a" / "b"):
        assert path.stat().st_mode & 0o077 == expected
    assert (tmp_path / "a" / "file").stat().st_mode & 0o077 == expected & ~0o011


MEMORY = "import resource; resource.setrlimit(resource.RLIMIT_AS, ({0}, {0}))"


@pytest.mark.skipif(sys.platform != "linux", reason="address spaces are limited on Linux only")
@pytest.mark.parametrize("megabytes", [600, 900, 1400])
@pytest.mark.parametrize("command", ["run", "check", "verify"])
def test_little_memory_is_a_plain_end(project, megabytes, command):
    if command == "verify":
        assert main(["run", "tiny"]) == 0
    done = project.cslib(command, "tiny", before=MEMORY.format(megabytes * 1_000_000))
    assert done.returncode == 4 and "Traceback" not in done.stderr
    assert f"{megabytes} MB; a run needs about {machine.USUAL_ADDRESS_MB} MB" in done.stderr


def test_the_failure_page_needs_nothing_heavy():
    heavy = ("numpy", "pandas", "scipy", "matplotlib", "nbformat", "papermill", "duckdb")
    code = (
        "import sys, cs_lib.runs.run, cs_lib.runs.refused\n"
        "from cs_lib.report.page import failure\n"
        "from cs_lib.report.records import Failure\n"
        "page = failure.render(Failure('s', 'Why?', '2026-01-31', 'It broke.', {'a': 1}, '', '', ''))\n"
        f"print('It broke.' in page, [m for m in {heavy!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "True []", done.stderr


def test_a_study_with_faults_is_refused_in_its_own_language(project):
    """The page itself is drawn here; its words are the study's, the faults of settings are English."""
    (project.home / "stubs" / "stub_pages.py").write_text("PAGES = {}")
    project.study("zh", language="zh", money=7)
    assert project.cslib("run", "zh").returncode == 2
    page = (project.reports / "zh" / "failed" / "index.html").read_text()
    assert (
        'lang="zh-Hans"' in page and "\u8fd0\u884c\u5931\u8d25" in page and "params/zh.yaml" in page
    )


def test_a_study_runs_without_numbers_in_the_parent(project):
    heavy = ("numpy", "pandas", "scipy", "matplotlib", "pyarrow", "duckdb")
    check = (
        f"import atexit; atexit.register(lambda: print([m for m in {heavy} if m in sys.modules]))"
    )
    done = project.cslib("run", "tiny", before=check)
    assert done.returncode == 0 and done.stdout.rstrip().endswith("[]"), done.stdout


ODD = ("folder", "loop", "pipe", "zero", "dangling", "digits", "huge", "noise", "deep")


def odd(project, kind):
    """Something in the place of a settings file, or in it, that is none."""
    path = project.home / "params" / f"{kind}.yaml"
    if kind in NO_FILES:
        NO_FILES[kind](path)
    elif kind == "zero":
        path.symlink_to("/dev/zero")
    elif kind == "dangling":
        path.symlink_to("nowhere")
    elif kind == "digits":
        path.write_text(f"study: digits\nseed: {'9' * 10_000}\n")
    elif kind == "huge":
        path.write_text("question: " + "x" * 6_000_000)
    elif kind == "noise":
        path.write_bytes(bytes(range(256)))
    else:
        path.write_text("- " * 4000 + "x")


def test_an_odd_file_among_the_settings_is_one_fault_and_no_more(project, capsys):
    for kind in ODD:
        odd(project, kind)
    assert main(["run", "--all"]) == 2
    ran = capsys.readouterr().err
    assert (project.latest() / "index.html").is_file()
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    assert main(["check", "--all"]) == 2
    checked = capsys.readouterr()
    assert "tiny  ok" in checked.out and "Traceback" not in ran + checked.err
    for kind in ODD:
        fault = f"{kind}.yaml: 1 problem"
        assert (ran.count(fault), checked.err.count(fault)) == (1, 1), kind
        assert (project.reports / kind / "failed" / "index.html").is_file(), kind
        assert re.search(rf"^{kind}\b", listed, re.M), kind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"nbformat": 4, "cells": {}}', "its cells are no list"),
        ('{"nbformat": 4, "cells": [7]}', "cell 1 is no cell"),
        ('{"nbformat": 4, "cells": [{"source": "x"}]}', "cell 1 is no cell"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code", "source": 7}]}', "cell 1 is no cell"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code", "metadata": []}]}', "cell 1 is no cell"),
        (
            '{"nbformat": 4, "nbformat_minor": "x", "metadata": 3, "cells": []}',
            "no code cell is tagged",
        ),
        ("[" * 100_000, "recursion"),
        ("[]", "not a notebook of format 4"),
    ],
)
def test_a_malformed_notebook_is_one_sentence(project, capsys, text, words):
    (project.home / "notebooks" / "perk_ab_test.ipynb").write_text(text)
    assert main(["run", "tiny"]) == 2
    told = capsys.readouterr().err
    assert words in told and told.count("\n") == 1
    assert words in (project.reports / "tiny" / "failed" / "index.html").read_text()


@pytest.mark.parametrize("kind", ["folder", "loop", "pipe"])
def test_an_odd_file_in_place_of_a_notebook_is_one_sentence(project, capsys, kind):
    path = project.home / "notebooks" / "perk_ab_test.ipynb"
    path.unlink()
    NO_FILES[kind](path)
    assert main(["run", "tiny"]) == 2
    assert "notebooks/perk_ab_test.ipynb: " in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "check", "list", "doctor"])
@pytest.mark.parametrize("home", ["absent", "file", "empty"])
def test_a_wrong_project_is_no_success(tmp_path, monkeypatch, capsys, command, home):
    place = tmp_path / home
    if home == "file":
        place.write_text("x")
    if home == "empty":
        for name in ("notebooks", "params/sources"):
            (place / name).mkdir(parents=True)
    monkeypatch.setenv("CS_HOME", str(place))
    words = [command, *(["--all"] if command in ("run", "check") else [])]
    code = main(words)
    told = capsys.readouterr()
    if home == "empty" and command == "list":
        assert code == 0
        return
    assert code == 2 and (
        "is no project" in told.err + told.out or "No study" in told.err or "none under" in told.out
    )


@pytest.mark.parametrize("reports", ["loop", "long", "file", "file/below"])
def test_a_reports_folder_that_can_be_none_is_one_sentence(project, capsys, reports):
    place = project.home / ("x" * 300 if reports == "long" else reports)
    if reports == "loop":
        place.symlink_to(place)
    if reports.startswith("file"):
        (project.home / "file").write_text("x")
    assert main(["run", "tiny", "--reports", str(place)]) == 5
    told = capsys.readouterr()
    assert "Traceback" not in told.err and (
        "could not be published" in told.out + told.err or "cannot be used" in told.err
    )


def test_a_working_folder_that_is_gone_is_no_obstacle(project, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    code = f"import os; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r})"
    done = project.cslib("run", "tiny", before=code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("file", ["result.json", "run.json", "index.html"])
@pytest.mark.parametrize("harm", ["absent", "empty", "list", "folder", "pipe"])
def test_a_damaged_page_is_made_again(project, capsys, file, harm):
    assert main(["run", "tiny"]) == 0
    before = project.tree()["index.html"]
    path = project.latest() / file
    path.unlink()
    if harm == "empty":
        path.touch()
    elif harm == "list":
        path.write_text("[]")
    elif harm == "folder":
        path.mkdir()
    elif harm == "pipe":
        os.mkfifo(path)
    capsys.readouterr()
    code = main(["run", "tiny"])
    told = capsys.readouterr().out
    assert "None" not in told
    if file == "index.html" and harm in ("empty", "list"):
        assert code == 0  # its bytes are what `cslib verify` compares
        return
    assert code == (5 if harm == "folder" else 0)
    if code == 0:
        assert (
            project.tree()["index.html"] == before and (project.latest() / "result.json").is_file()
        )


def test_jobs_take_ordinary_digits(capsys):
    for text in ("\u00b2", "\u0663", "1e3", "-1", "99999999999"):
        with pytest.raises(SystemExit) as ended:
            main(["run", "--jobs", text])
        assert ended.value.code == 2 and "must be a whole number from 1" in capsys.readouterr().err
