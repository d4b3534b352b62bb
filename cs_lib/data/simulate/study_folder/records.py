"""Simulated studies as the records that a run publishes, by the schema of result.json."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from typing import Any

from cs_lib.data.simulate.study_folder import words
from cs_lib.data.simulate.study_folder.draw import ALPHA, Drawn, Run
from cs_lib.data.simulate.study_folder.ideas import Idea
from cs_lib.data.simulate.study_folder.plan import FolderPlan
from cs_lib.results import plain

VERSION = 2  # of result.json
NOT_NAMED = ("code", "data", "environment", "notebook", "params")  # what goes into a run


def digest(value: Any) -> str:
    """The digest of plain data."""
    return hashlib.sha256(
        json.dumps(value, sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()


def result(study: Drawn, run: Run, plan: FolderPlan) -> dict[str, Any]:
    """What result.json of one run holds."""
    verdict, clause = study.decided(run)
    known = study.state == "done"
    facts = {
        **_named(study.name, study.group.kind, words.question(study, plan.after), run.as_of),
        "language": study.language,
        "verdict": verdict,
        "headline": words.headline(study, run),
        "because": words.because(study, run),
        "next_step": words.NEXT[study.language][verdict],
        "headline_facts": {"clause": clause, **(_headline(study, run) if known else {})},
        "currency": study.group.currency or "CNY",
        "design": {
            "kind": "randomised" if study.group.kind == "perk_ab_test" else "before_after",
            "scope": {column: list(values) for column, values in study.scope.items()},
            "period": [study.changed.isoformat(), run.until.isoformat()],
        },
        "planned": {"min_effect": study.group.min_effect, "alpha": ALPHA},
        "checks": [_check(study)],
        "effects": [_effect(study, run)] if known or _nulls(study) else [],
        "owner": study.idea.owner,
        "plan_changed": study.plan_changed,
    }
    facts |= {"follows": study.follows} if study.follows else {}
    facts |= {"action": study.action} if study.action else {}
    if study.group.kind == "perk_ab_test":
        facts |= _offer(study, run, facts)
    return _closed(facts)


def plan_of(one: Idea, made: date) -> dict[str, Any]:
    """A plan whose study has not begun."""
    worth = 0.02
    return _closed(
        {
            **_named(
                f"plan_{one.name}", "experiment_plan", f"How long must we watch? {one.en}", made
            ),
            "language": "en",
            "verdict": "planned",
            "headline": "A change of 2.0 points shows after 12 weeks",
            "because": "12 weeks before and after the change find 2.0 points in 80 % of such studies.",
            "next_step": "Save the settings, and make the change.",
            "headline_facts": {"clause": "fits"},
            "currency": "CNY",
            "design": {
                "kind": "plan",
                "scope": {"need_code": [one.need]},
                "period": [(made - timedelta(days=120)).isoformat(), made.isoformat()],
            },
            "planned": {"min_effect": worth, "alpha": ALPHA},
            "checks": [],
            "effects": [],
            "plans": "before_after",
            "plan": {"smallest": worth, "weeks": 12},
            "owner": one.owner,
            "plan_changed": False,
        }
    )


def findings(actions: dict[str, Idea], plan: FolderPlan) -> dict[str, Any]:
    """The look at needs from which studies with an action came."""
    made, name = plan.first - timedelta(days=21), f"needs_{plan.first.year}"
    return _closed(
        {
            **_named(name, "needs_and_causes", "Which needs bring customers back, and why?", made),
            "language": "en",
            "verdict": "fix_first",
            "headline": "Where the order is: the largest need",
            "because": "It stands apart from all others.",
            "next_step": "Start with the first action.",
            "headline_facts": {"clause": "stands_apart"},
            "currency": "CNY",
            "design": {
                "kind": "source",
                "scope": {},
                "period": [(made - timedelta(days=182)).isoformat(), made.isoformat()],
            },
            "planned": None,
            "checks": [],
            "effects": [],
            "actions": [
                {
                    "id": action,
                    "owner": one.owner,
                    "metric": "contact_rate",
                    "scope": {"need_code": [one.need]},
                    "contacts": 400 + 10 * place,
                    "need": one.need,
                }
                for place, (action, one) in enumerate(sorted(actions.items()))
            ],
            "plan_changed": False,
        }
    )


def run_record(facts: dict[str, Any]) -> dict[str, Any]:
    """What run.json beside a result holds, as far as other pages read it."""
    return {
        "study": facts["study"],
        "notebook": facts["notebook"],
        "question": facts["question"],
        "plans": facts.get("plans"),
        "owner": facts.get("owner"),
        "language": facts["language"],
        "as_of": facts["as_of"],
        "command": f"cslib run {facts['study']} --as-of {facts['as_of']}",
        "digest": facts["digest"],
        "digests": facts["digests"],
        "started": f"{facts['as_of']}T03:00:00+00:00",
        "seconds": 20.0,
    }


def failed_record(study: Drawn) -> dict[str, Any]:
    """What run.json of a study that failed holds."""
    facts = _closed(
        {
            **_named(study.name, study.group.kind, study.idea.en, study.latest.as_of),
            "language": "en",
            "owner": study.idea.owner,
        }
    )
    return run_record(facts) | {
        "exit_code": 3,
        "sentence": "The analysis failed: the contacts of the last month are not there.",
    }


def _named(name: str, notebook: str, question: str, as_of: date) -> dict[str, Any]:
    return {
        "version": VERSION,
        "study": name,
        "notebook": notebook,
        "question": question,
        "as_of": as_of.isoformat(),
        "observed_until": as_of.isoformat(),
    }


def _closed(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts with digests of what they hold, numbers as files have them."""
    own = dict(plain(facts))
    return own | {
        "digest": digest(own),
        "digests": {part: digest([part, own["study"], own["as_of"]]) for part in NOT_NAMED},
    }


