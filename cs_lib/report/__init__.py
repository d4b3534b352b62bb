"""Results made readable: figures, tables, the first screen, the page."""

from __future__ import annotations

from typing import Any

__all__ = [
    "decision",
    "figures",
    "figures_flow_plan",
    "figures_plan",
    "tables",
    "tables_flow_plan",
    "tables_plan",
]


def decision(result: Any) -> Any:
    """The first screen of a result; the page lifts it under the title."""
    from cs_lib.report import summary

    return summary.decision(result)


def __getattr__(name: str) -> Any:
    """Figures and tables, imported only when used: they bring the drawing library along."""
    if name in __all__:
        import importlib

        return importlib.import_module(f"cs_lib.report.{name}")
    raise AttributeError(name)
