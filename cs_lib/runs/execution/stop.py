"""Stopping a batch: from the main thread, whatever the workers are waiting for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stop:
    """An event that ends what is registered with it, now and later."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._ends: list[Callable[[], None]] = []

    def is_set(self) -> bool:
        """Whether the batch was told to stop."""
        return self._event.is_set()

    def set(self) -> None:
        """End everything that is under way."""
        with self._lock:
            self._event.set()
            ends = list(self._ends)
        for end in ends:
            end()

    @contextmanager
    def ends(self, end: Callable[[], None]) -> Iterator[None]:
        """While in this block, stopping calls `end`; at once when the batch was stopped before."""
        with self._lock:
            self._ends.append(end)
        try:
            if self.is_set():
                end()
            yield
        finally:
            with self._lock:
                self._ends.remove(end)
