"""The first screen: verdict, checks in one line, facts. Also what machines read."""

from __future__ import annotations

import html
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from cs_lib import wording as w
from cs_lib.language import say
from cs_lib.report.drawing.palette import VERDICT_LOOK
from cs_lib.report.facts import FACTS_VERSION, Facts, as_json, check_facts
from cs_lib.report.markup import styled
from cs_lib.report.records import RESULT_MIME
from cs_lib.report.tables import CHECKS_NAMED_FIRST, look_of
from cs_lib.results import Answer, Check, Decision
from cs_lib.sentences import stored


@dataclass(frozen=True, slots=True)
class Summary:
    """The box a reader sees first. In a notebook it is the decision cell's output.

    What differs from one kind of study to the next is asked of its room: `headline`, `who`, `cards`
    and `further`, each of a result.
    """

    result: Answer

    @property
    def _room(self) -> Any:
        return import_module(f"cs_lib.report.{self.result.study.room}.summary")

    def html(self) -> str:
        """Verdict, one line of checks, fact cards."""
        r = self.result
        cards = "".join(self._room.cards(r))
        facts = f'<div class="facts">{cards}</div>' if cards else ""
        line = check_line(r.checks, self._room.who(r))
        return f'<div class="summary">{verdict(r.decision)}{line}{facts}</div>'

    def facts(self) -> dict[str, Any]:
        """What machines read: result.json."""
        r, d = self.result, self.result.decision
        record = Facts(
            version=FACTS_VERSION,
            study=r.study.study,
            notebook=r.study.notebook,
            question=r.study.question,
            as_of=r.study.as_of.isoformat(),
            observed_until=r.observed_until.isoformat(),
            verdict=d.verdict,
            headline=str(d.headline),
            headline_said=stored(d.headline),
            because=d.because,
            next_step=d.next_step,
            currency=r.currency,
            follows=r.study.follows,
            action=r.study.action,
            owner=r.study.owner or None,
            source=r.study.source,
            checks=tuple(map(check_facts, r.checks)),
            **self._room.further(r),
        )
        facts: dict[str, Any] = as_json(record)
        return facts

    def __str__(self) -> str:
        """Verdict, reason, next step: as the terminal and the stored notebook show it."""
        d = self.result.decision
        return say(
            "{verdict}\n{because}\nNext: {next_step}",
            verdict=w.verdict(d.verdict).upper(),
            because=d.because,
            next_step=d.next_step,
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {
            "text/plain": str(self),
            "text/html": styled(self.html()),
            RESULT_MIME: self.facts(),
        }


def decision(result: Answer) -> Summary:
    """The first screen of a result; the page lifts it under the title."""
    return Summary(result)


def verdict(decision: Decision) -> str:
    """The verdict in words and colour, with an icon, the reason and the next step."""
    tone, path = VERDICT_LOOK[decision.verdict]
    fill = f"var(--{tone})" if decision.verdict == "stop" else "none"
    icon = (
        f'<svg viewBox="0 0 20 20" width="22" height="22" aria-hidden="true"><path d="{path}" fill="{fill}"'
        f' stroke="var(--{tone})" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )
    return (
        f'<section class="verdict {tone}" aria-label="{html.escape(say("Verdict"))}">'
        f'<p class="word">{icon}<strong>{w.verdict(decision.verdict)}</strong></p>'
        f"<p>{html.escape(decision.because)}</p>"
        f'<p class="next"><strong>{html.escape(say("Next:"))}</strong> {html.escape(decision.next_step)}</p></section>'
    )


def check_line(checks: tuple[Check, ...], who: str) -> str:
    """Who was observed, passed of all that could be judged, what did not pass, the way to all."""
    judged = [c for c in checks if c.passed is not None]
    parts = [f"<span>{html.escape(who)}</span>"]
    if passed := [c for c in judged if c.passed]:
        named = [c.name for c in passed if c.code in CHECKS_NAMED_FIRST] or [c.name for c in passed]
        among = html.escape(w.listed([w.small(name) for name in named[:2]]))
        anchor = '<a href="#checks">{link}</a>'
        words = (
            say("✓ {link}, among them: {among}", link=anchor, among=among)
            if len(passed) == len(judged)
            else say("✓ {link}", link=anchor)
        )
        link = (
            say("all {judged} checks passed", judged=len(judged))
            if 1 < len(passed) == len(judged)
            else say("{passed} of {judged} checks passed", passed=len(passed), judged=len(judged))
        )
        parts.append(f'<span class="ok">{words.replace("{link}", html.escape(link))}</span>')
    failed = {check.name: look_of(check)[0] for check in judged if not check.passed}
    for name, tone in ((w.small(name), tone) for name, tone in failed.items()):
        words = say("✗ {name}", name=name) if tone == "bad" else say("! {name}", name=name)
        parts.append(f'<span class="{tone}">{html.escape(words)}</span>')
    return f'<p class="checks">{"".join(parts)}</p>'
