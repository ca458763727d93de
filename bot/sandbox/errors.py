"""The ways in which Slack says no: to the bot with an error code, to a person in its client."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.records import Json


class Refused(Exception):
    """Slack's own client would not let the person do this, so nothing reaches the bot."""


class SlackError(Exception):
    """A method refuses: `code` is what the caller finds in `error`."""

    def __init__(self, code: str, *, messages: Sequence[str] = (), **extra: object) -> None:
        super().__init__(code)
        self.code = code
        self.messages = list(messages)
        self.extra = extra

    def answer(self) -> Json:
        body: Json = {"ok": False, "error": self.code, **self.extra}
        if self.messages:
            body["response_metadata"] = {"messages": [f"[ERROR] {line}" for line in self.messages]}
        return body


def missing(name: str) -> SlackError:
    return SlackError("invalid_arguments", messages=[f"missing required field: {name}"])
