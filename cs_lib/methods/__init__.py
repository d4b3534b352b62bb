"""Estimators as pure functions: small numbers in, an effect or another record out.

They know no study and no page. docs/methods.md has an example of each.
"""

from typing import TYPE_CHECKING

from cs_lib.facade import facade

if TYPE_CHECKING:
    from cs_lib.methods.ab.adjusted import compare_adjusted as compare_adjusted
    from cs_lib.methods.ab.clusters import compare_clusters as compare_clusters
    from cs_lib.methods.ab.compliance import complier_effect as complier_effect
    from cs_lib.methods.ab.economics import economics as economics
    from cs_lib.methods.ab.means import compare_means as compare_means
    from cs_lib.methods.ab.means import compare_shares as compare_shares
    from cs_lib.methods.ab.means import non_inferiority as non_inferiority
    from cs_lib.methods.ab.multiplicity import benjamini_hochberg as benjamini_hochberg
    from cs_lib.methods.ab.multiplicity import dunnett as dunnett
    from cs_lib.methods.ab.multiplicity import holm as holm
    from cs_lib.methods.ab.ratios import compare_ratios as compare_ratios
    from cs_lib.methods.ab.ratios import ratio_lift as ratio_lift
    from cs_lib.methods.ab.ratios import relative_lift as relative_lift
    from cs_lib.methods.ab.robust import compare_quantiles as compare_quantiles
    from cs_lib.methods.ab.robust import compare_winsorised as compare_winsorised
    from cs_lib.methods.ab.robust import influence as influence
    from cs_lib.methods.ab.sample_ratio import sample_ratio as sample_ratio
    from cs_lib.methods.ab.sample_ratio import sample_ratio_by as sample_ratio_by
    from cs_lib.methods.ab.sample_ratio import sample_ratio_watch as sample_ratio_watch
    from cs_lib.methods.ab.segments import compare_segments as compare_segments
    from cs_lib.methods.ab.split_over_time import split_over_time as split_over_time
    from cs_lib.methods.ab.surveys import compare_survey as compare_survey
    from cs_lib.methods.coding.agreement import agreement as agreement
    from cs_lib.methods.coding.corrected_shares import Stratum as Stratum
    from cs_lib.methods.coding.corrected_shares import corrected_shares as corrected_shares
    from cs_lib.methods.coding.rule_table import rule_table as rule_table
    from cs_lib.methods.did.drift import drift_bounds as drift_bounds
    from cs_lib.methods.did.one_date import compare_team_changes as compare_team_changes
    from cs_lib.methods.did.one_date import randomisation_test as randomisation_test
    from cs_lib.methods.did.pretrend import pretrend_test as pretrend_test
    from cs_lib.methods.did.staggered import group_time_effects as group_time_effects
    from cs_lib.methods.did.summaries import average_effect as average_effect
    from cs_lib.methods.did.summaries import overall_effect as overall_effect
    from cs_lib.methods.did.synthetic import synthetic_effect as synthetic_effect
    from cs_lib.methods.did.synthetic_choice import choose_synthetic as choose_synthetic
    from cs_lib.methods.emerging.rising_counts import rising_counts as rising_counts
    from cs_lib.methods.emerging.rising_terms import rising_terms as rising_terms
    from cs_lib.methods.errors import CannotEstimate as CannotEstimate
    from cs_lib.methods.errors import NotEnoughData as NotEnoughData
    from cs_lib.methods.its.level_change import level_change as level_change
    from cs_lib.methods.its.season import season_of as season_of
    from cs_lib.methods.meta_analysis.chance_wins import chance_wins as chance_wins
    from cs_lib.methods.meta_analysis.held_up import held_up as held_up
    from cs_lib.methods.meta_analysis.shrinkage import Estimate as Estimate
    from cs_lib.methods.meta_analysis.shrinkage import plain_total as plain_total
    from cs_lib.methods.meta_analysis.shrinkage import shrink as shrink
    from cs_lib.methods.monitoring.control_chart import control_chart as control_chart
    from cs_lib.methods.monitoring.control_chart import longest_run as longest_run
    from cs_lib.methods.monitoring.ewma_alarm import ewma_alarm as ewma_alarm
    from cs_lib.methods.monitoring.period_change import period_change as period_change
    from cs_lib.methods.monitoring.rebases import rebased_chart as rebased_chart
    from cs_lib.methods.power.ab import Design as Design
    from cs_lib.methods.power.ab import Mean as Mean
    from cs_lib.methods.power.ab import Share as Share
    from cs_lib.methods.power.ab import sample_size as sample_size
    from cs_lib.methods.power.ab import smallest_effect as smallest_effect
    from cs_lib.methods.power.duration import Intake as Intake
    from cs_lib.methods.power.duration import plan_for_days as plan_for_days
    from cs_lib.methods.power.duration import plan_for_effect as plan_for_effect
    from cs_lib.methods.power.duration import power_curve as power_curve
    from cs_lib.methods.process.adjusted_gap import adjusted_gap as adjusted_gap
    from cs_lib.methods.process.slow_and_fast import slow_and_fast as slow_and_fast
    from cs_lib.methods.process.worst_pains import worst_pains as worst_pains
    from cs_lib.methods.process.worst_week import worst_weeks as worst_weeks
    from cs_lib.methods.ranking.rank_ranges import rank_ranges as rank_ranges
    from cs_lib.methods.recurrence.beyond_chance import beyond_chance as beyond_chance
    from cs_lib.methods.recurrence.prizes import Effort as Effort
    from cs_lib.methods.recurrence.prizes import prizes as prizes
    from cs_lib.methods.sequential.always_valid import confidence_sequence as confidence_sequence
    from cs_lib.methods.sequential.looks import Look as Look
    from cs_lib.methods.sequential.looks import LookPlan as LookPlan
    from cs_lib.methods.sequential.looks import monitor as monitor
    from cs_lib.methods.survival.by_day import waiting_by_day as waiting_by_day
    from cs_lib.methods.survival.kaplan_meier import kaplan_meier as kaplan_meier
    from cs_lib.methods.topics.quotes import masked as masked
    from cs_lib.methods.topics.quotes import quotes as quotes
    from cs_lib.methods.topics.tokens import words_of as words_of
    from cs_lib.methods.topics.topic_map import topic_map as topic_map

