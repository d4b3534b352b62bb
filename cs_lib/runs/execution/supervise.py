"""Work in threads under a main thread that stays ready to be interrupted, at any moment and within a second."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from contextvars import copy_context
from types import FrameType
from typing import TypeVar

from cs_lib.runs.execution import scratch, strays
from cs_lib.runs.execution.stop import Stop

T = TypeVar("T")
GRACE_SECONDS = 0.6  # for a page that is just being published
ASKED_TO_END = ("SIGTERM", "SIGHUP")


class Interrupted(KeyboardInterrupt):
    """Raised when the batch was told to end; with `busy` some thread could not be waited for."""

    def __init__(self, *, busy: bool) -> None:
        self.busy = busy
        super().__init__()


def side_by_side(jobs: Sequence[Callable[[Stop], T]], *, workers: int) -> list[T]:
    """What every job gives, in order. Raises Interrupted once what the jobs had started is ended."""
    stop = Stop()
    scratch.sweep()
    with _told_to_end(), strays.adopting():
        pool = ThreadPoolExecutor(max(1, workers))
        futures: list[Future[T]] = []
        try:
            futures += [pool.submit(copy_context().run, job, stop) for job in jobs]
            return [future.result() for future in futures]
        except BaseException as error:
            _deaf()  # A second Ctrl-C would leave kernels to themselves.
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            busy = bool(wait(futures, timeout=GRACE_SECONDS).not_done)
            if isinstance(error, KeyboardInterrupt):
                raise Interrupted(busy=busy) from error
            raise
        finally:
            pool.shutdown(wait=False)


@contextmanager
def _told_to_end() -> Iterator[None]:
    """A scheduler's request to end, or a terminal that is closed, is treated like the user's Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {}
    try:
        for name in ASKED_TO_END:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                before[number] = signal.signal(number, interrupt)
        before[signal.SIGINT] = signal.getsignal(signal.SIGINT)
    except ValueError:  # Only the main thread is told.
        pass
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _deaf() -> None:
    with suppress(ValueError):
        for name in ("SIGINT", *ASKED_TO_END):
            if (number := getattr(signal, name, None)) is not None:
                signal.signal(number, signal.SIG_IGN)
