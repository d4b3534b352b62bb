"""What a doubter asks of a roll-out: enough teams, alike before, nobody lost, one date or several."""

from __future__ import annotations

from cs_lib import wording as w
from cs_lib.experiment.errors import CannotEstimate
from cs_lib.experiment.flow_teams import TeamStudy
from cs_lib.experiment.pretrend import detectable_slope
from cs_lib.experiment.synthetic import FEWEST_BEFORE, FEWEST_DONORS, How
from cs_lib.experiment.synthetic_choice import SyntheticChoice
from cs_lib.metrics import Metric
from cs_lib.results import Check

PARALLEL = 0.05  # p of the pre-trend test below which the teams had drifted apart before
MONTH = 4  # weeks
NAMES: dict[How, str] = {
    "did": "synthetic difference-in-differences",
    "control": "synthetic control",
}


def team_checks(found: TeamStudy, metric: Metric, currency: str) -> list[Check]:
    """The checks of a roll-out, those that its deciding method rests on."""
    if found.synthetic:
        checks = _synthetic(found.synthetic, metric, currency)
    else:
        checks = [_enough(found), _parallel(found, metric, currency)]
        checks += _drift(found, metric, currency)
    if found.left_out:
        named = w.listed(list(found.left_out))
        checks.append(
            Check("Every team counted", None, f"Left out, without cases in some week: {named}.")
        )
    if found.bacon:
        number = w.change(found.bacon.twfe, metric.unit, currency=currency)
        finding = (
            f"The usual two-way fixed-effects regression gives {number};"
            f" {w.percent(found.bacon.forbidden_share, places=0)} of its weight compares with teams that were"
            " changed already."
        )
        checks.append(Check("Compared with teams not yet changed", None, finding))
    return checks


def only_drift(found: TeamStudy) -> bool:
    """Whether teams ran apart before the change, and as much again would take the finding away."""
    if found.pretrend is None or found.drift is None or found.pretrend.pvalue >= PARALLEL:
        return False
    low, high = found.drift.as_before
    return low <= 0 <= high


def _enough(found: TeamStudy) -> Check:
    name, code = "Enough teams", str(found.effect.details.get("rule", ""))
    teams = w.counted(found.effect.nobs, "team")
    if code == "fragile":
        return Check(
            name, False, f"{teams}: a fragile estimate, it leans on few teams being alike."
        )
    if found.by == "at_once" and found.effect.details["n_changed"] == 1:
        return Check(name, False, _alone(found))
    return Check(name, True, f"{teams}; every team counts once, whatever its number of cases.")


def _alone(found: TeamStudy) -> str:
    """Why one changed team is compared with all others alike."""
    donors, before = (int(found.effect.details[k]) for k in ("n_control", "periods_before"))
    if donors < FEWEST_DONORS or before < FEWEST_BEFORE:
        return (
            f"One changed team, {w.counted(donors, 'other')} and {w.counted(before, 'week')} before the change: a"
            f" synthetic comparison takes {FEWEST_DONORS} others and {FEWEST_BEFORE} weeks. The t test used instead"
            " takes the ups and downs of the changed team to be like the others\u2019."
        )
    return (
        "One changed team, and no mix of the others follows it before the change. The t test used instead takes"
        " its ups and downs to be like the others\u2019."
    )


def _synthetic(choice: SyntheticChoice, metric: Metric, currency: str) -> list[Check]:
    """Why this mix of other teams, how well it follows, and what it finds where nothing was changed."""
    found, donors = choice.decides, len(choice.decides.donors)
    other: How = "control" if found.how == "did" else "did"
    misses = {
        how: w.size(miss, metric.unit, currency=currency) for how, miss in choice.miss.items()
    }
    before = w.counted(int(found.effect.details["periods_before"]), "week")
    one = f"One changed team, {donors} others and {before} before the change: compared with a mix of the others"
    if choice.miss[found.how] <= choice.miss[other]:
        why = (
            f"foretelling the last {w.counted(choice.held_out, 'week')} before the change it missed by"
            f" {misses[found.how]} over all teams, {NAMES[other]} by {misses[other]}"
        )
    else:
        why = f"{NAMES[other]} cannot reach the level of this team"
    off = w.size(found.prefit_rmse, metric.unit, currency=currency)
    noise = w.size(found.noise, metric.unit, currency=currency)
    alike = round(found.rank_p * (donors + 1)) - 1
    measure = "size" if found.how == "did" else "size against the misfit before"
    return [
        Check("Enough teams", True, f"{one} ({NAMES[found.how]}), because {why}."),
        Check(
            "The mix follows the changed team",
            found.fit == "good",
            f"Before the change it is off by {off} in a usual week; the other teams move by {noise} from week to week.",
        ),
        Check(
            "Other teams taken for changed",
            None,
            f"{alike} of {donors} other teams, on which nothing was changed, show an effect as large (by {measure}).",
        ),
    ]


def _parallel(found: TeamStudy, metric: Metric, currency: str) -> Check:
    """Whether teams ran alike before, and how small a drift this could have shown."""
    name, test = "Teams ran alike before", found.pretrend
    if test is None:
        return Check(name, None, "Too few weeks before the change to tell.")
    alike = test.pvalue >= PARALLEL
    finding = (
        f"{'No' if alike else 'A'} difference in course before the change ({w.stated(test.pvalue)})"
    )
    try:
        drift = w.size(detectable_slope(test) * MONTH, metric.unit, currency=currency)
    except CannotEstimate:
        return Check(name, alike, f"{finding}.")
    seen = f"a drift of {drift} in four weeks would have been seen in 80 % of cases"
    return Check(name, alike, f"{finding}; {seen}.")


def _drift(found: TeamStudy, metric: Metric, currency: str) -> list[Check]:
    """Up to which drift after the change the finding stands, in the largest drift before it."""
    if found.drift is None:
        return []
    bounds, (low, high) = found.drift.bounds, found.drift.as_before
    seen, hidden = (
        w.size(v, metric.unit, currency=currency)
        for v in (bounds.largest_before, bounds.largest_before_high)
    )
    span = w.interval(low, high, metric.unit, currency=currency)
    name, length = "If teams had drifted apart", w.counted(found.drift.block, "week")
    if bounds.breakdown <= 0:
        finding = (
            f"Nothing is left to survive a drift from one stretch of {length} to the next; with drifts as large as"
            f" chance can have hidden before ({hidden}), the interval is {span}."
        )
        return [Check(name, None, finding)]
    borne = bounds.breakdown * bounds.largest_before_high
    finding = (
        f"The finding survives drifts up to {w.size(borne, metric.unit, currency=currency)} from one stretch of"
        f" {length} to the next: {_times(borne / bounds.largest_before)} times the largest seen before ({seen}),"
        f" {_times(bounds.breakdown)} times the largest that chance can have hidden there ({hidden}); at the"
        f" latter the interval is {span}."
    )
    return [Check(name, bounds.breakdown >= 1 or None, finding)]


def _times(factor: float) -> str:
    return w.plain(factor, 1 if factor >= 0.1 else 2)
