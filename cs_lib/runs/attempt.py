"""One study from its lock to its page, or to its failure page."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from cs_lib import params
from cs_lib.language import Language, say, speaking
from cs_lib.runs import build, catalogue, digest, lock, log, machine, plan_lock, publish
from cs_lib.runs.execution.stop import Stop
from cs_lib.runs.outcome import Exit, RunError
from cs_lib.runs.scrub import Scrubber
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
    strict: bool = False
    fail_on: tuple[str, ...] = ()
    rehash: bool = False


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
    as_of: str = ""


class Told(Protocol):
    """Who is told how far a study is."""

    def start(self, name: str) -> None:
        """A study begins."""
        ...

    def cells(self, name: str, done: int, total: int) -> None:
        """Some of its cells are done."""
        ...


def attempt(task: Task, options: Options, told: Told, stop: Stop) -> Outcome:
    """Run one study unless its page is there, in its language; never raises."""
    began = monotonic()
    with speaking(task.study.language):
        try:
            outcome = _attempt(task, options, told, stop, began)
        except Exception as error:
            code = Exit.ANALYSIS_FAILED
            sentence = Scrubber().secrets(f"{type(error).__name__}: {error}")
            if isinstance(error, RunError):
                code, sentence = error.code, error.sentence
            elif isinstance(error, MemoryError):
                code, sentence = Exit.KERNEL_ENDED, say("There is too little memory for this run.")
            outcome = Outcome(task.key, code, "", sentence, language=task.study.language)
    seconds = round(monotonic() - began) if outcome.ran else 0
    return replace(outcome, seconds=seconds, as_of=str(task.study.as_of))


def _attempt(task: Task, options: Options, told: Told, stop: Stop, began: float) -> Outcome:
    started = machine.now()
    scrub = Scrubber(params.load_source(task.study.source))
    if stop.is_set():
        raise RunError(Exit.INTERRUPTED, say("It was not started."))
    if not options.force and _nothing_to_do(task, options):
        return _shown_again(task, options)
    with publish.publishing(options.reports), lock.hold(options.reports, task.key):
        publish.note_attempt(options.reports, task.key, started)
        if not options.force and publish.finished(options.reports, task):
            return _shown_again(task, options)
        told.start(task.key)
        try:
            return _run(task, options, told, stop, scrub, started)
        except Exception as error:
            told_of = error if isinstance(error, RunError) else _unexpected(error, scrub)
            if stop.is_set():  # what fails while everything is being ended failed because of that
                told_of = RunError(Exit.INTERRUPTED, told_of.sentence, detail=told_of.detail)
            _put_up(task, options, told_of, _record(task, started, began, told_of), scrub)
            raise told_of from error


def _nothing_to_do(task: Task, options: Options) -> bool:
    """Whether the page of these inputs is there and shown: then nothing is written, not even a lock."""
    folder = options.reports / task.key
    shown = publish.newer(options.reports, task) or publish.points(folder, task.folder)
    return (
        bool(shown)
        and publish.finished(options.reports, task)
        and not (folder / publish.FAILED).is_dir()
    )


def _shown_again(task: Task, options: Options) -> Outcome:
    """The page of these inputs exists: at most `latest` has to point to it again."""
    folder = options.reports / task.key
    if not publish.newer(options.reports, task) and not _nothing_to_do(task, options):
        publish.point(folder, task.folder)
    with suppress(OSError):
        publish.note_attempt(options.reports, task.key, machine.now())
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
    task: Task, options: Options, told: Told, stop: Stop, scrub: Scrubber, started: str
) -> Outcome:
    began = monotonic()
    first = plan_lock.first(options.reports / task.key, task.study)
    with log.opened(options.reports, task.key, scrub) as story:
        story.note(f"begin  {task.rerun}  digest {task.inputs.digest[:16]}")

        def watch(done: int, total: int) -> None:
            story.note(f"cell   {done} of {total} done")
            told.cells(task.key, done, total)

        try:
            built = build.build(
                task,
                first_plan=first,
                cell_seconds=options.cell_timeout,
                run_seconds=options.timeout,
                log=story,
                watch=watch,
                stop=stop,
            )
            record = scrub.data({**_record(task, started, began), "cells": built.seconds})
            with publish.publishing(options.reports):
                publish.publish(options.reports, task, built, record, first)
        except Exception as error:
            story.note(f"failed {type(error).__name__}: {error}")
            if isinstance(error, RunError) and error.detail:
                story.write(f"{error.detail}\n")
            raise
        outcome = _done(task, options, built.result)
        story.note(f"done   {outcome.verdict}: {outcome.headline}  ({outcome.folder})")
    _update_catalogue(options.reports)
    return outcome


def _update_catalogue(reports: Path) -> None:
    """Brought up to date with each page; whoever cannot leaves it to the end of the batch, which tells."""
    with suppress(RunError, OSError):
        catalogue.rebuild(reports)


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
        "source": digest.source(task.study),
        "files": task.inputs.files,
        "environment": digest.environment(),
        "started": started,
        "seconds": monotonic() - began,
    }
    return (
        record
        if error is None
        else {**record, "exit_code": int(error.code), "sentence": error.sentence}
    )


def _put_up(
    task: Task, options: Options, error: RunError, record: Mapping[str, Any], scrub: Scrubber
) -> None:
    """A failure page, where that is possible and the user did not stop the run."""
    if error.code in (Exit.LOCKED, Exit.INTERRUPTED):
        return
    # The first error is the one to tell; a disk that is full stays full, and so does a memory.
    with suppress(Exception):
        from cs_lib.report.page import failure

        text = scrub.secrets(failure.render(publish.failure(options.reports, task, error)))
        publish.fail(options.reports, task.key, text, scrub.data(record))
        catalogue.rebuild(options.reports)


def _unexpected(error: Exception, scrub: Scrubber) -> RunError:
    """A fault of ours or of the system, told like any other."""
    detail = build.trace(error, scrub)
    if isinstance(error, MemoryError):
        sentence = say("There is too little memory for this run.")
        return RunError(Exit.KERNEL_ENDED, sentence, detail=detail)
    if isinstance(error, OSError):
        sentence = say("It could not be published: {why}.", why=error.strerror or scrub(str(error)))
        return RunError(Exit.NOT_PUBLISHED, sentence, detail=detail)
    sentence = say(
        "The run itself failed: {name}: {why}", name=type(error).__name__, why=scrub(str(error))
    )
    return RunError(Exit.ANALYSIS_FAILED, sentence, detail=detail)
