"""`cslib metrics`: every metric, one of them as a file, its query, what is wrong and what is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from cs_lib import cli
from cs_lib.language import say, speaking
from cs_lib.metrics.catalogue import BUILT_IN, DAILY_BUILT_IN, FORMS
from cs_lib.metrics.own.registry import current
from tests.metrics.own.conftest import LARGE, QUICK, form

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def told(capsys, monkeypatch):
    """The exit code of a command and its lines, in a language."""

    def run(*words, language="en"):
        monkeypatch.setenv("CS_LANGUAGE", language)
        code = cli.main(["metrics", *words])
        found = capsys.readouterr()
        return code, found.out.splitlines(), found.err

    return run


def test_all_of_them_in_both_languages(own, told):
    own(QUICK)
    own(LARGE)
    code, lines, error = told()
    assert (code, error) == (0, "")
    names = {line.split("  ")[0] for line in lines}
    others = {re.sub(r"_\d+d$", "_Nd", name) for name in BUILT_IN if name not in DAILY_BUILT_IN}
    assert set(DAILY_BUILT_IN) | others <= names
    assert any(
        re.fullmatch(r"quick +share +contacts +Resolved within a day", line) for line in lines
    )
    assert any(line.startswith("large_order_Nd ") for line in lines)
    assert any("一天内解决" in line for line in told(language="zh")[1])


def test_one_of_ones_own_and_one_of_the_catalogue_as_files(own, told):
    path = own(QUICK)
    assert told("quick")[1][2:] == path.read_text(encoding="utf-8").splitlines()
    code, lines, _ = told("repurchase_45d")
    assert code == 0 and lines[0] == "repurchase_45d: Buy again within 45 days"
    assert yaml.safe_load("\n".join(lines[2:])) == form("repurchase")
    assert "  population: customers assigned" in "\n".join(told("net_value")[1])


def test_faults_of_all_files_and_unknown_names(own, told):
    own(QUICK, table="contract")
    code, _, error = told()
    assert code == 2 and "table (line 7): no table 'contract'; did you mean 'contacts'?" in error
    assert told("quick")[0] == 2
    assert "no metric 'repurchse_60d'; did you mean 'repurchase_60d'?" in told("repurchse_60d")[2]
    assert "没有表“contract”；是否指“contacts”？" in told(language="zh")[2]


def test_in_a_source(source, own, told):
    own(QUICK)
    source.table(
        "contacts", "contact_id opened_at status resolved_at\nK1 2026-02-27 resolved 2026-02-27"
    )
    source.study()
    code, lines, _ = told("quick", "--source", "tiny", "--as-of", "2026-03-01")
    assert (
        code == 0 and "All that it needs is in tiny." in lines and "GROUP BY 1 ORDER BY 1" in lines
    )
    code, lines, _ = told("repurchase_30d", "--source", "tiny", "--as-of", "2026-03-01")
    assert code == 0 and "Not available in tiny:" in lines
    assert lines[-1].startswith("  the source 'tiny' has no table orders")
    assert told("quick", "--source", "nowhere")[0] == 2 and told("--source", "tiny")[0] == 2
    source.file("contacts", "contact_id,opened_at\nK1,2026-02-27\n")
    source.study()
    assert "break their contract" in told("quick", "--source", "tiny")[2]


def test_every_file_of_this_repository_is_sound(monkeypatch):
    monkeypatch.setenv("CS_HOME", str(ROOT))
    assert current().faults == {} and set(current().specs) == {"fast_resolution", "large_order"}
    shown = (ROOT / "params" / "metrics" / "fast_resolution.yaml").read_text(encoding="utf-8")
    assert f"```yaml\n{shown}```" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [path.stem for path in FORMS.glob("*.yaml")])
def test_the_catalogues_files_have_its_words(name):
    metric = BUILT_IN[name if name in BUILT_IN else f"{name}_30d"]
    said = form(name)
    for key, words in (
        ("label", metric.title),
        ("population", metric.population),
        ("source", metric.source),
    ):
        assert said[key]["en"] == words
        with speaking("zh"):
            assert said[key]["zh"] == say(words)
