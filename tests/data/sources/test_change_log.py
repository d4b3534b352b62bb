"""A change log kept as a folder of YAML files: what it says is what a table says, and every fault is told."""

import os

import pytest

from cs_lib.data import DataError
from cs_lib.data.sources.change_log import add_changes
from cs_lib.data.sources.files import source_files
from cs_lib.params import ParamsError, TableSpec, load_source

CONTACTS = """
contact_id opened_at           resolved_at         status   team_id
C1         2026-01-01T08:00:00 2026-01-01T09:00:00 resolved T01
C2         2026-02-27T08:00:00 2026-02-28T09:00:00 resolved T02
"""
UNREACHED = None  # an engine that nothing is asked of
COLUMNS = "change_id, name, kind, live_at, ended_at, scope, rollout, ramp_days, primary_metric, owner, action, found_at"


@pytest.fixture
def log(source):
    """Writes files of a folder `changes` beside contacts, and lets a source read it."""
    source.table("contacts", CONTACTS)
    source.settings["tables"]["flow_changes"] = {"folder": "changes/"}
    source.settings["timezone"] = "Europe/Rome"
    folder = source.home / "changes"
    folder.mkdir()

    def write(**files):
        for name, text in files.items():
            path = folder / (name if "." in name else f"{name}.yaml")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return folder

    return write


def rows(source, columns=COLUMNS):
    return source.desk().engine.rows(f"SELECT {columns} FROM flow_changes ORDER BY change_id")


def test_a_folder_says_what_a_table_says(source, log):
    log(
        F01=(
            "name: Routing by skill\nkind: routing\nlive_at: 2026-02-01\nended_at: 2026-02-20T18:00:00\n"
            "scope: {team_id: [T01, T02], channel: chat}\nrollout: staged\nramp_days: 7\n"
            "primary_metric: resolution_hours\nowner: service operations\naction: A12\nfound_at: 2026-01-15\n"
        ),
        other="change_id: 007\nlive_at: 2026-02-03T09:30:00+08:00\nscope: team_id in (T03)\n",
    )
    from_folder = rows(source)
    source.table(
        "flow_changes",
        "change_id name kind live_at ended_at rollout ramp_days primary_metric action found_at\n"
        "F01 Routing routing 2026-02-01 2026-02-20T18:00:00 staged 7 resolution_hours A12 2026-01-15\n"
        "007 - - 2026-02-03T09:30:00+08:00 - - - - - -",
    )
    from_table = rows(source, COLUMNS.replace("scope, ", "").replace("owner, ", ""))
    without = [[v for i, v in enumerate(row) if i not in (1, 5, 9)] for row in from_folder]
    assert without == [[v for i, v in enumerate(row) if i != 1] for row in from_table]
    assert [row[5] for row in from_folder] == [
        "team_id in (T03)",
        "team_id in (T01, T02) and channel in (chat)",
    ]
    assert (
        str(from_folder[0][3]) == "2026-02-03 01:30:00"
        and str(from_folder[1][3]) == "2026-01-31 23:00:00"
    )


def test_files_below_folders_are_read_and_hidden_ones_are_not(source, log):
    folder = log(**{"2025/F1.yml": "live_at: 2025-03-01", "2026/F2.YAML": "live_at: 2026-02-01"})
    (folder / ".git").mkdir()
    (folder / ".git" / "x.yaml").write_text("nothing: true")
    (folder / "README.md").write_text("# Changes")
    assert rows(source, "change_id") == [("F1",), ("F2",)]


