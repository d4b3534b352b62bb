"""Other changes that the log has of a study's days, and whether it tells the studied one as the study does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from cs_lib import sentences as w
from cs_lib.aggregates import LoggedChange
from cs_lib.experiment.before_after.case import Case
from cs_lib.experiment.logged import apart, days_within, listed, when, without_log
from cs_lib.params import BeforeAfter, Scope
from cs_lib.params.changes import APART_DAYS, OtherChange
from cs_lib.results import Check
from cs_lib.sentences import Text, say


def log_checks(case: Case) -> list[Check]:
    """Whether anything else was changed, as far as a log tells, and whether it agrees on the studied change."""
    return [*_no_other_change(case), *_as_logged(case)]


def unhandled(case: Case) -> tuple[LoggedChange, ...]:
    """Other logged changes in the periods that may touch these contacts and are not fitted together."""
    scopes = _scopes(case.study)
    return tuple(
        c for c in _others(case) if not apart(c.scope, *scopes) and not _fitted_with(c, case.study)
    )


def _no_other_change(case: Case) -> list[Check]:
    """Other logged changes in the periods: fitted together, in doubt, or surely of other contacts."""
    name, study = "no_other_change", case.study
    first, last = _days(study)
    others, near = _others(case), unhandled(case)
    known = [c for c in others if _fitted_with(c, study)]
    far = [c for c in others if c not in near and c not in known]
    wrong = [
        w.bracketed(c.title, when(c, first)) for c in known if not _agrees(c, study, first, last)
    ]
    together = (
        say("Fitted together with the studied one: {known}.", known=listed(known, first))
        if known
        else ""
    )
    if wrong:
        finding = say(
            "The change log has other days than design.also: {wrong}.", wrong=w.listed(wrong)
        )
        return [Check(name, False, w.together(finding, together))]
    if near:
        also = say("Also in these periods: {near}.", near=listed(near, first))
        return [Check(name, False, w.together(also, *_apart_or_not(near, study), together))]
    missing = without_log(case.evidence.logged_until, case.evidence.changes, last)
    if missing is not None:
        return [missing]
    if far:
        concern = listed(far, first)
        finding = say("Others in these periods concern other contacts: {far}.", far=concern)
        return [Check(name, True, w.together(finding, together))]
    if known:
        return [Check(name, True, together)]
    return [Check(name, True, say("The change log has no other change in these periods."))]


def _apart_or_not(near: Sequence[LoggedChange], study: BeforeAfter) -> Iterator[Text]:
    """Which of the changes could be told apart from the studied one, and how."""
    design, (first, last) = study.design, _days(study)
    if design.teams is not None:
        common = [c for c in near if "team_id" not in (c.where or {"team_id": ()})]
        if common:
            yield say(
                "Not for single teams, so that comparing teams takes out what all of them went through alike: "
                "{changes}.",
                changes=_titles(common),
            )
        return
    close = [
        c
        for c in near
        if any(abs((d - design.intervention_date).days) < APART_DAYS for d in days_within(c, first, last))
    ]  # fmt: skip
    rest = [c for c in near if c not in close and first < days_within(c, first, last)[0]]
    if close:
        yield say(
            "Too close to the studied change to be told apart from it: {changes}.",
            changes=_titles(close),
        )
    if rest and len(rest) == len(near):
        yield say("They can be told apart (design.also).")
    elif rest:
        yield say("These can be told apart (design.also): {changes}.", changes=_titles(rest))


def _titles(changes: Sequence[LoggedChange]) -> Text:
    return w.listed([c.title for c in changes])


def _as_logged(case: Case) -> list[Check]:
    """Whether the log has the studied change on other days than the study; nothing where it agrees or is silent."""
    design = case.study.design
    own = next((c for c in case.evidence.changes if c.change_id == design.change_id), None)
    if own is None:
        return []
    told = list[Text]()
    if design.teams is None and own.day != design.intervention_date:
        told.append(
            say(
                "It went live on {logged} by the log, on {stated} by design.intervention_date.",
                logged=w.day(own.day), stated=w.day(design.intervention_date),
            )
        )  # fmt: skip
    if own.last is not None and own.last < design.post_period[1] and not design.off_periods:
        told.append(
            say(
                "By the log it was taken back on {day}: the days from then on are counted as days with it.",
                day=w.day(own.last),
            )
        )
    return [Check("change_as_logged", False, w.together(*told))] if told else []


def _others(case: Case) -> list[LoggedChange]:
    """Logged changes that are not the studied one: by its id, or by its day where the log has no such id.

    Waves of the studied roll-out are no others.
    """
    design = case.study.design
    waves = set((design.teams or {}).values())
    known = any(c.change_id == design.change_id for c in case.evidence.changes)
    ours = waves if known else waves | {design.intervention_date}
    return [
        c for c in case.evidence.changes if c.change_id != design.change_id and c.day not in ours
    ]


def _fitted_with(logged: LoggedChange, study: BeforeAfter) -> OtherChange | None:
    """The change of `design.also` that this one is: found by its id, or by its day where none is given."""
    found = [
        other
        for other in study.design.also
        if (other.change_id == logged.change_id if other.change_id else other.day == logged.day)
    ]
    return found[0] if found else None


def _agrees(logged: LoggedChange, study: BeforeAfter, first: date, last: date) -> bool:
    """Whether `design.also` has the days of a logged change; one from before the periods is told by its end."""
    other = _fitted_with(logged, study)
    if other is None:
        return False
    if logged.day < first:
        ends = () if logged.last is None else (logged.last, logged.last + timedelta(days=1))
        return other.day in ends
    ended = logged.last if logged.last is not None and logged.last <= last else None
    return other.day == logged.day and (ended is None or other.end_day == ended)


def _scopes(study: BeforeAfter) -> list[Scope]:
    """The contacts that another change would disturb: those studied, and those they are compared with."""
    design = study.design
    teams = {"team_id": tuple(design.teams)} if design.teams is not None else {}
    studied = design.scope.model_copy(update=teams)
    return [studied, *([design.comparison] if design.comparison else [])]


def _days(study: BeforeAfter) -> tuple[date, date]:
    return study.design.pre_period[0], study.design.post_period[1]
