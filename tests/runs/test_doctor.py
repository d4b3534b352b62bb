"""What would fail tonight is said today."""

import shutil
import tempfile

import pytest

from cs_lib.cli import main
from cs_lib.runs import doctor, machine


@pytest.fixture(autouse=True)
def few_libraries(request, monkeypatch):
    """Loading all of an analysis takes seconds; two tests do that, for the others one small library will do."""
    if "libraries" not in request.node.name and "sound" not in request.node.name:
        monkeypatch.setattr(doctor, "LIBRARIES", ("psutil",))


def told(capsys, *words):
    code = main(["doctor", *words])
    return code, capsys.readouterr().out


def test_a_sound_project_would_not_fail(project, capsys):
    code, text = told(capsys)
    assert code == 0 and "Nothing here would fail tonight." in text
    assert all(
        line.startswith("ok: ") or line.startswith("look") for line in text.splitlines()[:-1]
    )
    assert "studies: 1 can run" in text and list(project.reports.iterdir()) == []


def test_faulty_settings_a_lost_folder_and_files_never_seen_are_told_apart(project, capsys):
    project.study("broken", money=7)
    lost = "source: lost\ntitle: Rows\ntimezone: UTC\nfolder: $CS_NOT_SET\ntables: {contacts: {file: a.csv}}\n"
    (project.home / "params" / "sources" / "lost.yaml").write_text(lost)
    project.study("never", source="lost")
    project.study("before", source="lost")
    (project.reports / "before" / "latest").mkdir(parents=True)
    for name in ("index.html", "run.json"):
        (project.reports / "before" / "latest" / name).write_text('{"as_of": "2026-06-01"}')
    code, text = told(capsys)
    assert code == 2 and "2 of these would fail tonight." in text
    assert "will fail: broken: params/broken.yaml: 1 problem money" in text
    assert "will fail: before: " in text and "look at this: left out: never: " in text


@pytest.mark.parametrize("place", ["file", "missing/parent/is/a/file"])
def test_a_reports_folder_that_cannot_be_written(project, capsys, place):
    (project.home / "file").write_text("x")
    where = "file" if place == "file" else "file/below"
    code, text = told(capsys, "--reports", str(project.home / where))
    assert code == 2 and "will fail: reports folder: " in text


def test_little_memory_and_no_room(project, capsys, monkeypatch):
    monkeypatch.setattr(machine, "memory_mb", lambda: 300)
    monkeypatch.setattr(machine, "address_space_mb", lambda: None)
    monkeypatch.setattr(machine, "free_mb", lambda folder: 20)
    code, text = told(capsys)
    assert code == 0 and "300 MB free; one study needs about" in text and "20 MB free" in text
    monkeypatch.setattr(machine, "address_space_mb", lambda: 700)
    assert told(capsys)[0] == 2


def test_libraries_that_do_not_load_or_are_absent(project, capsys, monkeypatch):
    stubs = project.home / "broken"
    stubs.mkdir()
    (stubs / "statsmodels.py").write_text("raise ImportError('cannot map the library')")
    monkeypatch.setenv("PYTHONPATH", str(stubs))
    code, text = told(capsys)
    assert code == 2 and "its libraries do not load: ImportError: cannot map the library" in text
    monkeypatch.setattr(doctor, "LIBRARIES", ("pandas", "no_such_library"))
    code, text = told(capsys)
    assert code == 2 and "not installed: no_such_library" in text


def test_other_versions_than_the_tested_ones_are_named(project, capsys):
    lock = 'pandas==0.1 \\\n    --hash=x\nnumpy==0.2 ; python_full_version < "3" \\\n    --hash=x\n'
    (project.home / "requirements.lock").write_text(lock)
    code, text = told(capsys)
    assert code == 0 and "(0.1)" in text and "numpy" not in text


def test_no_folder_for_temporary_files(project, capsys, monkeypatch):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: "/proc/nowhere")
    code, text = told(capsys)
    assert code == 2 and "set TMPDIR" in text


def test_a_look_that_itself_fails_is_a_finding(project, capsys, monkeypatch):
    monkeypatch.setattr(doctor, "_memory", lambda: (_ for _ in ()).throw(RuntimeError("no idea")))
    code, text = told(capsys)
    assert code == 2 and "this program: RuntimeError: no idea" in text


def test_a_machine_without_a_list_of_fonts_is_no_finding(project, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(project.home))
    assert shutil.which("fc-list") is None
    assert "fonts" not in told(capsys)[1]


def test_the_doctor_speaks_chinese(project, capsys, monkeypatch):
    monkeypatch.setenv("CS_LANGUAGE", "zh")
    code, text = told(capsys)
    assert code == 0 and "\u4eca\u665a" in text
