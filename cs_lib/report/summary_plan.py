"""The first screen of a plan: verdict, size, days, what it will show. Also what machines read."""

from __future__ import annotations

import html
from dataclasses import dataclass
from math import isfinite
from typing import Any

from cs_lib import wording as w
from cs_lib.experiment.planning_result import PlanResult
from cs_lib.experiment.planning_sizes import Option
from cs_lib.report.inline import styled
from cs_lib.report.records import RESULT_MIME
from cs_lib.report.summary import check_line, verdict
from cs_lib.results import plain


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """The box a reader of a plan sees first. In a notebook it is the decision cell's output."""

    result: PlanResult

    def html(self) -> str:
        """Verdict, one line of checks, fact cards."""
        r = self.result
        history = f"planned from {w.short_days(*r.study.design.history)}"
        who = f"{w.counted(r.evidence.entered, 'customer')}, {history}"
        shown = "".join(cards(r))
        facts = f'<div class="facts">{shown}</div>' if shown else ""
        return f'<div class="summary">{verdict(r.decision)}{check_line(r.checks, who)}{facts}</div>'

    def facts(self) -> dict[str, Any]:
        """What machines read: result.json. `files` are published beside the page."""
        r, d = self.result, self.result.decision
        files = {f"{r.study.written_name}.yaml": r.settings} if r.settings else {}
        parts = ("past", "planned", "within", "options", "choices", "chances", "guardrails")
        return {
            "study": r.study.study,
            "notebook": r.study.notebook,
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


def headline(result: PlanResult) -> str:
    """The answer in one line, for lists."""
    option = result.planned
    if option is None:
        return result.decision.because.split(". ")[0].rstrip(".")
    size = w.size(result.study.rule.min_effect, result.primary.unit, currency=result.currency)
    return (
        f"{result.primary.label}, {size}: {w.counted(option.n_total, 'customer')},"
        f" {w.counted(option.days, 'day')}, result on {w.day(option.result_on)}"
    )


def cards(result: PlanResult) -> list[str]:
    """Customers, days, and the smallest effect the test finds; nothing when there is no estimate."""
    option, found = result.planned, []
    if option is not None:
        needed = "" if result.decision.verdict == "planned" else " needed"
        found = [_customers(option, needed), _days(result, option, needed)]
    shown = option if result.decision.verdict == "planned" else result.within
    if shown is not None and isfinite(shown.smallest_effect):
        found.append(_effect(result, shown))
    return found


def _customers(option: Option, needed: str) -> str:
    if option.n_control == option.n_treatment:
        big, title = w.count(option.n_control), f"Customers{needed} per variant"
        under = f"{w.count(option.n_total)} in all"
    else:
        big, title = w.count(option.n_total), f"Customers{needed} in all"
        under = f"{w.count(option.n_control)} in control, {w.count(option.n_treatment)} in each other variant"
    return card(title, big, f"{under}, each counted once")


def _days(result: PlanResult, option: Option, needed: str) -> str:
    start = result.study.design.start
    waiting = option.days - option.assigned_days
    under = f"{w.count(option.assigned_days)} of assignment from {w.day(start)}, {w.count(waiting)} of waiting"
    title = f"Result on {w.day(option.result_on)}" if not needed else "Days needed"
    return card(title, w.counted(option.days, "day"), under)


def _effect(result: PlanResult, option: Option) -> str:
    metric, past = result.primary, result.past
    within = "" if result.decision.verdict == "planned" else " within the limit"
    usual = (
        f", usually {w.level(past.level, metric.unit, currency=result.currency)}" if past else ""
    )
    under = f"{metric.label}{usual}"
    if option.smallest_net_value is not None:
        money = w.money(option.smallest_net_value, currency=result.currency)
        under += f"; net value from {money} per customer"
    big = w.size(option.smallest_effect, metric.unit, currency=result.currency)
    return card(f"Smallest effect found{within}", big, under)


def card(title: str, big: str, under: str) -> str:
    """A fact: what it is, the number, what it rests on."""
    return (
        f'<div class="fact"><h2>{html.escape(title)}</h2><p class="big">{html.escape(big)}</p>'
        f'<p class="ci">{html.escape(under)}</p></div>'
    )
