"""Results as tables: caption, scope, units, numbers rounded by meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cs_lib import wording as w
from cs_lib.data.contents import heading
from cs_lib.data.desk import Desk
from cs_lib.experiment.units import many
from cs_lib.facade import own
from cs_lib.language import later, say
from cs_lib.report.codes import VALUES
from cs_lib.report.table import Table
from cs_lib.results import Answer, Check, EffectAnswer

MARK_OF_OUTCOME = {
    True: ("ok", later("✓ passed")),
    False: ("look", later("! look")),
    None: ("info", later("· note")),
}
# Checks that a comparison stands or falls with: named first.
CHECKS_NAMED_FIRST = (
    "sample_ratio",
    "outcome_windows",
    "outcomes_there",
    "extract_complete",
    "placebo_dates",
    "teams_parallel",
    "enough_history",
    "intake_seen",
)
LEAST_CHECKS_SHOWN = 3
BLOCKED = ("bad", later("✗ blocks"))


def look_of(check: Check) -> tuple[str, str]:
    """Tone and words of a check's outcome."""
    blocks = check.passed is False and check.blocks_decision
    tone, words = BLOCKED if blocks else MARK_OF_OUTCOME[check.passed]
    return tone, say(words)


def sources(desk: Desk) -> Table:
    """What was read."""
    from cs_lib.data.sources.results import grain

    rows = [(name, grain(name), w.count(n)) for name, n in desk.rows.items()]
    return Table(
        heading(desk), (say("Table"), say("What a row is"), say("Rows")), tuple(rows), (2,)
    )


def contents(desk: Desk) -> Table:
    """What a desk holds: its tables, their days, columns without values, and which tables are not there."""
    from cs_lib.data.sources.results import grain

    rows = [
        (one.table, grain(one.table), w.count(one.rows), one.days, one.empty)
        for one in desk.contents()
    ]
    rows += [(name, grain(name), say("not there"), "–", "–") for name in desk.absent]
    columns = (
        say("Table"),
        say("What a row is"),
        say("Rows"),
        say("First and last day"),
        say("Columns without any value"),
    )
    return Table(heading(desk), columns, tuple(rows), (2,))


def remarks(desk: Desk) -> Table:
    """Caveats of the source, what was cleaned, and how numbers that are no decimals were summed."""
    rows = [(say("Caveat"), say(text)) for text in desk.caveats]
    rows += [(say("Note"), say(text)) for text in desk.notes]
    rows += [
        (
            say("Note"),
            say(
                "{table}: {column} has values with more than six decimals; they are summed in {steps} steps a unit.",
                table=table,
                column=column,
                steps=w.count(scale.steps),
            ),
        )
        for (table, column), scale in sorted(desk.scales.items())
        if scale.binary
    ]
    rows = rows or [(say("None"), say("The source states no caveat and nothing was cleaned."))]
    return Table(
        say("What a reader must know about these data"), (say("Kind"), say("What")), tuple(rows)
    )


def doubts(result: Answer) -> Table:
    """What did not pass, and the checks that a comparison of this kind stands on, as far as there is room."""
    doubtful = [c for c in result.checks if c.passed is False]
    named = [c for c in result.checks if c.passed and c.code in CHECKS_NAMED_FIRST]
    rest = [c for c in result.checks if c.passed and c not in named]
    kept = [*doubtful, *[*named, *rest][: max(LEAST_CHECKS_SHOWN - len(doubtful), 0)]]
    hidden = len(result.checks) - len(kept)
    caption = (
        say("The checks that matter most here; {hidden} more below", hidden=hidden)
        if hidden
        else say("Checks")
    )
    return _checks(caption, kept, name="checks")


def checks(result: Answer) -> Table:
    """Every trust check with its finding, folded on a page."""
    caption = say("All {n} checks", n=len(result.checks))
    return _checks(caption, result.checks, folded=True)


def _checks(caption: str, shown: Sequence[Check], **options: Any) -> Table:
    looks = [look_of(c) for c in shown]
    rows = tuple((c.name, look[1], c.finding) for c, look in zip(shown, looks, strict=True))
    tones = {(r, 1): look[0] for r, look in enumerate(looks)}
    columns = (say("Check"), say("Result"), say("What was found"))
    return Table(caption, columns, rows, tones=tones, **options)


def effects(result: EffectAnswer) -> Table:
    """Every effect with interval, p, size and method."""
    secondary = set(result.study.measure.secondary)
    rows = []
    for e in result.effects():
        m = result.metrics[e.metric]
        label = m.label + (say(" (exploratory)") if e.metric in secondary else "")
        span = w.interval(e.effect_ci_low, e.effect_ci_high, m.quantity)
        rows.append(
            (
                label,
                w.name(e.variant),
                w.level(e.control, m.quantity),
                w.level(e.treatment, m.quantity),
                w.change(e.effect, m.quantity),
                f"{span} ({w.confidence(e.alpha)})",
                "–" if result.unpaid(e) else w.pvalue(e.pvalue),
                w.count(e.nobs),
            )
        )
    ends = (
        (say("Control"), say("Treatment"))
        if result.design == "randomised"
        else (say("Expected"), say("Observed"))
    )
    caption = (
        say("All effects: treatment minus control")
        if result.design == "randomised"
        else say("All effects: observed minus expected")
    )
    columns = (say("Metric"), say("Variant"), *ends, say("Difference"), say("Interval"), "p", "n")
    return Table(caption, columns, tuple(rows), (2, 3, 4, 5, 6, 7))


def methods(result: EffectAnswer) -> Table:
    """How each number was made: method, every option."""
    rows = []
    for e in result.effects():
        options = "; ".join(f"{w.name(k)} {_option(k, v)}" for k, v in e.details.items() if v != "")
        df = "" if e.df == float("inf") else w.plain(e.df, 1)
        rows.append((result.metrics[e.metric].label, w.name(e.variant), str(e.method), df, options))
    columns = (
        say("Metric"),
        say("Variant"),
        say("Method"),
        say("Degrees of freedom"),
        say("Options"),
    )
    return Table(say("How each effect was computed"), columns, tuple(rows), (3,))


def _option(name: str, value: float | int | str) -> str:
    if name == "counted_by":
        return str(many(str(value)))
    return w.significant(value) if isinstance(value, float) else _words(str(value))


def _words(value: str) -> str:
    """An option that is a code in words; names of metrics and dates stay as they are."""
    words = value.replace("_", " ")
    return say(words) if words in VALUES else value


def definitions(result: Answer) -> Table:
    """What each metric counts, on whom, and what is left out."""
    rows = [
        (m.label, *map(say, (m.population, m.counted, m.denominator, m.censoring, m.source)))
        for m in result.metrics.values()
    ]
    columns = (
        say("Metric"),
        say("Population"),
        say("What is counted"),
        say("Per"),
        say("Censoring"),
        say("Source"),
    )
    return Table(say("Definitions"), columns, tuple(rows))


def __dir__() -> list[str]:
    return own(globals())