FAULTS = {
    "an unknown key": (
        {"F1": "live_at: 2026-02-01\nramp_day: 3\n"},
        ["flow_changes: changes/F1.yaml, line 2: ramp_day: no such key; did you mean 'ramp_days'?"],
    ),
    "a misspelt kind": (
        {"F1": "kind: ruting\nlive_at: 2026-02-01\n"},
        ["flow_changes: changes/F1.yaml, line 1: kind: 'ruting' is none of its values; did you mean 'routing'?"],
    ),
    "no day": (
        {"F1": "name: Chat\n"},
        ["flow_changes: changes/F1.yaml: live_at: missing: the day or the moment it went live"],
    ),
    "a day that no calendar has": (
        {"F1": "live_at: 2026-02-30\n"},
        ["flow_changes: changes/F1.yaml, line 1: live_at: '2026-02-30' is no day or moment like 2026-03-31 or"
         " 2026-03-31T18:00"],
    ),
    "an end before the start": (
        {"F1": "live_at: 2026-02-10\nended_at: 2026-02-09T23:00:00\n"},
        ["flow_changes: changes/F1.yaml, line 2: ended_at: lies before live_at"],
    ),
    "a cause found too late": (
        {"F1": "live_at: 2026-02-10\nfound_at: 2026-02-11\n"},
        ["flow_changes: changes/F1.yaml, line 2: found_at: lies after live_at: a cause is found before the change"],
    ),
    "one id twice": (
        {"F1": "live_at: 2026-02-01", "b": "live_at: 2026-02-01\nchange_id: F1\n"},
        ["flow_changes: the change 'F1' stands in several files (changes/F1.yaml, changes/b.yaml, line 2); every change"
         " has an id of its own."],
    ),
    "broken YAML": (
        {"F1": "live_at: 2026-02-01\nname: [a\n"},
        ["flow_changes: changes/F1.yaml, line 3: not valid YAML: expected ',' or ']', but got '<stream end>'"],
    ),
    "a key twice": (
        {"F1": "live_at: 2026-02-01\nlive_at: 2026-02-02\n"},
        ["flow_changes: changes/F1.yaml, line 2: live_at: stands twice (first on line 1); keep one"],
    ),
    "another encoding": (
        {"F1": "live_at: 2026-02-01\nname: 新的路由规则，按技能分配工单\n".encode("gbk")},
        ["flow_changes: changes/F1.yaml, line 2: not UTF-8; it reads as GBK: save it as UTF-8"],
    ),
    "a list": (
        {"F1": "- live_at: 2026-02-01\n"},
        ["flow_changes: changes/F1.yaml: expected `key: value` lines, found none"],
    ),
    "a column that no scope has": (
        {"F1": "live_at: 2026-02-01\nscope: {team: [T01]}\n", "F2": "live_at: 2026-02-01\nscope: chanel in (chat)\n"},
        ["flow_changes: changes/F1.yaml, line 2: scope: 'team' is no column of a scope; did you mean 'team_id'?",
         "flow_changes: changes/F2.yaml, line 2: scope: 'chanel' is no column of a scope; did you mean 'channel'?"],
    ),
    "a scope that breaks off": (
        {"F1": "live_at: 2026-02-01\nscope: team_id in (T01\n"},
        ["flow_changes: changes/F1.yaml, line 2: scope: 'team_id in (T01' is not written like team_id in (T01, T02)"],
    ),
    "a value that no logged scope holds": (
        {"F1": "live_at: 2026-02-01\nscope: {team_id: ['a, b']}\n"},
        ["flow_changes: changes/F1.yaml, line 2: scope: 'a, b' of team_id is blank or holds a comma, a bracket or a"
         " quote, which no logged scope can"],
    ),
    "a scope that is a list": (
        {"F1": "live_at: 2026-02-01\nscope: [T01]\n"},
        ["flow_changes: changes/F1.yaml, line 2: scope: must be like {team_id: [T01, T02]} or team_id in (T01, T02)"],
    ),
    "numbers and lists in place of text": (
        {"F1": "live_at: 2026-02-01\nchange_id: 1.10\nramp_days: soon\nowner: [a]\n"},
        ["flow_changes: changes/F1.yaml, line 2: change_id: must be text; put it in quotes",
         "flow_changes: changes/F1.yaml, line 3: ramp_days: must be a number of 0 or more",
         "flow_changes: changes/F1.yaml, line 4: owner: must be text; put it in quotes"],
    ),
    "no file": (
        {},
        ["flow_changes: the folder changes holds no YAML file (*.yaml): is it the right one? Each change is a file."],
    ),
    "a file of another kind": (
        {"F1": "live_at: 2026-02-01", "F2.yaml.txt": "live_at: 2026-02-01"},
        ["flow_changes: not every file of the folder changes is called *.yaml (changes/F2.yaml.txt): name changes so,"
         " and keep other files elsewhere."],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_with_its_file_and_line(source, log, files, said):
    spec = TableSpec(folder="changes")
    assert add_changes(UNREACHED, log(**files), source.home, spec, "Europe/Rome") == said


def test_all_faults_are_told_at_once_and_those_of_other_tables_with_them(source, log):
    log(F1="kind: ruting\nlive_at: soon\nowners: me\n", F2="name: [\n", F3=b"\xff\xfe")
    source.table("contacts", CONTACTS.replace("C2 ", "C1 "))
    said = source.breaches()
    assert len([one for one in said if one.startswith("flow_changes: changes/F1")]) == 3
    assert len(said) == 6 and said[-1].startswith("contacts:")


def test_an_end_by_day_on_the_day_it_went_live_is_no_end_before_it(source, log):
    log(F1="live_at: 2026-02-03T09:00:00\nended_at: 2026-02-03\n")
    [(live, ended)] = rows(source, "live_at, ended_at")
    assert live == ended


def test_a_link_that_leads_out_of_the_folder_is_not_followed(source, log, tmp_path_factory):
    folder = log(F1="live_at: 2026-02-01")
    outside = tmp_path_factory.mktemp("outside") / "F2.yaml"
    outside.write_text("live_at: 2026-02-01")
    os.symlink(outside, folder / "F2.yaml")
    [said] = add_changes(UNREACHED, folder, source.home, TableSpec(folder="changes"), "UTC")
    assert said.startswith("flow_changes: the path 'changes/F2.yaml' leads outside")


def test_a_folder_that_is_not_there_is_told(source, log):
    log().rmdir()
    assert source.breaches() == [
        "flow_changes: the file changes does not exist in the source's folder."
    ]


def test_every_file_of_the_folder_is_part_of_the_name_of_a_run(source, log):
    from cs_lib.runs import digest

    folder = log(**{"2026/F1": "live_at: 2026-02-01", "F2": "live_at: 2026-02-01"})
    (folder / "README.md").write_text("# Changes")
    source.study()
    found = load_source("tiny")
    assert set(source_files(found)) == {
        "contacts",
        "flow_changes/2026/F1.yaml",
        "flow_changes/F2.yaml",
    }
    before = digest.data(found)
    (folder / "F2.yaml").write_text("live_at: 2026-02-02")
    after = digest.data(found)
    assert {name for name in after if after[name] != before[name]} == {"flow_changes/F2.yaml"}
    (folder / "F3.yaml").write_text("live_at: 2026-02-03")
    assert set(digest.data(found)) - set(after) == {"flow_changes/F3.yaml"}


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"contacts": {"folder": "changes"}}, "tables.contacts.folder (line 6): only flow_changes can be a folder"),
        (
            {"flow_changes": {"folder": "changes", "file": "x.csv"}, "contacts": {"file": "c.csv"}},
            "tables.flow_changes (line 5): give either `file` or `query`, or `folder`",
        ),
    ],
)  # fmt: skip
def test_only_the_log_is_a_folder_and_then_nothing_else(source, tables, said):
    source.settings["tables"] = tables
    source.study()
    with pytest.raises(ParamsError) as error:
        load_source("tiny")
    assert said in str(error.value)


def test_a_cleaning_step_works_on_the_folder_too(source, log):
    log(F1="live_at: 2026-02-01", T9="live_at: 2026-02-01")
    source.settings["cleaning"] = [
        {"table": "flow_changes", "because": "it was a test", "drop_where": "change_id = 'T9'"}
    ]
    assert rows(source, "change_id") == [("F1",)]


def test_an_absent_source_is_absent_with_its_folder(source, log):
    log().rmdir()
    (source.home / "contacts.csv").unlink()
    source.study()
    with pytest.raises(DataError) as error:
        source_files(load_source("tiny"))
    assert error.value.absent
