"""The one refusal that people may read."""


class BotError(Exception):
    """A refusal: its text is shown, as it is, to the person who asked, and says what to do next."""
