"""Packages that list what an analyst may use, and import each name only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def facade(
    package: str,
    homes: Mapping[str, tuple[str, ...]],
    guard: Callable[[str, Any], Any] = lambda name, lent: lent,
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package whose public names stand in its modules.

    `homes` gives for each module, by its dotted path below `package`, the names it lends. A module
    that lends itself stands there under its own name with nothing in the tuple. `guard` makes of a name and
    what is lent under it what the user gets.
    """
    home = {name: module for module, names in homes.items() for name in names}
    modules = {module for module, names in homes.items() if not names}

    def getter(name: str) -> Any:
        if name in modules:
            return import_module(f"{package}.{name}")
        if name in home:
            return guard(name, getattr(import_module(f"{package}.{home[name]}"), name))
        raise AttributeError(f"module '{package}' has no attribute '{name}'")

    def lister() -> list[str]:
        return sorted({*home, *modules})

    return getter, lister


def own(namespace: Mapping[str, Any]) -> list[str]:
    """Public names of what a module defines itself: what Tab lists of it."""
    here = namespace["__name__"]
    defined = (n for n, what in namespace.items() if getattr(what, "__module__", None) == here)
    return sorted(name for name in defined if not name.startswith("_"))
