"""What machines read of a study: the records behind result.json, and from them its JSON Schema.

Codes and numbers are the same in every language; what a person reads is a `Sentence`, so that a
schema, and whoever compares two languages, can tell the one from the other.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from math import isfinite
from typing import Any, Literal

from cs_lib.quantity import Unit
from cs_lib.report.diagnosis_facts import (
    ActionFacts,
    NeedFacts,
    PainFacts,
    PerDayFacts,
    ReadinessFacts,
    RowFacts,
    Sentence,
    SignalFacts,
)
from cs_lib.report.portfolio_facts import DueFacts, StudyInSumFacts, SumFacts, TopDownFacts
from cs_lib.results import Check, Effect, Good, Guardrail, Verdict, plain
from cs_lib.sentences import Words

FACTS_VERSION = 2

DesignKind = Literal["randomised", "before_after", "by_team", "plan", "source"]
Role = Literal["primary", "money", "guardrail", "secondary"]


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """One trust check: what it is, how it came out, what was found."""

    code: str
    passed: bool | None
    blocks_decision: bool
    name: Sentence
    finding: Sentence
    found: Any = None  # the numbers, codes and days of the finding
    of: Any = None  # what one of several such checks is about


@dataclass(frozen=True, slots=True)
class RelativeFacts:
    """An effect as a share of the control value, with its standard error (delta method)."""

    effect: float
    se: float | None


@dataclass(frozen=True, slots=True)
class EffectFacts:
    """One effect with its interval, in the unit of its metric; shares are 0 to 1."""

    metric: str
    label: Sentence
    role: Role
    variant: str
    unit: Unit
    currency: str
    control: float | None
    treatment: float | None
    effect: float | None
    effect_ci_low: float | None
    effect_ci_high: float | None
    alpha: float
    se: float | None
    df: float | None
    pvalue: float | None
    nobs: int
    relative: RelativeFacts | None
    method: str  # The codes of the method, from that of the first result on.
    method_words: Sentence
    details: dict[str, Any]
    good: Good | None = None  # which way of the metric is better


@dataclass(frozen=True, slots=True)
class GuardrailFacts:
    """A metric that must not get worse by more than its margin."""

    metric: str
    variant: str
    outcome: Literal["holds", "breached", "not_shown"]
    margin: float
    pvalue: float | None = None  # One-sided, against a loss of the margin or more.


@dataclass(frozen=True, slots=True)
class DesignFacts:
    """How the comparison was made, of which contacts or customers, over which days."""

    kind: DesignKind
    # By column the values that count; all columns must hold, and without one everything counts.
    scope: dict[str, tuple[str, ...]]
    period: tuple[str, str] | None  # first and last day that the effect speaks of
    change_id: str | None = None  # the change in the change log, where one is named


@dataclass(frozen=True, slots=True)
class PlannedFacts:
    """What was settled before the data were seen."""

    min_effect: float
    alpha: float
    planned_n: int | None = None


@dataclass(frozen=True, slots=True)
class HeadlineFacts:
    """The clause of the rule that decided, and the effect it read."""

    clause: str
    metric: str | None = None
    variant: str | None = None
    unit: Unit | None = None
    currency: str | None = None
    effect: float | None = None
    effect_ci_low: float | None = None
    effect_ci_high: float | None = None


@dataclass(frozen=True, slots=True)
class VariantFacts:
    """One variant of a randomised study."""

    variant: str
    verdict: Verdict
    clause: str
    because: Sentence
    next_step: Sentence
    guardrails: dict[str, str]  # outcome by metric


@dataclass(frozen=True, slots=True)
class Facts:
    """A study's result. The run that publishes it adds its digests and whether the plan was changed."""

    version: int
    study: str
    notebook: str
    question: Sentence
    as_of: str
    observed_until: str
    verdict: Verdict
    headline: Sentence
    headline_facts: HeadlineFacts
    because: Sentence
    next_step: Sentence
    currency: str
    design: DesignFacts
    planned: PlannedFacts | None  # Nothing where no effect is looked for.
    checks: tuple[CheckFacts, ...]
    effects: tuple[EffectFacts, ...]
    follows: str | None = None  # the study that this one checks again
    action: str | None = None  # the action that led to the change
    owner: str | None = None  # who decides
    source: str = ""  # name of the source, which tells desks apart
    # The headline as a message and what fills its gaps, to be said in any language.
    headline_said: Any = None
    plans: str | None = None
    guardrails: tuple[GuardrailFacts, ...] = ()
    variants: tuple[VariantFacts, ...] = ()
    assigned: dict[str, int] = field(default_factory=dict)
    observed: dict[str, int] = field(default_factory=dict)
    smallest_detectable: float | None = None
    other_changes: tuple[EffectFacts, ...] = ()
    plan: dict[str, Any] | None = None  # What a plan computed, unrounded.
    readiness: dict[str, ReadinessFacts] = field(default_factory=dict)  # by kind of study
    per_day: dict[str, PerDayFacts] = field(default_factory=dict)  # by table
    needs: dict[str, NeedFacts] = field(default_factory=dict)  # by need, the largest first
    pains: tuple[PainFacts, ...] = ()  # those found first, the largest first
    rows: dict[str, RowFacts] = field(
        default_factory=dict
    )  # of a scorecard, in the order of the page
    signals: tuple[SignalFacts, ...] = ()  # alarms first
    actions: tuple[ActionFacts, ...] = ()
    portfolio: dict[str, SumFacts] = field(default_factory=dict)  # the one it begins with first
    studies: tuple[StudyInSumFacts, ...] = ()
    due_follow_ups: tuple[DueFacts, ...] = ()
    top_down: TopDownFacts | None = None
    files: dict[str, str] = field(default_factory=dict)  # published beside the page


