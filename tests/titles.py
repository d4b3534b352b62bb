"""What a check is about, whatever came out: tests look checks up by it."""

from cs_lib.language import say
from cs_lib.results import Check
from cs_lib.titles import CHECKS


def titled(check: Check) -> str:
    """The title of a check that passed."""
    return say(CHECKS.get(check.code, check.code), of=check.of)
