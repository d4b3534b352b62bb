"""`cslib run`: all studies checked first, then those that can run side by side, then what came out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, TextIO

from cs_lib import params
from cs_lib.language import say, speaking, spoken, visible
from cs_lib.runs import catalogue, machine, publish
from cs_lib.runs import tasks as studies
from cs_lib.runs.attempt import Options, Outcome, attempt
from cs_lib.runs.execution.stop import Stop
from cs_lib.runs.execution.supervise import side_by_side
from cs_lib.runs.outcome import Exit, RunError, worst
from cs_lib.runs.refused import refuse
from cs_lib.runs.scrub import Scrubber
from cs_lib.runs.tasks import DEMO, Task
from cs_lib.runs.telling import events, progress, terminal
from cs_lib.runs.telling.teller import Teller

__all__ = ["DEMO", "Options", "Tell", "reports_folder", "run"]

Tell = Literal["person", "quiet", "json"]


def reports_folder(given: str | None = None) -> Path:
    """Where pages go: the folder given, else reports/ of the project. Raises RunError when it can be none."""
    try:
        return Path(given).resolve() if given else params.reports()
    except (OSError, RuntimeError) as error:  # links in a circle, a name that is too long
        sentence = say(
            "The reports folder cannot be used: {why}.",
            why=getattr(error, "strerror", None) or str(error),
        )
        raise RunError(Exit.NOT_PUBLISHED, sentence) from None


def run(
    names: Sequence[str], options: Options, *, everything: bool = False, tell: Tell = "person"
) -> Exit:
    """Run what can run, publish it, and say what came out, in the reader's language.

    Studies with faults get their failure page; with `options.strict` nothing starts while one has any.
    Raises KeyboardInterrupt once everything that was started is ended.
    """
    with speaking(terminal.language()), params.published_in(options.reports):
        return _run(names, options, everything=everything, tell=tell)


def _run(names: Sequence[str], options: Options, *, everything: bool, tell: Tell) -> Exit:
    reports = options.reports
    prepared = studies.prepare(
        names,
        as_of=options.as_of,
        everything=everything,
        rehash=options.rehash,
        missed=partial(publish.had_page, reports),
    )
    hide = Scrubber().secrets
    faulty = [replace(one, text=visible(hide(one.text))) for one in prepared.faulty]
    told = _teller(tell, sys.stdout, [task.key for task in prepared.tasks], reports)
    for sentence in prepared.left_out:
        told.left_out(hide(sentence))
    for one in prepared.waiting:
        told.waiting(one)
    if faulty:
        told.faults(faulty)
    if prepared.waiting and not prepared.tasks and not faulty:
        return _finished(told, Exit.DONE)
    if not prepared.tasks and not faulty:
        told.trouble(say("No study to run under {folder}.", folder=params.home() / "params"))
        return _finished(told, Exit.DONE if prepared.left_out else Exit.BAD_INPUT)
    nothing = not prepared.tasks and not any(one.key for one in faulty)
    if faulty and (options.strict or nothing):
        return _finished(told, Exit.BAD_INPUT)
    try:
        if prepared.tasks:
            machine.require_room()
        outcomes = [
            *_in_order(prepared.tasks, options, told),
            *(refuse(one, reports, as_of=options.as_of) for one in faulty),
        ]
    except RunError as error:
        told.trouble(error.sentence)
        return _finished(told, error.code)
    told.summary(outcomes)
    wrote = any(outcome.ran or outcome.code for outcome in outcomes)
    codes = [_catalogue(reports, told, wrote=wrote), *(outcome.code for outcome in outcomes)]
    hits = [o for o in outcomes if not o.code and o.verdict in options.fail_on]
    if hits:
        told.hits(hits)
        codes.append(Exit.VERDICT)
    return _finished(told, worst(codes))


def _in_order(tasks: Sequence[Task], options: Options, told: Teller) -> list[Outcome]:
    """Side by side; those that read the pages of others after them, with what these have come to."""
    first = [task for task in tasks if not task.study.reads_pages]
    last = [task for task in tasks if task.study.reads_pages]
    outcomes = _together(first, options, told)
    return outcomes + _together(list(map(studies.renewed, last)), options, told)


def _together(tasks: Sequence[Task], options: Options, told: Teller) -> list[Outcome]:
    jobs = [partial(_one, task, options, told) for task in tasks]
    return side_by_side(jobs, workers=options.jobs) if jobs else []


def _one(task: Task, options: Options, told: Teller, stop: Stop) -> Outcome:
    outcome = attempt(task, options, told, stop)
    told.end(outcome)
    return outcome


def _finished(told: Teller, code: Exit) -> Exit:
    told.finish(code)
    return code


def _teller(tell: Tell, out: TextIO, names: Sequence[str], reports: Path) -> Teller:
    if tell == "json":
        return events.Json(out, names, reports)
    return events.Quiet(reports) if tell == "quiet" else progress.on(out, names, reports)


def _catalogue(reports: Path, told: Teller, *, wrote: bool) -> Exit:
    """The catalogue, brought up to date, and where it is in the reader's language."""
    try:
        with publish.publishing(reports):
            catalogue.rebuild(reports)
    except RunError as error:
        if (
            wrote or error.code != Exit.NOT_PUBLISHED
        ):  # nothing new to show in a folder to read only
            told.trouble(error.sentence)
            return error.code
    told.catalogue(catalogue.pages(reports)[spoken()])
    return Exit.DONE
