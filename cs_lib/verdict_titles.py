"""What verdicts are called: messages by code, said when a record is read."""

from __future__ import annotations

from cs_lib.language import later

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
