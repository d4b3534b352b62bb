"""Effects and guardrails made by hand, for the rules that judge them."""

from cs_lib.results import Effect


def effect(value, low, high, *, metric="repurchase_60d", control=0.25):
    """A difference with its interval; the treatment value follows from it."""
    return Effect(
        metric=metric,
        variant="coupon",
        control=control,
        treatment=control + value,
        effect=value,
        effect_ci_low=low,
        effect_ci_high=high,
        pvalue=0.01,
        nobs=2000,
        method="test",
        se=(high - low) / 3.92,
    )
