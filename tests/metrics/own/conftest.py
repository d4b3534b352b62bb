"""Metrics of one's own in a project of a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cs_lib.metrics.catalogue import FORMS
from cs_lib.params import strict_yaml

LARGE = {
    "metric": "large_order",
    "label": {"en": "Large order within {days} days", "zh": "{days} 天内的大额订单"},
    "kind": "share",
    "of": "customers",
    "table": "orders",
    "filter": {"amount": {"at_least": 100}},
    "direction": "up",
    "population": "customers assigned",
    "source": "a test",
}
QUICK = {
    "metric": "quick",
    "label": {"en": "Resolved within a day", "zh": "一天内解决"},
    "kind": "share",
    "of": "rows",
    "table": "contacts",
    "yes": {"resolved_at": {"within": "1 day"}},
    "window": 1,
    "direction": "up",
    "population": {"en": "all contacts", "zh": "所有联系"},
    "source": "a test",
}


def form(name: str) -> dict[str, Any]:
    """The file of a metric of the catalogue."""
    return strict_yaml.read(FORMS / f"{name}.yaml", shown=name)[0]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A file of params/metrics; a key given as None is left out."""
    for folder in ("params/sources", "params/metrics", "notebooks"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("CS_HOME", str(tmp_path))

    def write(spec: dict[str, Any], **changes: Any) -> Path:
        said = {key: value for key, value in {**spec, **changes}.items() if value is not None}
        path = tmp_path / "params" / "metrics" / f"{said['metric']}.yaml"
        path.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return path

    return write
