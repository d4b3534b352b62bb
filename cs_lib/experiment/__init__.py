"""Effects of changes: checks, effects and one decision per study. `analyze` answers a study.

`compare` and `before_after` answer one of a frame in one call. The estimators are `cs_lib.methods`; they can be had
here under the same names.
"""

from typing import TYPE_CHECKING, Any

from cs_lib.facade import facade

if TYPE_CHECKING:
    from cs_lib.experiment.analysis import analyze as analyze
    from cs_lib.experiment.perk_ab_test.frame import compare as compare
    from cs_lib.methods.errors import CannotEstimate as CannotEstimate
    from cs_lib.methods.errors import NotEnoughData as NotEnoughData

_own, _names = facade(
    __name__, {"analysis": ("analyze",), "perk_ab_test.frame": ("compare",), "before_after": ()}
)


def __getattr__(name: str) -> Any:
    """`analyze`, or one of the methods, imported only when it is asked for."""
    from cs_lib import methods

    return getattr(methods, name) if name in dir(methods) else _own(name)


def __dir__() -> list[str]:
    return [*_names(), "CannotEstimate", "NotEnoughData"]
