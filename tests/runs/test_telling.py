"""Telling about a run cannot end it: terminals that are closed, full, slow or lack a character."""

import io
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cs_lib
from cs_lib.cli import main
from cs_lib.runs.telling import events
from cs_lib.runs.telling.stream import Stream, unbreakable

DOCS = Path(cs_lib.__file__).parents[1] / "docs"


def started(project, *words, **options):
    """The command in a process of its own, with streams of the test's choice."""
    variables = options.pop("variables", {})
    return subprocess.Popen(
        project.command("run", *words),
        env=project.environment(**variables),
        cwd=project.home,
        **options,
    )


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.parametrize("telling", [[], ["--json"]])
def test_a_full_disk_behind_the_output_loses_no_study(project, telling):
    for name in ("one", "two"):
        project.study(name)
    with open("/dev/full", "w") as full:
        process = started(project, "tiny", "one", "two", *telling, stdout=full, stderr=full)
        assert process.wait(60) == 0
    assert all((project.latest(name) / "index.html").is_file() for name in ("tiny", "one", "two"))


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_closed_streams_lose_no_study_and_no_file_takes_their_place(project, closed):
    words = [*project.command("run", "tiny")]
    shell = f'exec "$@" {closed}'
    done = subprocess.run(
        ["sh", "-c", shell, "sh", *words], env=project.environment(), cwd=project.home, capture_output=True,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0
    assert (project.latest() / "index.html").is_file()
    for path in project.reports.rglob("*"):
        assert not path.is_file() or b"running ..." not in path.read_bytes()


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({"PYTHONIOENCODING": "gbk"}, "ship — Up by -2".encode("gbk")),
        ({"PYTHONIOENCODING": "ascii"}, b"ship - Up by -2"),
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, b"ship - Up by -2"),
        ({"PYTHONIOENCODING": "latin-1", "CS_LANGUAGE": "zh"}, b"Up by -2"),
    ],
)
def test_a_terminal_that_lacks_a_character_shows_another(project, variables, shown):
    project.notebook("total = '\u22122 \u5143'")
    process = started(project, "tiny", variables=variables, stdout=-1, stderr=-1)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"") and shown in out


def test_a_reader_who_does_not_read_keeps_no_page_waiting(project):
    """The pipe takes 4 KB and nobody reads; the page is there long before the command gives up telling."""
    import fcntl

    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, False)
    while True:
        try:
            os.write(writing, b"x" * 1000)
        except BlockingIOError:
            break
    os.set_blocking(writing, True)
    process = started(project, "tiny", stdout=writing, stderr=subprocess.DEVNULL)
    os.close(writing)
    for _ in range(300):
        if (project.latest() / "index.html").is_file():
            break
        time.sleep(0.1)
    assert (project.latest() / "index.html").is_file()
    os.set_blocking(reading, False)
    told = b""
    while process.poll() is None or not told.endswith(b"index.html\n"):
        try:
            told += os.read(reading, 65536)
        except BlockingIOError:
            time.sleep(0.05)
    os.close(reading)
    assert process.returncode == 0 and b"Up by 2" in told, "a reader who comes back misses nothing"


def test_a_stalled_reader_is_given_up_in_the_end():
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="utf-8") as behind:
        stream = Stream(behind)
        stream.write("x" * 1_000_000)
        stream.finish(patience=0.05)
        os.close(reading)
        stream.write("nobody reads this")
        stream.finish(patience=0.05)


def test_a_reader_who_left_and_a_stream_that_raises_are_no_errors():
    class Broken(io.StringIO):
        def write(self, text):
            raise OSError("gone")

        def flush(self):
            raise ValueError("closed")

    for behind in (None, Broken(), io.StringIO()):
        stream = Stream(behind)
        stream.write("text")
        stream.flush()
        stream.finish()
        assert not stream.isatty()


def test_standard_streams_come_back(capsys):
    before = sys.stdout, sys.stderr
    with unbreakable():
        print("told")
        assert isinstance(sys.stdout, Stream)
    assert (sys.stdout, sys.stderr) == before and capsys.readouterr().out == "told\n"


