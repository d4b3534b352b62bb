"""The catalogue: every study, its answer, and whether the page still stands for its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from cs_lib import wording as w
from cs_lib.language import LANGUAGES, Language, later, say, spoken, typeset
from cs_lib.params import kind_of
from cs_lib.report.drawing.palette import VERDICT_LOOK
from cs_lib.report.markup import frame, tag, template, whole_amounts
from cs_lib.report.records import Entry, Run

STATE_MARKS = {"failed": ("bad", "✗"), "stale": ("look", "!"), "fresh": ("ok", "✓")}
STATE_COUNTS = {
    "failed": later("{n} failed"),
    "stale": later("{n} stale"),
    "fresh": later("{n} fresh"),
}
# Each language is named in itself.
LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "zh": "中文"}
TONE_OF_VERDICT = {"good": "ok", "bad": "bad", "wait": "look"}


def file(language: Language) -> str:
    """The name of the catalogue's page in a language."""
    return "index.html" if language == "en" else f"index.{language}.html"


def render(entries: Sequence[Entry]) -> str:
    """The catalogue in the language in use: what needs a hand comes first.

    Questions and answers stay in the language of their study.
    """
    order = list(STATE_MARKS)
    rows = [_row(e) for e in sorted(entries, key=lambda e: order.index(e.state))]
    page = template("index.html.j2").render(
        **frame("index.js"),
        lang=tag(spoken()),
        others=[
            {"href": file(other), "lang": tag(other), "name": LANGUAGE_NAMES[other]}
            for other in LANGUAGES
            if other != spoken()
        ],
        entries=rows,
        states=[state for state in STATE_MARKS if any(e.state == state for e in entries)],
        counts=_counts(entries),
    )
    return whole_amounts(typeset(page))


def _counts(entries: Sequence[Entry]) -> str:
    parts = [w.counted(len(entries), "study", "studies")]
    for state, words in STATE_COUNTS.items():
        if n := sum(e.state == state for e in entries):
            parts.append(say(words, n=w.count(n)))
    return ", ".join(parts)


def _tag(language: Language) -> str:
    """The attribute of words of a study that are not in the page's language."""
    return "" if language == spoken() else f' lang="{tag(language)}"'


def _row(entry: Entry) -> dict[str, Any]:
    tone, mark = STATE_MARKS[entry.state]
    look, path = VERDICT_LOOK.get(entry.verdict, ("info", ""))
    return {
        "question": entry.question or w.name(entry.study),
        "study": entry.study,
        "lang": _tag(entry.language),
        "kind": say(kind_of({"notebook": entry.notebook})),
        "href": entry.href,
        "word": w.verdict(entry.verdict),
        "tone": TONE_OF_VERDICT.get(look, "info"),
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
                "word": w.verdict(r.verdict),
                "headline": r.headline,
                "lang": _tag(r.language),
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
        word = w.verdict(before.verdict).lower()
        return say("The run before (as of {day}) said: {word}.", day=day, word=word)
    if now.headline != before.headline:
        return say(
            "The run before (as of {day}) had: {headline}.", day=day, headline=before.headline
        )
    return say("Same answer as the run before (as of {day}).", day=day)


def _day(iso: str) -> str:
    return w.day(date.fromisoformat(iso)) if iso else ""
