"""What a doubter asks of a roll-out: enough teams, alike before, nobody lost, one date or several."""

from __future__ import annotations

from cs_lib import sentences as w
from cs_lib.experiment.before_after.result import TeamStudy
from cs_lib.experiment.before_after.team_panel import FEWEST_CONTACTS_BEFORE, Rate
from cs_lib.language import later
from cs_lib.methods.did.pretrend import detectable_slope
from cs_lib.methods.did.synthetic import FEWEST_BEFORE, FEWEST_DONORS, How
from cs_lib.methods.did.synthetic_choice import SyntheticChoice
from cs_lib.methods.errors import CannotEstimate
from cs_lib.metrics import Metric
from cs_lib.results import Check, Effect
from cs_lib.sentences import Text, say

# Below this p of the pre-trend test the teams had drifted apart before the change.
MIN_PRETREND_P = 0.05
WEEKS_PER_MONTH = 4
SYNTHETIC_NAMES: dict[How, str] = {
    "did": later("synthetic difference-in-differences"),
    "control": later("synthetic control"),
}


def team_checks(team_study: TeamStudy, metric: Metric) -> list[Check]:
    """The checks of a roll-out, those that its deciding method rests on."""
    if team_study.synthetic:
        checks = _synthetic(team_study.synthetic, metric)
    else:
        checks = [_enough(team_study), _errors(team_study, metric), _parallel(team_study, metric)]
        checks += _drift(team_study, metric)
    checks += [rate_check(team_study.rate)] if team_study.rate else []
    if team_study.left_out or team_study.partly:
        checks.append(Check("every_team_counted", None, w.together(*_not_always_there(team_study))))
    if team_study.weeks_left_out:
        said = say(
            "Left out, because more than half of the teams have no case in them: {weeks}.",
            weeks=w.counted(team_study.weeks_left_out, "week"),
        )
        checks.append(Check("every_week_counted", None, said))
    if team_study.bacon:
        number = w.change(team_study.bacon.twfe, metric.quantity)
        finding = say(
            "The usual two-way fixed-effects regression gives {number}; {forbidden_share} "
            "of its weight compares with teams that were changed already.",
            number=number,
            forbidden_share=w.percent(team_study.bacon.forbidden_share, places=0),
        )
        checks.append(Check("not_yet_changed_teams", None, finding))
    return checks


def only_drift(team_study: TeamStudy) -> bool:
    """Whether teams ran apart before the change, and as much again would take the finding away."""
    if (
        team_study.pretrend is None
        or team_study.drift is None
        or team_study.pretrend.pvalue >= MIN_PRETREND_P
    ):
        return False
    low, high = team_study.drift.as_before
    return low <= 0 <= high


def _enough(team_study: TeamStudy) -> Check:
    name, code = "enough_teams", str(team_study.effect.details.get("rule", ""))
    teams = w.counted(team_study.effect.nobs, "team")
    if code == "fragile":
        return Check(
            name,
            False,
            say("{teams}: a fragile estimate, it leans on few teams being alike.", teams=teams),
        )
    if team_study.by == "at_once" and team_study.effect.details["n_changed"] == 1:
        return Check(name, False, _alone(team_study))
    return Check(
        name,
        True,
        say("{teams}; every team counts once, whatever its number of cases.", teams=teams),
    )


def _not_always_there(team_study: TeamStudy) -> list[Text]:
    """Teams that count in the weeks they have, and teams that count in none."""
    said: list[Text] = []
    if team_study.partly:
        named = w.listed(list(team_study.partly))
        said.append(
            say(
                "Not there all the time, and compared with the others in the weeks they have: {named}. "
                "The course by week and the checks of earlier drifts speak of the other teams.",
                named=named,
            )
            if team_study.by == "in_waves"
            else say(
                "Not there all the time, and compared with the unchanged teams in the weeks they have: "
                "{named}.",
                named=named,
            )
        )
    if team_study.left_out:
        said.append(left_out(w.listed(list(team_study.left_out)), team_study.rate))
    return said


def left_out(named: Text, rate: Rate | None) -> Text:
    """Which teams are left out, and why."""
    if rate is None:
        return say("Left out, without cases in some week: {named}.", named=named)
    return say(
        "Left out, with fewer than {fewest} contacts to compare with, or not there all the time: "
        "{named}.",
        fewest=FEWEST_CONTACTS_BEFORE,
        named=named,
    )


