"""One fresh kernel: this interpreter, a fixed environment, file sockets, gone for certain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

import cs_lib
from cs_lib import params
from cs_lib.runs.execution import strays
from cs_lib.runs.execution.scratch import Scratch

SOCKET_ROOM = 80  # a socket's path may have about 100 characters
ONE_THREAD = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS",
)  # fmt: skip
CELL_NAME = "<notebook>"
# A kernel that is busy in compiled code does not notice that its parent was killed; the system does.
START = """
import sys
if sys.platform == "linux":
    import ctypes, os, signal
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(os.environ["JPY_PARENT_PID"]):
        os._exit(1)
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()
"""


class ThisInterpreter(KernelSpecManager):
    """Whatever kernels are installed, ours is the interpreter that runs us."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The command of the kernel."""
        argv = [sys.executable, "-c", START, "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


def environment(as_of: date, scratch: Path) -> dict[str, str]:
    """What the kernel process starts with: everything that could change bytes is fixed."""
    midnight = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
    fixed = {
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(int(midnight.timestamp())),
        "MPLBACKEND": "agg",
        "TZ": "UTC",
        "PYTHONUTF8": "1",
        "PYTHONWARNINGS": "default",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "IPYKERNEL_CELL_NAME": CELL_NAME,
        "IPYTHONDIR": str(scratch / "ipython"),
        "TMPDIR": str(scratch / "tmp"),
        params.places.HOME_VARIABLE: str(params.home()),
    }
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONSTARTUP", "PYTHONINSPECT")}
    return {**kept, **dict.fromkeys(ONE_THREAD, "1"), **fixed, **_same_library(), **_home(scratch)}


def _home(scratch: Path) -> dict[str, str]:
    """A folder to call home, where a container gives its user none that can be written."""
    home = os.path.expanduser("~")
    if os.path.isdir(home) and os.access(home, os.W_OK):
        return {}
    own = scratch / "home"
    own.mkdir(exist_ok=True)
    return {"HOME": str(own), "MPLCONFIGDIR": str(own), "XDG_CACHE_HOME": str(own)}


def _same_library() -> dict[str, str]:
    """A checkout that is not installed must be found by the kernel too."""
    root = Path(cs_lib.__file__).resolve().parents[1]
    if root.name in ("site-packages", "dist-packages"):
        return {}
    known = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": f"{root}{os.pathsep}{known}" if known else str(root)}


class Kernel:
    """A kernel not yet started; on leaving the block its whole process group is ended."""

    def __init__(self, as_of: date) -> None:
        self._folders = [Scratch()]
        self.scratch = self._folders[0].path
        for name in ("tmp", "ipython"):
            (self.scratch / name).mkdir()
        if len(str(self.scratch)) > SOCKET_ROOM:
            self._folders.append(Scratch("/tmp"))
        self._sockets = self._folders[-1].path
        self._noise = (self.scratch / "noise").open("w+b")
        self.group: int | None = None
        self.process: int | None = None
        self._popen: subprocess.Popen[bytes] | None = None
        self.ended = False
        self.manager = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=ThisInterpreter(),
            connection_file=str(self._sockets / "k.json"),
            transport="ipc" if os.name == "posix" else "tcp",
        )
        self._environment = environment(as_of, self.scratch)

    def start_options(self) -> dict[str, Any]:
        """How the kernel process is to be started."""
        noise: IO[bytes] = self._noise
        return {
            "env": self._environment,
            "cwd": str(params.home()),
            "stdout": noise,
            "stderr": noise,
        }

    def note_group(self) -> None:
        """Remember the process and its group, so that what the kernel left behind can be ended after it."""
        provisioner = self.manager.provisioner
        self.group = getattr(provisioner, "pgid", None) or self.group
        self.process = getattr(provisioner, "pid", None) or self.process
        self._popen = getattr(provisioner, "process", None) or self._popen

    def end(self) -> None:
        """End the kernel and everything it started, at once; safe from any thread."""
        self.ended = True
        self.note_group()
        strays.end(self.process, self.scratch)
        if self.group is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.group, signal.SIGKILL)

    @property
    def exit_code(self) -> int | None:
        """How the process ended by itself: its code, or minus the signal; None when that is not known."""
        return self._popen.poll() if self._popen is not None else None

    def noise(self) -> str:
        """What the process itself wrote, outside of any cell: a crash report, for example."""
        self._noise.seek(0)
        return self._noise.read().decode(errors="replace")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()
        self._noise.close()
        for folder in self._folders:
            folder.remove()
