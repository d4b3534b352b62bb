"""Figures, tables and first screen of a perk study."""

from typing import TYPE_CHECKING

from cs_lib.facade import facade
from cs_lib.report.kinds import only

if TYPE_CHECKING:
    from cs_lib.report.perk_ab_test.chapters import details as details
    from cs_lib.report.perk_ab_test.chapters import story as story
    from cs_lib.report.perk_ab_test.explain import over_time as over_time
    from cs_lib.report.perk_ab_test.explain import segments as segments
    from cs_lib.report.perk_ab_test.explain import silence as silence
    from cs_lib.report.perk_ab_test.explain import since_assignment as since_assignment
    from cs_lib.report.perk_ab_test.figures import behaviour as behaviour
    from cs_lib.report.perk_ab_test.figures import looks as looks
    from cs_lib.report.perk_ab_test.figures import net_value as net_value
    from cs_lib.report.perk_ab_test.money import money_steps as money_steps
    from cs_lib.report.perk_ab_test.prospects import at_scale as at_scale
    from cs_lib.report.perk_ab_test.prospects import turning as turning
    from cs_lib.report.perk_ab_test.tables import answers as answers
    from cs_lib.report.perk_ab_test.tables import economics as economics
    from cs_lib.report.perk_ab_test.tables import guardrail_tests as guardrail_tests
    from cs_lib.report.perk_ab_test.tables import otherwise as otherwise
    from cs_lib.report.perk_ab_test.tables import segment_effects as segment_effects
    from cs_lib.report.perk_ab_test.tables import sizes as sizes

HOMES = {
    "chapters": ("story", "details"),
    "explain": ("over_time", "segments", "silence", "since_assignment"),
    "figures": ("behaviour", "looks", "net_value"),
    "money": ("money_steps",),
    "tables": ("answers", "economics", "guardrail_tests", "otherwise", "segment_effects", "sizes"),
    "prospects": ("at_scale", "turning"),
}
__getattr__, __dir__ = facade(__name__, HOMES, only("perk_ab_test"))
