"""The shortest path in the README, as it is printed there."""

import re
from pathlib import Path

from cs_lib.cli import main
from tests.runs.starting.export import tickets

README = Path(__file__).resolve().parents[3] / "README.md"


def test_the_commands_of_the_readme_print_what_it_shows(source, monkeypatch, capfd):
    monkeypatch.setenv("CS_LANGUAGE", "en")
    monkeypatch.chdir(source.home)
    (source.home / "exports").mkdir()
    (source.home / "exports" / "tickets.csv").write_text(tickets())
    [block] = re.findall(
        r"```text\n(\$ cslib new source .*?)```", README.read_text(encoding="utf-8"), re.S
    )
    printed = []
    for line in [line for line in block.splitlines() if line.startswith("$ ")]:
        assert main(line.split()[2:]) == 0
        printed += [line, capfd.readouterr().out]
    assert undated("\n".join(one.rstrip("\n") for one in printed)) == undated(block.rstrip("\n"))


def undated(text):
    """A source is read as of today."""
    return re.sub(r"as_of \d{4}-\d\d-\d\d", "as_of today", text)
