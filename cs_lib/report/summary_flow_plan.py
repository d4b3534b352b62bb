"""The first screen of a before/after plan: verdict, weeks, teams, what it will show. Also what machines read."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

from cs_lib import wording as w
from cs_lib.experiment.flow_planning_checks import worth
from cs_lib.experiment.flow_planning_result import FlowPlanResult, Length
from cs_lib.language import say
from cs_lib.report.inline import styled
from cs_lib.report.records import RESULT_MIME
from cs_lib.report.summary import check_line, verdict
from cs_lib.report.summary_plan import card
from cs_lib.report.tables_flow_plan import size
from cs_lib.results import plain


@dataclass(frozen=True, slots=True)
class FlowPlanSummary:
    """The box a reader of a plan sees first. In a notebook it is the decision cell's output."""

    result: FlowPlanResult

    def html(self) -> str:
        """Verdict, fact cards, one line of checks."""
        r = self.result
        who = say("planned from {days}", days=w.days(*r.study.design.history))
        shown = "".join(cards(r))
        facts = f'<div class="facts">{shown}</div>' if shown else ""
        return f'<div class="summary">{verdict(r.decision)}{facts}{check_line(r.checks, who)}</div>'

    def facts(self) -> dict[str, Any]:
        """What machines read: result.json. `files` are published beside the page."""
        r, d = self.result, self.result.decision
        files = {f"{r.study.written_name}.yaml": r.settings} if r.settings else {}
        parts = ("weeks_before", "past", "teams", "planned", "within", "options", "guardrails")
        return {
            "study": r.study.study,
            "notebook": r.study.notebook,
            "plans": r.study.plans,
            "question": r.study.question,
            "as_of": r.study.as_of.isoformat(),
            "observed_until": r.observed_until.isoformat(),
            "verdict": d.verdict,
            "headline": headline(r),
            "because": d.because,
            "next_step": d.next_step,
            "currency": r.currency,
            "checks": [plain(c) for c in r.checks],
            "effects": [],
            "files": files,
            **{part: plain(getattr(r, part)) for part in parts},
        }

    def __str__(self) -> str:
        """Verdict, reason, next step: as the terminal and the stored notebook show it."""
        d = self.result.decision
        return say(
            "{upper}\n{because}\nNext: {next_step}",
            upper=w.verdict(d.verdict).upper(),
            because=d.because,
            next_step=d.next_step,
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {
            "text/plain": str(self),
            "text/html": styled(self.html()),
            RESULT_MIME: self.facts(),
        }


def headline(result: FlowPlanResult) -> str:
    """The answer in one line, for lists."""
    planned = result.planned
    if planned is None:
        return w.first_sentence(result.decision.because)
    teams = result.teams.chosen if result.teams else None
    parts = {
        "label": result.primary.label,
        "result": worth(result),
        "weeks": w.counted(planned.weeks, "week"),
        "result_on": w.day(planned.result_on),
    }
    if teams is None:
        return say("{label}, {result}: {weeks}, result on {result_on}", **parts)
    changed = w.counted(teams.schedule.changed, "team")
    return say(
        "{label}, {result}: {weeks}, {changed} changed, result on {result_on}",
        changed=changed,
        **parts,
    )


def cards(result: FlowPlanResult) -> list[str]:
    """Weeks, teams and the smallest change found; nothing when there is no estimate."""
    planned, found = result.planned, []
    if planned is not None:
        found.append(_weeks(result, planned))
    if result.teams is not None and result.teams.chosen is not None:
        way, total = result.teams.chosen.schedule, len(result.teams.teams)
        waves = (
            say("on one date")
            if not way.staggered
            else say("in {sizes} waves", sizes=len(way.sizes))
        )
        under = say(
            "of {total}, {waves}, drawn by lot; the others stay as they are",
            total=w.count(total),
            waves=waves,
        )
        found.append(card(say("Teams changed"), w.count(way.changed), under))
    shown = result.within or planned
    if shown is not None and isfinite(shown.smallest):
        found.append(_smallest(result, shown))
    if result.reference is not None and isfinite(result.reference.smallest):
        weeks = w.counted(result.reference.weeks, "week")
        under = say("{label}, no week more before or after", label=result.primary.label)
        big = size(result, result.reference.smallest)
        found.append(card(say("Found with {weeks} on each side", weeks=weeks), big, under))
    return found


def _weeks(result: FlowPlanResult, planned: Length) -> str:
    ready = result.decision.verdict == "planned"
    title = (
        say("Result on {result_on}", result_on=w.day(planned.result_on))
        if ready
        else say("Weeks needed")
    )
    follow = w.counted(result.evidence.horizon, "day")
    under = say(
        "after the change, {weeks_before} before; then {follow} until all cases are followed",
        weeks_before=w.count(result.weeks_before),
        follow=follow,
    )
    return card(title, w.counted(planned.weeks, "week"), under)


def _smallest(result: FlowPlanResult, shown: Length) -> str:
    title = (
        say("Smallest change found within the limit")
        if result.within is not None
        else say("Smallest change found")
    )
    level = result.past.level if result.past else result.teams.level if result.teams else None
    usual = w.level(level, result.primary.unit, currency=result.currency) if level else ""
    under = (
        say("{label}, usually {usual}", label=result.primary.label, usual=usual)
        if usual
        else result.primary.label
    )
    return card(title, size(result, shown.smallest), under)
