"""The first screen of a before/after plan: verdict, weeks, teams, what it will show. Also what machines read."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

from cs_lib import wording as w
from cs_lib.experiment.flow_planning_checks import worth
from cs_lib.experiment.flow_planning_result import FlowPlanResult, Length
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
        who = f"planned from {w.days(*r.study.design.history)}"
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
        return f"{w.VERDICTS[d.verdict].upper()}\n{d.because}\nNext: {d.next_step}"

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
        return result.decision.because.split(". ")[0].rstrip(".")
    teams = result.teams.chosen if result.teams else None
    who = f", {w.counted(teams.schedule.changed, 'team')} changed" if teams else ""
    return (
        f"{result.primary.label}, {worth(result)}: {w.counted(planned.weeks, 'week')}{who},"
        f" result on {w.day(planned.result_on)}"
    )


def cards(result: FlowPlanResult) -> list[str]:
    """Weeks, teams and the smallest change found; nothing when there is no estimate."""
    planned, found = result.planned, []
    if planned is not None:
        found.append(_weeks(result, planned))
    if result.teams is not None and result.teams.chosen is not None:
        way, total = result.teams.chosen.schedule, len(result.teams.teams)
        waves = "on one date" if not way.staggered else f"in {len(way.sizes)} waves"
        under = f"of {w.count(total)}, {waves}, drawn by lot; the others stay as they are"
        found.append(card("Teams changed", w.count(way.changed), under))
    shown = result.within or planned
    if shown is not None and isfinite(shown.smallest):
        found.append(_smallest(result, shown))
    if result.reference is not None and isfinite(result.reference.smallest):
        weeks = w.counted(result.reference.weeks, "week")
        under = f"{result.primary.label}, no week more before or after"
        big = size(result, result.reference.smallest)
        found.append(card(f"Found with {weeks} on each side", big, under))
    return found


def _weeks(result: FlowPlanResult, planned: Length) -> str:
    ready = result.decision.verdict == "planned"
    title = f"Result on {w.day(planned.result_on)}" if ready else "Weeks needed"
    follow = w.counted(result.evidence.horizon, "day")
    under = f"after the change, {w.count(result.weeks_before)} before; then {follow} until all cases are followed"
    return card(title, w.counted(planned.weeks, "week"), under)


def _smallest(result: FlowPlanResult, shown: Length) -> str:
    within = " within the limit" if result.within is not None else ""
    level = result.past.level if result.past else result.teams.level if result.teams else None
    usual = w.level(level, result.primary.unit, currency=result.currency) if level else ""
    under = f"{result.primary.label}, usually {usual}" if usual else result.primary.label
    return card(f"Smallest change found{within}", size(result, shown.smallest), under)