def test_events_are_lines_of_json_with_the_keys_that_are_promised(project):
    project.study("broken", money=7)
    project.study("bad")
    project.notebook("total = study\nassert study != 'bad'")
    project.source(folder="$NOT_SET_HERE", simulate=None, tables={"contacts": {"file": "a.csv"}})
    project.study("later", as_of="2199-01-01")
    elsewhere = project.home / "params" / "sources" / "other.yaml"
    elsewhere.write_text("source: other\ntitle: Simulated\nsimulate: {seed: 7, customers: 500}\n")
    for name in ("bad", "good"):
        project.study(name, source="other")
    done = project.cslib("run", "--all", "--json", "--fail-on", "ship,stop")
    found = lines(done.stdout)
    assert done.returncode == 2 and done.stderr == ""
    kinds = [event["event"] for event in found]
    assert (
        kinds[0] == "begin"
        and kinds[-1] == "finish"
        and set(kinds) == set(events.EVENTS) - {"trouble"}
    )
    for event in found:
        assert set(event) == {"event", "time", *events.EVENTS[event["event"]]}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", event["time"])
    ended = {event["study"]: event for event in found if event["event"] == "end"}
    assert ended["good"]["verdict"] == "ship" and Path(ended["good"]["result"]).is_file()
    assert ended["bad"]["exit_code"] == 3 and Path(ended["bad"]["page"]).is_file()
    assert [e["study"] for e in found if e["event"] == "fault"] == ["broken"]
    assert found[-1]["exit_code"] == 2 and found[-1]["failed"] == ["bad", "broken"]
    assert found[-1]["verdicts"] == {"ship": 1}


def test_the_docs_explain_every_event_with_its_keys():
    text = (DOCS / "run_every_night.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", text, flags=re.M))
    told = {event: tuple(re.findall(r"`(\w+)`", keys)) for event, keys in rows.items()}
    assert {event: told.get(event) for event in events.EVENTS} == events.EVENTS


def test_quiet_says_nothing_unless_something_is_wrong(project, capsys):
    assert main(["run", "tiny", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert main(["run", "tiny", "--quiet", "--fail-on", "ship"]) == 8
    told = capsys.readouterr()
    assert told.out == "" and "tiny" in told.err and "Up by 2" in told.err
    project.notebook("1 / 0")
    assert main(["run", "tiny", "--quiet"]) == 3
    told = capsys.readouterr()
    assert told.out == "" and "ZeroDivisionError" in told.err


def test_fail_on_takes_verdicts_and_nothing_else(project, capsys):
    assert main(["run", "tiny", "--fail-on", "stop, invalid"]) == 0
    assert main(["run", "tiny", "--fail-on", "stop,ship"]) == 8
    with pytest.raises(SystemExit) as ended:
        main(["run", "tiny", "--fail-on", "shipp"])
    assert ended.value.code == 2 and "did you mean 'ship'" in capsys.readouterr().err


def test_version_is_one_line(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert re.fullmatch(r"cslib \S+, Python 3\.\d+\.\d+\n", capsys.readouterr().out)


def test_the_log_of_an_attempt_holds_what_happened(project):
    project.notebook("import sys\nprint('a warning', file=sys.stderr)\ntotal = 2")
    assert main(["run", "tiny"]) == 0
    log = project.reports / ".logs" / "tiny.log"
    text = log.read_text()
    assert re.match(r"\d{4}-\S+  begin  cslib run tiny --as-of 2026-07-01  digest \w{16}\n", text)
    assert "a warning" in text and "cell   4 of 4 done" in text and "done   ship: Up by 2" in text
    project.notebook("1 / 0")
    assert main(["run", "tiny"]) == 3
    assert "failed RunError: The analysis stopped" in log.read_text()
    log.unlink()
    log.mkdir()
    assert main(["run", "tiny"]) == 3, "a log that cannot be written is no reason for another end"
