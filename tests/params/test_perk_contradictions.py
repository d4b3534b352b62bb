"""A/B settings that are each sound and cannot all be true: looks, clusters, corrections, kinds of metric."""

from __future__ import annotations

import pytest

GUARDS = "guardrails: {complaint_rate_60d: 0.05}"
RULE = "rule: {alpha: 0.05, min_effect: 0.02, planned_n: 1200}"
PERIOD = 'period: ["2025-08-25", "2026-04-01"]'
OPEN = 'period: ["2025-08-25", null]'
DUNNETT = RULE.replace("1200}", "1200, correction: dunnett}")
CLUSTER = f"{PERIOD}\n  cluster: agent_id"
WHOLE = "is not available with errors by cluster (design.cluster); leave it out"


def looks(inner: str) -> str:
    return f"{RULE}\nlooks: {{{inner}}}"


@pytest.fixture
def said(settings):
    """The faults of the sound coupon study after several replacements."""

    def faults(*changes: tuple[str, str]) -> list[str]:
        text = settings.coupon
        for old, new in changes:
            assert text.count(old) == 1
            text = text.replace(old, new)
        return settings.said(settings.write(text, name="coupon"))

    return faults


ALWAYS = looks("spending: always_valid")
SOUND = {
    "open period, always valid": [(PERIOD, OPEN), (RULE, ALWAYS)],
    "always valid with an end": [(RULE, ALWAYS)],
    "always valid every day": [(RULE, looks("spending: always_valid, every_days: 1"))],
    "planned looks": [(RULE, looks('dates: ["2026-02-01", "2026-06-01"]'))],
    "planned looks with a line for harm": [
        (RULE, looks('dates: ["2026-02-01", "2026-06-01"], harm: pocock'))
    ],
    "clusters": [(PERIOD, CLUSTER)],
    "clusters with covariates": [(PERIOD, CLUSTER), (GUARDS, "covariates: [spent_before_180d]")],
    "assigned inside clusters": [(PERIOD, f"{CLUSTER}\n  assigned_by: customer")],
    "whole clusters, said so": [(PERIOD, f"{CLUSTER}\n  assigned_by: cluster")],
    "customers, said so": [(PERIOD, f"{PERIOD}\n  assigned_by: customer")],
    "dunnett": [(RULE, DUNNETT)],
    "a ratio decides": [("primary_metric: repurchase_60d", "primary_metric: order_value_60d")],
    "a survey decides": [("primary_metric: repurchase_60d", "primary_metric: csat_score_60d")],
    "a survey guards": [(GUARDS, "guardrails: {csat_score_60d: 0.2}")],
}  # fmt: skip


@pytest.mark.parametrize("changes", SOUND.values(), ids=SOUND)
def test_what_fits_together_is_accepted(said, changes):
    assert said(*changes) == []


