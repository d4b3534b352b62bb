"""Which contacts a study speaks of."""

from __future__ import annotations

from typing import ClassVar

from cs_lib.params.fields import Names, Strict


class Scope(Strict):
    """Which contacts a study concerns; every list given must match."""

    team_id: Names = ()
    channel: Names = ()
    need_code: Names = ()
    issue: Names = ()
    product_id: Names = ()
    owner: Names = ()
    priority: Names = ()
    handled_by: Names = ()

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "team_id", "channel", "need_code", "issue", "product_id", "owner", "priority", "handled_by",
    )  # fmt: skip