def _nulls(study: Drawn) -> bool:
    """Half of the withheld effects are there without numbers, half are absent."""
    return study.state == "invalid" and len(study.name) % 2 == 0


def _variant(study: Drawn) -> str:
    return "offered" if study.group.kind == "perk_ab_test" else "after"


def _headline(study: Drawn, run: Run) -> dict[str, Any]:
    return {
        "metric": study.group.metric,
        "variant": _variant(study),
        "unit": study.group.unit,
        "currency": study.group.currency,
        "effect": run.estimate,
        "effect_ci_low": run.ends[0],
        "effect_ci_high": run.ends[1],
    }


def _customers(study: Drawn, run: Run) -> int:
    """How many it takes for such a standard error, a value of one customer varying as much as its level."""
    return round(4 * (study.group.level / run.se) ** 2)


def _effect(study: Drawn, run: Run) -> dict[str, Any]:
    group, shown = study.group, study.state == "done"
    method = "welch_t" if group.kind == "perk_ab_test" else "its_by_week"
    details: dict[str, Any] = {"scale": "log" if group.log_scale else "natural"}
    if group.log_scale and shown:
        details |= {
            "rel_effect": run.estimate / group.level,
            "rel_effect_ci_low": run.ends[0] / group.level,
            "rel_effect_ci_high": run.ends[1] / group.level,
        }
    numbers = {
        "control": group.level,
        "treatment": group.level + run.estimate,
        "effect": run.estimate,
        "effect_ci_low": run.ends[0],
        "effect_ci_high": run.ends[1],
        "se": run.se,
        "pvalue": run.pvalue,
    }
    return {
        "metric": group.metric,
        "label": words.label(study),
        "role": "primary",
        "variant": _variant(study),
        "unit": group.unit,
        "currency": group.currency,
        **{name: value if shown else None for name, value in numbers.items()},
        "alpha": ALPHA,
        "df": None,
        "nobs": (run.until - study.changed).days // 7 + 16
        if group.kind == "before_after"
        else _customers(study, run),
        "relative": {"effect": run.estimate / group.level, "se": run.se / group.level}
        if shown
        else None,
        "method": method,
        "method_words": words.METHODS[method][study.language],
        "details": details,
    }


def _offer(study: Drawn, run: Run, facts: dict[str, Any]) -> dict[str, Any]:
    """What a randomised study has beside."""
    half = _customers(study, run) // 2
    counts = {"control": half, "offered": half}
    variant = {name: facts[name] for name in ("verdict", "because", "next_step")}
    clause = facts["headline_facts"]["clause"]
    shown = [{"variant": "offered", "clause": clause, "guardrails": {}, **variant}]
    return {
        "assigned": counts,
        "observed": counts,
        "variants": shown if study.state == "done" else [],
        "planned": {**facts["planned"], "planned_n": half},
    }


def _check(study: Drawn) -> dict[str, Any]:
    passed = study.state != "invalid"
    name, finding = words.CHECKS[passed][study.language]
    return {
        "code": "extract_complete",
        "passed": passed,
        "blocks_decision": not passed,
        "name": name,
        "finding": finding,
    }
