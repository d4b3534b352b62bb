"""Executes a study's notebook through papermill and judges for itself whether that went well."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOBase
from typing import TYPE_CHECKING, Any

import nbformat
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from cs_lib import params
from cs_lib.language import say
from cs_lib.report.records import RESULT_MIME
from cs_lib.runs import notebook
from cs_lib.runs.execution.kernel import Kernel
from cs_lib.runs.execution.lean import papermill
from cs_lib.runs.execution.session import NAME, Session, code_cells
from cs_lib.runs.execution.stop import Stop
from cs_lib.runs.outcome import Exit, RunError
from cs_lib.runs.scrub import Scrubber
from cs_lib.runs.tasks import Task

if TYPE_CHECKING:
    from nbformat import NotebookNode

BAD_INPUT = ("DataError", "NotAvailable", "ParamsError")
NEEDED = ("study", "verdict", "headline", "as_of")
LIKELY_MEMORY = (signal.SIGKILL, signal.SIGABRT)  # what the system and libraries do without any


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one cell and the whole run may take, in seconds."""

    cell: float = 600
    run: float = 1800


@dataclass(frozen=True, slots=True)
class Executed:
    """A notebook that ran to its end, its result, and how long each cell took."""

    notebook: NotebookNode
    result: dict[str, Any]
    seconds: dict[str, float]


def execute(
    task: Task,
    *,
    scrub: Scrubber,
    limits: Limits,
    log: TextIOBase,
    watch: Callable[[int, int], None],
    stop: Stop,
) -> Executed:
    """Run every cell in a fresh kernel. Raises RunError when anything is missing at the end."""
    node = nbformat.from_dict(task.story)  # type: ignore[no-untyped-call]
    try:
        kernel = Kernel(task.study.as_of)
    except OSError as error:
        raise RunError(
            Exit.KERNEL_ENDED, say("The kernel could not start: {why}.", why=error.strerror)
        ) from error
    with kernel, stop.ends(kernel.end):
        session = Session(kernel, limits.cell, log, watch)
        with _time_limit(limits.run, kernel.end) as late:
            try:
                _papermill(node, params.to_cell(task.study), session)
            except CellTimeoutError as error:
                raise RunError(Exit.KERNEL_ENDED, _too_long(session, limits.cell)) from error
            except (DeadKernelError, RuntimeError) as error:
                code, sentence = _ended(session, limits, late=late.is_set())
                if stop.is_set():
                    code = Exit.INTERRUPTED
                raise RunError(code, sentence, detail=scrub(kernel.noise())) from error
            finally:
                log.write(kernel.noise())
    assert session.notebook is not None
    result = _judge(session, task, scrub)
    ids = [str(cell["id"]) for cell in session.notebook.cells]
    return Executed(session.notebook, result, {ids[i]: spent for i, spent in session.ran.items()})


def _papermill(node: NotebookNode, settings: dict[str, Any], session: Session) -> None:
    """Papermill raises for errors in cells, but not for all; the judgement on those is ours."""
    try:
        papermill.execute_notebook(
            node, None, settings, engine_name=NAME, kernel_name="python3", language="python",
            progress_bar=False, session=session,
        )  # fmt: skip
    except papermill.PapermillExecutionError:
        if session.notebook is None:
            raise
    finally:
        _close_loop()


def _close_loop() -> None:
    """What still waits for messages of an ended kernel would complain when the program ends."""
    loop = ensure_event_loop()
    left = asyncio.all_tasks(loop)
    for waiting in left:
        waiting.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.close()


@contextmanager
def _time_limit(seconds: float, end: Callable[[], None]) -> Iterator[threading.Event]:
    """Ends the kernel when the time is over; the event tells that this happened."""
    late = threading.Event()

    def over() -> None:
        late.set()
        end()

    timer = threading.Timer(seconds, over)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _where(session: Session) -> str:
    cells = session.notebook.cells if session.notebook is not None else []
    return (
        notebook.step(cells, session.current)
        if session.ran or session.current
        else say("its start")
    )


def _too_long(session: Session, seconds: float) -> str:
    return say(
        "It was ended in {where}: one cell took longer than {seconds} seconds.",
        where=_where(session),
        seconds=f"{seconds:g}",
    )


