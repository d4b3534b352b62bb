"""Results of a frame that can be written as settings, so that a scheduled run repeats them."""

from __future__ import annotations

from typing import Any, Self

from cs_lib.experiment.before_after.result import BeforeAfterResult
from cs_lib.experiment.perk_ab_test.result import PerkResult
from cs_lib.metrics.from_frame import Kept
from cs_lib.params.saving import save_study, source_text
from cs_lib.results import stage


class OfFrame:
    """What a result of a frame has beside the result."""

    __slots__ = ()

    @classmethod
    def of(cls, result: Any, kept: Kept) -> Self:
        """The result with what is needed to repeat it."""
        own = cls(**stage(result))
        object.__setattr__(own, "kept", kept)
        return own

    def save(self, name: str, *, replace: bool = False) -> list[str]:
        """Write params/NAME.yaml, params/sources/NAME.yaml and data/NAME.parquet, which `cslib run NAME` repeats.

        Returns the files. Raises ParamsError where one is there already, unless `replace` is said.
        """
        kept: Kept = self.kept  # type: ignore[attr-defined]
        study = self.study  # type: ignore[attr-defined]
        file, title = f"{name}.parquet", study.question
        text = source_text(name, title, kept.table, file, kept.roles, kept.timezone, kept.currency)
        return save_study(
            study,
            name,
            source=name,
            files={file: kept.write},
            sources={name: text},
            replace=replace,
        )


class Compared(OfFrame, PerkResult):
    """What `compare` found: the result of an A/B study, which can be saved."""

    __slots__ = ("kept",)


class Changed(OfFrame, BeforeAfterResult):
    """What `before_after` found: the result of a before/after study, which can be saved."""

    __slots__ = ("kept",)
