"""Studies of desks without a fault: what asks whether their tables are to be believed finds nothing."""

from __future__ import annotations

import pytest

from tests.bench.health_calibration import failed_checks, project

OF_TABLES = {
    "keys_found", "columns_filled", "tables_whole", "moments_known", "clocks_agree", "assigned_beforehand",
    "no_perk_in_control", "extract_complete", "days_missing", "no_surge", "tables_reach", "recorded_alike",
    "counted_alike", "stamps_agree", "times_real", "hours_alike", "customers_known", "scores_kept", "scope_kept",
    "spelt_alike",
}  # fmt: skip


@pytest.mark.parametrize(
    ("study", "seed"),  # of which each was in doubt once; all of twenty in `python -m tests.bench`
    [("coupon_after_complaint", 17), ("worst_queue", 10)],
)
def test_tables_of_a_clean_desk_are_believed(study, seed):
    with project() as home:
        assert OF_TABLES & set(failed_checks(study, seed, home)) == set()
