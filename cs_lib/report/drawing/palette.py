"""Colours by meaning. Drawings carry the light value; the page's CSS variables replace it, so dark mode follows."""

from __future__ import annotations

INK = "#1b1f24"
SOFT = "#57606a"
RULE = "#d8dee4"
PAPER = "#ffffff"
CONTROL = "#6e7781"
TREATMENT = "#0b5cad"
GOOD = "#0a7a57"
BAD = "#b23a12"
BAND = "#e9edf1"

VARIABLES = {
    INK: "ink",
    SOFT: "soft",
    RULE: "rule",
    PAPER: "paper",
    CONTROL: "control",
    TREATMENT: "treatment",
    GOOD: "good",
    BAD: "bad",
    BAND: "band",
}

TICK = "M4 10.5l4 4 8-9"
CROSS = "M5 5l10 10M15 5L5 15"
LINE = "M4 10h12"
DOWN = "M10 4v12M5 11l5 5 5-5"
POINT = "M10 3.5v8.5M10 15.2v1.3"
CLOCK = "M10 2.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 1 0 0-15M10 6v4.2l2.8 1.8"

# Verdict -> (tone, icon path in a 20 x 20 box): never colour alone.
VERDICT_LOOK = {
    "ship": ("good", TICK),
    "improved": ("good", TICK),
    "stop": ("bad", "M5 5h10v10H5z"),
    "worsened": ("bad", DOWN),
    "invalid": ("bad", CROSS),
    "keep_running": ("wait", CLOCK),
    "inconclusive": ("wait", LINE),
    "no_clear_change": ("wait", LINE),
    "not_enough_data": ("wait", CLOCK),
    "planned": ("good", TICK),
    "not_feasible": ("wait", CROSS),
    "fit": ("good", TICK),
    "fit_with_limits": ("wait", LINE),
    "unfit": ("bad", CROSS),
    "fix_first": ("bad", POINT),
    "measure_first": ("wait", CLOCK),
    "nothing_stands_out": ("wait", LINE),
    "pain_found": ("bad", POINT),
    "no_clear_pain": ("wait", LINE),
    "log_too_thin": ("wait", CLOCK),
    "steady": ("good", LINE),
    "better": ("good", TICK),
    "worse": ("bad", DOWN),
    "attention": ("bad", POINT),
    "adds_up": ("good", TICK),
    "unclear": ("wait", LINE),
    "too_few_to_add": ("wait", CLOCK),
}
