"""A check that blocks decides before anything else."""

from cs_lib.experiment.checks import blocked
from cs_lib.results import Check


def test_a_failed_blocking_check_gives_invalid_and_its_finding():
    found = blocked([Check("split", False, "Split is 60/40.", blocks_decision=True)])
    assert (found.verdict, found.because) == ("invalid", "Split is 60/40.")


def test_a_failed_check_that_does_not_block_blocks_nothing():
    assert blocked([Check("alike", False, "Somewhat unlike.")]) is None
