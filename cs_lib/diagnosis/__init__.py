"""What goes on in the service: whether a process is steady. Effects of changes are `cs_lib.experiment`'s."""

from typing import Any

__all__ = ["CannotChart", "ControlChart", "Watched", "control_chart", "longest_run", "watch"]

_HOMES = {"CannotChart": "control", "ControlChart": "control", "control_chart": "control", "longest_run": "control",
          "Watched": "watching", "watch": "watching"}  # fmt: skip


def __getattr__(name: str) -> Any:
    """A diagnosis, imported only when it is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cs_lib.diagnosis' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(f"cs_lib.diagnosis.{_HOMES[name]}"), name)
