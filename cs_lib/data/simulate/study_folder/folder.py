"""A folder of published studies as the files that it holds, and its truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cs_lib.data.simulate.study_folder import records, truth
from cs_lib.data.simulate.study_folder.draw import Drawn, draw, spare
from cs_lib.data.simulate.study_folder.ideas import CHANGES, idea
from cs_lib.data.simulate.study_folder.plan import DEMO, FolderPlan

CUT = 0.6  # where a broken file ends
PAGE = "index.html"


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """A simulated folder.

    Attributes:
        files: text by path below the folder, as published: `<study>/latest`, `<study>/runs/<day>-<digest>`,
            `<study>/failed`.
        results: what the readable latest result.json files hold, by study.
        truth: what is planted.
    """

    files: dict[str, str]
    results: dict[str, dict[str, Any]]
    truth: truth.FolderTruth


def study_folder(seed: int = 7, plan: FolderPlan = DEMO) -> StudyFolder:
    """A year of studies with planted effects; the same bytes for the same seed and plan."""
    drawn = draw(seed, plan)
    odd = spare(seed, plan, plan.failed + plan.broken + plan.newer)
    failed, rest = odd[: plan.failed], odd[plan.failed :]
    broken, newer = rest[: plan.broken], rest[plan.broken :]
    results = {one.name: records.result(one, one.latest, plan) for one in drawn}
    files: dict[str, str] = {}
    for one in drawn:
        before = [records.result(one, run, plan) for run in one.earlier]
        files.update(_published([*before, results[one.name]]))
    others = list(_others(drawn, odd, plan))
    for facts in others:
        files.update(_published([facts]))
    for one in failed:
        record = records.failed_record(one)
        files[f"{one.name}/failed/run.json"] = _json(record)
        files[f"{one.name}/failed/{PAGE}"] = _page(record["question"])
    for one in broken:
        files.update(_cut(_published([records.result(one, one.latest, plan)])))
    for one in newer:
        later = records.result(one, one.latest, plan)
        later |= {"version": records.VERSION + 1, "shape": "later"}
        files.update(_published([later]))
    results |= {facts["study"]: facts for facts in others}
    return StudyFolder(
        dict(sorted(files.items())),
        dict(sorted(results.items())),
        _truth(drawn, plan, others, (failed, broken, newer)),
    )


def _others(drawn: list[Drawn], odd: list[Drawn], plan: FolderPlan) -> Iterator[dict[str, Any]]:
    """Plans whose study has not begun, and the look at needs from which actions came."""
    start = plan.groups[0].studies + len(odd)
    for place in range(start, start + plan.not_run):
        yield records.plan_of(idea(CHANGES, place), plan.as_of - timedelta(days=30))
    actions = {one.action: one.idea for one in drawn if one.action}
    if actions:
        yield records.findings(actions, plan)


def _published(runs: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """The files of a study, the last run being the latest; the plan is that of the first."""
    for facts in runs:
        name = f"{facts['as_of']}-{facts['digest'][:8]}"
        where = [f"runs/{name}", *(["latest"] if facts is runs[-1] else [])]
        for folder in where:
            path = f"{facts['study']}/{folder}"
            yield f"{path}/result.json", _json(facts)
            yield f"{path}/run.json", _json(records.run_record(facts))
            yield f"{path}/{PAGE}", _page(facts["question"])
    first = runs[0]
    stated = {"design": first["design"], "rule": first["planned"]}
    plan = {"as_of": first["as_of"], "hash": records.digest(stated), "plan": stated}
    yield f"{first['study']}/plan.json", _json(plan)


def _cut(files: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The same with results that end too early."""
    for path, text in files:
        yield path, text[: round(CUT * len(text))] if path.endswith("result.json") else text


def _truth(
    drawn: list[Drawn],
    plan: FolderPlan,
    others: list[dict[str, Any]],
    odd: tuple[list[Drawn], list[Drawn], list[Drawn]],
) -> truth.FolderTruth:
    failed, broken, newer = (tuple(one.name for one in each) for each in odd)
    checked = [one for one in drawn if one.follows is not None]
    return truth.FolderTruth(
        studies={one.name: truth.study_truth(one) for one in drawn},
        groups=tuple(truth.group_truth(group, drawn) for group in plan.groups),
        faded=tuple(str(one.follows) for one in checked if one.faded),
        lasting=tuple(str(one.follows) for one in checked if not one.faded),
        due_follow_ups=truth.due(drawn, plan),
        overlaps=tuple((one.sees_same_as, one.name) for one in drawn if one.sees_same_as),
        plan_changed=tuple(one.name for one in drawn if one.plan_changed),
        not_run=tuple(one["study"] for one in others if one["verdict"] == "planned"),
        failed=failed,
        unreadable=broken,
        newer=newer,
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False) + "\n"


def _page(title: str) -> str:
    return f"<!doctype html><meta charset=utf-8><title>{title}</title><p>{title}</p>\n"
