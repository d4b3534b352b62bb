"""The catalogue: every study, its answer, and whether the page still stands for its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from cs_lib import wording as w
from cs_lib.language import LANGUAGES, Language, later, say, spoken, typeset, visible
from cs_lib.params import kind_of
from cs_lib.report.addresses import catalogue_file
from cs_lib.report.drawing.palette import VERDICT_LOOK
from cs_lib.report.markup import frame, tag, template, whole_amounts
from cs_lib.report.records import Change, Entry, Health, Run, told

STATE_MARKS = {"failed": ("bad", "✗"), "stale": ("look", "!"), "fresh": ("ok", "✓")}
STATE_WORDS = {
    "failed": later("failed"),
    "stale": later("stale"),
    "fresh": later("up to date"),
}
STATE_COUNTS = {"failed": later("{n} failed"), "stale": later("{n} stale")}
CHANGES: dict[Change, str] = {
    "data": later("new data"),
    "settings": later("changed settings"),
    "program": later("a new version of the analysis"),
}
# Each language is named in itself.
LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "zh": "中文"}
TONE_OF_VERDICT = {"good": "ok", "bad": "bad", "wait": "look"}

# What needs a decision stands first; within a turn the newest does.
HARM, STALE, ACT, WAIT, OPEN = 1, 2, 3, 4, 5
TURN: dict[str, int] = {  # every verdict's
    "worsened": HARM,
    "stop": HARM,
    "worse": HARM,
    "invalid": HARM,
    "unfit": HARM,
    "attention": HARM,
    "ship": ACT,
    "improved": ACT,
    "planned": ACT,
    "better": ACT,
    "fix_first": ACT,
    "pain_found": ACT,
    "fit_with_limits": ACT,
    "keep_running": WAIT,
    "not_enough_data": WAIT,
    "measure_first": WAIT,
    "log_too_thin": WAIT,
    "too_few_to_add": WAIT,
    "inconclusive": OPEN,
    "no_clear_change": OPEN,
    "not_feasible": OPEN,
    "unclear": OPEN,
    "no_clear_pain": OPEN,
    "nothing_stands_out": OPEN,
    "steady": OPEN,
    "fit": OPEN,
    "adds_up": OPEN,
}


def render(entries: Sequence[Entry]) -> str:
    """The catalogue in the language in use: what needs a decision comes first.

    Answers are said in this language; questions are the study's own words and stay in its language.
    """
    ranked = in_turn(entries)
    page = template("index.html.j2").render(
        **frame("index.js"),
        lang=tag(spoken()),
        others=[
            {"href": catalogue_file(other), "lang": tag(other), "name": LANGUAGE_NAMES[other]}
            for other in LANGUAGES
            if other != spoken()
        ],
        entries=[_row(e) | {"anchor": _anchor(e, ranked)} for e in ranked],
        filters=_filters(ranked),
        counts=_counts(entries),
        rest=_rest(entries),
    )
    return whole_amounts(typeset(visible(page)))


def _anchor(entry: Entry, ranked: Sequence[Entry]) -> str:
    """The notebook of a row that is the first of its own, so that other pages can lead there."""
    first = next(one for one in ranked if one.notebook == entry.notebook)
    return entry.notebook if first is entry else ""


def in_turn(entries: Sequence[Entry]) -> list[Entry]:
    """What needs a decision first, of those alike the newest, then by name."""
    by_day = sorted(sorted(entries, key=lambda e: e.study), key=lambda e: e.as_of, reverse=True)
    return sorted(by_day, key=_turn)


def _turn(entry: Entry) -> int:
    if entry.state == "failed":
        return 0
    turn = TURN.get(entry.verdict, OPEN)
    return min(turn, STALE) if entry.state == "stale" else turn


def _filters(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """What the rows can be chosen by; owners only where some study names one."""
    states = {state: say(word) for state, word in STATE_WORDS.items()}
    verdicts = {e.verdict: w.verdict(e.verdict) for e in entries if e.verdict}
    kinds = sorted({kind for e in entries if (kind := _kind(e))})
    owners = sorted({e.owner for e in entries if e.owner})
    found = [
        ("kind", say("Kind"), {kind: kind for kind in kinds}),
        ("verdict", say("Answer"), verdicts),
        ("state", say("State"), {k: v for k, v in states.items() if _any(entries, k)}),
        ("owner", say("Owner"), {owner: owner for owner in owners}),
    ]
    return [{"id": id, "name": name, "options": options} for id, name, options in found if options]


def _any(entries: Sequence[Entry], state: str) -> bool:
    return any(e.state == state for e in entries)


def _counts(entries: Sequence[Entry]) -> str:
    parts = [w.counted(len(entries), "study", "studies")]
    for state, words in STATE_COUNTS.items():
        if n := sum(e.state == state for e in entries):
            parts.append(say(words, n=w.count(n)))
    return ", ".join(parts)


def _rest(entries: Sequence[Entry]) -> str:
    """That the rows without a mark are up to date."""
    if not _any(entries, "fresh"):
        return ""
    if all(e.state == "fresh" for e in entries):
        return say("All are up to date.")
    return say("All others are up to date.")


def _one_line(text: str) -> str:
    """Several faults after one another, told apart as on their own lines."""
    head, *faults = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    return f"{head.rstrip(':：')}: {'; '.join(faults)}" if faults else head


def _kind(entry: Entry) -> str:
    plans = {"plans": entry.plans} if entry.plans else {}
    return say(kind_of({"notebook": entry.notebook, **plans}))


def _tag(language: Language) -> str:
    """The attribute of words of a study that are not in the page's language."""
    return "" if language == spoken() else f' lang="{tag(language)}"'


