"""What a source can answer, for a terminal: made from its name alone, without a study or a page."""

from __future__ import annotations

from dataclasses import dataclass

from cs_lib import data, metrics, params
from cs_lib import wording as w
from cs_lib.diagnosis.data_health.analyze import analyze
from cs_lib.diagnosis.data_health.result import HealthResult
from cs_lib.language import say
from cs_lib.params.data_health import DataHealth
from cs_lib.report.data_health import own_tables
from cs_lib.report.data_health.clauses import clause
from cs_lib.report.data_health.matrix import STATES, called, in_turn, usable

QUESTION = "What can this source answer today?"


@dataclass(frozen=True, slots=True)
class Inspected:
    """A source in words: the verdict, the matrix with its head, the next step, what loading remarked."""

    verdict: str
    matrix: list[tuple[str, ...]]
    next_step: str
    notes: tuple[str, ...] = ()


def inspected(source: str, as_of: str) -> Inspected:
    """What a source can answer, from data before the day `as_of`.

    Raises ParamsError for a faulty source and DataError for data that break their contract.
    """
    asked = {"study": "health", "notebook": "data_health", "question": QUESTION}
    found, problems = params.check_study(
        {**asked, "as_of": as_of, "source": source}, file=say("the command"), lines={}
    )
    if problems or not isinstance(found, DataHealth):
        raise params.ParamsError(problems)
    desk = data.load(found)
    try:
        if set(desk.rows) <= set(desk.roles):
            then = say(
                "Next: name what you want to know: {command}", command=_command(desk, source)
            )
            return Inspected(own_tables.verdict(desk), own_tables.columns(desk), then, desk.notes)
        result = analyze(metrics.gather(desk, found), found)
    finally:
        desk.close()
    decision = result.decision
    verdict = w.verdict(decision.verdict)
    return Inspected(
        say(
            "{source}: {verdict}. {because}",
            source=source,
            verdict=verdict,
            because=decision.because,
        ),
        _matrix(result),
        say("Next: {next_step}", next_step=decision.next_step),
        result.evidence.notes,
    )


def _command(desk: data.Desk, source: str) -> str:
    """What makes the settings of a first study."""
    notebook = "perk_ab_test" if desk.has("results") else "before_after"
    return f"cslib new {notebook} my_study --source {source}"


def _matrix(result: HealthResult) -> list[tuple[str, ...]]:
    """The matrix with its days in a column of their own."""
    head = (say("Kind of study"), say("Today"), say("Usable days"), say("What is in the way"))
    return [
        head,
        *(
            (called(one.analysis), say(STATES[one.state][1]), usable(one), clause(result, one))
            for one in in_turn(result)
        ),
    ]
