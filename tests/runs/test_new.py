"""A settings file to start from."""

import pytest

from cs_lib import params
from cs_lib.cli import main
from cs_lib.runs.new import NewError, new


def test_new_file_loads_says_what_each_key_means_and_differs_only_in_its_name(project):
    path = new("perk_ab_test", "my_test")
    made, example = params.load("my_test"), params.load("tiny")
    assert made.model_dump(exclude={"study"}) == example.model_dump(exclude={"study"})
    text = path.read_text()
    for key, field in params.PerkAbTest.model_fields.items():
        assert f"\n{key}:" in "\n" + text or f"\n# {key}:" in text
        assert field.description is None or field.description in text
    assert "# the one metric that decides" in text


def test_settings_left_at_their_default_stand_there_as_comments(project):
    text = new("perk_ab_test", "my_test").read_text()
    assert "\n  # secondary: []" in text and "\n  # guardrails: {}" in text


def test_commented_settings_can_be_taken_into_use(project):
    path = new("perk_ab_test", "my_test")
    path.write_text(path.read_text().replace("  # secondary: []", "  secondary: []"))
    assert params.load("my_test").measure.secondary == ()


@pytest.mark.parametrize("name", ["", "My_test", "2nd", "a-b", "a.yaml", "../x", "x" * 61, "测试"])
def test_bad_name_is_refused_in_one_sentence(project, name):
    with pytest.raises(NewError, match="cannot be a study"):
        new("perk_ab_test", name)


def test_existing_file_is_not_overwritten(project):
    before = (project.home / "params" / "tiny.yaml").read_text()
    with pytest.raises(NewError, match="exists already"):
        new("perk_ab_test", "tiny")
    assert (project.home / "params" / "tiny.yaml").read_text() == before


def test_unknown_notebook_is_refused_with_the_one_that_was_meant(project, capsys):
    assert main(["new", "perk_test", "x"]) == 2
    assert "did you mean 'perk_ab_test'" in capsys.readouterr().err
    assert main(["new", "before_after", "x"]) == 2
    assert "no example to start from" in capsys.readouterr().err


def test_any_text_survives(project):
    project.study(question='What: "no" # 优惠券 {a} really?', design={
        "experiment": "yes", "control": "no", "arms": ["1"], "split": {"no": 0.5, "1": 0.5},
        "period": ["2025-08-25", "2026-04-01"],
    })  # fmt: skip
    new("perk_ab_test", "my_test")
    made = params.load("my_test")
    assert made.question == 'What: "no" # 优惠券 {a} really?'
    assert (made.design.control, made.design.experiment) == ("no", "yes")
