"""From a task to the files of its page, in memory: to publish, or to compare with."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from io import TextIOBase
from typing import Any

from cs_lib import params
from cs_lib.language import say, speaking, typeset
from cs_lib.report.records import Provenance
from cs_lib.runs import plan_lock
from cs_lib.runs.execution.stop import Stop
from cs_lib.runs.outcome import Exit, RunError
from cs_lib.runs.scrub import Scrubber
from cs_lib.runs.tasks import Task

FILE_NAME = re.compile(r"[a-z][a-z0-9_]*\.(yaml|csv)")
_one_at_a_time = threading.Lock()  # page builders share state; kernels do the long work in parallel


@dataclass(frozen=True, slots=True)
class Built:
    """A finished page: its files by name, its facts, and how long each cell took."""

    files: dict[str, bytes]
    result: dict[str, Any]
    seconds: dict[str, float]


def build(
    task: Task,
    *,
    first_plan: plan_lock.Plan,
    cell_seconds: float,
    run_seconds: float,
    log: TextIOBase,
    watch: Callable[[int, int], None],
    stop: Stop,
) -> Built:
    """Execute, clean, render. Raises RunError; touches nothing under reports/."""
    with _one_at_a_time:  # two threads importing one graph of modules can lock each other out
        from cs_lib.runs.clean import clean
        from cs_lib.runs.execution.execute import Limits, execute
    scrub = Scrubber(params.load_source(task.study.source))
    limits = Limits(cell_seconds, run_seconds)
    done = execute(task, scrub=scrub, limits=limits, log=log, watch=watch, stop=stop)
    page = clean(done.notebook, scrub)
    with speaking(task.study.language):
        result = facts(task, scrub.data(done.result), first_plan)
        beside = files_beside(result)
        result = _typeset(result)
        text = scrub.secrets(_render(page, provenance(task, first_plan), scrub))
    files = {
        **beside,
        "index.html": text.encode(),
        "result.json": to_json(result),
        "notebook.ipynb": _notebook(page),
    }
    return Built(files, result, done.seconds)


def files_beside(result: dict[str, Any]) -> dict[str, bytes]:
    """The files that a result brings along; in the result only their names stay.

    Raises RunError for a name that is not a plain one.
    """
    brought = result.pop("files", None) or {}
    bad = next((name for name in brought if not FILE_NAME.fullmatch(name)), None)
    if bad is not None:
        sentence = say(
            "The notebook's result brings a file called '{bad}', which cannot be published.",
            bad=bad,
        )
        raise RunError(Exit.ANALYSIS_FAILED, sentence)
    if brought:
        result["files"] = sorted(brought)
    return {name: str(text).encode() for name, text in brought.items()}


def provenance(task: Task, first_plan: plan_lock.Plan) -> Provenance:
    """What the page says about where it comes from."""
    return Provenance(
        study=task.key,
        digest=task.inputs.digest,
        digests=task.inputs.digests,
        rerun=task.rerun,
        plan=plan_lock.sentence(first_plan, task.study),
        plan_changed=plan_lock.changed(first_plan, task.study),
        plan_damaged=first_plan.damaged,
        moved=params.moved_periods(task.study),
        parameters=params.to_cell(task.study),
        defaults=params.defaults(type(task.study)),
    )


def facts(task: Task, result: dict[str, Any], first_plan: plan_lock.Plan) -> dict[str, Any]:
    """The notebook's result with what names the run and what became of its plan."""
    own = {
        "notebook": task.study.notebook,
        "question": task.study.question,
        "language": task.study.language,
        "digest": task.inputs.digest,
        "plan_changed": plan_lock.changed(first_plan, task.study),
    }
    return {**result, **own, "digests": task.inputs.digests}


def _typeset(value: Any) -> Any:
    """Plain data with the punctuation of the language in use, but for words that are not said yet."""
    if isinstance(value, dict):
        return {k: v if k == "headline_said" else _typeset(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_typeset(item) for item in value]
    return typeset(value) if isinstance(value, str) else value


def to_json(value: Any) -> bytes:
    """Plain data as bytes that depend on nothing but the data."""
    return (
        json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False) + "\n"
    ).encode()


def _render(page: Any, facts: Provenance, scrub: Scrubber) -> str:
    from cs_lib.report.page import render as pages

    try:
        with _one_at_a_time:
            return str(pages.render(page, facts))
    except MemoryError:
        raise
    except Exception as error:
        why = scrub(str(error))
        sentence = say("The analysis is done, but its page could not be built: {why}", why=why)
        raise RunError(Exit.ANALYSIS_FAILED, sentence, detail=trace(error, scrub)) from error


def trace(error: BaseException, scrub: Callable[[str], str]) -> str:
    """The stack of an error without the machine's own paths."""
    import traceback

    return scrub("".join(traceback.format_exception(error)))


def _notebook(page: Any) -> bytes:
    import nbformat

    return (str(nbformat.writes(page)).rstrip("\n") + "\n").encode()  # type: ignore[no-untyped-call]
