"""Papermill, imported without the file system of Hadoop that it asks for: all of Arrow and NumPy would come along."""

import sys

ABSENT = "pyarrow.fs"
_blocked = ABSENT not in sys.modules
if _blocked:
    sys.modules[ABSENT] = None  # type: ignore[assignment]
try:
    import papermill
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine, papermill_engines
finally:
    if _blocked:
        del sys.modules[ABSENT]

__all__ = ["NBClientEngine", "PapermillNotebookClient", "papermill", "papermill_engines"]