def _ended(session: Session, limits: Limits, *, late: bool) -> tuple[Exit, str]:
    """Why there is no kernel any more."""
    where, code = _where(session), session.kernel.exit_code
    if late:
        return Exit.KERNEL_ENDED, say(
            "It was ended in {where}: the whole run took longer than {seconds} seconds.",
            where=where,
            seconds=f"{limits.run:g}",
        )
    if code == 0 or session.left:
        return Exit.ANALYSIS_FAILED, say(
            "The notebook ended itself in {where}, before it had a result.", where=where
        )
    if code is not None and code > 0:
        return Exit.KERNEL_ENDED, say(
            "The kernel ended with code {code} in {where}.", code=code, where=where
        )
    if code is not None and -code not in LIKELY_MEMORY:
        return Exit.KERNEL_ENDED, say(
            "The kernel crashed in {where} (signal {number}).", where=where, number=-code
        )
    return Exit.KERNEL_ENDED, say(
        "The kernel died in {where}; a common cause is too little memory.", where=where
    )


def _judge(session: Session, task: Task, scrub: Scrubber) -> dict[str, Any]:
    """The result, once it is certain that every cell ran, none failed and one result is there."""
    assert session.notebook is not None
    marked = [
        c for c in session.notebook.cells if "papermill-error-cell-tag" not in notebook.tags(c)
    ]
    session.notebook.cells = marked
    for index, cell in enumerate(marked):
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                raise _failed(output, notebook.step(marked, index), scrub)
    if session.error is not None:  # IPython shows groups of exceptions without an error output
        told = {"ename": "error", "evalue": "", "traceback": [], **session.error}
        raise _failed(told, notebook.step(marked, session.current), scrub)
    left = [i for i in code_cells(session.notebook) if i not in session.ran]
    if left:
        where = notebook.step(marked, left[0])
        sentence = say(
            "The run stopped before {where}; {n} cells did not run.", where=where, n=len(left)
        )
        raise RunError(Exit.ANALYSIS_FAILED, sentence)
    return _result(marked, task)


def _failed(output: Mapping[str, Any], where: str, scrub: Scrubber) -> RunError:
    detail = scrub("\n".join(output["traceback"]))
    name, words = output["ename"], scrub(str(output["evalue"])).strip()
    if name in BAD_INPUT:
        return RunError(Exit.BAD_INPUT, words or name, detail=detail)
    if name == "SystemExit":
        sentence = say("The notebook ended itself in {where}, before it had a result.", where=where)
        return RunError(Exit.ANALYSIS_FAILED, sentence, detail=detail)
    sentence = (
        say("The analysis stopped in {where}: {name}: {words}", where=where, name=name, words=words)
        if words
        else say("The analysis stopped in {where}: {name}", where=where, name=name)
    )
    return RunError(Exit.ANALYSIS_FAILED, sentence, detail=detail)


def _result(cells: list[NotebookNode], task: Task) -> dict[str, Any]:
    """The one result of the notebook, which must be about the study that was asked for."""
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    found = [o["data"][RESULT_MIME] for o in outputs if RESULT_MIME in o.get("data", {})]
    if len(found) != 1:
        sentence = (
            say("The notebook ran to its end but gave {n} results instead of one.", n=len(found))
            if found
            else say("The notebook ran to its end but gave no result.")
        )
        raise RunError(Exit.ANALYSIS_FAILED, sentence)
    result = dict(found[0]) if isinstance(found[0], dict) else {}
    absent = [key for key in NEEDED if not isinstance(result.get(key), str)]
    if absent:
        sentence = say("The notebook's result lacks {absent}.", absent=", ".join(absent))
        raise RunError(Exit.ANALYSIS_FAILED, sentence)
    asked = {"study": task.key, "as_of": str(task.study.as_of)}
    wrong = [key for key, value in asked.items() if result[key] != value]
    if wrong:
        what = ", ".join(
            say("{key} {is_} instead of {asked}", key=key, is_=result[key], asked=asked[key])
            for key in wrong
        )
        sentence = say("The notebook's result is about another study: {what}.", what=what)
        raise RunError(Exit.ANALYSIS_FAILED, sentence)
    return result
