"""How a run can end: exit codes, and the error that carries one."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from cs_lib.params import closest
from cs_lib.verdict_titles import VERDICTS

MOST_SENTENCE, MOST_DETAIL = 2000, 40_000  # characters that are kept of what failed


class Exit(IntEnum):
    """Exit codes of the `cslib` command."""

    DONE = 0
    BAD_INPUT = 2
    ANALYSIS_FAILED = 3
    KERNEL_ENDED = 4
    NOT_PUBLISHED = 5
    LOCKED = 6
    DIFFERS = 7
    VERDICT = 8
    INTERRUPTED = 130


PRECEDENCE = (
    Exit.INTERRUPTED,
    Exit.BAD_INPUT,
    Exit.LOCKED,
    Exit.ANALYSIS_FAILED,
    Exit.KERNEL_ENDED,
    Exit.NOT_PUBLISHED,
    Exit.VERDICT,
)


def worst(codes: Iterable[int]) -> Exit:
    """The code that stands for several: what the user must look at first."""
    found = set(codes)
    return next((code for code in PRECEDENCE if code in found), Exit.DONE)


def verdicts(text: str) -> tuple[str, ...]:
    """The verdicts in a list with commas. Raises ValueError for a word that is none."""
    named = tuple(word.strip() for word in text.split(",") if word.strip())
    unknown = [word for word in named if word not in VERDICTS]
    if unknown:
        known = ", ".join(VERDICTS)
        raise ValueError(
            f"no verdict '{unknown[0]}'{closest(unknown[0], VERDICTS)} (one of {known})"
        )
    return named


def shortened(text: str, most: int = MOST_SENTENCE) -> str:
    """A text that is not longer than a page can show: its beginning and its end."""
    if len(text) <= most:
        return text
    left_out = len(text) - most
    return f"{text[: most * 3 // 4]} [... {left_out:,} ...] {text[-(most // 4) :]}"


class RunError(Exception):
    """A run that gave no page: the exit code, one sentence, and details for who repairs it."""

    def __init__(self, code: Exit, sentence: str, *, detail: str = "") -> None:
        self.code = code
        self.sentence, self.detail = shortened(sentence), shortened(detail, MOST_DETAIL)
        super().__init__(self.sentence)
