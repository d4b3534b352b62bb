"""The recipes of docs/run_every_night.md, parsed or run as far as a machine without their services can."""

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

import cs_lib
from cs_lib.cli import EXIT_CODES, parser
from cs_lib.runs.machine import LEAST_ADDRESS_MB, USUAL_ADDRESS_MB
from cs_lib.runs.outcome import PRECEDENCE, Exit

ROOT = Path(cs_lib.__file__).parents[1]
TEXT = (ROOT / "docs" / "run_every_night.md").read_text()


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", TEXT, flags=re.M | re.S)


def commands(text):
    """Every use of the command in a recipe, as words; redirections and comments left away."""
    for line in text.splitlines():
        if found := re.search(r"\bcslib (?!\.)(.*)", line.partition("#")[0].strip()):
            yield shlex.split(found[1].partition(">")[0])


def parsed(words):
    return parser().parse_args(words)


def test_every_command_of_the_page_is_one():
    found = [
        words
        for kind in ("console", "cron", "ini", "yaml")
        for b in blocks(kind)
        for words in commands(b)
    ]
    assert len(found) == 5
    for words in found:
        assert parsed(words).command in ("run", "doctor")
    nightly = [parsed(words) for words in found if words[0] == "run"]
    assert all(given.all and given.as_of == "today" for given in nightly)


def test_cron_has_five_fields_and_a_command_that_the_shell_understands():
    [table] = blocks("cron")
    [entry] = [line for line in table.splitlines() if "cslib" in line]
    fields = entry.split(None, 5)
    assert all(re.fullmatch(r"[\d*,/-]+", field) for field in fields[:5]) and "%" not in fields[5]
    assert subprocess.run(["sh", "-n", "-c", fields[5]]).returncode == 0


def unit(number):
    read = configparser.ConfigParser(interpolation=None, delimiters="=")
    read.optionxform = str
    read.read_string(blocks("ini")[number])
    return read


def test_units_of_the_timer_are_complete(tmp_path):
    service, timer = unit(0), unit(1)
    assert (
        service["Service"]["Type"] == "oneshot" and service["Service"]["SuccessExitStatus"] == "8"
    )
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d:\d\d", timer["Timer"]["OnCalendar"])
    assert timer["Install"]["WantedBy"] == "timers.target"
    if shutil.which("systemd-analyze"):
        asked = ["systemd-analyze", "calendar", timer["Timer"]["OnCalendar"]]
        assert subprocess.run(asked, capture_output=True).returncode == 0


def test_workflow_is_yaml_with_a_schedule_and_our_commands():
    [text] = blocks("yaml")
    flow = yaml.load(text, Loader=yaml.BaseLoader)
    assert flow["on"]["schedule"][0]["cron"].count(" ") == 4
    runs = [step["run"] for step in flow["jobs"]["night"]["steps"] if "run" in step]
    assert runs[0] == "make setup" and all(
        subprocess.run(["sh", "-n", "-c", r]).returncode == 0 for r in runs
    )


def test_container_runs_our_command_as_a_user_without_a_name():
    [text] = blocks("dockerfile")
    steps = [line.split(None, 1) for line in text.splitlines()]
    assert steps[0][0] == "FROM" and {step[0] for step in steps} == {
        "FROM", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "CMD",
    }  # fmt: skip
    words = yaml.safe_load(steps[-1][1])
    assert parsed(words[1:]).json and re.fullmatch(r"\d+:0", dict(steps)["USER"])
    for step in steps:
        if step[0] == "RUN":
            assert subprocess.run(["sh", "-n", "-c", step[1]]).returncode == 0


def test_exit_codes_are_those_of_the_program():
    table = TEXT.split("## Exit codes")[1].split("##")[0]
    told = [int(code) for code in re.findall(r"^\| (\d+) \|", table, flags=re.M)]
    assert told == sorted(int(code) for code in Exit)
    assert all(re.search(rf"\b{int(code)} ", EXIT_CODES) for code in Exit)
    order = re.search(r"the first of ([\d, ]+) that occurred", TEXT)
    assert order and [int(code) for code in order[1].split(",")] == [
        int(code) for code in PRECEDENCE
    ]


def test_memory_is_told_as_it_is_refused():
    assert f"{LEAST_ADDRESS_MB:,} MB" in TEXT and f"{USUAL_ADDRESS_MB:,}." in TEXT


@pytest.mark.parametrize("promise", re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT))
def test_every_promise_names_a_test_that_is_there(promise):
    file, name = promise
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), flags=re.M)
