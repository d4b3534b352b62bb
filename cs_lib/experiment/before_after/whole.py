"""Is the extract whole? Volume at the edges, days missing in the middle, imports, and tables that end early."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from cs_lib import sentences as w
from cs_lib.aggregates import Series
from cs_lib.experiment.before_after.carried import matters, without_days
from cs_lib.experiment.before_after.case import Case
from cs_lib.language import later
from cs_lib.methods.monitoring.completeness import coverage
from cs_lib.methods.monitoring.fillings import Filling, Spell
from cs_lib.methods.monitoring.volume_runs import ended, inside, surges
from cs_lib.metrics import DAILY, DailyMetric
from cs_lib.metrics.before_after import BeforeAfterEvidence
from cs_lib.metrics.queries.filled import STAMPS
from cs_lib.metrics.queries.recorded import reads
from cs_lib.results import Check
from cs_lib.sentences import Text, say

# The same days a year ago, or the orders of the same days, explain a hole at such a share of what is usual.
MAX_SHARE_THAT_EXPLAINS, LEAST_SHARE_OF_A_QUIET_SHOP = 0.7, 0.15
# They explain a surge at such a share.
MIN_SHARE_THAT_EXPLAINS = 1.5
# A surge is an import when so much of what is beyond the usual was closed within minutes or opened in one second,
IMPORTED_SHARE = 0.5
# or took less than this share of the usual time.
HARDLY_ANY_TIME = 0.1
# A table may end so many days before another without anything being wrong.
QUIET_DAYS = 2
# The last contacts may lack their stamp by so much more often.
MOST_NOT_ENDED = 0.02
# So many stamps after the last opening show that contacts were followed on.
LEAST_STAMPS_AFTER = 5
MOST_NAMED = 3
ROWS = {
    "contacts": later("contacts"),
    "orders": later("orders"),
    "events": later("events"),
    "surveys": later("surveys"),
    "first_response_at": later("times of first response"),
    "resolved_at": later("times of resolution"),
}


@dataclass(frozen=True, slots=True)
class Ending:
    """A table, or a stamp of contacts, that ends before what the study asks of it."""

    table: str
    last: date
    goes_on: date  # the data cut's last day
    metrics: tuple[str, ...]  # that read it


def whole(case: Case) -> list[Check]:
    """The check of the edges, and those of the middle, of imports and of early ends where they find something."""
    fillings = {
        name: Filling(rows.days, rows.numerator, holidays=case.study.design.days_off)
        for name, rows in case.evidence.filled.rows.items()
    }
    return [_edges(case), *_missing(case, fillings), *_surges(case, fillings), *_endings(case)]


def _missing(case: Case, fillings: dict[str, Filling]) -> list[Check]:
    """Days in the middle on which a table that is read holds hardly anything, and nothing explains it."""
    found: list[tuple[str, Spell]] = []
    for table in dict.fromkeys(t for m in _metrics(case) for t in m.needs if t in fillings):
        filling = fillings[table]
        found += [
            (table, hole)
            for hole in inside(filling)
            if _in_study(case, hole) and not _hole_explained(table, hole, fillings)
        ]
    checks = []
    for table in dict.fromkeys(table for table, _ in found):
        spells = [hole for of, hole in found if of == table]
        out = np.any([hole.covers(case.series.days) for hole in spells], axis=0)
        mine = table in DAILY[case.primary.name].needs
        blocks = mine and matters(case, without_days(case, out))
        finding = say(
            "{rows} are missing: {named}. If the desk was closed on these days, name them in design.holidays.",
            rows=w.capital(say(ROWS[table])),
            named=w.listed([_hole(hole, table, fillings) for hole in spells[:MOST_NAMED]]),
        )
        checks.append(
            Check("days_missing", False, finding, blocks_decision=blocks, of=say(ROWS[table]))
        )
    return checks


def _hole(hole: Spell, table: str, fillings: dict[str, Filling]) -> Text:
    rows, days = say(ROWS[table]), w.days(hole.first, hole.last)
    others = [
        say(ROWS[name])
        for name in ("orders", "contacts", "events", "surveys")
        if name != table
        and name in fillings
        and (fillings[name].share(hole) or 0.0) > MAX_SHARE_THAT_EXPLAINS
    ]
    counts = {"found": w.count(hole.found), "usual": w.count(round(hole.usual))}
    if others:
        return say(
            "{days} ({found} {rows}, where {usual} are usual, while {others} go on)",
            days=days, rows=rows, others=w.listed(others[:2]), **counts,
        )  # fmt: skip
    return say("{days} ({found} {rows}, where {usual} are usual)", days=days, rows=rows, **counts)


def _hole_explained(table: str, hole: Spell, fillings: dict[str, Filling]) -> bool:
    """Whether the same days a year ago, or what the desk had to do on these days, were as quiet."""
    ago = fillings[table].a_year_ago(hole, down=True)
    if ago is not None and ago <= MAX_SHARE_THAT_EXPLAINS:
        return True
    beside = "orders" if table == "contacts" else "contacts"
    share = fillings[beside].share(hole) if beside in fillings else None
    return share is not None and LEAST_SHARE_OF_A_QUIET_SHOP <= share <= MAX_SHARE_THAT_EXPLAINS


def _surges(case: Case, fillings: dict[str, Filling]) -> list[Check]:
    """Days with far more contacts than usual that neither orders nor the year before explain."""
    if "contacts" not in fillings:
        return []
    found = [
        surge
        for surge in surges(fillings["contacts"])
        if _in_study(case, surge) and not _surge_explained(surge, fillings)
    ]
    imports = [surge for surge in found if _imported(case, surge)]
    long = [s for s in found if s in imports or (s.last - s.first).days >= QUIET_DAYS * 2]
    if not long:
        return []
    out = np.any([surge.covers(case.series.days) for surge in long], axis=0)
    blocks = bool(imports) and matters(case, without_days(case, out))
    named = w.listed([
        say(
            "{days} ({found} contacts, where {usual} are usual)",
            found=w.count(s.found), days=w.days(s.first, s.last), usual=w.count(round(s.usual)),
        )
        for s in long[:MOST_NAMED]
    ])  # fmt: skip
    finding = (
        say(
            "Far more contacts than usual: {named}. Most of those beyond the usual were closed within minutes or"
            " opened in one second with others: an import, and no work of these days. Leave them out of the source.",
            named=named,
        )
        if imports
        else say(
            "Far more contacts than usual: {named}. Ask what came in on these days.", named=named
        )
    )
    return [Check("no_surge", False, finding, blocks_decision=blocks)]


def _surge_explained(surge: Spell, fillings: dict[str, Filling]) -> bool:
    ago = fillings["contacts"].a_year_ago(surge, down=False)
    shares = [ago, fillings["orders"].share(surge) if "orders" in fillings else None]
    return any(share is not None and share >= MIN_SHARE_THAT_EXPLAINS for share in shares)


def _imported(case: Case, surge: Spell) -> bool:
    """Whether what is beyond the usual was hardly worked on, or entered by the second."""
    filled, beyond = case.evidence.filled, surge.found - surge.usual
    for marked in (filled.quick, filled.batched):
        if marked is None:
            continue
        inside, shares = surge.covers(marked.days), []
        for side in (inside, ~inside):
            below = float(marked.denominator[side].sum())
            shares.append(float(marked.numerator[side].sum()) / below if below else 0.0)
        if (shares[0] - shares[1]) * surge.found >= IMPORTED_SHARE * beyond:
            return True
    return _hardly_any_time(case.series, surge) if DAILY[case.primary.name].duration else False


def _hardly_any_time(series: Series, surge: Spell) -> bool:
    """Whether the contacts beyond the usual took hardly any of the usual time, as their sum tells."""
    inside = surge.covers(series.days)
    rest = float(series.denominator[~inside].sum())
    cases = float(series.denominator[inside].sum())
    if not rest or not cases:
        return False
    usual = float(series.numerator[~inside].sum()) / rest
    beyond = cases * (1 - 1 / max(surge.share, 1.0))
    took = float(series.numerator[inside].sum()) - usual * (cases - beyond)
    return took < HARDLY_ANY_TIME * usual * beyond


def endings(case: Case) -> list[Ending]:
    """Tables and stamps that end before the last day on which the study's metrics look at them."""
    cut = case.evidence.observed_until - timedelta(days=1)
    rows, ends = case.evidence.filled.rows, _ends(case)
    opened = ends.get("contacts")
    found = []
    for name, last in ends.items():
        if name in STAMPS and opened is not None and (opened - last).days <= QUIET_DAYS:
            continue  # They end as the contacts do.
        # Where stamps go on after the last opening, contacts were followed for longer than they were opened.
        stamped = max((_last_stamped(rows[s], last) for s in STAMPS if s in rows), default=last)
        late = []
        for metric in _metrics(case):
            follows = name != "contacts" or metric.reads_later_contacts
            until = last if follows else cut if (stamped - last).days >= QUIET_DAYS else stamped
            early = (min(_asked(case, metric, name), cut) - until).days > QUIET_DAYS
            if _reads(metric, name) and early and not _all_ended(case, metric, until):
                late.append(metric.name)
        if late:
            found.append(Ending(name, last, cut, tuple(late)))
    return found


