"""The workspace that `baton sandbox` begins with: two teams on two sides of an ocean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.people import Person
    from bot.sandbox.server import LocalSlack

MANILA = "Asia/Manila"
NEW_YORK = "America/New_York"


@dataclass(frozen=True)
class Demo:
    """What was set up, as far as the sandbox goes on using it."""

    token: str
    people: Mapping[str, str]
    """User ids by handle. Maya leads from New York; the others work there and in Manila."""


def furnish(slack: LocalSlack) -> Demo:
    """Put people and channels into an empty local Slack."""
    workspace = slack.add_workspace("Harbour Studio")
    maya = workspace.add_person("maya", real_name="Maya Lin", tz=NEW_YORK, is_admin=True)
    sam = workspace.add_person("sam", real_name="Sam Ortiz", tz=NEW_YORK)
    ana = workspace.add_person("ana", real_name="Ana Reyes", tz=MANILA)
    ben = workspace.add_person("ben", real_name="Ben Santos", tz=MANILA)
    joy = workspace.add_person("joy", real_name="Joy Cruz", tz=MANILA, guest=True)
    workspace.add_channel("manila", members=[ana, ben, joy, maya])
    workspace.add_channel("new-york", members=[maya, sam])
    workspace.add_channel("handover", members=[maya, sam, ana, ben])
    workspace.add_channel("lobby", members=[maya, sam, ana, ben, joy], bot_member=False)
    people = {person.name: person.id for person in (maya, sam, ana, ben, joy)}
    return Demo(token=workspace.token, people=people)


async def rehearse(lead: Person, *, prefix: str = "") -> None:
    """Let Maya do what a lead does on the first day, by the same commands that anybody types."""
    await lead.command(
        f"/{prefix}baton",
        "team create Manila tz Asia/Manila at 09:00 on mon-fri",
        channel="manila",
    )
    await lead.command(
        f"/{prefix}baton",
        "team create New York tz America/New_York at 09:00 on mon-fri",
        channel="new-york",
    )
    await lead.command(
        f"/{prefix}delegate",
        "@ana Prepare the June report due tomorrow 17:00 their time takes 3h",
        channel="handover",
    )
