"""What a page and the catalogue are told about a run: facts only, no look."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from cs_lib.language import Language, known, spoken
from cs_lib.sentences import messages, restored

RESULT_MIME = "application/vnd.cs-lib.result+json"


State = Literal["fresh", "stale", "failed"]
Change = Literal["data", "settings", "program"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a page comes from: enough to rerun it and to see whether it is the same."""

    study: str
    digest: str  # The hexadecimal digest of all inputs.
    # By input: notebook, code, params, data, environment.
    digests: dict[str, str]
    rerun: str  # The exact command.
    plan: str  # "" or one sentence: unchanged since ..., changed after ...
    parameters: dict[str, Any]  # The parameters as they ran.
    defaults: dict[str, Any]  # The defaults of the settings that have one.
    plan_changed: bool = False
    plan_damaged: bool = False  # The record of the first plan cannot be read.
    moved: dict[str, Any] = field(default_factory=dict)  # Days of the periods that move, by key.


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run gave no page."""

    study: str
    question: str
    as_of: str
    sentence: str  # What failed, in plain words.
    parameters: dict[str, Any]
    detail: str  # The traceback without paths of the machine.
    last_good: str  # address of the last good page from this one, "" when there is none
    last_good_as_of: str
    language: Language = "en"  # Of the page.
    moved: dict[str, Any] = field(default_factory=dict)  # Days of the periods that move, by key.


@dataclass(frozen=True, slots=True)
class Run:
    """One published run of a study, for the catalogue's history."""

    as_of: str
    digest: str
    href: str
    verdict: str
    headline: str
    language: Language = "en"  # The language of the headline.
    said: Any = None  # The headline's words, to be said in any language.


@dataclass(frozen=True, slots=True)
class Health:
    """What the last look at a study's data, their day and settings the same, said of them."""

    href: str
    as_of: str
    verdict: str
    usable_to: str = (
        ""  # the last day that such a study can use; "" when it can use none, or that is not known
    )
    ends: str = ""  # the last day that the study uses


@dataclass(frozen=True, slots=True)
class Entry:
    """One study in the catalogue."""

    study: str
    question: str
    notebook: str
    state: State
    as_of: str
    verdict: str
    headline: str
    href: str  # "" when there is no good page
    plans: str = ""  # What kind of study a plan plans.
    failure: str = ""  # one sentence when the last attempt failed
    failure_href: str = ""
    language: Language = "en"  # The language of question, headline and failure.
    said: Any = None  # The headline's words, to be said in any language.
    owner: str = ""
    last_run: str = ""  # The day of the last attempt.
    history: tuple[Run, ...] = field(default=())  # All other runs, newest first.
    before: Run | None = None  # The run that this answer took the place of.
    since: tuple[Change, ...] = ()  # What has changed since that run.
    health: Health | None = None


def told(headline: str, language: Language, said: Any) -> tuple[str, Language]:
    """A headline in the language in use, where its words can be said in it; else as it stands."""
    here = spoken()
    if language != here and said:
        words = restored(said)
        if words and all(map(known, messages(words))):
            return str(words), here
    return headline, language
