"""The papermill engine of our runs: our kernel, our time limits, nothing that varies."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import TextIOBase
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING, Any

from nbclient.exceptions import DeadKernelError

from cs_lib.runs import notebook as story
from cs_lib.runs.execution.lean import (
    NBClientEngine,
    PapermillNotebookClient,
    papermill_engines,
)

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from cs_lib.runs.execution.kernel import Kernel

NAME = "cs_lib"
START_SECONDS = 120
logging.getLogger("papermill").propagate = False
logging.getLogger("papermill").addHandler(logging.NullHandler())


@dataclass(slots=True)
class Session:
    """One execution as it goes: what was given, how far it came."""

    kernel: Kernel
    cell_seconds: float
    log: TextIOBase
    watch: Callable[[int, int], None]
    notebook: NotebookNode | None = None
    error: dict[str, Any] | None = None  # what the kernel answered about the cell that failed
    left: bool = False  # whether the notebook ended itself
    current: int = 0
    ran: dict[int, float] = field(default_factory=dict)
    total: int = 0
    _began: float = 0.0

    def begin(self, cell_index: int, **_: Any) -> None:
        """A cell is about to run; a kernel that was ended before it had started is ended now."""
        if self.kernel.ended:
            self.kernel.end()
        self.current, self._began = cell_index, monotonic()

    def end(
        self, cell_index: int, execute_reply: Mapping[str, Any] | None = None, **_: Any
    ) -> None:
        """A code cell was executed, with or without an error. Raises DeadKernelError when it asked the kernel to end.

        Such a kernel ends after its answer, and may begin with the next cell before it does.
        """
        payload = ((execute_reply or {}).get("content") or {}).get("payload") or []
        if any(part.get("source") == "ask_exit" for part in payload):
            self.left = True
            raise DeadKernelError("The notebook asked its kernel to end.")
        self.ran[cell_index] = monotonic() - self._began
        self.watch(len(self.ran), self.total)

    def fail(self, execute_reply: Mapping[str, Any], **_: Any) -> None:
        """A cell ended with an error."""
        self.error = dict(execute_reply.get("content", {}))


class StudyEngine(NBClientEngine):  # type: ignore[misc]
    """Executes in the kernel of a session, by file sockets, without recording times."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, session: Session, **_: Any
    ) -> None:
        """Run every cell until one fails."""
        for cell in nb_man.nb.cells:
            if story.INJECTED in story.tags(cell):
                cell["id"] = story.INJECTED
        session.notebook = nb_man.nb
        session.total = len(code_cells(nb_man.nb))
        client = PapermillNotebookClient(
            nb_man,
            km=session.kernel.manager,
            kernel_name=kernel_name,
            timeout=ceil(session.cell_seconds),
            startup_timeout=START_SECONDS,
            iopub_timeout=60,
            record_timing=False,
            store_widget_state=False,
            force_raise_errors=True,
            skip_cells_with_tag="",
            shutdown_kernel="immediate",
            stderr_file=session.log,
            on_notebook_start=lambda **_: session.kernel.note_group(),
            on_cell_start=session.begin,
            on_cell_executed=session.end,
            on_cell_error=session.fail,
        )
        client.execute(cleanup_kc=True, **session.kernel.start_options())


def code_cells(notebook: NotebookNode) -> list[int]:
    """The places of the cells that must run."""
    return [
        i for i, c in enumerate(notebook.cells) if c.cell_type == "code" and story.source(c).strip()
    ]


papermill_engines.register(NAME, StudyEngine)
