"""One entrance for analysts: evidence and settings in, result out."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cs_lib.params import Study
from cs_lib.results import Answer


def analyze(evidence: Any, study: Study) -> Answer:
    """What goes on, by the settings of a study: checks, findings and decision.

    The room of the study's notebook does the work; its result is that room's own record. Raises
    TypeError for evidence of another kind of study.
    """
    if evidence.room != study.room:
        raise TypeError(
            f"Evidence and study are of different kinds: {type(evidence).__name__}, {type(study).__name__}."
        )
    answer: Answer = import_module(f"cs_lib.diagnosis.{study.room}.analyze").analyze(
        evidence, study
    )
    return answer
