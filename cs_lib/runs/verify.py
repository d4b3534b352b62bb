"""`cslib verify`: make the latest page again from nothing and compare bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from difflib import unified_diff
from itertools import islice
from pathlib import Path

from cs_lib import params
from cs_lib.runs import build, lock, plan_lock, publish
from cs_lib.runs import tasks as studies
from cs_lib.runs.attempt import Options
from cs_lib.runs.outcome import Exit, RunError
from cs_lib.runs.stop import Stop

COMPARED = ("index.html", "result.json")
MOST_LINES, MOST_CHARACTERS = 6, 160


def verify(name: str, options: Options) -> tuple[Exit, list[str]]:
    """The exit code and what to tell. Raises ParamsError, NotebookError, DataError or RunError."""
    key = params.find_study(name).stem
    stored = publish.latest_run(options.reports, key)
    if not stored:
        hint = f"; run it first: cslib run {name}"
        raise RunError(Exit.BAD_INPUT, f"{key}: there is no page to verify{hint}")
    task = studies.task(name, as_of=options.as_of or str(stored["as_of"]))
    changed = task.inputs.changed(stored.get("digests", {}))
    if changed:
        return Exit.DIFFERS, [
            f"{key}: not the inputs of its page any more; changed: {', '.join(changed)}"
        ]
    with lock.hold(options.reports, key):
        again = _again(task, options)
    folder = options.reports / key / publish.LATEST
    found = [line for file in COMPARED for line in _differences(folder / file, again.files[file])]
    if found:
        return Exit.DIFFERS, [f"{key}: the same inputs gave another page", *found]
    return Exit.DONE, [
        f"{key}: the same, byte for byte ({', '.join(COMPARED)}; {folder.resolve().name})"
    ]


def _again(task: studies.Task, options: Options) -> build.Built:
    return build.build(
        task,
        first_plan=plan_lock.first(options.reports / task.key, task.study),
        cell_seconds=options.cell_timeout,
        run_seconds=options.timeout,
        log=io.StringIO(),
        watch=lambda done, total: None,
        stop=Stop(),
    )


def _differences(path: Path, expected: bytes) -> Iterator[str]:
    """The first lines that differ, shortened; nothing when the bytes are equal."""
    there = path.read_bytes() if path.is_file() else b""
    if there == expected:
        return
    yield f"  {path.name}: published (-), made again (+)"
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
        yield f"    and {len(shown) - MOST_LINES} more lines"
