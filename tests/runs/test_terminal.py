"""What a terminal says of each study is whole in one language."""

import re

import pytest

from cs_lib.language import speaking
from cs_lib.runs.attempt import Outcome
from cs_lib.runs.outcome import Exit
from cs_lib.runs.telling import terminal
from cs_lib.sentences import say, stored

SAID = stored(say("Not feasible"))
ENGLISH = Outcome("s", Exit.DONE, "ship", "Not feasible", 3, said=SAID)
CHINESE = Outcome("s", Exit.DONE, "no_clear_change", "不可行", 3, language="zh", said=SAID)
BROKEN = "数据不符合约定，共 2 处：\n  工单：1 处"
FAILED = Outcome("s", Exit.BAD_INPUT, "", BROKEN, 3, language="zh")


def lines(outcome, tmp_path):
    return terminal.line(outcome, tmp_path) + " ".join(terminal.row(outcome)[1:])


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "CS_LANGUAGE": "zh"}, "zh"),
    ],
)
def test_the_environment_names_the_readers_language(monkeypatch, variables, language):
    for name in terminal.ASKED:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert terminal.language() == language


@pytest.mark.parametrize("outcome", [ENGLISH, CHINESE])
def test_an_answer_is_told_in_the_readers_language(tmp_path, outcome):
    assert not re.search(r"[\u4e00-\u9fff]", lines(outcome, tmp_path))
    assert "Not feasible" in terminal.row(outcome)
    with speaking("zh"):
        assert not re.search(r"[A-Za-z]", lines(outcome, tmp_path))


@pytest.mark.parametrize(
    "outcome", [FAILED, Outcome("s", Exit.DONE, "ship", "有用", language="zh")]
)
def test_what_can_only_be_told_in_the_studys_language_has_all_its_line_in_it(tmp_path, outcome):
    assert not re.search(r"[A-Za-z]{2}", lines(outcome, tmp_path))


@pytest.mark.parametrize("sentence", [BROKEN, "The data break their contract in 2 breaches:\n  a"])
def test_a_headline_of_the_table_is_one_line_without_a_colon_at_its_end(sentence):
    headline = terminal.row(Outcome("s", Exit.BAD_INPUT, "", sentence))[2]
    assert headline in sentence and not headline.endswith((":", "：")) and "\n" not in headline


def test_a_locked_study_leads_to_no_page(tmp_path):
    (tmp_path / "s" / "failed").mkdir(parents=True)
    (tmp_path / "s" / "failed" / "index.html").write_text("of another run")
    assert terminal.page(Outcome("s", Exit.LOCKED, "", "It is locked."), tmp_path) is None
    assert terminal.page(Outcome("s", Exit.BAD_INPUT, "", "It broke."), tmp_path) is not None
