"""What codes are called: messages by code, said when a record is read."""

from __future__ import annotations

from cs_lib.language import later, say

# What a study comes to.
VERDICTS = {
    "ship": later("Ship"),
    "stop": later("Stop"),
    "keep_running": later("Keep running"),
    "inconclusive": later("Inconclusive"),
    "invalid": later("Invalid"),
    "improved": later("Improved"),
    "worsened": later("Worsened"),
    "no_clear_change": later("No clear change"),
    "not_enough_data": later("Not enough data"),
    "planned": later("Ready to start"),
    "not_feasible": later("Not feasible"),
    "fit": later("Fit for use"),
    "fit_with_limits": later("Fit with limits"),
    "unfit": later("Not fit for use"),
    "fix_first": later("Fix this first"),
    "measure_first": later("Measure first"),
    "nothing_stands_out": later("Nothing stands out"),
    "pain_found": later("Pain found"),
    "no_clear_pain": later("No clear pain"),
    "log_too_thin": later("Log too thin"),
    "steady": later("Steady"),
    "better": later("Better"),
    "worse": later("Worse"),
    "attention": later("Needs attention"),
    "adds_up": later("Adds up"),
    "unclear": later("Unclear"),
    "too_few_to_add": later("Too few to add up"),
}

# Ways to compute an effect; one with the gap {method} says what was done to another's result.
METHODS = {
    "welch_t": later("Welch t"),
    "welch_t_capped": later("Welch t, capped at 99 % of non-zero values"),
    "welch_t_dunnett": later("Welch t, Dunnett"),
    "welch_t_answers": later("Welch t, answers only"),
    "welch_t_lee_bounds": later("Welch t, answers only; interval and p by Lee's bounds"),
    "welch_t_ratio": later("Welch t on the ratio, delta method"),
    "welch_t_ratio_of_sums": later("Welch t on the ratio of sums"),
    "fisher_newcombe": later("Fisher exact test, Newcombe interval"),
    "fisher": later("Fisher exact test"),
    "pooled_z_newcombe": later("Pooled z, Newcombe interval"),
    "pooled_z": later("Pooled z"),
    "lin_means": later("Covariate-adjusted means (Lin), arm-wise standard errors"),
    "lin_means_plain": later("Covariate-adjusted means (Lin)"),
    "lin_ratios": later("Covariate-adjusted ratios (Lin), delta method"),
    "clusters_cr2": later("Clustered means, CR2, Satterthwaite"),
    "clusters_cr1": later("Clustered means, CR1, t(G - 1)"),
    "complier_2sls": later("Complier average effect, two-stage least squares, HC2"),
    "quantiles_bootstrap": later("Difference of quantiles, percentile bootstrap"),
    "lift_log_ratio": later("Relative lift, log ratio"),
    "lift_fieller": later("Relative lift, Fieller"),
    "lee_bounds": later("Lee bounds, units that answer in either arm"),
    "worst_case_bounds": later("Worst-case bounds, all units offered"),
    "shrunk_segments": later("Shrunk to the segments' mean, random effects"),
    "its_by_day": later("Interrupted time series by day{scale}, AR(1) REML, Satterthwaite df"),
    "its_by_week": later("Interrupted time series by week{scale}, AR(1) REML, Satterthwaite df"),
    "state_space_by_day": later(
        "State-space counterfactual by day, local level and weekdays, maximum likelihood"
    ),
    "restricted_means": later("Difference of restricted means, Greenwood standard errors"),
    "cox": later(
        "Cox regression, Efron ties; score test against a ratio that drifts with the rank of time"
    ),
    "group_time_pooled": later("Group-time effects, averaged, pooled errors"),
    "group_time_influence": later("Group-time effects, averaged, influence errors"),
    "group_time_permuted": later("Group-time effects, averaged, permuted adoption dates"),
    "synthetic_control": later("Synthetic control, placebo standard error, t(donors - 1)"),
    "synthetic_did": later(
        "Synthetic difference-in-differences, placebo standard error, t(donors - 1)"
    ),
    "team_change_pooled_t": later("Pre/post change per team, pooled t(G - 2)"),
    "team_change_randomised": later("Pre/post change per team, randomisation inference"),
    # What was done to another method's result.
    "of_ratios": later("{method} of ratios"),
    "ratio_of_sums": later("{method} on the ratio of sums, delta method"),
    "benjamini_hochberg": later("{method}; Benjamini-Hochberg"),
    "benjamini_hochberg_p": later("{method}, Benjamini-Hochberg p"),
    "repeated_interval": later("{method}; repeated interval and p at look {look}"),
    "always_valid": later("{method}; always-valid interval and p (confidence sequence)"),
    "all_looks_interval": later("{method}; interval for all looks"),
    "against_unchanged_queue": later("{method}, against an unchanged queue"),
    "errors_by_days": later("{method}; errors by days"),
}

