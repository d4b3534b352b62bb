"""Refusals: why an effect cannot be estimated, in one sentence for the reader of the page."""

from cs_lib.language import say


class CannotEstimate(ValueError):
    """The data do not carry what the method needs; the message says what is missing.

    Args:
        message: one sentence for the reader; with gaps when the page may have better words for them.
        parts: what fills the gaps for now.
    """

    def __init__(self, message: str, /, **parts: object) -> None:
        super().__init__(say(message, **parts) if parts else message)
        self.message, self.parts = message, parts

    def said(self, **words: object) -> str:
        """The sentence with other words in its gaps, those of the page."""
        return say(self.message, **{**self.parts, **words}) if self.parts else str(self)


class NotEnoughData(CannotEstimate):
    """Too few periods on a side of the intervention.

    Args:
        message: one sentence for the reader.
        n_pre, n_post: usable days before and after.
        needed: usable days a side that would do.
    """

    def __init__(self, message: str, *, n_pre: int, n_post: int, needed: int) -> None:
        super().__init__(message)
        self.n_pre, self.n_post, self.needed = n_pre, n_post, needed


class NotEnoughTeams(CannotEstimate):
    """Too few teams to tell a change from chance; the values by team can still be described."""