CONTRADICTIONS = {
    "an open end without always valid": (
        [(PERIOD, OPEN)],
        ["design.period (line 11): without a last day it needs looks.spending always_valid"],
    ),
    "an open end with planned looks": (
        [(PERIOD, OPEN), (RULE, looks('dates: ["2026-06-01"]'))],
        ["design.period (line 11): without a last day it needs looks.spending always_valid"],
    ),
    "always valid with days": (
        [(RULE, looks('spending: always_valid, dates: ["2026-06-01"]'))],
        ["looks.dates (line 17): always_valid has no planned days; set every_days"],
    ),
    "always valid with a line for harm": (
        [(RULE, looks("spending: always_valid, harm: pocock"))],
        ["looks.harm (line 17): always_valid guards both sides already"],
    ),
    "planned looks every so many days": (
        [(RULE, looks('dates: ["2026-06-01"], every_days: 7'))],
        ["looks.every_days (line 17): is for always_valid; planned looks have dates"],
    ),
    "looks without a day": (
        [(RULE, looks("spending: pocock"))],
        ["looks.dates (line 17): must name at least one day"],
    ),
    "looks out of order": (
        [(RULE, looks('dates: ["2026-06-01", "2026-02-01"]'))],
        ["looks.dates (line 17): 2026-02-01 stands after 2026-06-01; write them in order"],
    ),
    "a look before anybody was followed": (
        [(RULE, looks('dates: ["2025-10-24", "2026-06-01"]'))],
        ["looks.dates (line 17): on 2025-10-24 nobody has been followed for 60 days yet"],
    ),
    "a look twice": (
        [(RULE, looks('dates: ["2026-06-01", "2026-06-01"]'))],
        ["looks.dates (line 17): '2026-06-01' stands twice; keep one"],
    ),
    "looks too rare": (
        [(RULE, looks("spending: always_valid, every_days: 0"))],
        ["looks.every_days (line 17): must be greater than or equal to 1, got 0"],
    ),
    "clusters without a name": (
        [(PERIOD, f"{PERIOD}\n  assigned_by: cluster")],
        ["design.assigned_by (line 12): cluster needs design.cluster, which names them"],
    ),
    "segments inside clusters": (
        [(PERIOD, f"{CLUSTER}\n  assigned_by: customer"), (GUARDS, "segments: [segment]")],
        [f"measure.segments (line 16): segments {WHOLE}"],
    ),
    "clusters with segments": (
        [(PERIOD, CLUSTER), (GUARDS, "segments: [segment]")],
        [f"measure.segments (line 15): segments {WHOLE}"],
    ),
    "clusters with looks": (
        [(PERIOD, CLUSTER), (RULE, looks('dates: ["2026-06-01"]'))],
        [f"looks (line 18): looks {WHOLE}"],
    ),
    "dunnett with looks": (
        [(RULE, f'{DUNNETT}\nlooks: {{dates: ["2026-06-01"]}}')],
        ["rule.correction (line 16): dunnett cannot be combined with looks"],
    ),
    "dunnett with covariates": (
        [(RULE, DUNNETT), (GUARDS, "covariates: [spent_before_180d]")],
        ["rule.correction (line 16): dunnett cannot be combined with measure.covariates"],
    ),
    "dunnett with clusters": (
        [(RULE, DUNNETT), (PERIOD, CLUSTER)],
        ["rule.correction (line 17): dunnett cannot be combined with design.cluster"],
    ),
    "a cluster that is none": (
        [(PERIOD, f"{PERIOD}\n  cluster: customer_id")],
        ["design.cluster (line 12): must be one of 'agent_id', 'team_id', 'region' or 'stratum',"
         " got 'customer_id'"],
    ),
    "a ratio decides between clusters": (
        [(PERIOD, CLUSTER), ("metric: repurchase_60d", "metric: order_value_60d")],
        ["measure.primary_metric (line 14): 'order_value_60d' is a ratio of two sums; it cannot"
         " decide when errors are by cluster (design.cluster)"],
    ),
    "a ratio with dunnett": (
        [(RULE, DUNNETT), ("metric: repurchase_60d", "metric: order_value_60d")],
        ["measure.primary_metric (line 13): 'order_value_60d' is a ratio of two sums; it cannot"
         " decide when rule.correction is dunnett"],
    ),
    "a survey that is looked at early": (
        [(RULE, ALWAYS), ("metric: repurchase_60d", "metric: csat_score_60d")],
        ["measure.primary_metric (line 13): 'csat_score_60d' is the score of a survey; it cannot"
         " decide when the data are looked at before the end (looks)"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentences"), CONTRADICTIONS.values(), ids=list(CONTRADICTIONS)
)
def test_a_contradiction_is_one_sentence(said, changes, sentences):
    assert said(*changes) == sentences


def test_all_contradictions_are_told_at_once(said):
    found = said(
        (PERIOD, f"{OPEN}\n  cluster: agent_id"),
        (GUARDS, "covariates: [spent_before_180d]\n  segments: [region]"),
        (RULE, f'{DUNNETT}\nlooks: {{dates: ["2026-06-01", "2026-02-01"], every_days: 7}}'),
    )
    assert [line.partition(" (")[0] for line in found] == [
        "design.period", "measure.segments", "rule.correction",
        "rule.correction", "rule.correction", "looks.every_days", "looks.dates", "looks",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (RULE, ""),
        (RULE, "rule: dunnett"),
        (RULE, looks("")),
        (RULE, f"{RULE}\nlooks: often"),
        (PERIOD, 'period: "2026"'),
        (PERIOD, f"{PERIOD}\n  cluster: [agent_id]"),
        ("measure:\n  primary_metric: repurchase_60d\n  " + GUARDS, ""),
        ("  primary_metric: repurchase_60d\n", ""),
        (GUARDS, "covariates: spent"),
        (GUARDS, "segments: {a: b}"),
    ],
    ids=[
        "no rule", "rule is a word", "looks are empty", "looks are a word", "period is a word",
        "cluster is a list", "no measure", "no metric", "covariates are a word",
        "segments are a block",
    ],
)  # fmt: skip
def test_a_block_that_is_missing_or_of_another_shape_is_a_sentence_and_no_crash(said, old, new):
    found = said((old, new))
    assert found and all(len(line) < 200 and "Error" not in line for line in found)