def rate_check(rate: Rate) -> Check:
    """Over whose orders a rate is read team by team, and what that takes for granted."""
    said = say(
        "Every team’s contacts are over its own orders (table exposure, segment called as the team)."
        if rate == "own_orders"
        else "Orders have no team, so every team’s contacts are over the orders of the whole desk. "
        "Between teams these cancel: a difference is one per order only if every team went on serving "
        "the same share of the orders. To read each team over its own orders, deliver exposure with a "
        "segment called as each team."
    )
    unit = say(
        "Each team is compared with its own rate before and counts once; the difference is that of an "
        "average changed team."
    )
    return Check("rate_by_team", rate == "own_orders" or None, w.together(said, unit))


def _errors(team_study: TeamStudy, metric: Metric) -> Check:
    """Whose ups and downs the answer was judged by, and why."""
    effect, waves = team_study.effect, team_study.by == "in_waves"
    name, errors = "team_errors", str(effect.details["errors"])
    if errors in ("own", "sides"):
        course = say(
            "The course by week takes one spread for all, because single weeks leave too little "
            "to see each."
        )
        return Check(name, None, w.together(_own_spreads(effect, waves), course))
    if errors == "influence":
        said = say(
            "Chance is judged by how much each single team moves the answer (influence functions "
            "of Callaway and Sant’Anna), because {teams} are enough for that.",
            teams=w.counted(effect.nobs, "team"),
        )
        return Check(name, None, said)
    if waves:
        said = say(
            "Chance is judged by one spread for all teams, because in some wave there are too few "
            "to see their own; if teams of some waves vary more than others, the interval is too "
            "narrow or too wide."
        )
        return Check(name, None, said)
    if team_study.unlike is None:
        said = say(
            "With as many changed as unchanged teams it hardly matters if one side varies more; the "
            "more unlike their spreads look, the wider the interval ({df} degrees of freedom).",
            df=w.plain(effect.df, 1),
        )
        return Check(name, None, said)
    return _if_unlike(team_study, team_study.unlike, metric)


def _own_spreads(effect: Effect, waves: bool) -> Text:
    """Which teams are judged by a spread of their own."""
    df = w.plain(effect.df, 1)
    if effect.details["errors"] == "sides":
        return say(
            "Chance is judged by the spread of the teams that were changed, all waves together, and "
            "of the unchanged ones by itself, because a wave of one or two teams does not show its "
            "own ({df} degrees of freedom).",
            df=df,
        )
    return say(
        "Chance is judged by the spread of each wave and of the unchanged teams by itself, "
        "because they may vary by different amounts ({df} degrees of freedom)."
        if waves
        else "Chance is judged by the spread of the changed and of the unchanged teams by "
        "itself (Welch), because they may vary by different amounts ({df} degrees of "
        "freedom).",
        df=df,
    )


def _if_unlike(team_study: TeamStudy, unlike: Effect, metric: Metric) -> Check:
    """One spread for all because one or two teams do not show theirs, and what if they varied twice as much."""
    few_changed = 2 * int(unlike.details["n_changed"]) <= unlike.nobs
    found = team_study.effect.pvalue < team_study.effect.alpha
    stands = unlike.pvalue < unlike.alpha
    said = say(
        "Chance is judged by one spread for all teams, because so few changed teams do not show "
        "their own. If they varied twice as much as the others, the interval would be {interval} "
        "({pvalue})."
        if few_changed
        else "Chance is judged by one spread for all teams, because so few unchanged teams do not "
        "show their own. If they varied twice as much as the changed ones, the interval would be "
        "{interval} ({pvalue}).",
        interval=w.interval(unlike.effect_ci_low, unlike.effect_ci_high, metric.quantity),
        pvalue=w.stated(unlike.pvalue),
    )
    return Check("team_errors", False if found and not stands else None, said)


def _alone(team_study: TeamStudy) -> Text:
    """Why one changed team is compared with all others alike."""
    donors, before = (int(team_study.effect.details[k]) for k in ("n_control", "periods_before"))
    if donors < FEWEST_DONORS or before < FEWEST_BEFORE:
        return say(
            "One changed team, {donors} and {before} before the change: a synthetic "
            "comparison takes {least_others} others and {least_weeks} weeks. The t test "
            "used instead takes the ups and downs of the changed team to be like the "
            "others’.",
            donors=w.counted(donors, "other"),
            before=w.counted(before, "week"),
            least_others=FEWEST_DONORS,
            least_weeks=FEWEST_BEFORE,
        )
    return say(
        "One changed team, and no mix of the others follows it before the change. The "
        "t test used instead takes its ups and downs to be like the others’."
    )


