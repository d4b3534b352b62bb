"""Simulated study folders: valid by the published schema, decided by the suite's rules, true to the plan."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from cs_lib import metrics
from cs_lib.data.simulate.study_folder import records
from cs_lib.data.simulate.study_folder.folder import StudyFolder, study_folder
from cs_lib.data.simulate.study_folder.plan import CONTACTS, DEMO, NET_VALUE, FolderPlan
from cs_lib.methods.meta_analysis.shrinkage import Estimate, shrink
from cs_lib.report.facts import FACTS_VERSION
from cs_lib.runs import publish

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "result.schema.json").read_text("utf-8"))
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def folder() -> StudyFolder:
    return study_folder()


@pytest.fixture(scope="module")
def large() -> StudyFolder:
    """Many studies of two groups, so that shares can be seen."""
    groups = (replace(CONTACTS, studies=150), replace(NET_VALUE, studies=150))
    return study_folder(3, FolderPlan(groups=groups, first=date(2024, 1, 1)))


def readable(folder):
    """Every readable result, of earlier runs too, by path."""
    found = {}
    for path, text in folder.files.items():
        if path.endswith("result.json") and path.split("/")[0] not in folder.truth.unreadable:
            found[path] = json.loads(text)
    return found


def effect_of(facts):
    return next((e for e in facts["effects"] if e["effect"] is not None), None)


def test_every_result_is_valid_by_the_published_schema(folder):
    validator = Draft202012Validator(SCHEMA)
    results = readable(folder)
    assert len(results) > 80
    for path, facts in results.items():
        assert [error.message for error in validator.iter_errors(facts)] == [], path
    assert records.VERSION == FACTS_VERSION
    broken = dict(next(iter(results.values())), verdict="great")
    assert list(validator.iter_errors(broken))


def test_a_folder_on_disk_is_read_as_published(folder, tmp_path):
    for path, text in folder.files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for name, truth in folder.truth.studies.items():
        assert publish.latest_run(tmp_path, name)["notebook"] == truth.kind
        shown = publish.read_json(tmp_path / name / publish.LATEST / "result.json")
        assert shown == folder.results[name]
        runs = sorted((tmp_path / name / publish.RUNS).iterdir())
        assert len(runs) == truth.runs
        assert (runs[-1] / "result.json").read_bytes() == (
            tmp_path / name / publish.LATEST / "result.json"
        ).read_bytes()
    for name in folder.truth.failed:
        assert not publish.latest_run(tmp_path, name)
        assert publish.read_json(tmp_path / name / publish.FAILED / "run.json")["sentence"]
    for name in folder.truth.unreadable:
        assert publish.read_json(tmp_path / name / publish.LATEST / "result.json") == {}
        assert publish.latest_run(tmp_path, name)
    for name in folder.truth.newer:
        later = publish.read_json(tmp_path / name / publish.LATEST / "result.json")
        assert later["version"] == FACTS_VERSION + 1


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(folder):
    assert study_folder().files == folder.files
    assert study_folder(8).files != folder.files


def test_verdicts_follow_from_the_intervals(large):
    seen = set()
    for name, truth in large.truth.studies.items():
        facts, effect = large.results[name], effect_of(large.results[name])
        seen.add(facts["verdict"])
        assert facts["verdict"] == truth.verdict
        if not truth.known:
            assert effect is None and facts["verdict"] in ("invalid", "keep_running")
            assert any(not c["passed"] for c in facts["checks"]) == (facts["verdict"] == "invalid")
            continue
        low, high = effect["effect_ci_low"], effect["effect_ci_high"]
        assert low == pytest.approx(truth.estimate - 1.959964 * truth.se, rel=1e-5, abs=1e-6)
        gain = (low, high) if truth.good == "up" else (-high, -low)
        worth = facts["planned"]["min_effect"]
        if truth.kind == "before_after":
            expected = (
                "improved" if gain[0] > 0 else "worsened" if gain[1] < 0 else "no_clear_change"
            )
        elif gain[1] < worth:
            expected = "stop"
        else:
            expected = "ship" if gain[0] >= worth else "inconclusive"
        assert facts["verdict"] == expected, name
    assert len(seen) == 8


def test_estimates_scatter_about_the_true_effects_as_their_errors_say(large):
    first = [t for t in large.truth.studies.values() if t.follows is None]
    z = np.array([(t.estimate - t.effect) / t.se for t in first])
    assert abs(z.mean()) < 0.2 and z.std() == pytest.approx(1, abs=0.12)
    for group, planted in zip(large.truth.groups, (CONTACTS, NET_VALUE), strict=True):
        effects = np.array([t.effect for t in first if t.metric == group.metric])
        side = 1 if planted.good == "up" else -1
        assert effects.mean() == pytest.approx(group.mean, abs=0.3 * planted.spread)
        assert group.mean == side * planted.mean
        assert effects.std() == pytest.approx(planted.spread, rel=0.2)


def test_planted_sums_are_those_of_the_shipped_and_overlaps_count_once(large):
    for group in large.truth.groups:
        firsts = {
            n: t
            for n, t in large.truth.studies.items()
            if (t.metric, t.currency) == (group.metric, group.currency) and t.follows is None
        }
        won = [n for n, t in firsts.items() if t.verdict in ("ship", "improved")]
        assert sorted(group.shipped) == sorted(won)
        assert group.true_sum == pytest.approx(sum(firsts[n].effect for n in won))
        assert abs(group.raw_sum) > abs(group.true_sum)
        pairs = [(a, b) for a, b in large.truth.overlaps if a in won and b in won]
        assert group.true_sum_once == pytest.approx(
            group.true_sum - sum(firsts[b].effect for _, b in pairs)
        )


def test_two_studies_that_overlap_saw_one_effect_and_no_others_meet(large):
    def days(name):
        return large.results[name]["design"]["period"]

    truth = large.truth.studies
    planted = {frozenset(pair) for pair in large.truth.overlaps}
    assert len(planted) == DEMO.overlaps
    found = set()
    names = [n for n in truth if truth[n].kind == "before_after"]
    for a in names:
        for b in names:
            same = large.results[a]["design"]["scope"] == large.results[b]["design"]["scope"]
            if a < b and same and days(a)[0] <= days(b)[1] and days(b)[0] <= days(a)[1]:
                found.add(frozenset((a, b)))
    assert found == planted
    for a, b in large.truth.overlaps:
        assert truth[a].effect == truth[b].effect and truth[a].estimate != truth[b].estimate


def test_follow_ups_come_after_their_study_and_find_what_was_left(large):
    truth = large.truth
    again = {t.follows: n for n, t in truth.studies.items() if t.follows}
    assert set(again) == {*truth.faded, *truth.lasting} and len(again) > 20
    assert len(truth.faded) / len(again) == pytest.approx(DEMO.faded, abs=0.1)
    for first, second in again.items():
        facts, before = large.results[second], large.results[first]
        assert facts["follows"] == first and truth.studies[first].shipped
        gap = date.fromisoformat(facts["design"]["period"][0]) - date.fromisoformat(
            before["design"]["period"][1]
        )
        assert gap.days == DEMO.after and facts["design"]["scope"] == before["design"]["scope"]
        left = truth.studies[second].effect
        assert left == (0 if first in truth.faded else truth.studies[first].effect)
    waiting = set(truth.due_follow_ups)
    assert waiting and not waiting & set(again)


def test_what_a_careless_reader_trips_over_is_there(folder):
    truth, results = folder.truth, folder.results
    assert truth.not_run and truth.failed and truth.unreadable and truth.newer and truth.overlaps
    assert {n for n in truth.studies if results[n]["plan_changed"]} == set(truth.plan_changed)
    effects = [effect_of(results[n]) for n in truth.studies if truth.studies[n].known]
    assert {(e["metric"], e["unit"], e["currency"]) for e in effects} == {
        ("contact_rate", "per_1000", ""),
        ("net_value_60d", "money", "CNY"),
        ("net_value_60d", "money", "USD"),
        ("resolution_hours", "hours", ""),
    }
    assert {e["details"]["scale"] for e in effects} == {"natural", "log"}
    reruns = [n for n, t in truth.studies.items() if t.runs > 1]
    assert reruns and all(results[n]["owner"] for n in truth.studies)
    acted = {t.action for t in truth.studies.values() if t.action}
    looked = next(r for r in results.values() if r["notebook"] == "needs_and_causes")
    assert acted == {one["id"] for one in looked["actions"]}
    assert all(results[n]["verdict"] == "planned" for n in truth.not_run)
    assert all(group.shipped for group in truth.groups[:2])


def test_pages_speak_the_language_that_they_name(folder):
    spoken = {results["language"] for results in folder.results.values()}
    assert spoken == {"en", "zh"}
    for name, facts in folder.results.items():
        said = [facts[part] for part in ("question", "headline", "because", "next_step")]
        said += [c["finding"] for c in facts["checks"]] + [e["label"] for e in facts["effects"]]
        chinese = [bool(CHINESE.search(sentence)) for sentence in said]
        assert all(chinese) if facts["language"] == "zh" else not any(chinese), name


def test_metrics_are_those_of_the_suite_and_good_is_their_direction():
    for group in DEMO.groups:
        metric = metrics.CATALOGUE[group.metric]
        assert (metric.good, metric.unit) == (group.good, group.unit)


def test_the_shrunk_sum_of_a_large_folder_is_the_planted_one(large):
    for group in large.truth.groups:
        known = [large.truth.studies[n] for n in group.known]
        twice = {b for _, b in large.truth.overlaps}
        studies = [
            Estimate(n, t.estimate, t.se)
            for n, t in zip(group.known, known, strict=True)
            if n not in twice
        ]
        total = shrink(studies).total({n: 1.0 for n in group.shipped if n not in twice})
        assert total.low < group.true_sum_once < total.high
        assert abs(total.raw - group.true_sum_once) > 2 * abs(total.mean - group.true_sum_once)
