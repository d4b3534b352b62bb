"""`cslib new NOTEBOOK NAME --source S` and `--from ACTION`: the settings of a study from what is known already."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cs_lib import data, metrics, params
from cs_lib.data import DataError
from cs_lib.data.guess.held import Held, held
from cs_lib.language import say, spoken
from cs_lib.params import Study, strict_yaml
from cs_lib.params.data_health import DataHealth
from cs_lib.params.days.as_of import day_of
from cs_lib.params.places import resolved, shown
from cs_lib.params.template import settings_text
from cs_lib.runs import tasks
from cs_lib.runs.new import NewError
from cs_lib.runs.starting.before_after import before_after
from cs_lib.runs.starting.draft import Asked, Draft
from cs_lib.runs.starting.experiment_plan import experiment_plan
from cs_lib.runs.starting.follow_up import DAYS, follow_up, of_study
from cs_lib.runs.starting.marked import marked, put, require_ours
from cs_lib.runs.starting.perk_ab_test import perk_ab_test
from cs_lib.runs.starting.source import Written

LONGEST_NAME = 60
FROM_A_SOURCE = ("before_after", "perk_ab_test")
MAKERS: dict[str, Callable[[Draft, Held, Asked], None]] = {
    "before_after": before_after,
    "perk_ab_test": perk_ab_test,
    "experiment_plan": experiment_plan,
}


@dataclass(frozen=True, slots=True)
class Page:
    """Settings that are to be written: where, and their text."""

    target: Path
    text: str
    study: Study | None = field(default=None, compare=False)


def new_study(notebook: str, name: str, source: str, chosen: Asked) -> Written:
    """Write params/NAME.yaml from what a source holds; from an action, its follow-up too, or neither.

    Raises NewError, and ParamsError or DataError for a source that cannot be read.
    """
    known = FROM_A_SOURCE if chosen.action is None else tuple(MAKERS)
    if notebook not in known:
        if chosen.action is None:
            raise NewError(say("--source is for one of {notebooks}.", notebooks=", ".join(known)))
        raise NewError(say("--from ACTION is for one of {notebooks}.", notebooks=", ".join(known)))
    target = _target(name)
    later = f"{name}_{DAYS}d" if chosen.action and notebook in FROM_A_SOURCE else ""
    if later:
        _require_follow_up_name(name, later)
    draft = Draft({
        "study": name, "notebook": notebook, "as_of": "", "source": source,
    })  # fmt: skip
    found = _held(source)
    draft.raw["as_of"] = found.as_of.isoformat()
    if spoken() != "en":
        draft.raw["language"] = spoken()
    MAKERS[notebook](draft, found, chosen)
    page = _page(target, _head(draft.raw), draft)
    pages, said = [page], list[str]()
    if later and page.study is not None:
        after, why = _followed(page.study, later, draft)
        pages, said = [page, *after], why
    for one in pages:
        put(one.target, one.text)
    told = [
        say("{path} is written.", path=shown(target)),
        *(f"  {note}" for note in (*draft.notes.values(), *draft.told)),
        *said,
    ]
    return Written(target, told, list(dict.fromkeys(draft.choose.values())))


def new_follow_up(name: str, of: str) -> Written:
    """Write params/NAME.yaml, the study that asks again what another one asked. Raises NewError or ParamsError."""
    target = _target(name)
    page = _follow_up_page(of_study(of), name, target, None)
    put(target, page.text)
    return Written(target, _told(page))


def _target(name: str) -> Path:
    """Where a study's settings go. Raises NewError for a name that cannot be, or is taken."""
    require_named(name)
    target = params.home() / "params" / f"{name}.yaml"
    require_ours(target)
    taken = [
        path
        for path in params.study_paths().values()
        if path.stem == name and resolved(path) != resolved(target)
    ]
    if taken:
        raise NewError(
            say(
                "{path} exists already; choose another name or edit that file.",
                path=shown(taken[0]),
            )
        )
    return target


def _require_follow_up_name(name: str, later: str) -> None:
    """Refuse a name whose follow-up could not be written beside it."""
    if len(later) > LONGEST_NAME:
        raise NewError(
            say(
                "Its follow-up would be called {later}, which is longer than {most} letters; choose a shorter name "
                "than {name}.",
                later=later,
                most=LONGEST_NAME,
                name=name,
            )
        )
    _target(later)


def _head(raw: dict[str, Any]) -> list[str]:
    return [
        say(
            "Settings of notebooks/{notebook}.ipynb, from what {source} holds.",
            notebook=raw["notebook"],
            source=raw["source"],
        ),
        say(
            "A line that begins with # is a setting left at its default, or one that only you can choose."
        ),
    ]


def _page(target: Path, head: list[str], draft: Draft) -> Page:
    """The settings as text, checked unless something is still to be chosen. Raises ParamsError."""
    model = params.model_of(draft.raw)
    if isinstance(model, tuple):
        raise NewError(f"{model[0]}: {model[1]}")
    text = marked(settings_text(model, draft.raw, head=head), draft.notes, draft.choose)
    if draft.choose:
        return Page(target, text)
    settings, lines = strict_yaml.parse(text, shown=shown(target))
    study, problems = params.check_study(
        settings, file=shown(target), lines=lines, also=metrics.problems
    )
    if problems:
        raise params.ParamsError(problems)
    return Page(target, text, study)


def _followed(study: Study, later: str, draft: Draft) -> tuple[list[Page], list[str]]:
    """The follow-up of a study and what to say of it, or why there is none."""
    target = params.home() / "params" / f"{later}.yaml"
    try:
        page = _follow_up_page(study, later, target, draft)
    except NewError as error:
        return [], [str(error)]
    return [page], _told(page)


def _follow_up_page(study: Study, name: str, target: Path, draft: Draft | None) -> Page:
    raw = follow_up(study, name, ended=draft.ended if draft else None)
    head = [
        say(
            "Asks again what {study} asked, later; its page is due on {due}.",
            study=study.study,
            due=raw["as_of"],
        ),
        say("Settled before the data are seen: nothing here may change once they are."),
    ]
    return _page(target, head, Draft(raw))


def _told(page: Page) -> list[str]:
    assert page.study is not None
    return [
        say("{path} is written.", path=shown(page.target)),
        "  "
        + say(
            "It follows {study} and is due on {due}; a run before that day leaves it waiting.",
            study=page.study.follows,
            due=page.study.as_of,
        ),
    ]


def require_named(name: str) -> None:
    """Raises NewError for a name that no study can have."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        raise NewError(
            say(
                "'{name}' cannot be a study: use small letters, digits and _, starting with a letter, at most 60.",
                name=name,
            )
        )


def _held(source: str) -> Held:
    settings = {
        "study": "held", "notebook": "data_health", "question": "What does it hold?", "source": source,
        "as_of": day_of(tasks.given_day("today"), params.load_source(source).timezone),
    }  # fmt: skip
    study, problems = params.check_study(settings, file=say("the command"), lines={})
    if problems or not isinstance(study, DataHealth):
        raise params.ParamsError(problems)
    try:
        desk = data.load(study)
    except DataError as error:
        raise NewError(str(error)) from error
    try:
        return held(desk)
    finally:
        desk.close()
