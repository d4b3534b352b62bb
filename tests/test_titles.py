"""Every check has a title for each outcome."""

import re

import pytest

from cs_lib.language import speaking
from cs_lib.results import Check
from cs_lib.titles import CHECKS, DOUBTS, NOTES


@pytest.mark.parametrize("code", CHECKS)
def test_a_check_that_fails_is_called_by_its_fault(code):
    passed, failed = (Check(code, outcome, "", of="Wert") for outcome in (True, False))
    assert passed.name != failed.name
    for language in ("en", "zh"):
        with speaking(language):
            assert passed.name != failed.name and "{" not in passed.name + failed.name
    with speaking("zh"):
        said = f"{passed.name} {failed.name}".replace("Wert", "")
        assert not re.search(r"[A-Za-z]{2}", said)


def test_no_title_is_without_its_other_half():
    assert set(DOUBTS) == set(CHECKS) and set(CHECKS) >= NOTES
    assert not set(DOUBTS.values()) & set(CHECKS.values())


def test_a_note_names_what_is_missing_and_no_more():
    assert Check("discounts_counted", None, "").name == "Discounts not counted"
    assert Check("balance", None, "").name == "Alike before the start"
