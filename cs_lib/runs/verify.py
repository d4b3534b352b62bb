"""`cslib verify`: make the latest page again from nothing and compare bytes."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from difflib import unified_diff
from functools import partial
from itertools import islice
from pathlib import Path

from cs_lib import params
from cs_lib.language import say, speaking
from cs_lib.runs import build, lock, machine, plan_lock, publish
from cs_lib.runs import tasks as studies
from cs_lib.runs.attempt import Options
from cs_lib.runs.execution.stop import Stop
from cs_lib.runs.execution.supervise import side_by_side
from cs_lib.runs.outcome import Exit, RunError
from cs_lib.runs.telling import terminal

COMPARED = ("index.html", "result.json")
MOST_LINES, MOST_CHARACTERS = 6, 160


def verify(name: str, options: Options) -> tuple[Exit, list[str]]:
    """The exit code and what to tell, in the reader's language.

    Raises ParamsError, NotebookError, DataError or RunError.
    """
    with speaking(terminal.language()), params.published_in(options.reports):
        return _verify(name, options)


def _verify(name: str, options: Options) -> tuple[Exit, list[str]]:
    params.require_project()
    key = params.find_study(name).stem
    stored = publish.latest_run(options.reports, key)
    if not stored:
        sentence = say(
            "{study}: there is no page to verify; run it first: cslib run {name}",
            study=key,
            name=name,
        )
        raise RunError(Exit.BAD_INPUT, sentence)
    task = studies.task(name, as_of=options.as_of or str(stored["as_of"]), rehash=True)
    changed = task.inputs.changed(stored.get("digests", {}))
    if changed:
        sentence = say(
            "{study}: not the inputs of its page any more; changed: {inputs}",
            study=key,
            inputs=", ".join(changed),
        )
        return Exit.DIFFERS, [sentence]
    machine.require_room()
    with _alone(options.reports, key):
        [again] = side_by_side([partial(_again, task, options)], workers=1)
    folder = options.reports / key / publish.LATEST
    found = [line for file in COMPARED for line in _differences(folder / file, again.files[file])]
    if found:
        head = say("{study}: the same inputs gave another page", study=key)
        return Exit.DIFFERS, [head, *found]
    same = say(
        "{study}: the same, byte for byte ({files}; {run})",
        study=key,
        files=", ".join(COMPARED),
        run=folder.resolve().name,
    )
    return Exit.DONE, [same]


@contextmanager
def _alone(reports: Path, key: str) -> Iterator[None]:
    """The lock of the study; where nothing can be written, nobody can be at work either."""
    with ExitStack() as stack:
        try:
            stack.enter_context(lock.hold(reports, key))
        except OSError:
            if os.access(reports, os.W_OK):
                raise
        yield


def _again(task: studies.Task, options: Options, stop: Stop) -> build.Built:
    return build.build(
        task,
        first_plan=plan_lock.first(options.reports / task.key, task.study),
        cell_seconds=options.cell_timeout,
        run_seconds=options.timeout,
        log=io.StringIO(),
        watch=lambda done, total: None,
        stop=stop,
    )


def _differences(path: Path, expected: bytes) -> Iterator[str]:
    """The first lines that differ, shortened; nothing when the bytes are equal."""
    there = path.read_bytes() if path.is_file() else b""
    if there == expected:
        return
    yield "  " + say("{file}: published (-), made again (+)", file=path.name)
    old, new = (text.decode(errors="replace").splitlines() for text in (there, expected))
    lines = (
        d
        for d in unified_diff(old, new, n=0, lineterm="")
        if not d.startswith(("---", "+++", "@@"))
    )
    shown = [
        line if len(line) <= MOST_CHARACTERS else line[:MOST_CHARACTERS] + " ..." for line in lines
    ]
    yield from (f"    {line}" for line in islice(shown, MOST_LINES))
    if len(shown) > MOST_LINES:
        yield "    " + say("and {n} more lines", n=len(shown) - MOST_LINES)