@dataclass(frozen=True, slots=True)
class Published(Facts):
    """What stands in a published result.json."""

    language: str = "en"
    digest: str = ""
    digests: dict[str, str] = field(default_factory=dict)
    plan_changed: bool = False  # whether the plan was changed after data had been seen
    files: tuple[str, ...] = ()  # type: ignore[assignment]  # by name, without what is in them


def predicate(scope: Any) -> dict[str, tuple[str, ...]]:
    """The settings of a scope as the values that count by column; columns left open are absent."""
    chosen = {column: values for column, values in scope.model_dump().items() if values}
    return {c: tuple(v) for c, v in chosen.items() if isinstance(v, list | tuple)}


def schema() -> dict[str, Any]:
    """The JSON Schema of a published result; `x-sentence` marks what differs from language to language."""
    from pydantic import TypeAdapter

    document = TypeAdapter(Published).json_schema()
    document["title"] = f"result.json, version {FACTS_VERSION}"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}


def check_facts(check: Check) -> CheckFacts:
    """A check for machines."""
    return CheckFacts(
        code=check.code,
        passed=check.passed,
        blocks_decision=check.blocks_decision,
        name=check.name,
        finding=check.finding,
        found=_facts(check.found),
        of=_facts(check.of),
    )


def effect_facts(effect: Effect, metric: Any, role: Role) -> EffectFacts:
    """An effect for machines, in the unit of its metric."""
    relative = effect.rel_effect
    return EffectFacts(
        metric=effect.metric,
        label=metric.label,
        role=role,
        variant=effect.variant,
        unit=metric.unit,
        currency=metric.quantity.currency,
        control=effect.control,
        treatment=effect.treatment,
        effect=effect.effect,
        effect_ci_low=effect.effect_ci_low,
        effect_ci_high=effect.effect_ci_high,
        alpha=effect.alpha,
        se=effect.se,
        df=effect.df,
        pvalue=effect.pvalue,
        nobs=effect.nobs,
        relative=RelativeFacts(relative, effect.rel_se) if isfinite(relative) else None,
        method=effect.method.path,
        method_words=str(effect.method),
        details=dict(effect.details),
        good=metric.good,
    )


def guardrail_facts(rail: Guardrail) -> GuardrailFacts:
    """A guardrail for machines."""
    return GuardrailFacts(rail.metric, rail.effect.variant, rail.outcome, rail.margin, rail.pvalue)


def headline_facts(clause: str, effect: Effect | None, metric: Any = None) -> HeadlineFacts:
    """What decided: the clause, and the effect it read when there is one."""
    if effect is None:
        return HeadlineFacts(clause)
    return HeadlineFacts(
        clause=clause,
        metric=effect.metric,
        variant=effect.variant,
        unit=metric.unit,
        currency=metric.quantity.currency,
        effect=effect.effect,
        effect_ci_low=effect.effect_ci_low,
        effect_ci_high=effect.effect_ci_high,
    )


def as_json(facts: Any) -> Any:
    """Facts as plain data; what is absent or empty by default is left out."""
    if is_dataclass(facts) and not isinstance(facts, type):
        shown = [(f, getattr(facts, f.name)) for f in fields(facts)]
        return {
            f.name: as_json(value)
            for f, value in shown
            if value not in (None, (), {}) or not _may_be_absent(f)
        }
    if isinstance(facts, list | tuple):
        return [as_json(each) for each in facts]
    if isinstance(facts, dict):
        return {str(key): as_json(value) for key, value in facts.items()}
    return plain(facts)


def _may_be_absent(one: Field[Any]) -> bool:
    return one.default is not MISSING or one.default_factory is not MISSING


def _facts(words: Any) -> Any:
    return words.facts if isinstance(words, Words) else words or None
