"""The data of a study checked in a process of its own, with the limits of a run: time, memory, spill, signals.

As a program (`python -m cs_lib.runs.checking`) it is that process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from cs_lib import params
from cs_lib.language import say, speaking, spoken
from cs_lib.runs.execution import strays
from cs_lib.runs.execution.kernel import environment
from cs_lib.runs.execution.scratch import Scratch
from cs_lib.runs.execution.stop import Stop
from cs_lib.runs.outcome import Exit, RunError
from cs_lib.runs.scrub import Scrubber
from cs_lib.runs.tasks import Task

ANSWER, NOISE = "answer.json", "noise"


def breaches(task: Task, *, seconds: float, stop: Stop) -> list[str]:
    """Every breach of the data contract as a sentence. Raises RunError when there is no answer in time."""
    try:
        scratch = Scratch()
    except OSError as error:
        sentence = say("The check could not start: {why}.", why=error.strerror)
        raise RunError(Exit.KERNEL_ENDED, sentence) from error
    try:
        return _asked(task, scratch.path, seconds, stop)
    finally:
        scratch.remove()


def _asked(task: Task, scratch: Path, seconds: float, stop: Stop) -> list[str]:
    (scratch / "tmp").mkdir()
    words = [str(task.file), str(task.study.as_of), spoken(), str(scratch / ANSWER)]
    with (scratch / NOISE).open("wb") as noise:
        process = subprocess.Popen(
            [sys.executable, "-m", "cs_lib.runs.checking", *words],
            env=environment(task.study.as_of, scratch),
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
    return _answer(task, scratch, process.returncode)


def _answer(task: Task, scratch: Path, code: int) -> list[str]:
    try:
        found = json.loads((scratch / ANSWER).read_text(encoding="utf-8"))
        return [str(sentence) for sentence in found]
    except (OSError, ValueError):
        pass
    if code < 0:
        sentence = say(
            "The check was ended by signal {number}; a common cause is too little memory.",
            number=-code,
        )
        raise RunError(Exit.KERNEL_ENDED, sentence)
    noise = (scratch / NOISE).read_text(errors="replace")
    lines = Scrubber(params.load_source(task.study.source))(noise).strip().splitlines()
    sentence = say("The check itself failed: {why}", why=lines[-1] if lines else code)
    raise RunError(Exit.ANALYSIS_FAILED, sentence, detail="\n".join(lines))


def main(name: str, as_of: str, language: str, answer: str) -> None:
    """Check the data of one study and leave the sentences in a file."""
    from cs_lib import data
    from cs_lib.runs.tasks import open_study

    with speaking("zh" if language == "zh" else "en"):
        found = data.check(open_study(name, as_of=as_of))
    Path(answer).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