# Checks; {of} is what one of several is about: a column, a variant, a metric.
CHECKS = {
    "variants_present": later("Variants as planned"),
    "variants_start_together": later("Variants start together"),
    "sample_ratio": later("Split as planned"),
    "sample_ratio_by": later("Split by {of}"),
    "one_assignment": later("One assignment per customer"),
    "one_variant_per": later("One variant per {of}"),
    "no_perk_in_control": later("No perk in control"),
    "counted_from_assignment": later("Counted from assignment"),
    "other_tests": later("Other tests at the same time"),
    "balance": later("Alike before the start"),
    "outcome_windows": later("Outcome windows complete"),
    "planned_size": later("Planned size reached"),
    "within_budget": later("Within budget"),
    "discounts_counted": later("Discounts counted"),
    "usual_guardrails_available": later("Usual guardrails at hand"),
    "can_be_compared": later("{of} can be compared"),
    "adjusted_for_past": later("Adjusted for the past"),
    "counted_by": later("Counted by {of}"),
    "no_single_customer": later("No single customer carries it"),
    "steady_over_time": later("Steady over time"),
    "guardrails_estimated": later("Guardrails estimated"),
    "answers_as_often": later("Answers as often"),
    "extract_complete": later("Extract complete"),
    "same_amount_of_work": later("Same amount of work"),
    "every_case_followed": later("Every case followed"),
    "recorded_alike": later("Recorded the same way"),
    "no_other_change": later("No other change"),
    "not_picked": later("Not picked for bad results"),
    "response_rate": later("Response rate steady"),
    "same_mix": later("Same mix by {of}"),
    "placebo_dates": later("Quiet before the change"),
    "error_models_agree": later("Error models agree"),
    "days_and_weeks_agree": later("Days and weeks agree"),
    "enough_weeks": later("Enough weeks"),
    "usual_guardrails_measured": later("Usual guardrails measured"),
    "guardrail_available": later("{of}"),
    "enough_teams": later("Enough teams"),
    "teams_parallel": later("Teams ran alike before"),
    "drift": later("If teams had drifted apart"),
    "every_team_counted": later("Every team counted"),
    "not_yet_changed_teams": later("Compared with teams not yet changed"),
    "mix_follows_team": later("The mix follows the changed team"),
    "placebo_teams": later("Other teams taken for changed"),
    "enough_history": later("Enough history"),
    "intake_seen": later("Intake seen before"),
    "past_like_control": later("The past is like control"),
    "covariates_explain": later("Covariates explain something"),
    "enough_groups": later("Enough groups to assign"),
    "guardrails_can_be_shown": later("Guardrails can be shown"),
    "not_planned_for": later("Not planned for"),
    "whole_weeks": later("Whole weeks"),
    "formula_and_simulation": later("Formula and simulation agree"),
    "few_false_alarms": later("Few false alarms"),
    "autocorrelation_measured": later("Autocorrelation measured"),
    "history_unchanged": later("Nothing changed in the history"),
    "placebo_rollouts": later("Placebo roll-outs"),
    "holidays_named": later("Holidays named"),
    "season_seen": later("Season seen before"),
}

# Other ways to measure the effect that decides.
MEASURES = {
    "relative": later("As a share of control"),
    "unadjusted": later("Not adjusted for the past"),
    "per_user": later("Per customer who used it because it was offered"),
    "capped": later("Largest values capped"),
    "median": later("Of the median customer"),
    "upper": later("Of the customer at 90 %"),
    "one_by_one": later("As if customers had been assigned one by one (wrong)"),
}


def title_of(code: str, of: str = "") -> str:
    """What a check is called, in the language in use; a code that nobody knows stays as it is."""
    return say(CHECKS[code], of=of) if code in CHECKS else code
