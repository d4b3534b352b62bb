"""The catalogue: every study, its answer, and whether the page still stands for its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from cs_lib import wording as w
from cs_lib.report.palette import VERDICT_LOOK
from cs_lib.report.records import KINDS, Entry, Run
from cs_lib.report.templates import frame, language, template, whole_amounts

STATES = {"failed": ("bad", "✗"), "stale": ("look", "!"), "fresh": ("ok", "✓")}
TONES = {"good": "ok", "bad": "bad", "wait": "look"}


def render(entries: Sequence[Entry], settings: dict[str, Any] | None = None) -> str:
    """reports/index.html: what needs a hand comes first. `settings` may name a language."""
    order = list(STATES)
    rows = [_row(e) for e in sorted(entries, key=lambda e: order.index(e.state))]
    page = template("index.html.j2").render(
        **frame("index.js"),
        lang=language(settings or {}),
        entries=rows,
        states=[state for state in STATES if any(e.state == state for e in entries)],
        counts=_counts(entries),
    )
    return whole_amounts(page)


def _counts(entries: Sequence[Entry]) -> str:
    parts = [w.counted(len(entries), "study", "studies")]
    parts += [f"{n} {state}" for state in STATES if (n := sum(e.state == state for e in entries))]
    return ", ".join(parts)


def _row(entry: Entry) -> dict[str, Any]:
    tone, mark = STATES[entry.state]
    look, path = VERDICT_LOOK.get(entry.verdict, ("info", ""))
    return {
        "question": entry.question or w.name(entry.study),
        "study": entry.study,
        "kind": KINDS.get(entry.notebook, w.name(entry.notebook)),
        "href": entry.href,
        "word": w.VERDICTS.get(entry.verdict, entry.verdict),
        "tone": TONES.get(look, "info"),
        "icon": path,
        "filled": entry.verdict == "stop",
        "headline": entry.headline,
        "as_of": _day(entry.as_of),
        "state": entry.state,
        "state_tone": tone,
        "state_mark": mark,
        "failure": entry.failure,
        "failure_href": entry.failure_href,
        "change": _change(entry.history),
        "history": [
            {
                "href": r.href,
                "as_of": _day(r.as_of),
                "word": w.VERDICTS.get(r.verdict, r.verdict),
                "headline": r.headline,
            }
            for r in entry.history[1:]
        ],
    }


def _change(history: Sequence[Run]) -> str:
    """What is different from the run before."""
    if len(history) < 2:
        return ""
    now, before = history[:2]
    day = _day(before.as_of)
    if now.verdict != before.verdict:
        word = w.VERDICTS.get(before.verdict, before.verdict).lower()
        return f"The run before (as of {day}) said: {word}."
    if now.headline != before.headline:
        return f"The run before (as of {day}) had: {before.headline}."
    return f"Same answer as the run before (as of {day})."


def _day(iso: str) -> str:
    return w.day(date.fromisoformat(iso)) if iso else ""
