"""The whole chain against what was planted in the simulated desk: tables, metrics, effects, verdicts."""

import pytest

from cs_lib import data, experiment, metrics, params
from cs_lib.data.simulate import simulate

SEEDS = range(101, 113)


def analysed(name):
    study = params.load(name, also=metrics.problems)
    desk = data.load(study)
    try:
        return experiment.analyze(metrics.gather(desk, study), study)
    finally:
        desk.close()


@pytest.fixture(scope="module")
def truth():
    return simulate().truth


def covers(effect, value):
    return effect.effect_ci_low <= value <= effect.effect_ci_high


def test_the_coupon_is_found_to_work_and_to_pay_as_planted(truth):
    result, planted = analysed("coupon_after_complaint"), truth.perks.variant("coupon")
    primary, net = result.comparisons[0].primary, result.comparisons[0].net_value
    assert result.decision.verdict == "ship"
    assert covers(primary, planted.repurchase_60d_effect)
    assert covers(net, planted.net_value_60d)


def test_custom_care_is_found_to_lose_what_was_planted(truth):
    result, planted = analysed("custom_care_after_complaint"), truth.perks.variant("custom_care")
    assert result.decision.verdict == "stop"
    assert covers(result.comparisons[0].net_value, planted.net_value_60d)


def test_three_perks_at_once_keep_every_planted_value_inside_their_intervals(truth):
    for c in analysed("three_perks").comparisons:
        planted = truth.perks.variant(c.variant)
        assert covers(c.primary, planted.repurchase_60d_effect)
        assert covers(c.net_value, planted.net_value_60d)


def test_the_coupon_looked_at_four_times_covers_the_planted_value_at_the_look_that_decides(truth):
    result, planted = analysed("coupon_with_looks"), truth.perks.variant("coupon")
    primary = result.comparisons[0].primary
    assert covers(primary, planted.repurchase_60d_effect)
    assert primary.pvalue > analysed("coupon_after_complaint").comparisons[0].primary.pvalue


def test_the_log_that_lost_rows_is_refused():
    assert analysed("broken_split").decision.verdict == "invalid"


def test_the_early_look_waits():
    assert analysed("perk_interim").decision.verdict == "keep_running"


def test_faster_routing_is_found_with_its_planted_size(truth):
    result = analysed("faster_routing")
    effect = result.change.effect
    factor = truth.change("F04").resolution_factor
    assert result.decision.verdict == "improved"
    assert covers(effect, (factor - 1) * effect.control)


def test_the_script_that_changes_nothing_is_not_called_a_success():
    assert analysed("script_change").decision.verdict == "no_clear_change"


def test_the_rewritten_manual_lowers_what_comes_back_as_planted(truth):
    effect = analysed("manual_fix").change.effect
    planted = truth.fix.repeat_30d_after - truth.fix.repeat_30d_before
    assert covers(effect, planted)


def test_intervals_cover_the_planted_truth_over_many_desks(tmp_path, monkeypatch):
    """Twelve desks, two truths each: 95 % intervals should miss about one of 24; 5 or more is p < .01."""
    monkeypatch.setenv("CS_HOME", str(tmp_path))
    (tmp_path / "params" / "sources").mkdir(parents=True)
    missed = sum(_missed(tmp_path, seed) for seed in SEEDS)
    assert missed <= 4


def _missed(home, seed):
    source = home / "params" / "sources" / f"desk_{seed}.yaml"
    source.write_text(
        f"source: desk_{seed}\ntitle: Desk {seed}\ntimezone: Asia/Shanghai\ncurrency: CNY\n"
        f"simulate: {{seed: {seed}, customers: 12000}}\n",
        encoding="utf-8",
    )
    settings = {
        "study": "coverage", "notebook": "perk_ab_test", "question": "Do the intervals cover?",
        "as_of": "2026-07-01", "source": f"desk_{seed}",
        "design": {
            "experiment": "perk_after_complaint", "control": "control", "arms": ["coupon"],
            "split": dict.fromkeys(("control", "coupon", "discount", "custom_care"), 0.25),
            "period": ["2025-08-25", "2026-04-05"],
        },
        "measure": {"primary_metric": "repurchase_60d"},
        "money": {"margin_rate": 0.35, "window_days": 60},
        "rule": {"alpha": 0.05, "min_effect": 0.02, "planned_n": 100},
    }  # fmt: skip
    study = params.PerkAbTest.model_validate(settings)
    desk = data.load(study)
    result = experiment.analyze(metrics.gather(desk, study), study)
    desk.close()
    planted = simulate(seed=seed, customers=12000).truth.perks.variant("coupon")
    found = result.comparisons[0]
    return (not covers(found.primary, planted.repurchase_60d_effect)) + (
        not covers(found.net_value, planted.net_value_60d)
    )


def test_two_readings_of_one_desk_agree_to_the_last_bit():
    study, seen = params.load("three_perks"), set()
    for _ in range(3):
        desk = data.load(study)
        moments = metrics.gather(desk, study).moments
        desk.close()
        seen.add(
            b"".join(
                m.mean.tobytes() + m.cov.tobytes()
                for name in sorted(moments)
                for _, m in sorted(moments[name].items())
            )
        )
    assert len(seen) == 1
