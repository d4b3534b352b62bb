"""Sections of a perk page that hang on its design."""

from __future__ import annotations

from cs_lib.experiment.perk_ab_test.result import PerkResult
from cs_lib.language import later
from cs_lib.report.chapters import Chapter, Chapters, chapters, folded, in_doubt
from cs_lib.report.perk_ab_test.explain import (
    differ,
    over_time,
    segments,
    silence,
    since_assignment,
)
from cs_lib.report.perk_ab_test.figures import behaviour, looks
from cs_lib.report.perk_ab_test.money import money_steps
from cs_lib.report.perk_ab_test.prospects import at_scale
from cs_lib.report.perk_ab_test.tables import (
    answers,
    economics,
    guardrail_tests,
    segment_effects,
    sizes,
)

BEHAVIOUR = Chapter(
    later("Did it change what customers do?"),
    "",
    (behaviour,),
)
SURVEY = Chapter(
    later("Who answered, and who kept silent?"),
    later(
        "A survey hears only those who answer; the bounds say how far silence could move the scores."
    ),
    (silence, folded(answers)),
)
MONEY = Chapter(
    later("Did it pay?"),
    "",
    (money_steps, at_scale, folded(economics)),
)
LOOKS = Chapter(
    later("May we decide now?"),
    later(
        "Stopping as soon as a result looks good finds effects that do not exist. So the plan fixes the "
        "size, or the days of each look."
    ),
    (looks, folded(sizes)),
    opens=lambda result: bool(result.study.looks) or result.decision.verdict == "keep_running",
)
SEGMENTS = Chapter(
    later("For whom does it work?"),
    later("The groups were named before the result was seen."),
    (segments,),
    opens=differ,
)
TIME = Chapter(
    later("Does it last?"),
    later(
        "A perk can work because it is new, or only bring forward what customers would have bought anyway."
    ),
    (since_assignment, over_time),
    opens=in_doubt("steady_over_time"),
)
SEGMENT_EFFECTS = Chapter(
    later("Effects by segment"),
    later(
        "As measured, with p-values adjusted for the number of segments, and drawn together as far as noise explains "
        "their spread."
    ),
    (segment_effects,),
)

GUARDRAIL_TESTS = Chapter(
    later("Guardrails, tested against their margins"),
    later(
        "For comparison with other tools: the one-sided test of non-inferiority behind holds, breached and not shown."
    ),
    (guardrail_tests,),
)


def story(result: PerkResult) -> Chapters:
    """Every figure and table that the study's design asks for, each under its question."""
    return chapters("perk_ab_test", (BEHAVIOUR, SURVEY, MONEY, SEGMENTS, LOOKS, TIME), result)


def details(result: PerkResult) -> Chapters:
    """Tables for the appendix that hang on the design."""
    return chapters("perk_ab_test", (SEGMENT_EFFECTS, GUARDRAIL_TESTS), result)
