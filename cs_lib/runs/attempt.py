"""One study from its lock to its page, or to its failure page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from cs_lib import params
from cs_lib.language import Language, say, speaking
from cs_lib.runs import build, catalogue, digest, lock, log, plan_lock, publish
from cs_lib.runs.outcome import Exit, RunError
from cs_lib.runs.progress import Log
from cs_lib.runs.scrub import Scrubber
from cs_lib.runs.stop import Stop
from cs_lib.runs.tasks import Task


@dataclass(frozen=True, slots=True)
class Options:
    """How to run."""

    reports: Path
    as_of: str | None = None
    force: bool = False
    jobs: int = 2
    cell_timeout: float = 600
    timeout: float = 1800


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one study ended; without a page, `headline` is the sentence that says why."""

    study: str
    code: Exit
    verdict: str
    headline: str
    seconds: int = 0
    ran: bool = True
    language: Language = "en"  # the language of `headline`
    said: Any = None  # its words, to be said in any language
    folder: str = ""  # of the page, below the study's own
    newer: str = ""  # the day of a newer page, which stays the latest


def attempt(task: Task, options: Options, told: Log, stop: Stop) -> Outcome:
    """Run one study unless its page is there, in its language; never raises."""
    with speaking(task.study.language):
        return _attempt(task, options, told, stop)


def _attempt(task: Task, options: Options, told: Log, stop: Stop) -> Outcome:
    began, started = monotonic(), datetime.now().astimezone().isoformat(timespec="seconds")
    scrub = Scrubber(params.load_source(task.study.source))
    try:
        if stop.is_set():
            raise RunError(Exit.INTERRUPTED, say("It was not started."))
        with publish.publishing(options.reports), lock.hold(options.reports, task.key):
            publish.note_attempt(options.reports, task.key, started)
            if not options.force and publish.finished(options.reports, task):
                return _shown_again(task, options)
            told.start(task.key)
            try:
                return _run(task, options, told, stop, scrub, started)
            except RunError as error:
                _put_up(task, options, error, _record(task, started, began, error))
                raise
            except Exception as error:
                unexpected = _unexpected(error, scrub)
                _put_up(task, options, unexpected, _record(task, started, began, unexpected))
                raise unexpected from error
    except RunError as error:
        seconds = round(monotonic() - began)
        language = task.study.language
        return Outcome(task.key, error.code, "", error.sentence, seconds, language=language)


def _shown_again(task: Task, options: Options) -> Outcome:
    """The page of these inputs exists: at most `latest` has to point to it again."""
    folder = options.reports / task.key
    if not publish.newer(options.reports, task):
        publish.point(folder, task.folder)
    facts = publish.read_json(folder / publish.RUNS / task.folder / "result.json")
    return replace(_done(task, options, facts), ran=False)


def _done(task: Task, options: Options, facts: Mapping[str, Any]) -> Outcome:
    newer = publish.newer(options.reports, task)
    return Outcome(
        task.key,
        Exit.DONE,
        str(facts.get("verdict")),
        str(facts.get("headline")),
        language=task.study.language,
        said=facts.get("headline_said"),
        folder=f"{publish.RUNS}/{task.folder}" if newer else publish.LATEST,
        newer=newer,
    )


def _run(
    task: Task, options: Options, told: Log, stop: Stop, scrub: Scrubber, started: str
) -> Outcome:
    began = monotonic()
    first = plan_lock.first(options.reports / task.key, task.study)
    with log.opened(options.reports, task.key, scrub) as stream:
        built = build.build(
            task,
            first_plan=first,
            cell_seconds=options.cell_timeout,
            run_seconds=options.timeout,
            log=stream,
            watch=lambda done, total: told.cells(task.key, done, total),
            stop=stop,
        )
    record = {**_record(task, started, began), "cells": built.seconds}
    with publish.publishing(options.reports):
        publish.publish(options.reports, task, built, record, first)
        catalogue.rebuild(options.reports)
    return replace(_done(task, options, built.result), seconds=round(monotonic() - began))


def _record(
    task: Task, started: str, began: float, error: RunError | None = None
) -> dict[str, Any]:
    """What run.json keeps: the one place for times."""
    record: dict[str, Any] = {
        "study": task.key,
        "notebook": task.study.notebook,
        "question": task.study.question,
        "plans": getattr(task.study, "plans", None),
        "owner": task.study.owner,
        "language": task.study.language,
        "as_of": str(task.study.as_of),
        "command": task.rerun,
        "digest": task.inputs.digest,
        "digests": task.inputs.digests,
        "settings": digest.settings(task.study),
        "files": task.inputs.files,
        "environment": digest.environment(),
        "threads": 1,
        "started": started,
        "seconds": monotonic() - began,
    }
    return (
        record
        if error is None
        else {**record, "exit_code": int(error.code), "sentence": error.sentence}
    )


def _put_up(task: Task, options: Options, error: RunError, record: Mapping[str, Any]) -> None:
    """A failure page, where that is possible and the user did not stop the run."""
    if error.code in (Exit.LOCKED, Exit.INTERRUPTED):
        return
    from cs_lib.report.page import render as page

    try:
        text = page.render_failure(publish.failure(options.reports, task, error))
        publish.fail(options.reports, task, text, record)
        catalogue.rebuild(options.reports)
    except Exception:  # the first error is the one to tell; a disk that is full stays full
        return


def _unexpected(error: Exception, scrub: Scrubber) -> RunError:
    """A fault of ours or of the system, told like any other."""
    detail = build.trace(error, scrub)
    if isinstance(error, OSError):
        sentence = say("It could not be published: {why}.", why=error.strerror or scrub(str(error)))
        return RunError(Exit.NOT_PUBLISHED, sentence, detail=detail)
    sentence = say(
        "The run itself failed: {name}: {why}", name=type(error).__name__, why=scrub(str(error))
    )
    return RunError(Exit.ANALYSIS_FAILED, sentence, detail=detail)