def _row(entry: Entry) -> dict[str, Any]:
    tone, mark = STATE_MARKS[entry.state]
    look, path = VERDICT_LOOK.get(entry.verdict, ("info", ""))
    headline, language = told(entry.headline, entry.language, entry.said)
    foreign = entry.language != spoken()
    return {
        "question": entry.question or w.name(entry.study),
        "study": entry.study,
        "lang": _tag(entry.language),
        "tongue": LANGUAGE_NAMES[entry.language] if foreign and entry.question else "",
        "kind": _kind(entry),
        "owner": entry.owner,
        "href": entry.href,
        "verdict": entry.verdict,
        "word": w.verdict(entry.verdict),
        "tone": TONE_OF_VERDICT.get(look, "info"),
        "icon": path,
        "filled": entry.verdict == "stop",
        "headline": headline,
        "headline_lang": _tag(language),
        "as_of": _day(entry.as_of),
        "last_run": _day(entry.last_run),
        "state": entry.state,
        "badge": "" if entry.state == "fresh" else f"{mark} {say(STATE_WORDS[entry.state])}",
        "badge_tone": tone,
        "failure": _one_line(entry.failure),
        "failure_href": entry.failure_href,
        "change": _change(entry),
        "health": _health(entry.health) if entry.health else None,
        "history": _answers(entry.history),
    }


def _health(seen: Health) -> dict[str, str]:
    """What a look at the same data said, and whether the study goes on after the days that can be used."""
    link = say(
        "Data health as of {day}: {verdict}.",
        day=_day(seen.as_of),
        verdict=w.small(w.verdict(seen.verdict)),
    )
    usable = (
        say("Days up to {day} can be used.", day=_day(seen.usable_to)) if seen.usable_to else ""
    )
    late = seen.usable_to and seen.ends > seen.usable_to
    uses = say("This study uses days up to {day}.", day=_day(seen.ends)) if late else ""
    return {"href": seen.href, "link": link, "words": w.together(usable, uses)}


def _answers(history: Sequence[Run]) -> list[dict[str, str]]:
    """Earlier answers, newest first; of runs that said the same of the same day the newest."""
    told_once = {(run.as_of, run.verdict, run.headline): run for run in reversed(history)}
    return [_past(run) for run in history if run in told_once.values()]


def _past(run: Run) -> dict[str, str]:
    headline, language = told(run.headline, run.language, run.said)
    return {
        "href": run.href,
        "as_of": _day(run.as_of),
        "word": w.verdict(run.verdict),
        "headline": headline,
        "lang": _tag(language),
    }


def _change(entry: Entry) -> str:
    """What the run before said, where that is something else, and what has changed since."""
    before = entry.before
    if before is None:
        return ""
    day = _day(before.as_of)
    if entry.verdict == before.verdict and _same(entry, before):
        return _unchanged(entry, day)
    if entry.verdict == before.verdict:
        said = say("Before (as of {day}): the same verdict, other numbers.", day=day)
    else:
        word = w.verdict(before.verdict)
        said = say("Before (as of {day}): {verdict}.", day=day, verdict=word)
    return w.together(said, _since(entry))


def _unchanged(entry: Entry, day: str) -> str:
    inputs = [say(CHANGES[change]) for change in entry.since if change != "program"]
    if not inputs:
        return say("Same answer as before (as of {day}).", day=day)
    return say(
        "Same answer as before (as of {day}), with {changes}.", day=day, changes=w.listed(inputs)
    )


def _since(entry: Entry) -> str:
    changes = [say(CHANGES[change]) for change in entry.since]
    return say("Since then: {changes}.", changes=w.listed(changes)) if changes else ""


def _same(entry: Entry, before: Run) -> bool:
    """Whether two runs say the same: by their facts where both have them, else as they stand."""
    if entry.said and before.said:
        return bool(entry.said == before.said)
    return entry.headline == before.headline


def _day(iso: str) -> str:
    return w.day(date.fromisoformat(iso)) if iso else ""
