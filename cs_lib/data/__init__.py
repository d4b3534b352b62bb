"""Tables from any source, as contracts promise them: `desk = data.load(study)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cs_lib.data.sources.files import DataError, source_files

if TYPE_CHECKING:
    from cs_lib.data.desk import Desk
    from cs_lib.data.session import from_frames
    from cs_lib.params import Study

__all__ = ["DataError", "Desk", "check", "from_frames", "load", "source_files"]


def load(study: Study) -> Desk:
    """The study's tables, checked, as of its date. Raises DataError listing every breach."""
    from cs_lib.data.desk import open_desk

    return open_desk(study)


def check(study: Study) -> list[str]:
    """Every breach of the data contract as a sentence; empty when all is well."""
    try:
        load(study).close()
    except DataError as error:
        return list(error.breaches)
    return []


def __getattr__(name: str) -> Any:
    """Desk and from_frames, imported only when asked for: they bring the engine along."""
    if name == "Desk":
        from cs_lib.data.desk import Desk

        return Desk
    if name == "from_frames":
        from cs_lib.data.session import from_frames

        return from_frames
    raise AttributeError(name)


def __dir__() -> list[str]:
    return sorted(__all__)