def _all_ended(case: Case, metric: DailyMetric, until: date) -> bool:
    """Whether the last contacts before a day have their stamp as often as those before them: then nothing is missing.

    Told of the deciding metric alone, when it is a time.
    """
    recorded = case.evidence.recorded
    never = [gap.series for gap in recorded.gaps if gap.fault == "never"] if recorded else []
    if metric.name != case.primary.name or not never:
        return False
    series = never[0]
    follow = np.timedelta64(metric.follow_up(case.study.measure.horizon_days), "D")
    late = series.days > np.datetime64(until) - follow
    shares = []
    for side in (late, ~late):
        cases = float(series.denominator[side].sum())
        shares.append(float(series.numerator[side].sum()) / cases if cases else 0.0)
    return shares[0] <= shares[1] + MOST_NOT_ENDED


def _ends(case: Case) -> dict[str, date]:
    """The last day of every table and stamp that ends more than some quiet days before the data cut."""
    cut, found = case.evidence.observed_until - timedelta(days=1), {}
    for name, rows in case.evidence.filled.rows.items():
        last = ended(Filling(rows.days, rows.numerator, holidays=case.study.design.days_off))
        if last is not None and (cut - last).days > QUIET_DAYS:
            found[name] = last
    return found


def _last_stamped(rows: Series, last: date) -> date:
    """The last day on which a stamp is found, where several are found after a day; else that day."""
    later = (rows.days > np.datetime64(last)) & (rows.numerator > 0)
    if rows.numerator[later].sum() < LEAST_STAMPS_AFTER:
        return last
    found: date = rows.days[later][-1].item()
    return found


