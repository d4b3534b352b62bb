"""Small pictures written by hand: a tag, a path, a place. They stand in cells by the dozen, so they are light."""

from __future__ import annotations

from collections.abc import Iterable

from cs_lib.report.drawing.palette import VARIABLES

Point = tuple[float, float]


def colour(value: str) -> str:
    """A colour of the palette as the page's variable, with its light value for other places."""
    return f"var(--{VARIABLES[value]},{value})"


def place(value: float) -> str:
    """A coordinate in tenths of a pixel."""
    said = f"{value:.1f}".removesuffix(".0")
    return "0" if said == "-0" else said


def path(points: Iterable[Point], *, closed: bool = False) -> str:
    """What a path through points is drawn from."""
    said = "L".join(f"{place(x)} {place(y)}" for x, y in points)
    return f"M{said}{'z' if closed else ''}"


def tag(name: str, **attributes: str | float) -> str:
    """An element without contents; an underscore in a name stands for a hyphen."""
    said = "".join(
        f' {key.replace("_", "-")}="{value if isinstance(value, str) else place(value)}"'
        for key, value in attributes.items()
    )
    return f"<{name}{said}/>"


def diamond(x: float, y: float, half: float) -> str:
    """What a square on its corner is drawn from."""
    return path([(x, y - half), (x + half, y), (x, y + half), (x - half, y)], closed=True)