def _synthetic(choice: SyntheticChoice, metric: Metric) -> list[Check]:
    """Why this mix of other teams, how well it follows, and what it finds where nothing was changed."""
    chosen, donors = choice.decides, len(choice.decides.donors)
    off = w.size(chosen.prefit_rmse, metric.quantity)
    noise = w.size(chosen.noise, metric.quantity)
    alike = round(chosen.rank_p * (donors + 1)) - 1
    return [
        Check("enough_teams", True, _why_this_mix(choice, metric)),
        Check(
            "team_errors",
            None,
            say(
                "Chance is judged by how far the same comparison goes astray on the other teams, "
                "on which nothing was changed, because one team does not show its own spread."
            ),
        ),
        Check(
            "mix_follows_team",
            chosen.fit == "good",
            say(
                "Before the change it is off by {off} in a usual week; the other teams move by "
                "{noise} from week to week.",
                off=off,
                noise=noise,
            ),
        ),
        Check(
            "placebo_teams",
            None,
            say(
                "{alike} of {donors} other teams, on which nothing was changed, show an effect "
                "as large (by size)."
                if chosen.how == "did"
                else "{alike} of {donors} other teams, on which nothing was changed, show an "
                "effect as large (by size against the misfit before).",
                alike=alike,
                donors=donors,
            ),
        ),
    ]


def _why_this_mix(choice: SyntheticChoice, metric: Metric) -> Text:
    """Which of the two mixes decides, and by what."""
    chosen = choice.decides
    other: How = "control" if chosen.how == "did" else "did"
    misses = {how: w.size(miss, metric.quantity) for how, miss in choice.miss.items()}
    return say(
        "One changed team, {donors} others and {before} before the change: compared with a mix of "
        "the others ({name}), because foretelling the last {held_out} before the change it missed "
        "by {miss} over all teams, {other} by {other_miss}."
        if choice.miss[chosen.how] <= choice.miss[other]
        else "One changed team, {donors} others and {before} before the change: compared with a "
        "mix of the others ({name}), because {other} cannot reach the level of this team.",
        donors=len(chosen.donors),
        before=w.counted(int(chosen.effect.details["periods_before"]), "week"),
        name=say(SYNTHETIC_NAMES[chosen.how]),
        held_out=w.counted(choice.held_out, "week"),
        miss=misses[chosen.how],
        other=say(SYNTHETIC_NAMES[other]),
        other_miss=misses[other],
    )


def _parallel(team_study: TeamStudy, metric: Metric) -> Check:
    """Whether teams ran alike before, and how small a drift this could have shown."""
    name, test = "teams_parallel", team_study.pretrend
    if test is None:
        return Check(name, None, say("Too few weeks before the change to tell."))
    alike = test.pvalue >= MIN_PRETREND_P
    finding = say(
        "No difference in course before the change ({pvalue})"
        if alike
        else "A difference in course before the change ({pvalue})",
        pvalue=w.stated(test.pvalue),
    )
    try:
        drift = w.size(detectable_slope(test) * WEEKS_PER_MONTH, metric.quantity)
    except CannotEstimate:
        return Check(name, alike, w.sentence(finding))
    seen = say(
        "{finding}; a drift of {drift} in four weeks would have been seen in 80 % of cases.",
        finding=finding,
        drift=drift,
    )
    return Check(name, alike, seen)


def _drift(team_study: TeamStudy, metric: Metric) -> list[Check]:
    """Up to which drift after the change the finding stands, in the largest drift before it."""
    if team_study.drift is None:
        return []
    bounds, (low, high) = team_study.drift.bounds, team_study.drift.as_before
    seen, hidden = (
        w.size(v, metric.quantity) for v in (bounds.largest_before, bounds.largest_before_high)
    )
    span = w.interval(low, high, metric.quantity)
    name, length = "drift", w.counted(team_study.drift.block, "week")
    if bounds.breakdown <= 0:
        finding = say(
            "Nothing is left to survive a drift from one stretch of {length} to the next; "
            "with drifts as large as chance can have hidden before ({hidden}), the "
            "interval is {span}.",
            length=length,
            hidden=hidden,
            span=span,
        )
        return [Check(name, None, finding)]
    borne = bounds.breakdown * bounds.largest_before_high
    finding = say(
        "The finding survives drifts up to {borne} from one stretch of {length} to the "
        "next: {borne_times} times the largest seen before ({seen}), {breakdown} times the "
        "largest that chance can have hidden there ({hidden}); at the latter the "
        "interval is {span}.",
        borne=w.size(borne, metric.quantity),
        length=length,
        borne_times=_times(borne / bounds.largest_before),
        seen=seen,
        breakdown=_times(bounds.breakdown),
        hidden=hidden,
        span=span,
    )
    return [Check(name, bounds.breakdown >= 1 or None, finding)]


def _times(factor: float) -> Text:
    return w.plain(factor, 1 if factor >= 0.1 else 2)
