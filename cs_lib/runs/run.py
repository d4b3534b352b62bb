"""`cslib run`: all studies checked first, then run side by side, then a table of what came out."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from types import FrameType
from typing import TextIO

from cs_lib import params
from cs_lib.language import say, speaking, spoken
from cs_lib.runs import catalogue, progress, publish, terminal
from cs_lib.runs import tasks as studies
from cs_lib.runs.attempt import Options, Outcome, attempt
from cs_lib.runs.outcome import Exit, RunError, worst
from cs_lib.runs.stop import Stop
from cs_lib.runs.tasks import DEMO, Task

__all__ = ["DEMO", "Options", "reports_folder", "run"]


def reports_folder(given: str | None = None) -> Path:
    """Where pages go: the folder given, else reports/ of the project."""
    return Path(given).resolve() if given else params.home() / "reports"


def run(names: Sequence[str], options: Options, *, everything: bool = False) -> Exit:
    """Run studies; nothing starts while one of them has a fault. Speaks the reader's language."""
    with speaking(terminal.language()):
        return _run(names, options, everything=everything)


def _run(names: Sequence[str], options: Options, *, everything: bool) -> Exit:
    out = sys.stdout
    prepared = studies.prepare(names, as_of=options.as_of, everything=everything)
    for sentence in prepared.left_out:
        print(say("left out: {sentence}", sentence=sentence), file=out)
    if prepared.faults:
        print("\n".join(prepared.faults), file=sys.stderr)
        return Exit.BAD_INPUT
    told = progress.on(out, [task.key for task in prepared.tasks])
    try:
        outcomes = _all(prepared.tasks, options, told)
    except KeyboardInterrupt:
        print(say("Interrupted: kernels ended, locks freed."), file=sys.stderr)
        return Exit.INTERRUPTED
    code = worst(outcome.code for outcome in outcomes)
    return worst([code, _summary(outcomes, options.reports, told, out)])


def _all(tasks: Sequence[Task], options: Options, told: progress.Log) -> list[Outcome]:
    """Every study's outcome, in the order asked for; an interruption ends the kernels first."""
    stop = Stop()

    def one(task: Task) -> Outcome:
        outcome = attempt(task, options, told, stop)
        _tell(outcome, options.reports, told)
        return outcome

    with _terminable(), ThreadPoolExecutor(max(1, options.jobs)) as pool:
        futures: list[Future[Outcome]] = [
            pool.submit(copy_context().run, one, task) for task in tasks
        ]
        try:
            return [future.result() for future in futures]
        except BaseException:
            stop.set()
            for future in futures:
                future.cancel()
            raise


@contextmanager
def _terminable() -> Iterator[None]:
    """A scheduler's request to end is treated like the user's."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(outcome: Outcome, reports: Path, told: progress.Log) -> None:
    colour = (
        progress.YELLOW
        if outcome.code == Exit.INTERRUPTED
        else progress.RED
        if outcome.code
        else progress.GREEN
    )
    told.end(outcome.study, terminal.line(outcome, reports), colour)


def _summary(outcomes: Sequence[Outcome], reports: Path, told: progress.Log, out: TextIO) -> Exit:
    """The table, the address of the only page, and that of the catalogue."""
    if not outcomes:
        print(say("No study to run."), file=out)
        return Exit.DONE
    head, *lines = progress.table([terminal.head(), *map(terminal.row, outcomes)])
    print("", told.colour(head, progress.BOLD), *lines, "", sep="\n", file=out)
    if len(outcomes) == 1 and (page := terminal.page(outcomes[0], reports)):
        print(page, file=out)
    try:
        with publish.publishing(reports):
            print(_catalogue(reports), file=out)
    except RunError as error:
        print(error.sentence, file=sys.stderr)
        return error.code
    return Exit.DONE


def _catalogue(reports: Path) -> Path:
    """The catalogue, brought up to date, in the reader's language."""
    catalogue.rebuild(reports)
    return catalogue.pages(reports)[spoken()]
