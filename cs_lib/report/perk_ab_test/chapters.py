"""Sections of a perk page that hang on its design."""

from __future__ import annotations

from cs_lib.experiment.perk_ab_test.result import PerkResult
from cs_lib.language import later
from cs_lib.report.chapters import Chapter, Chapters, chapters
from cs_lib.report.perk_ab_test.explain import over_time, segments, silence, since_assignment
from cs_lib.report.perk_ab_test.figures import behaviour, net_value
from cs_lib.report.perk_ab_test.money import money_steps
from cs_lib.report.perk_ab_test.tables import answers, economics, segment_effects

BEHAVIOUR = Chapter(
    later("Did it change what customers do?"),
    later(
        "Everybody who was offered the perk counts, whether or not they used it. Comparing those who used it with "
        "the rest would compare eager customers with others, not the perk with none."
    ),
    (behaviour,),
)
SURVEY = Chapter(
    later("Who answered, and who kept silent?"),
    later(
        "A survey hears only those who answer. When the perk changes who answers, the scores of both sides are no "
        "longer those of like customers; the bounds say how far that could go."
    ),
    (silence, answers),
)
MONEY = Chapter(
    later("Did it pay?"),
    later(
        "Margin of all orders in the window, minus discounts redeemed, minus what each delivered perk costs: per "
        "customer offered, so that perks nobody used are paid for by those that were."
    ),
    (
        net_value,
        later(
            "Step by step: what offered customers earned us more than the others, what their discounts took of it, "
            "what the perks cost."
        ),
        money_steps,
        economics,
    ),
)
SEGMENTS = Chapter(
    later("For whom does it work?"),
    later(
        "Segments were declared before the result was seen, and customers were in them before the perk was offered. "
        "First the question whether they differ at all: a best segment can be found in any noise."
    ),
    (segments,),
)
TIME = Chapter(
    later("Does it last?"),
    later(
        "A perk can work because it is new, or only bring forward what customers would have bought anyway."
    ),
    (since_assignment, over_time),
)
SEGMENT_EFFECTS = Chapter(
    later("Effects by segment"),
    later(
        "As measured, with p-values adjusted for the number of segments, and drawn together as far as noise explains "
        "their spread."
    ),
    (segment_effects,),
)


def story(result: PerkResult) -> Chapters:
    """Every figure and table that the study's design asks for, each under its question."""
    return chapters("perk_ab_test", (BEHAVIOUR, SURVEY, MONEY, SEGMENTS, TIME), result)


def details(result: PerkResult) -> Chapters:
    """Tables for the appendix that hang on the design."""
    return chapters("perk_ab_test", (SEGMENT_EFFECTS,), result)
