"""The files of metrics of one's own: where they are, and each of them read and checked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

from cs_lib.params import strict_yaml
from cs_lib.params.load import Extra, check_block, misnamed
from cs_lib.params.own.metrics import MetricSpec
from cs_lib.params.places import home, shown
from cs_lib.params.problems import ParamsError, Problem


def metric_paths() -> dict[str, Path]:
    """Every file of a metric under params/metrics, by name."""
    return {path.stem: path for path in sorted((home() / "params" / "metrics").glob("*.yaml"))}


def load_metric(path: Path, *, also: Extra) -> tuple[MetricSpec | None, list[Problem]]:
    """The metric that a file states, or None, and every fault found, those of `also` among them.

    `also` is given the label as it is written.
    """
    try:
        raw, lines = strict_yaml.read(path, shown=shown(path))
    except ParamsError as error:
        return None, list(error.problems)

    def check(draft: SimpleNamespace) -> Iterable[tuple[str, str]]:
        return also(SimpleNamespace(**{**vars(draft), "label": raw.get("label")}))

    found, problems = check_block(MetricSpec, raw, file=shown(path), lines=lines, also=check)
    problems += misnamed("metric", raw, path, lines)
    return found, sorted(problems, key=lambda p: p.line or 0)
