"""The first screen of a plan: verdict, size, days, what it will show. Also what machines read."""

from __future__ import annotations

import html
from dataclasses import dataclass
from math import isfinite
from typing import Any

from cs_lib import wording as w
from cs_lib.experiment.planning_result import PlanResult
from cs_lib.experiment.planning_sizes import Option
from cs_lib.language import say
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
        history = say("planned from {short_days}", short_days=w.short_days(*r.study.design.history))
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


def headline(result: PlanResult) -> str:
    """The answer in one line, for lists."""
    option = result.planned
    if option is None:
        return w.first_sentence(result.decision.because)
    size = w.size(result.study.rule.min_effect, result.primary.unit, currency=result.currency)
    return say(
        "{label}, {size}: {n_total}, {days}, result on {result_on}",
        label=result.primary.label,
        size=size,
        n_total=w.counted(option.n_total, "customer"),
        days=w.counted(option.days, "day"),
        result_on=w.day(option.result_on),
    )


def cards(result: PlanResult) -> list[str]:
    """Customers, days, and the smallest effect the test finds; nothing when there is no estimate."""
    option, found = result.planned, []
    if option is not None:
        found = [_customers(result, option), _days(result, option)]
    shown = option if result.decision.verdict == "planned" else result.within
    if shown is not None and isfinite(shown.smallest_effect):
        found.append(_effect(result, shown))
    return found


def _ready(result: PlanResult) -> bool:
    return result.decision.verdict == "planned"


def _customers(result: PlanResult, option: Option) -> str:
    ready = _ready(result)
    if option.n_control == option.n_treatment:
        title = say("Customers per variant") if ready else say("Customers needed per variant")
        big = w.count(option.n_control)
        under = say("{n_total} in all, each counted once", n_total=w.count(option.n_total))
    else:
        title = say("Customers in all") if ready else say("Customers needed in all")
        big = w.count(option.n_total)
        under = say(
            "{n_control} in control, {n_treatment} in each other variant, each counted once",
            n_control=w.count(option.n_control),
            n_treatment=w.count(option.n_treatment),
        )
    return card(title, big, under)


def _days(result: PlanResult, option: Option) -> str:
    start = result.study.design.start
    waiting = option.days - option.assigned_days
    under = say(
        "{assigned_days} of assignment from {start}, {waiting} of waiting",
        assigned_days=w.count(option.assigned_days),
        start=w.day(start),
        waiting=w.count(waiting),
    )
    title = (
        say("Result on {result_on}", result_on=w.day(option.result_on))
        if _ready(result)
        else say("Days needed")
    )
    return card(title, w.counted(option.days, "day"), under)


def _effect(result: PlanResult, option: Option) -> str:
    metric, past = result.primary, result.past
    title = (
        say("Smallest effect found")
        if _ready(result)
        else say("Smallest effect found within the limit")
    )
    under = metric.label
    if past:
        usual = w.level(past.level, metric.unit, currency=result.currency)
        under = say("{label}, usually {usual}", label=metric.label, usual=usual)
    if option.smallest_net_value is not None:
        money = w.money(option.smallest_net_value, currency=result.currency)
        under = f"{under}; {say('net value from {money} per customer', money=money)}"
    big = w.size(option.smallest_effect, metric.unit, currency=result.currency)
    return card(title, big, under)


def card(title: str, big: str, under: str) -> str:
    """A fact: what it is, the number, what it rests on."""
    return (
        f'<div class="fact"><h2>{html.escape(title)}</h2><p class="big">{html.escape(big)}</p>'
        f'<p class="ci">{html.escape(under)}</p></div>'
    )
