"""What ways to compute an effect are called: messages by code, said when a record is read."""

from __future__ import annotations

from cs_lib.language import later

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
    "lin_means_hc2": later("Covariate-adjusted means (Lin), HC2 standard errors"),
    "lin_means_plain": later("Covariate-adjusted means (Lin)"),
    "lin_ratios": later("Covariate-adjusted ratios (Lin), delta method"),
    "clusters_cr2": later("Clustered means, CR2, Satterthwaite"),
    "clusters_cr1": later("Clustered means, CR1, t(G - 1)"),
    "lin_clusters_cr2": later("Covariate-adjusted means (Lin) by cluster, CR2, Satterthwaite"),
    "lin_clusters_cr1": later("Covariate-adjusted means (Lin) by cluster, CR1, t(G - 1)"),
    "agresti_caffo": later("Difference of shares, Agresti-Caffo interval"),
    "miettinen_nurminen": later("Difference of shares, Miettinen-Nurminen score interval"),
    "pooled_segments": later("Mean of the segments' effects, random effects (DerSimonian-Laird)"),
    "complier_2sls": later("Complier average effect, two-stage least squares, HC2"),
    "quantiles_bootstrap": later("Difference of quantiles, percentile bootstrap"),
    "lift_log_ratio": later("Relative lift, log ratio"),
    "lift_fieller": later("Relative lift, Fieller"),
    "lee_bounds": later("Lee bounds, units that answer in either arm"),
    "worst_case_bounds": later("Worst-case bounds, all units offered"),
    "shrunk_segments": later("Shrunk to the segments' mean, random effects"),
    "its_by_day": later("Interrupted time series by day{scale}, AR(1) REML, Satterthwaite df"),
    "its_by_week": later("Interrupted time series by week{scale}, AR(1) REML, Satterthwaite df"),
    "its_by_week_curve": later(
        "Interrupted time series by week beside a slow curve{scale}, AR(1) REML, Satterthwaite df"
    ),
    "its_by_day_season": later(
        "Interrupted time series by day beside a wave of one year{scale}, AR(1) REML, Satterthwaite df"
    ),
    "its_by_week_season": later(
        "Interrupted time series by week beside a wave of one year{scale}, AR(1) REML, Satterthwaite df"
    ),
    "its_by_day_drift": later(
        "Interrupted time series by day with a slow drift{scale}, AR(1) REML, Satterthwaite df"
    ),
    "its_by_week_drift": later(
        "Interrupted time series by week with a slow drift{scale}, AR(1) REML, Satterthwaite df"
    ),
    "state_space_by_day": later(
        "State-space counterfactual by day, local level and weekdays, maximum likelihood"
    ),
    "restricted_means": later("Difference of restricted means, Greenwood standard errors"),
    "cox": later(
        "Cox regression, Efron ties; score test against a ratio that drifts with the rank of time"
    ),
    "group_time_pooled": later("Group-time effects, averaged, pooled errors"),
    "group_time_own": later("Group-time effects, averaged, errors by wave, Satterthwaite df"),
    "group_time_sides": later(
        "Group-time effects, averaged, errors by changed and unchanged teams, Satterthwaite df"
    ),
    "group_time_influence": later("Group-time effects, averaged, influence errors, t(G - 1)"),
    "group_time_permuted": later("Group-time effects, averaged, permuted adoption dates"),
    "synthetic_control": later("Synthetic control, placebo standard error, t(donors - 1)"),
    "synthetic_did": later(
        "Synthetic difference-in-differences, placebo standard error, t(donors - 1)"
    ),
    "team_change_pooled_t": later("Pre/post change per team, pooled t(G - 2)"),
    "team_change_even": later(
        "Pre/post change per team, t with as many changed as unchanged, df from both spreads drawn together"
    ),
    "team_change_welch": later("Pre/post change per team, Welch t, Satterthwaite df"),
    "team_change_unlike": later("Pre/post change per team, t(G - 2) at a set ratio of spreads"),
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

# Other ways to measure the effect that decides.
MEASURES = {
    "relative": later("As a share of control"),
    "unadjusted": later("Not adjusted for the past"),
    "agresti_caffo": later("Not adjusted, with Agresti and Caffo's interval"),
    "miettinen_nurminen": later("Not adjusted, with Miettinen and Nurminen's interval"),
    "per_user": later("Per customer who used it because it was offered"),
    "capped": later("Largest values capped"),
    "median": later("Of the median customer"),
    "upper": later("Of the customer at 90 %"),
    "one_by_one": later("As if customers had been assigned one by one (wrong)"),
    "not_together": later("As if customers did not move together (wrong)"),
}
