"""The catalogue: every study, its answer, and whether the page still stands for its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cs_lib import wording as w
from cs_lib.report.palette import VERDICT_LOOK
from cs_lib.report.records import Entry, Run
from cs_lib.report.templates import css, template, whole_amounts

STATES = {"fresh": ("ok", "✓"), "stale": ("look", "!"), "failed": ("bad", "✗")}


def render(entries: Sequence[Entry]) -> str:
    """reports/index.html."""
    rows = [_row(e) for e in entries]
    page = template("index.html.j2").render(css=css(), entries=rows, counts=_counts(entries))
    return whole_amounts(page)


def _counts(entries: Sequence[Entry]) -> str:
    parts = [w.counted(len(entries), "study", "studies")]
    parts += [f"{n} {state}" for state in STATES if (n := sum(e.state == state for e in entries))]
    return ", ".join(parts)


def _row(entry: Entry) -> dict[str, Any]:
    tone, mark = STATES[entry.state]
    look = VERDICT_LOOK.get(entry.verdict, ("info", ""))
    return {
        "question": entry.question or w.name(entry.study),
        "href": entry.href,
        "verdict": entry.verdict,
        "word": w.VERDICTS.get(entry.verdict, entry.verdict),
        "tone": {"good": "ok", "bad": "bad", "wait": "look"}.get(look[0], "info"),
        "icon": "",
        "headline": entry.headline,
        "as_of": entry.as_of,
        "state": entry.state,
        "state_tone": tone,
        "state_mark": mark,
        "failure": entry.failure,
        "failure_href": entry.failure_href,
        "change": _change(entry.history),
        "history": [
            {"href": r.href, "as_of": r.as_of, "word": w.VERDICTS.get(r.verdict, r.verdict)}
            for r in entry.history[1:]
        ],
    }


def _change(history: Sequence[Run]) -> str:
    """What is different from the run before."""
    if len(history) < 2 or history[0].verdict == history[1].verdict:
        return ""
    before = w.VERDICTS.get(history[1].verdict, history[1].verdict).lower()
    return f"The run before (as of {history[1].as_of}) said: {before}."
