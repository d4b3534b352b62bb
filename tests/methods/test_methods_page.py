"""docs/methods.md: every block of code runs, in order, and every estimator it should show is there."""

import re
from pathlib import Path

import pytest

from cs_lib import methods

PAGE = Path(__file__).resolve().parents[2] / "docs" / "methods.md"
NOT_SHOWN = {
    "CannotEstimate", "NotEnoughData", "control_chart", "economics", "kaplan_meier",
    "longest_run", "Mean", "plan_for_days",
    "power_curve", "ratio_lift", "sample_ratio_by", "sample_size", "smallest_effect",
}  # fmt: skip


def test_every_block_of_the_methods_page_runs(capsys):
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.S)
    exec(compile("\n".join(blocks), str(PAGE), "exec"), {})
    printed = capsys.readouterr().out.strip().splitlines()
    assert len(printed) >= 20 and not any("nan" in line for line in printed)


def test_every_estimator_at_the_front_door_is_on_the_page():
    text = PAGE.read_text(encoding="utf-8")
    missing = {name for name in dir(methods) if f"methods.{name}(" not in text}
    assert missing == NOT_SHOWN


@pytest.mark.parametrize("name", dir(methods))
def test_what_the_front_door_names_is_there(name):
    assert callable(getattr(methods, name))


def test_an_unknown_name_is_no_attribute():
    with pytest.raises(AttributeError, match="no attribute 'compare_redeemer'"):
        _ = methods.compare_redeemer  # type: ignore[attr-defined]
