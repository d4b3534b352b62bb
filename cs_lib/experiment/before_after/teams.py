"""A change that some teams got: the panel by weeks, the method that so many teams carry, and what stands beside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cs_lib import sentences as w
from cs_lib.aggregates import Series, TeamPanel
from cs_lib.experiment.before_after.case import Case
from cs_lib.experiment.before_after.result import By, TeamLine, TeamStudy
from cs_lib.experiment.before_after.team_panel import DAYS_PER_WEEK, Rate, panel_of, weeks_left_out
from cs_lib.language import later
from cs_lib.methods.did.bacon import bacon_decomposition
from cs_lib.methods.did.drift import drift_bounds
from cs_lib.methods.did.one_date import (
    FEWEST_TEAMS,
    compare_team_changes,
    randomisation_test,
    unlike_teams,
)
from cs_lib.methods.did.panel import first_changed, gaps, without_gaps
from cs_lib.methods.did.partial import Partial, filled_at_one_date, in_periods_they_have
from cs_lib.methods.did.pretrend import pretrend_test
from cs_lib.methods.did.staggered import GroupTimeEffects, group_time_effects
from cs_lib.methods.did.summaries import (
    WAYS_TO_COUNT,
    average_effect,
    effects_by_adoption,
    effects_by_time_since,
    overall_effect,
    rollout_permutation_test,
)
from cs_lib.methods.did.synthetic_choice import SyntheticChoice, choose_synthetic
from cs_lib.methods.errors import CannotEstimate, NotEnoughTeams, or_none, tried
from cs_lib.methods.tails import t_quantile
from cs_lib.results import Effect
from cs_lib.sentences import Text, say

Column = NDArray[Any]

POWER = 0.8
# Where one or two teams do not show how much they vary, the page says what if it were so many times as much.
FEARED_RATIO_OF_SPREADS = 2.0


SYNTHETIC_TITLES = {
    "did": later(
        "Against a mix of the other teams, levels taken out (synthetic difference-in-differences)"
    ),
    "control": later("Against a mix of the other teams at their own level (synthetic control)"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """The deciding effect of a panel and the others by name."""

    by: By
    effect: Effect
    beside: tuple[tuple[Text, Effect], ...]
    synthetic: SyntheticChoice | None = None
    refused: Text = ""  # Why there is no synthetic comparison.
    unlike: Effect | None = None  # If the few teams of one side varied more.
    # In waves, over all teams in the weeks they have, where some were not there all the time.
    partial: Partial | None = None


def team_study(case: Case) -> TeamStudy:
    """The effect of a roll-out by the method its teams and dates ask for.

    One changed team, eight others and ten weeks before: a synthetic comparison with placebo teams.
    Otherwise one date: one pre/post change per team. Several dates: group-time effects against
    teams not yet changed, averaged over team-weeks.

    Raises:
        NotEnoughTeams: fewer than four teams, or nobody to compare with.
        CannotEstimate: no case, no variation.
    """
    alpha, washout = case.study.rule.alpha, -(-case.study.design.washout_days // DAYS_PER_WEEK)
    whole, partly = _filled(weekly_panel(case), washout)
    panel, gone = without_gaps(whole)
    dates = _dates(panel)
    _require_teams(panel, dates)
    groups = or_none(lambda: group_time_effects(panel))
    answer = _at_once(panel, alpha, washout) if len(dates) == 1 else _in_waves(panel, whole, alpha)
    effect, waves = answer.effect, groups if answer.by == "in_waves" else None
    if answer.partial:
        partly, gone = answer.partial.partly, answer.partial.gone
    parallel = answer.by != "synthetic"  # Whether the answer rests on parallel trends.
    return TeamStudy(
        effect=effect,
        by=answer.by,
        beside=answer.beside,
        profile=or_none(lambda: effects_by_time_since(groups, alpha=alpha)) if groups else None,
        **_of_waves(waves, answer.partial, alpha),
        pretrend=or_none(lambda: pretrend_test(panel)) if parallel else None,
        drift=or_none(lambda: drift_bounds(panel, alpha=alpha)) if parallel else None,
        synthetic=answer.synthetic,
        refused=answer.refused,
        bacon=or_none(lambda: bacon_decomposition(panel)) if waves else None,
        left_out=(*gone, *sorted(set(case.study.design.teams or {}) - set(case.evidence.teams))),
        smallest_detectable=(t_quantile(1 - alpha / 2, effect.df) + t_quantile(POWER, effect.df))
        * effect.se,
        unlike=answer.unlike,
        weeks_left_out=weeks_left_out(
            case.evidence.teams, origin=case.study.design.intervention_date
        ),
        rate=rate_of(case, case.primary.name),
        partly=partly,
    )


def _dates(panel: TeamPanel) -> NDArray[np.int64]:
    """The weeks in which teams were changed, each once."""
    first = first_changed(panel)
    return np.unique(first[first < len(panel.periods)])


def _filled(panel: TeamPanel, washout: int) -> tuple[TeamPanel, tuple[str, ...]]:
    """Changed at one date: teams that were not there all the time, their weeks filled in, and their names."""
    if len(_dates(panel)) != 1:
        return panel, ()
    return filled_at_one_date(panel, washout_periods=washout)


def _require_teams(panel: TeamPanel, dates: NDArray[np.int64]) -> None:
    """Refuse a roll-out that leaves too few teams to tell chance from change."""
    teams, never = len(panel.teams), int(np.isnat(panel.start).sum())
    if len(dates) == 0:
        raise NotEnoughTeams(
            say("No changed team has cases in every week, so there is nothing to read.")
        )
    if len(dates) == 1 and never == 0:
        raise NotEnoughTeams(
            say("Every team was changed at once, so none is left to compare with.")
        )
    if teams < FEWEST_TEAMS:
        raise NotEnoughTeams(
            say(
                "Only {teams} had cases in every week: too few to tell a change from the ups "
                "and downs of single teams. The values by team are a description, not a "
                "finding.",
                teams=w.counted(teams, "team"),
            )
        )


def _at_once(panel: TeamPanel, alpha: float, washout: int) -> Reading:
    """One date: a synthetic comparison for one team among many, else one change per team."""
    plain = compare_team_changes(panel, alpha=alpha, washout_periods=washout)
    lot = or_none(lambda: randomisation_test(panel, alpha=alpha, washout_periods=washout))
    beside = ((say("If the changed teams had been drawn by lot"), lot),) if lot else ()
    chosen, refusal = tried(lambda: choose_synthetic(panel, alpha=alpha, washout_periods=washout))
    if chosen is None:
        unlike = _if_few_varied_more(panel, plain, washout)
        return Reading("at_once", plain, beside, refused=refusal, unlike=unlike)
    others = [(say("Against all other teams alike"), plain), *beside]
    if chosen.other:
        others.insert(0, (say(SYNTHETIC_TITLES[chosen.other.how]), chosen.other.effect))
    return Reading("synthetic", chosen.decides.effect, tuple(others), chosen)


def _if_few_varied_more(panel: TeamPanel, plain: Effect, washout: int) -> Effect | None:
    """The answer if a side of one or two teams varied twice as much; nothing where spreads can be seen."""
    if plain.details["errors"] != "pooled":
        return None
    return unlike_teams(
        panel, times=FEARED_RATIO_OF_SPREADS, alpha=plain.alpha, washout_periods=washout
    )


def _in_waves(panel: TeamPanel, whole: TeamPanel, alpha: float) -> Reading:
    """Several dates: group-time effects, averaged over team-weeks; `whole` has also teams with gaps."""
    effects = group_time_effects(panel)
    partial = _partial(whole, effects, alpha)
    if partial:
        return Reading("in_waves", partial.effect, (), partial=partial)
    dealt = or_none(lambda: rollout_permutation_test(effects, alpha=alpha))
    beside = ((say("If the order had been drawn by lot"), dealt),) if dealt else ()
    return Reading("in_waves", overall_effect(effects, alpha=alpha), beside)


def _partial(whole: TeamPanel, effects: GroupTimeEffects, alpha: float) -> Partial | None:
    """The reading with teams that were not there all the time; None without such teams or where it cannot be had."""
    if not gaps(whole).any():
        return None
    found = or_none(lambda: in_periods_they_have(whole, effects, alpha=alpha))
    return found if found and found.partly else None


def _of_waves(
    groups: GroupTimeEffects | None, partial: Partial | None, alpha: float
) -> dict[str, Any]:
    """The averages of a roll-out in waves, the deciding one first, and the effect by date of change."""
    if partial:
        return {"averages": partial.averages, "waves": partial.waves}
    if groups is None:
        return {"averages": (), "waves": None}
    averages = tuple(average_effect(groups, c, alpha=alpha) for c in WAYS_TO_COUNT)
    return {"averages": averages, "waves": effects_by_adoption(groups, alpha=alpha)}


def weekly_panel(case: Case) -> TeamPanel:
    """Team means by whole weeks counted from the first change; the week of a change counts as changed.

    Raises:
        CannotEstimate: no team of the roll-out has a case.
    """
    if not case.evidence.teams:
        raise CannotEstimate(say("None of the teams of design.teams has a case in these periods."))
    days = {name: (case.study.design.teams or {}).get(name) for name in case.evidence.teams}
    origin, name = case.study.design.intervention_date, case.primary.name
    return panel_of(case.evidence.teams, days, origin=origin, rate=rate_of(case, name))


def rate_of(case: Case, name: str) -> Rate | None:
    """How a metric is read team by team when it is a rate per orders; None for others."""
    if case.evidence.metrics[name].unit != "per_1000":
        return None
    return "own_orders" if case.evidence.orders_by_team else "shared_orders"


def effect_in_waves(case: Case, name: str, *, alpha: float | None = None) -> Effect:
    """The effect on a metric beside the primary one, every wave at its own date.

    Raises:
        CannotEstimate: it cannot be had by team, or as `group_time_effects`.
    """
    series = case.evidence.others_by_team.get(name)
    if not series:
        raise CannotEstimate(
            say(
                "Teams were changed on several dates, and it cannot be had team by team, so no "
                "wave can be read at its own date."
            )
        )
    design, plan = case.study.design, case.study.design.teams or {}
    days = {team: plan.get(team) for team in series}
    whole = panel_of(series, days, origin=design.intervention_date, rate=rate_of(case, name))
    panel, _ = without_gaps(whole)
    if np.isnat(panel.start).all():
        raise CannotEstimate(
            say("No changed team has cases in every week, so there is nothing to read.")
        )
    effects, level = group_time_effects(panel), alpha or case.study.rule.alpha
    partial = _partial(whole, effects, level)
    return partial.effect if partial else overall_effect(effects, alpha=level)


def team_lines(case: Case) -> tuple[TeamLine, ...]:
    """A line per team of the roll-out that has cases, changed ones first, each in order of its date."""
    plan, design = case.study.design.teams or {}, case.study.design
    lines = [
        _line(team, plan.get(team), series, design.intervention_date, design.washout_days)
        for team, series in case.evidence.teams.items()
    ]
    return tuple(sorted(lines, key=lambda line: (line.changed_on or date.max, line.team)))


def _line(team: str, day: date | None, series: Series, first: date, washout: int) -> TeamLine:
    start = np.datetime64(day or first, "D")
    early = series.days < start
    late = series.days >= start + washout
    means = [_mean(series, side) for side in (early, late)]
    return TeamLine(team, day, means[0], means[1], int(series.denominator.sum()))


def _mean(series: Series, side: np.ndarray) -> float:
    below = float(series.denominator[side].sum())
    return float(series.numerator[side].sum()) / below if below > 0 else float("nan")