HOMES = {
    "errors": ("CannotEstimate", "NotEnoughData"),
    "ab.adjusted": ("compare_adjusted",),
    "ab.clusters": ("compare_clusters",),
    "ab.compliance": ("complier_effect",),
    "ab.economics": ("economics",),
    "ab.means": ("compare_means", "compare_shares", "non_inferiority"),
    "ab.multiplicity": ("benjamini_hochberg", "dunnett", "holm"),
    "ab.ratios": ("compare_ratios", "ratio_lift", "relative_lift"),
    "ab.robust": ("compare_quantiles", "compare_winsorised", "influence"),
    "ab.sample_ratio": ("sample_ratio", "sample_ratio_by", "sample_ratio_watch"),
    "ab.segments": ("compare_segments",),
    "ab.split_over_time": ("split_over_time",),
    "ab.surveys": ("compare_survey",),
    "sequential.always_valid": ("confidence_sequence",),
    "sequential.looks": ("Look", "LookPlan", "monitor"),
    "its.level_change": ("level_change",),
    "its.season": ("season_of",),
    "did.drift": ("drift_bounds",),
    "did.one_date": ("compare_team_changes", "randomisation_test"),
    "did.pretrend": ("pretrend_test",),
    "did.staggered": ("group_time_effects",),
    "did.summaries": ("average_effect", "overall_effect"),
    "did.synthetic": ("synthetic_effect",),
    "did.synthetic_choice": ("choose_synthetic",),
    "survival.by_day": ("waiting_by_day",),
    "survival.kaplan_meier": ("kaplan_meier",),
    "power.ab": ("Design", "Mean", "Share", "sample_size", "smallest_effect"),
    "power.duration": ("Intake", "plan_for_days", "plan_for_effect", "power_curve"),
    "meta_analysis.chance_wins": ("chance_wins",),
    "meta_analysis.held_up": ("held_up",),
    "meta_analysis.shrinkage": ("Estimate", "plain_total", "shrink"),
    "monitoring.control_chart": ("control_chart", "longest_run"),
    "monitoring.ewma_alarm": ("ewma_alarm",),
    "monitoring.period_change": ("period_change",),
    "monitoring.rebases": ("rebased_chart",),
    "process.adjusted_gap": ("adjusted_gap",),
    "process.slow_and_fast": ("slow_and_fast",),
    "process.worst_pains": ("worst_pains",),
    "process.worst_week": ("worst_weeks",),
    "ranking.rank_ranges": ("rank_ranges",),
    "recurrence.beyond_chance": ("beyond_chance",),
    "recurrence.prizes": ("Effort", "prizes"),
    "coding.agreement": ("agreement",),
    "coding.corrected_shares": ("Stratum", "corrected_shares"),
    "coding.rule_table": ("rule_table",),
    "emerging.rising_counts": ("rising_counts",),
    "emerging.rising_terms": ("rising_terms",),
    "topics.quotes": ("masked", "quotes"),
    "topics.tokens": ("words_of",),
    "topics.topic_map": ("topic_map",),
}
__getattr__, __dir__ = facade(__name__, HOMES)
