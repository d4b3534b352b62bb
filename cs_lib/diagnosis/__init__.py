"""What goes on in the service: how healthy its data are, whether a process is steady. Effects of changes are
`cs_lib.experiment`'s. `analyze` answers a study."""

from typing import TYPE_CHECKING

from cs_lib.facade import facade

if TYPE_CHECKING:
    from cs_lib.diagnosis.analysis import analyze as analyze
    from cs_lib.diagnosis.steadiness import Watched as Watched
    from cs_lib.diagnosis.steadiness import watch as watch

__getattr__, __dir__ = facade(
    __name__, {"analysis": ("analyze",), "steadiness": ("Watched", "watch")}
)
