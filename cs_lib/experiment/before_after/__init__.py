"""The study of notebooks/before_after.ipynb: a change of the service flow at a date.

Called, it is that study of a Series or a frame with a row per day: `experiment.before_after(calls, date=...)`; see
`cs_lib.experiment.before_after.frame.change` for what may be said.
"""

import sys
from types import ModuleType
from typing import Any


class _Study(ModuleType):
    """A package that answers when it is called: the name of a study is the name of its room, and of what it does."""

    def __call__(self, frame: Any, **said: Any) -> Any:
        """The before/after study of a Series or a frame with a row per day. Raises ParamsError and DataError."""
        from cs_lib.experiment.before_after.frame import change

        return change(frame, **said)


sys.modules[__name__].__class__ = _Study
