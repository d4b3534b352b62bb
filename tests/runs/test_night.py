"""A night of a hundred studies with faults of every kind: what can run has run, what cannot says why."""

import json
import random
import re

import pytest

from tests.runs.odd import NO_FILES

GOOD, TROUBLED = 6, 2  # sound studies, and those of each kind that only fails in its kernel
# By kind, what a faulty study does to itself; each stands among the good ones several times.
KINDS = {
    "typo": {"rul": {}},
    "type": {"as_of": "2026-02-30"},
    "metric": {"measure": {"primary_metric": "repurchas_60d"}},
    "source": {"source": "nowhere"},
    "notebook": {"notebook": "perk_ab_tset"},
    "yaml": "question: [half written",
    "empty": "",
    "binary": bytes(range(256)),
    "folder": None,
    "loop": None,
    "pipe": None,
    "data": {"source": "holes"},
    "lost": {"source": "lost"},
    "crash": {"question": "Does this one raise an error in a cell?"},
    "dies": {"question": "Does this one kill its kernel on the way?"},
    "exits": {"question": "Does this one leave before it answers?"},
}
RUNS_INTO_TROUBLE = ("crash", "dies", "exits", "data")
LEFT_OUT = ("lost",)
CELL = """
import os, sys
if "raise an error" in question:
    raise ValueError("on purpose")
if "kill its kernel" in question:
    os.kill(os.getpid(), 9)
if "leave before" in question:
    sys.exit(0)
if source == "holes":
    from cs_lib import data, params
    data.load(params.from_cell(globals()))
total = len(study)
"""


def faulty(project, name, kind):
    """One study with a fault of a kind."""
    path, what = project.home / "params" / f"{name}.yaml", KINDS[kind]
    if kind in NO_FILES:
        NO_FILES[kind](path)
    elif isinstance(what, dict):
        project.study(name, **what)
    else:
        path.write_bytes(what if isinstance(what, bytes) else what.encode())


@pytest.fixture
def night(project):
    """The project with its hundred studies, the faults spread by chance (seeded); their kinds by name."""
    project.notebook(CELL)
    (project.home / "rows.csv").write_text("contact_id,opened_at\n1,not a time\n")
    for name, folder in (("holes", "."), ("lost", "$CS_NOT_SET_TONIGHT")):
        text = f"source: {name}\ntitle: Rows\ntimezone: UTC\nfolder: {folder}\n"
        text += "tables: {contacts: {file: rows.csv}}\n"
        (project.home / "params" / "sources" / f"{name}.yaml").write_text(text)
    (project.home / "params" / "tiny.yaml").unlink()
    kinds = ["good"] * GOOD + list(RUNS_INTO_TROUBLE) * TROUBLED
    refused = [kind for kind in KINDS if kind not in RUNS_INTO_TROUBLE]
    kinds += [refused[i % len(refused)] for i in range(100 - len(kinds))]
    random.Random(7).shuffle(kinds)
    studies = {f"s{number:03d}": kind for number, kind in enumerate(kinds)}
    for name, kind in studies.items():
        if kind == "good":
            project.study(name)
        else:
            faulty(project, name, kind)
    return studies


def test_a_night_of_a_hundred_studies(project, night):
    done = project.cslib("run", "--all", "--json", timeout=400)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2 and done.stderr == "" and events[-1]["event"] == "finish"
    ended = {e["study"]: e for e in events if e["event"] == "end"}
    refused = {e["study"] for e in events if e["event"] == "fault"}
    left_out = {e["sentence"].partition(":")[0] for e in events if e["event"] == "left_out"}
    assert ended.keys() | refused | left_out == night.keys(), "a study that nobody mentions is lost"
    for name, kind in night.items():
        folder = project.reports / name
        if kind == "good":
            assert ended[name]["exit_code"] == 0 and (folder / "latest" / "index.html").is_file()
            assert not (folder / "failed").exists()
        elif kind in LEFT_OUT:
            assert name in left_out and not folder.exists()
        else:
            assert (name in refused) == (kind not in RUNS_INTO_TROUBLE), kind
            assert (folder / "failed" / "index.html").is_file(), kind
            assert not (folder / "latest").exists()
    codes = {
        kind: {ended[n]["exit_code"] for n, k in night.items() if k == kind}
        for kind in RUNS_INTO_TROUBLE
    }
    assert codes == {"crash": {3}, "dies": {4}, "exits": {3}, "data": {2}}
    index = (project.reports / "index.html").read_text()
    assert re.findall(r"^(s\d{3}) (\w+)", index, flags=re.M) == [
        (name, "fresh" if kind == "good" else "failed")
        for name, kind in sorted(night.items())
        if kind not in LEFT_OUT
    ]
    assert not list(project.reports.rglob(".staging/*")) and not list(
        project.reports.rglob("*/.latest.*")
    )
    again = project.cslib("run", "--all", "--json", timeout=400)
    assert again.returncode == 2
    repeated = [json.loads(line) for line in again.stdout.splitlines()]
    ran = {e["study"] for e in repeated if e["event"] == "start"}
    assert ran == {name for name, kind in night.items() if kind in RUNS_INTO_TROUBLE}
    assert re.search(rf'"ship": {GOOD}', again.stdout.splitlines()[-1])
