"""How often a whole study calls a change better or worse where nothing was changed.

The processes of wander.md, read by `analyze` as a study reads them: the step, the test of the dates before
the change and the look at the first days, which may withhold `improved` and `worsened`. "step" is the share
of runs with a step at the 5 % level, "verdict" the share that is called improved or worsened; between them
stand the shares that each of the two checks takes away. A step of one standard deviation of the AR(1) is
planted where the row says so: there a verdict is right. Tables, customers and teams are left out: the
series is handed to `analyze` as gathered. The placebo dates of the figure and the forecast beside the effect
are not computed, because they decide nothing, nor is a study whose step has p above .05, because it
says neither (a test compares the p-values of the side-by-side fits with those of `level_change`).
"""

from __future__ import annotations

import platform
from datetime import timedelta
from itertools import product
from unittest.mock import patch

import numpy as np
import scipy

from cs_lib.aggregates import Series
from cs_lib.experiment.before_after import analyze as whole
from cs_lib.metrics import DAILY
from cs_lib.metrics.before_after import BeforeAfterEvidence
from cs_lib.params import BeforeAfter
from cs_lib.results import Decision
from tests.bench.steps import START, stepped
from tests.bench.wander import BAR, LENGTHS, PROCESSES, UNEVEN, WEEKDAY

METRIC = "handle_minutes"
LEVEL = 60.0  # minutes
# Days with the day of a change at a quarter or at three.
NEAR_AN_END = ((90, 22), (90, 68), (180, 45), (180, 135), (365, 91), (365, 274))
PLANTED = ("AR(1) 0.3", "AR(1) 0.7")
SAYS = ("improved", "worsened")
WITHHELD = ("alarms_before", "first_days")


def study_of(n: int, at: int) -> BeforeAfter:
    """A study of n days with the change on day `at`."""
    days = [str(START + day) for day in (0, at - 1, at, n - 1)]
    return BeforeAfter.model_validate({
        "study": "simulated",
        "notebook": "before_after",
        "question": "Did anything change?",
        "as_of": str(START + n + 1),
        "source": "none",
        "design": {
            "change_id": "C1", "intervention_date": days[2],
            "pre_period": days[:2], "post_period": days[2:],
        },
        "measure": {"primary_metric": METRIC, "usual_guardrails": False},
        "rule": {"min_effect": 0.01},
    })  # fmt: skip


def evidence_of(values: np.ndarray, study: BeforeAfter) -> BeforeAfterEvidence:
    """What would be gathered of one series, the same number of contacts on every day."""
    days, ones = START + np.arange(len(values)), np.ones(len(values))
    volume = Series("contacts", days, 40 * ones, ones)
    return BeforeAfterEvidence(
        metrics={METRIC: DAILY[METRIC]},
        series={METRIC: Series(METRIC, days, LEVEL + values, ones)},
        volume=volume,
        scoped_volume=volume,
        durations=(),
        changes=(),
        horizon=14,
        observed_until=study.design.post_period[1] + timedelta(days=1),
        currency="EUR",
    )


def decided(values: np.ndarray, study: BeforeAfter) -> Decision:
    """The decision of the whole study."""
    with (
        patch.object(whole, "quiet_before", return_value=None),
        patch.object(whole, "second_opinion", return_value=None),
    ):
        return whole.analyze(evidence_of(values, study), study).decision


def measure(
    process: str, n: int, at: int, runs: int, *, step: float = 0.0, seed: int = 0
) -> dict[str, float]:
    """Every figure of one row."""
    rng = np.random.default_rng([seed, n, at, list(PROCESSES).index(process), 3])
    values = PROCESSES[process](rng, n, runs) + WEEKDAY[np.arange(n) % 7][:, None]
    values[at:] += step
    found = np.flatnonzero(stepped(values, np.ones_like(values), at=at).auto() < 0.05)
    study = study_of(n, at)
    decisions = [decided(values[:, run], study) for run in found]
    row = {"step": len(found) / runs}
    row |= {code: sum(d.clause == code for d in decisions) / runs for code in WITHHELD}
    return row | {"verdict": sum(d.verdict in SAYS for d in decisions) / runs}


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    heads = ["process", "n", "changed on day", "planted", "step"]
    heads += ["withheld: dates before", "withheld: first days", "**verdict**", "bar"]
    title, text = (__doc__ or "").split("\n\n", 1)
    versions = (
        f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"
    )
    lines = ["# Verdicts of a whole study", "", title, "", text.strip(), ""]
    lines += [f"{runs} runs a cell; {day}; {versions}.", ""]
    lines += ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    even = [(process, n, n // 2, 0.0) for process, n in product(PROCESSES, LENGTHS)]
    uneven = [(process, n, at, 0.0) for process, (n, at) in product(UNEVEN, NEAR_AN_END)]
    planted = [(process, n, n // 2, 1.0) for process, n in product(PLANTED, LENGTHS)]
    for process, n, at, step in (*even, *uneven, *planted):
        row = measure(process, n, at, runs, step=step)
        verdict = "–" if step else "holds" if row["verdict"] <= BAR else "MISSED"
        figures = [f"{value:.3f}" for value in row.values()]
        planting = "1 sd" if step else "nothing"
        lines.append(
            "| " + " | ".join([process, str(n), str(at), planting, *figures, verdict]) + " |"
        )
    return "\n".join(lines) + "\n"
