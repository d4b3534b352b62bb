"""From results of studies to what a year's improvements brought."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from cs_lib.experiment.improvement_portfolio.again import Again, again, due, intervals
from cs_lib.experiment.improvement_portfolio.checks import checks
from cs_lib.experiment.improvement_portfolio.claims import Claim, Span, claims
from cs_lib.experiment.improvement_portfolio.decide import decide
from cs_lib.experiment.improvement_portfolio.families import families, pool, weight
from cs_lib.experiment.improvement_portfolio.measured import (
    INVALID,
    Sorted,
    Told,
    deciding,
    error_of,
    measured,
    sort_runs,
)
from cs_lib.experiment.improvement_portfolio.result import (
    Course,
    Drawer,
    Entry,
    Family,
    Kindred,
    Measured,
    Place,
    PortfolioResult,
    TopDown,
)
from cs_lib.experiment.improvement_portfolio.top_down import top_down
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.meta_analysis.calibration import (
    Plan,
    PlannedAgainstFound,
    planned_against_found,
)
from cs_lib.methods.meta_analysis.chance_wins import ChanceWins, chance_wins
from cs_lib.methods.meta_analysis.shrinkage import Pooled
from cs_lib.metrics.changes_logged import went_live
from cs_lib.metrics.improvement_portfolio import PortfolioEvidence
from cs_lib.metrics.study_results import PublishedRun
from cs_lib.params.improvement_portfolio import ImprovementPortfolio
from cs_lib.sentences import Text

Sums = Mapping[Kindred, Mapping[str, Claim]]
NOT_DECIDED = ("keep_running", "not_enough_data", "invalid")


def analyze(evidence: PortfolioEvidence, study: ImprovementPortfolio) -> PortfolioResult:
    """The ledger, what each kind of study adds up to, what still holds, and what the headline says beside it."""
    runs = sort_runs(evidence.results.runs)
    of_studies = {
        told.run.study: measured(told.run, evidence.metrics)
        for told in runs.studies
        if told.run.verdict not in INVALID
    }
    alike = _by_kind(of_studies)
    pooled = {of: pool(members, study.rule.alpha) for of, members in alike.items()}
    checked = _checked(of_studies, runs, pooled, study)
    claimed = _claims(alike, study, checked, _ends(runs, evidence))
    every = [one for members in alike.values() for one in members]
    found = families(every, claimed, study.design.period, study.rule.alpha)
    ledger = tuple(
        _entry(told, of_studies.get(told.run.study, []), claimed, pooled, checked, runs, study)
        for told in runs.studies
    )
    moved, why_not = _top_down(evidence, study, found, claimed)
    missing, unasked = _unmatched(runs, evidence, study.design.period)
    drawer, chance = tuple(_drawer(runs, evidence)), _chance(of_studies, study)
    return PortfolioResult(
        study=study,
        metrics=dict(evidence.metrics),
        currency=evidence.currency,
        checks=checks(evidence, study, ledger, found, drawer, missing, unasked),
        decision=decide(ledger, found, chance, study),
        ledger=ledger,
        families=found,
        chance=chance,
        planned=_planned(runs, pooled, of_studies),
        held_intervals=intervals(every, runs.follow_ups),
        top_down=moved,
        why_no_top_down=why_not,
        courses=tuple(_courses(runs, evidence)),
        drawer=drawer,
        unread=evidence.results.unread,
        failed=evidence.results.failed,
        without_change=missing,
        without_study=unasked,
        evidence=evidence,
    )


def _checked(
    of_studies: Mapping[str, Sequence[Measured]],
    runs: Sorted,
    pooled: Mapping[Kindred, Pooled | None],
    study: ImprovementPortfolio,
) -> dict[str, Again]:
    """What came of measuring studies again, by study."""
    found = dict[str, Again]()
    for name, effects in of_studies.items():
        if not effects:
            continue
        first, follow_ups = effects[0], runs.follow_ups.get(name, ())
        look = again(first, follow_ups, pooled[first.of], alpha=study.rule.alpha)
        if look is not None:
            found[name] = look
    return found


def _ends(runs: Sorted, evidence: PortfolioEvidence) -> dict[str, date]:
    """The last day of changes that the log says were taken back, by study."""
    ended = {one.change_id: one.last for one in evidence.changes or () if one.last is not None}
    named = ((told.run.study, told.run.change_id or "") for told in runs.studies)
    return {study: ended[change] for study, change in named if change in ended}


def _by_kind(of_studies: Mapping[str, Sequence[Measured]]) -> dict[Kindred, list[Measured]]:
    found = dict[Kindred, list[Measured]]()
    for members in of_studies.values():
        for one in members:
            found.setdefault(one.of, []).append(one)
    return found


def _claims(
    alike: Mapping[Kindred, Sequence[Measured]],
    study: ImprovementPortfolio,
    checked: Mapping[str, Again],
    ended: Mapping[str, date],
) -> dict[Kindred, dict[str, Claim]]:
    """Claims by kind; cells are of a metric, whatever the design."""
    confirmed = {name: each.confirmed for name, each in checked.items() if each.confirmed}
    by_metric = dict[tuple[str, str, str], list[Measured]]()
    for of, members in alike.items():
        by_metric.setdefault((of.metric, of.unit, of.currency), []).extend(members)
    found = {
        key: claims(members, study.design.period, confirmed, ended)
        for key, members in by_metric.items()
    }
    return {
        of: {
            one.study: claim
            for one in members
            if (claim := found[of.metric, of.unit, of.currency].get(one.study)) is not None
        }
        for of, members in alike.items()
    }


def _entry(
    told: Told,
    effects: Sequence[Measured],
    claimed: Sums,
    pooled: Mapping[Kindred, Pooled | None],
    checked: Mapping[str, Again],
    runs: Sorted,
    study: ImprovementPortfolio,
) -> Entry:
    run = told.run
    one = effects[0] if effects else None
    claim = claimed[one.of].get(run.study) if one else None
    follow_ups, look = runs.follow_ups.get(run.study, ()), checked.get(run.study)
    together = pooled[one.of] if one else None
    share = weight(one, claim, study.design.period) if one else 0.0
    shrunk = next((e for e in together.studies if e.id == run.study), None) if together else None
    return Entry(
        study=run.study,
        question=run.question,
        notebook=run.notebook,
        verdict=run.verdict,
        as_of=run.as_of,
        measured=one,
        place=_place(run, one, claim, share),
        days=claim.days if claim else (),
        weight=share,
        inside_of=claim.inside_of if claim else "",
        shrunk=shrunk,
        follow_up=look.study if look else "",
        held=look.held if look else None,
        why_not=look.why_not if look else "",
        due=due(one, follow_ups, study.design.follow_up_days, study.as_of) if one else None,
        plan_changed=run.plan_changed,
        change_id=run.change_id,
        action=run.action,
        owner=run.owner,
        also=told.also,
    )


def _place(run: PublishedRun, one: Measured | None, claim: Claim | None, share: float) -> Place:
    if run.verdict in INVALID:
        return "invalid"
    if one is None:
        effect = deciding(run)
        return "unknown" if effect is not None and error_of(effect) is not None else "unusable"
    if not one.live:
        return "not_live"
    if claim is None or not claim.days:
        return "inside" if claim is not None and claim.inside_of else "outside"
    return "counted" if share > 0 else "outside"


def _top_down(
    evidence: PortfolioEvidence,
    study: ImprovementPortfolio,
    found: Sequence[Family],
    claimed: Sums,
) -> tuple[TopDown | None, Text]:
    of_headline = [one for one in found if one.of.metric == study.design.headline]
    of_headline.sort(key=lambda one: (one.of.kind != "before_after", one.pooled is None))
    own = next(iter(of_headline), None)
    try:
        return top_down(evidence, study, own, claimed[own.of] if own else {}), ""
    except CannotEstimate as refusal:
        return None, refusal.reason


def _chance(
    of_studies: Mapping[str, Sequence[Measured]], study: ImprovementPortfolio
) -> ChanceWins | None:
    """Wins among the effects that decided, each study once."""
    first = [effects[0] for effects in of_studies.values() if effects]
    if not first:
        return None
    wins = sum(one.won for one in first)
    return chance_wins(len(first), wins, alpha=study.rule.alpha)


def _planned(
    runs: Sorted,
    pooled: Mapping[Kindred, Pooled | None],
    of_studies: Mapping[str, Sequence[Measured]],
) -> PlannedAgainstFound | None:
    """Plans against effects with chance taken out, as far as it can be."""
    plans = list[Plan]()
    for told in runs.studies:
        effects = of_studies.get(told.run.study)
        if not effects or not told.run.planned:
            continue
        one, together = effects[0], pooled[effects[0].of]
        found = one.effect
        if together is not None:
            found = next(each.mean for each in together.studies if each.id == one.study)
        plans.append(Plan(one.study, told.run.planned, found, one.good))
    try:
        return planned_against_found(plans)
    except CannotEstimate:
        return None


def _courses(runs: Sorted, evidence: PortfolioEvidence) -> Iterator[Course]:
    """From the first page that lists the action to the first run that decided."""
    listed = dict[str, date]()
    decided = dict[str, date]()
    for run in evidence.results.runs:
        for one in run.actions:
            listed[one] = min(run.as_of, listed.get(one, run.as_of))
        if run.verdict not in NOT_DECIDED:
            decided[run.study] = min(run.as_of, decided.get(run.study, run.as_of))
    log = {one.change_id: one for one in evidence.changes or ()}
    for told in runs.studies:
        run, entry = told.run, log.get(told.run.change_id or "")
        action = run.action or (entry.action if entry else "") or None
        found = entry.found if entry else None
        yield Course(
            run.study,
            action,
            found or (listed.get(action) if action else None),
            run.period[0] if run.period else None,
            decided.get(run.study),
        )


def _unmatched(
    runs: Sorted, evidence: PortfolioEvidence, period: Span
) -> tuple[tuple[str, ...], tuple[tuple[str, Text, date], ...]]:
    """Studies of changes that the log does not know, and logged changes that no study asks about."""
    if evidence.changes is None:
        return (), ()
    known = {one.change_id for one in evidence.changes}
    of_changes = [told.run for told in runs.studies if told.run.kind != "randomised"]
    asked = {run.change_id for run in [*of_changes, *runs.running]}
    missing = tuple(run.study for run in of_changes if run.change_id not in known)
    unasked = tuple(
        (one.change_id, one.title, one.day)
        for one in went_live(evidence.changes, *period)
        if one.change_id not in asked
    )
    return missing, unasked


def _drawer(runs: Sorted, evidence: PortfolioEvidence) -> Iterator[Drawer]:
    """Studies without a result: all that was begun or planned and is not in the ledger."""
    there = {told.run.study for told in runs.studies}
    for one in evidence.results.failed:
        if one.study not in there:
            yield Drawer(one.study, "failed", one.as_of, one.why)
    for run in runs.running:
        yield Drawer(run.study, "running", run.as_of.isoformat(), "")
    for run in runs.plans:
        yield Drawer(run.study, "planned", run.as_of.isoformat(), "")
    for name in evidence.results.later:
        yield Drawer(name, "later", "", "")
