"""The failures that Slack's Web API reports with `ok: false`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.workspace import Json


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
