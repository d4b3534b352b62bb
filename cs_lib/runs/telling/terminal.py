"""What a terminal says of each study: every line whole in one language, that of whoever sits before it."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from cs_lib import wording as w
from cs_lib.language import LANGUAGES, Language, say, speaking, visible
from cs_lib.report.records import told
from cs_lib.runs import publish
from cs_lib.runs.attempt import Outcome
from cs_lib.runs.outcome import Exit

ASKED = ("CS_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set decides


def language() -> Language:
    """The reader's language by the environment: `zh_CN.UTF-8` is Chinese; English when it is none of ours."""
    named = next((os.environ[name] for name in ASKED if os.environ.get(name)), "")
    return next((one for one in LANGUAGES if named.lower().startswith(one)), "en")


def interrupted() -> str:
    """What is said when the user, or a scheduler, ended the command."""
    with speaking(language()):
        return say("Interrupted: kernels ended, locks freed.")


def head() -> tuple[str, str, str]:
    """The columns of the table."""
    return say("study"), say("verdict"), say("headline")


def row(outcome: Outcome) -> tuple[str, str, str]:
    """A study in the table: verdict and headline in one language."""
    headline, spoken = told(outcome.headline, outcome.language, outcome.said)
    with speaking(spoken):
        first = visible(headline.partition("\n")[0].rstrip(":："))
        return outcome.study, _verdict(outcome), first


def line(outcome: Outcome, reports: Path) -> str:
    """What is said when a study is over."""
    return visible(_line(outcome, reports))


def _line(outcome: Outcome, reports: Path) -> str:
    headline, spoken = told(outcome.headline, outcome.language, outcome.said)
    with speaking(spoken):
        if outcome.code == Exit.INTERRUPTED:
            return say("interrupted")
        if outcome.code:
            return _failure(outcome, reports)
        done = (
            say("done in {seconds} s", seconds=outcome.seconds)
            if outcome.ran
            else say("already done")
        )
        words = say(
            "{done}: {verdict} — {headline}",
            done=done,
            verdict=_verdict(outcome),
            headline=headline,
        )
        return f"{words}\n  {_kept(outcome)}" if outcome.newer else words


def page(outcome: Outcome, reports: Path) -> Path | None:
    """Where the page of a study is, or what explains that there is none."""
    path = reports / outcome.study / (outcome.folder or publish.FAILED) / publish.PAGE
    return path if os.path.isfile(path) and outcome.code != Exit.LOCKED else None


def _failure(outcome: Outcome, reports: Path) -> str:
    text = say(
        "failed after {seconds} s: {sentence}", seconds=outcome.seconds, sentence=outcome.headline
    )
    explained = page(outcome, reports)
    return f"{text}\n  {say('see {page}', page=explained)}" if explained else text


def _kept(outcome: Outcome) -> str:
    return say(
        "Kept as history: a newer page, as of {day}, stays the latest.",
        day=w.day(date.fromisoformat(outcome.newer)),
    )


def _verdict(outcome: Outcome) -> str:
    return w.verdict(outcome.verdict).lower() if not outcome.code else say("failed")