def _endings(case: Case) -> list[Check]:
    """One check for every table that ends too early for the deciding metric or a guardrail."""
    checks = []
    for end in endings(case):
        blocks = case.primary.name in end.metrics
        finding = say(
            "The {rows} end on {last}, while data count as known up to {goes_on}: what came later is missing and"
            " did not fail to happen. State observed_until: {day} in the source, or end the period earlier."
            " It concerns: {metrics}.",
            rows=say(ROWS[end.table]),
            last=w.day(end.last),
            goes_on=w.day(end.goes_on),
            day=(end.last + timedelta(days=1)).isoformat(),
            metrics=w.listed([case.evidence.metrics[name].called for name in end.metrics]),
        )
        checks.append(
            Check("tables_reach", False, finding, blocks_decision=blocks, of=say(ROWS[end.table]))
        )
    return checks


def unreached(case: Case) -> dict[str, Text]:
    """Metrics that cannot be had because a table of theirs ends early, and why."""
    return {
        name: say(
            "Not available: the {rows} end on {last}.",
            rows=say(ROWS[end.table]),
            last=w.day(end.last),
        )
        for end in endings(case)
        for name in end.metrics
    }


def _metrics(case: Case) -> list[DailyMetric]:
    """The study's metrics that were measured, the deciding one first."""
    return [DAILY[name] for name in case.evidence.series]


def _reads(metric: DailyMetric, table: str) -> bool:
    return table in metric.needs or (table in STAMPS and reads(metric, table))


def _asked(case: Case, metric: DailyMetric, table: str) -> date:
    """The last day on which a metric looks for rows of a table; orders are delivered after the last is placed."""
    series = case.evidence.series[metric.name]
    held = series.denominator > 0
    last: date = series.days[held][-1].item() if held.any() else case.study.design.pre_period[0]
    follow = metric.follow_up(case.study.measure.horizon_days)
    own = metric.cases == table and table not in ("contacts", "surveys")
    return last if own else last + timedelta(days=follow)


def _in_study(case: Case, spell: Spell) -> bool:
    """Whether a spell touches a day of one of the study's periods."""
    periods = (case.study.design.pre_period, case.study.design.post_period)
    return any(spell.first <= last and spell.last >= first for first, last in periods)


def _edges(case: Case) -> Check:
    name = "extract_complete"
    volume = coverage(
        case.evidence.volume, pre=case.study.design.pre_period, post=case.study.design.post_period
    )
    if volume.before == 0 or volume.after == 0:
        return Check(
            name, False, _hardly_any(case.evidence, volume.before == 0), blocks_decision=True
        )
    weeks = say(
        "{before} contacts a week before, {after} after",
        before=w.count(volume.before),
        after=w.count(volume.after),
    )
    if volume.silent is not None:
        finding = say(
            "The export is cut short: no contact at all {days} ({weeks}).",
            days=w.days(*volume.silent),
            weeks=weeks,
        )
        return Check(name, False, finding, blocks_decision=True)
    if volume.thin_weeks:
        named = w.listed([w.day(day) for day in volume.thin_weeks])
        share = w.percent(volume.weakest_edge, places=0)
        one = say(
            "The export is cut short: the week of {named} holds {share} of a usual week.",
            named=named,
            share=share,
        )
        many = say(
            "The export is cut short: the weeks of {named} hold as little as {share} of a usual week.",
            named=named,
            share=share,
        )
        finding = one if len(volume.thin_weeks) == 1 else many
        return Check(name, False, finding, blocks_decision=True)
    if volume.collapsed:
        moved = w.together(
            say("The volume of the whole desk changed too much to compare: {weeks}.", weeks=weeks),
            say("Extract or population changed."),
        )
        return Check(name, False, moved, blocks_decision=True)
    return Check(name, True, say("The whole desk: {weeks}; no week is cut short.", weeks=weeks))


def _hardly_any(evidence: BeforeAfterEvidence, before: bool) -> Text:
    """Which side is empty, and where the contacts lie."""
    busy = evidence.volume.days[evidence.volume.numerator > 0]
    if not len(busy):
        return say("There is no contact at all in these periods; the data are of other days.")
    there = w.days(busy[0].item(), busy[-1].item())
    return say(
        "There are hardly any contacts before the change: those of these periods are of {there}."
        if before
        else "There are hardly any contacts after the change: those of these periods are of "
        "{there}.",
        there=there,
    )
