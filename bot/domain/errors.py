"""What can go wrong that the rest of the program has to tell apart."""


class BotError(Exception):
    """A refusal: its text is shown, as it is, to the person who asked, and says what to do next."""


class TooEarly(Exception):
    """Whether something concerns Baton cannot be told yet: ask again in a moment."""


class SlackFailure(Exception):
    """A call to Slack did not succeed. The three kinds below say what may be done about it."""


class SlackUnavailable(SlackFailure):
    """Slack did not take the call, or it never reached Slack: the same call may be made later."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        """Seconds Slack asked to wait, when it said so."""


class SlackRejected(SlackFailure):
    """Slack refused the call with a code that repeating it will not change."""

    def __init__(self, code: str, *, detail: str = "") -> None:
        super().__init__(f"{code} ({detail})" if detail else code)
        self.code = code
        self.detail = detail


class SlackUnknown(SlackFailure):
    """Nobody can tell whether Slack did it: look before repeating it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
