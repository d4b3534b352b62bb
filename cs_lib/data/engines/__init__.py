"""Engines that hold tables, behind one protocol; `connect` is the one place that knows them by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cs_lib.data.engines.base import Engine
    from cs_lib.params import Source


def connect(source: Source) -> Engine:
    """The engine that a source asks for, empty."""
    from cs_lib.data.engines.duckdb import DuckDB

    engines = {"duckdb": DuckDB}
    return engines[source.engine](memory_limit_gb=source.memory_limit_gb, threads=source.threads)
