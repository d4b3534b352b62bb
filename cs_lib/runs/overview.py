"""`cslib check` and `cslib list`: what could run, and what has run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from cs_lib import params
from cs_lib import wording as w
from cs_lib.language import later, say, speaking
from cs_lib.params.days.as_of import day_of
from cs_lib.runs import catalogue, checking, machine, publish
from cs_lib.runs import tasks as studies
from cs_lib.runs.attempt import Options
from cs_lib.runs.execution.stop import Stop
from cs_lib.runs.execution.supervise import side_by_side
from cs_lib.runs.outcome import Exit, RunError, worst
from cs_lib.runs.scrub import Scrubber
from cs_lib.runs.starting import following
from cs_lib.runs.tasks import Task, Waiting
from cs_lib.runs.telling import progress, terminal

Answer = tuple[Exit, str]
NEVER = later("never run")
STATES = {"fresh": later("fresh"), "stale": later("stale"), "failed": later("failed")}


def check(
    names: Sequence[str], options: Options, *, everything: bool = False, next_step: bool = True
) -> Exit:
    """Settings and data of studies, no notebook executed; every fault of every study, in the reader's language.

    Of a source it says the next step too, unless whoever asks has one to say.
    """
    with speaking(terminal.language()):
        return _check(names, options, everything=everything, next_step=next_step)


def _check(names: Sequence[str], options: Options, *, everything: bool, next_step: bool) -> Exit:
    sources = {name: meant for name in names if (meant := checking.source_meant(name))}
    named = [name for name in names if name not in sources]
    prepared = (
        studies.prepare(named, as_of=options.as_of, everything=everything)
        if named or not sources
        else studies.Prepared()
    )
    for sentence in prepared.left_out:
        print(say("left out: {sentence}", sentence=sentence))
    if prepared.faults:
        print("\n".join(prepared.faults), file=sys.stderr)
    codes = [Exit.BAD_INPUT] if prepared.faults else []
    codes += [_waits(one, options) for one in prepared.waiting]
    if not (prepared.tasks or prepared.faults or prepared.left_out or prepared.waiting or sources):
        print(
            say("No study to run under {folder}.", folder=params.home() / "params"), file=sys.stderr
        )
        return Exit.BAD_INPUT
    try:
        if prepared.tasks or sources:
            machine.require_room()
    except RunError as error:
        print(error.sentence, file=sys.stderr)
        return error.code
    jobs = [partial(_answer, task, options) for task in prepared.tasks]
    health = partial(_health, options=options, next_step=next_step)
    jobs += [partial(health, source) for source in dict.fromkeys(sources.values())]
    for code, text in side_by_side(jobs, workers=options.jobs):
        print(text, file=sys.stderr if code else sys.stdout)
        codes.append(code)
    return worst(codes)


def _waits(one: Waiting, options: Options) -> Exit:
    """What is to be said of a study whose day has not come: its settings are sound, its data are looked at then."""
    print(one.sentence)
    wrong = following.misled(studies.open_study(one.name), options.reports)
    if wrong:
        print(wrong, file=sys.stderr)
    return Exit.BAD_INPUT if wrong else Exit.DONE


def _answer(task: Task, options: Options, stop: Stop) -> Answer:
    """What is to be said about the data of a study, without anything secret."""
    scrub = Scrubber(params.load_source(task.study.source))
    try:
        found = checking.breaches(task, seconds=options.timeout, stop=stop)
    except RunError as error:
        return error.code, f"{task.name}: {scrub(error.sentence)}"
    wrong = following.misled(task.study, options.reports)
    if not found and not wrong:
        return Exit.DONE, f"{task.name}  ok"
    told = [wrong] if wrong else []
    if found:
        told.append(say("{study}: the data break their contract", study=task.name))
    return Exit.BAD_INPUT, scrub("\n".join([*told, *(f"  {sentence}" for sentence in found)]))


def _health(name: str, stop: Stop, *, options: Options, next_step: bool) -> Answer:
    """What a source can answer today, without anything secret; every breach where its data cannot be read."""
    try:
        source = params.load_source(name)
        day = day_of(options.as_of or studies.given_day("today"), source.timezone)
        found = checking.health(name, day, seconds=options.timeout, stop=stop)
    except params.ParamsError as error:
        return Exit.BAD_INPUT, str(error)
    except RunError as error:
        return error.code, f"{name}: {Scrubber(source)(error.sentence)}"
    scrub = Scrubber(source)
    if not found.breaches:
        then = [found.next_step] if next_step else []
        lines = [found.verdict, *progress.table(found.matrix), *then, *found.notes]
        return Exit.DONE, scrub("\n".join(lines))
    head = say("{source}: the data break their contract", source=name)
    return Exit.BAD_INPUT, scrub("\n".join([head, *(f"  {line}" for line in found.breaches)]))


def listing(reports: Path) -> Exit:
    """Every study with its notebook, its state and its latest verdict, in the reader's language."""
    with speaking(terminal.language()):
        try:
            params.require_project()
        except params.ParamsError as error:
            print(error, file=sys.stderr)
            return Exit.BAD_INPUT
        head = (say("study"), say("notebook"), say("state"), say("verdict"))
        rows = [_row(reports, name) for name in studies.all_names()]
        print("\n".join(progress.table([head, *rows])))
    return Exit.DONE


def _row(reports: Path, name: str) -> tuple[str, ...]:
    with publish.publishing(reports):
        entry = catalogue.entry(reports, name.rsplit("/", 1)[-1])
    notebook, verdict = (entry.notebook, w.verdict(entry.verdict).lower()) if entry else ("", "")
    try:
        notebook = studies.open_study(name).notebook
    except (params.ParamsError, OSError, RuntimeError):
        return name, notebook, say("faulty settings"), verdict
    state = say(STATES[entry.state] if entry else NEVER)
    if entry is None and (due := studies.due_on(name)) is not None:
        state = say("due on {due}", due=due)
    return name, notebook, state, verdict
