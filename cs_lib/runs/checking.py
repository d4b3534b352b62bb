"""The data of a study or source checked in a process of its own, with the limits of a run: time, memory, signals.

As a program (`python -m cs_lib.runs.checking`) it is that process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from cs_lib import params
from cs_lib.language import say, speaking, spoken
from cs_lib.params import strict_yaml
from cs_lib.params.places import resolved, shown
from cs_lib.runs.execution import strays
from cs_lib.runs.execution.kernel import environment
from cs_lib.runs.execution.scratch import Scratch
from cs_lib.runs.execution.stop import Stop
from cs_lib.runs.outcome import Exit, RunError
from cs_lib.runs.scrub import Scrubber
from cs_lib.runs.tasks import Task

ANSWER, NOISE = "answer.json", "noise"


@dataclass(frozen=True, slots=True)
class Question:
    """What a process is asked: `what` is study or source, `name` a file or a name, `source` what it reads."""

    what: Literal["study", "source"]
    name: str
    as_of: str
    source: str


@dataclass(frozen=True, slots=True)
class Health:
    """What can be told of a source: every breach of its contract, or a verdict, a table, the next step and notes."""

    breaches: list[str]
    verdict: str = ""
    matrix: list[list[str]] = field(default_factory=list)
    next_step: str = ""
    notes: list[str] = field(default_factory=list)


def breaches(task: Task, *, seconds: float, stop: Stop) -> list[str]:
    """Every breach of the data contract as a sentence. Raises RunError when there is no answer in time."""
    study = task.study
    question = Question("study", str(task.file), str(study.as_of), study.source)
    return [str(sentence) for sentence in _answered(question, seconds, stop)]


def health(source: str, as_of: str, *, seconds: float, stop: Stop) -> Health:
    """What a source can answer, or every breach of its contract. Raises RunError when there is no answer in time."""
    [found] = _answered(Question("source", source, as_of, source), seconds, stop)
    return Health(**found)


def source_meant(name: str) -> str | None:
    """The source that a word of the command line means, by its name or its file; None for a study."""
    known = params.study_paths()
    if not name.endswith((".yaml", ".yml")):
        taken = {*known, *(key.rsplit("/", 1)[-1] for key in known)}
        return name if name not in taken and params.source_path(name).is_file() else None
    path = resolved(name)
    if path.parent == resolved(params.source_path("any").parent):
        return path.stem
    try:
        raw, _ = strict_yaml.read(path, shown=shown(path))
    except (params.ParamsError, OSError, RecursionError):
        return None
    return str(path) if "source" in raw and not {"study", "notebook"} & set(raw) else None


def _answered(question: Question, seconds: float, stop: Stop) -> list[Any]:
    try:
        scratch = Scratch()
    except OSError as error:
        sentence = say("The check could not start: {why}.", why=error.strerror)
        raise RunError(Exit.KERNEL_ENDED, sentence) from error
    try:
        return _asked(question, scratch.path, seconds, stop)
    finally:
        scratch.remove()


def _asked(question: Question, scratch: Path, seconds: float, stop: Stop) -> list[Any]:
    (scratch / "tmp").mkdir()
    words = [question.what, question.name, question.as_of, spoken(), str(scratch / ANSWER)]
    with (scratch / NOISE).open("wb") as noise:
        process = subprocess.Popen(
            [sys.executable, "-m", "cs_lib.runs.checking", *words],
            env=environment(date.fromisoformat(question.as_of), scratch),
            stdin=subprocess.DEVNULL,
            stdout=noise,
            stderr=noise,
            start_new_session=True,
        )

        def end() -> None:
            strays.end(process.pid, scratch)

        try:
            with stop.ends(end):
                process.wait(seconds)
        except subprocess.TimeoutExpired:
            sentence = say("The check took longer than {seconds} seconds.", seconds=f"{seconds:g}")
            raise RunError(Exit.KERNEL_ENDED, sentence) from None
        finally:
            end()
            process.wait()
    if stop.is_set():
        raise RunError(Exit.INTERRUPTED, say("It was interrupted."))
    return _answer(question, scratch, process.returncode)


def _answer(question: Question, scratch: Path, code: int) -> list[Any]:
    try:
        return list(json.loads((scratch / ANSWER).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        pass
    if code < 0:
        sentence = say(
            "The check was ended by signal {number}; a common cause is too little memory.",
            number=-code,
        )
        raise RunError(Exit.KERNEL_ENDED, sentence)
    noise = (scratch / NOISE).read_text(errors="replace")
    lines = Scrubber(params.load_source(question.source))(noise).strip().splitlines()
    sentence = say("The check itself failed: {why}", why=lines[-1] if lines else code)
    raise RunError(Exit.ANALYSIS_FAILED, sentence, detail="\n".join(lines))


def main(what: str, name: str, as_of: str, language: str, answer: str) -> None:
    """Check the data of one study or source and leave what is to be said in a file."""
    with speaking("zh" if language == "zh" else "en"):
        found = _of_source(name, as_of) if what == "source" else _of_study(name, as_of)
    Path(answer).write_text(json.dumps(found), encoding="utf-8")


def _of_study(name: str, as_of: str) -> list[str]:
    from cs_lib import data
    from cs_lib.runs.tasks import open_study

    return data.check(open_study(name, as_of=as_of))


def _of_source(name: str, as_of: str) -> list[dict[str, Any]]:
    from cs_lib.data import DataError
    from cs_lib.report.data_health.terminal import inspected

    try:
        return [{"breaches": [], **asdict(inspected(name, as_of))}]
    except DataError as error:
        return [{"breaches": list(error.breaches)}]


if __name__ == "__main__":
    main(*sys.argv[1:])
