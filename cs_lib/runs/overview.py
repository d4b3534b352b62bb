"""`cslib check` and `cslib list`: what could run, and what has run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from cs_lib import params
from cs_lib.runs import catalogue, progress
from cs_lib.runs import tasks as studies
from cs_lib.runs.outcome import Exit

NEVER, FAULTY = "never run", "faulty settings"


def check(names: Sequence[str], *, as_of: str | None = None, everything: bool = False) -> Exit:
    """Settings and data of studies, nothing executed; all faults at once."""
    prepared = studies.prepare(names, as_of=as_of, everything=everything)
    faults = list(prepared.faults)
    for task in prepared.tasks:
        breaches = _breaches(task.study)
        if breaches:
            faults.append(
                "\n".join(
                    [f"{task.name}: the data break their contract", *(f"  {b}" for b in breaches)]
                )
            )
        else:
            print(f"{task.name}  ok")
    for sentence in prepared.left_out:
        print(f"left out: {sentence}")
    if faults:
        print("\n".join(faults), file=sys.stderr)
    return Exit.BAD_INPUT if faults else Exit.DONE


def _breaches(study: params.Study) -> list[str]:
    from cs_lib import data

    return list(data.check(study))


def listing(reports: Path) -> Exit:
    """Every study with its notebook, its state and its latest verdict."""
    names = studies.all_names()
    rows = [("study", "notebook", "state", "verdict"), *(_row(reports, name) for name in names)]
    print("\n".join(progress.table(rows)))
    return Exit.DONE


def _row(reports: Path, name: str) -> tuple[str, ...]:
    entry = catalogue.entry(reports, name.rsplit("/", 1)[-1])
    try:
        notebook = studies.open_study(name).notebook
    except params.ParamsError:
        return (name, entry.notebook if entry else "", FAULTY, entry.verdict if entry else "")
    return (name, notebook, entry.state, entry.verdict) if entry else (name, notebook, NEVER, "")
