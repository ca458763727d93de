"""One workspace: what its people and admins do there, and what the app hears of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox import events
from bot.sandbox.records import SLACKBOT, Channel, ChannelKind, Member, Message
from bot.sandbox.shapes import rich_text, tombstone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.sandbox.world import World


@dataclass(slots=True)
class Workspace:
    """One team with the app installed; its verbs are what its people and admins do."""

    world: World
    id: str
    name: str
    domain: str
    bot_user: str
    bot_id: str
    token: str
    scopes: tuple[str, ...]
    members: dict[str, Member] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    revoked: bool = False
    uninstalled: bool = False
    emoji: set[str] = field(default_factory=set)

    @property
    def app_id(self) -> str:
        return self.world.app_id

    def channel(self, id_or_name: str | Channel) -> Channel:
        """Return the channel with this id or name; raises KeyError when there is none."""
        if isinstance(id_or_name, Channel):
            return id_or_name
        if id_or_name in self.channels:
            return self.channels[id_or_name]
        name = id_or_name.removeprefix("#")
        for room in self.channels.values():
            if room.name == name and room.kind is not ChannelKind.DM and not room.deleted:
                return room
        raise KeyError(id_or_name)

    def add_person(
        self,
        name: str,
        *,
        tz: str | None = "Europe/London",
        real_name: str | None = None,
        is_bot: bool = False,
        deleted: bool = False,
        guest: bool = False,
        single_channel_guest: bool = False,
        is_admin: bool = False,
        is_owner: bool = False,
        stranger: bool = False,
        announce: bool = False,
    ) -> Member:
        """Add somebody; with `announce` the app hears of it as of a newcomer."""
        ids = self.world.ids
        person = Member(
            id=ids.next("U"),
            # Somebody from elsewhere shows the workspace in which their account is.
            team_id=ids.next("T") if stranger else self.id,
            name=name,
            real_name=real_name or name.replace(".", " ").title(),
            tz=tz,
            updated=int(self.world.clock().timestamp()),
            is_bot=is_bot,
            bot_id=ids.next("B") if is_bot else None,
            deleted=deleted,
            guest=guest,
            single_channel_guest=single_channel_guest,
            is_admin=is_admin,
            is_owner=is_owner,
            stranger=stranger,
        )
        self.members[person.id] = person
        if announce:
            events.person_changed(self, person, "team_join")
        self.world.changes.notify()
        return person

    def add_channel(
        self,
        name: str,
        *,
        private: bool = False,
        members: Iterable[Member | str] = (),
        bot_member: bool = True,
        archived: bool = False,
        ext_shared: bool = False,
    ) -> Channel:
        """Add a channel that has been there for long: nobody hears of it."""
        ids = [who if isinstance(who, str) else who.id for who in members]
        if bot_member:
            ids.append(self.bot_user)
        room = Channel(
            id=self.world.ids.next("C"),
            name=name.removeprefix("#"),
            kind=ChannelKind.PRIVATE if private else ChannelKind.PUBLIC,
            created=int(self.world.clock().timestamp()),
            creator=ids[0] if ids else SLACKBOT,
            members=dict.fromkeys(ids),
            archived=archived,
            ext_shared=ext_shared,
        )
        self.channels[room.id] = room
        self.world.changes.notify()
        return room

    def dm(self, one: str, other: str) -> Channel:
        """Return the conversation of these two, opening it where there was none."""
        for room in self.channels.values():
            if room.kind is ChannelKind.DM and set(room.members) == {one, other}:
                return room
        room = Channel(
            id=self.world.ids.next("D"),
            name="directmessage",
            kind=ChannelKind.DM,
            created=int(self.world.clock().timestamp()),
            creator=one,
            members=dict.fromkeys((one, other)),
        )
        self.channels[room.id] = room
        return room

    def change_person(self, user: str | Member, **facts: object) -> Member:
        """Change what the directory says of somebody, such as `tz` or `deleted`."""
        person = user if isinstance(user, Member) else self.members[user]
        for name, value in facts.items():
            if name not in Member.__slots__:
                raise AttributeError(name)
            setattr(person, name, value)
        person.updated = int(self.world.clock().timestamp())
        events.person_changed(self, person, "user_change")
        return person

    def join(
        self, channel: str | Channel, user: str | Member, *, inviter: str | None = None
    ) -> None:
        room, who = self.channel(channel), user if isinstance(user, str) else user.id
        if who in room.members:
            return
        room.members[who] = None
        kind = "channel_join" if room.kind is ChannelKind.PUBLIC else "group_join"
        self.note(room, who, kind, f"<@{who}> has joined the channel", inviter=inviter)
        events.joined(self, room, who, inviter)

    def leave(self, channel: str | Channel, user: str | Member) -> None:
        room, who = self.channel(channel), user if isinstance(user, str) else user.id
        if who not in room.members:
            return
        kind = "channel_leave" if room.kind is ChannelKind.PUBLIC else "group_leave"
        self.note(room, who, kind, f"<@{who}> has left the channel")
        events.left(self, room, who)
        del room.members[who]
        self.world.changes.notify()

    def archive(self, channel: str | Channel, *, by: str = SLACKBOT) -> None:
        room = self.channel(channel)
        self.note(room, by, f"{room.kind}_archive", "archived the channel")
        room.archived = True
        events.channel_changed(self, room, "archive", user=by)

    def unarchive(self, channel: str | Channel, *, by: str = SLACKBOT) -> None:
        room = self.channel(channel)
        room.archived = False
        self.note(room, by, f"{room.kind}_unarchive", "un-archived the channel")
        events.channel_changed(self, room, "unarchive", user=by)

    def rename(self, channel: str | Channel, name: str, *, by: str = SLACKBOT) -> None:
        room = self.channel(channel)
        room.previous_names.append(room.name)
        room.name = name
        self.note(room, by, f"{room.kind}_name", f"has renamed the channel to {name}")
        events.channel_renamed(self, room)

    def delete_channel(self, channel: str | Channel, *, by: str = SLACKBOT) -> None:
        room = self.channel(channel)
        events.channel_changed(self, room, "deleted", actor_id=by)
        room.deleted = True
        del self.channels[room.id]
        self.world.changes.notify()

    def change_channel_id(self, channel: str | Channel) -> str:
        """Give a channel another id, as happens when sharing it with others begins."""
        room = self.channel(channel)
        old, room.id = room.id, self.world.ids.next("C")
        self.channels[room.id] = self.channels.pop(old)
        for said in room.messages.values():
            said.channel = room.id
        events.channel_id_changed(self, room, old)
        return room.id

    def revoke_token(self) -> None:
        """Make the bot's token worthless without uninstalling the app."""
        events.tokens_revoked(self)
        self.revoked = True
        self.world.changes.notify()

    def uninstall(self) -> None:
        events.tokens_revoked(self)
        events.app_uninstalled(self)
        self.uninstalled = True
        self.world.changes.notify()

    def reinstall(self) -> str:
        """Install the app again, with another token, which is returned."""
        self.revoked = self.uninstalled = False
        self.token = self.world.bot_token(self.id)
        return self.token

    def note(
        self, room: Channel, user: str, subtype: str, text: str, *, inviter: str | None = None
    ) -> None:
        """Say in a channel what happened to it."""
        said = Message(
            channel=room.id,
            ts=room.next_ts(self.world.micros()),
            user=user,
            text=text,
            subtype=subtype,
            inviter=inviter,
        )
        room.messages[said.ts] = said
        events.posted(self, room, said)

    def post(self, room: Channel, said: Message) -> Message:
        """Show a new message, in its thread where it has one."""
        room.messages[said.ts] = said
        root = room.root_of(said)
        if root is not None:
            root.replies.append(said.ts)
        events.posted(self, room, said)
        return said

    def say(self, room: Channel, user: str, text: str, *, thread_ts: str | None = None) -> Message:
        """Post what a person typed, already escaped."""
        return self.post(
            room,
            Message(
                channel=room.id,
                ts=room.next_ts(self.world.micros()),
                user=user,
                text=text,
                client_msg_id=self.world.uuid(),
                blocks=[rich_text(text, f"b{self.world.ids.number('block')}")],
                thread_ts=thread_ts,
            ),
        )

    def edit(self, room: Channel, said: Message, editor: str, change: Callable[[], None]) -> None:
        """Apply `change` to a message and tell the app how it was before."""
        before = events.snapshot(self, said)
        change()
        ts = room.next_ts(self.world.micros())
        said.edited = {"user": editor, "ts": ts.partition(".")[0] + ".000000"}
        events.edited(self, room, said, before, ts)

    def delete(self, room: Channel, said: Message) -> None:
        """Take a message away; one with replies leaves a tombstone."""
        before = events.snapshot(self, said)
        ts = room.next_ts(self.world.micros())
        if said.replies:
            tombstone(said)
            events.edited(self, room, said, before, ts)
            return
        del room.messages[said.ts]
        root = room.root_of(said)
        if root is not None:
            root.replies.remove(said.ts)
            if not root.replies and root.subtype == "tombstone":
                del room.messages[root.ts]
        events.deleted(self, room, said.ts, before, ts)

    def react(self, room: Channel, said: Message, user: str, name: str) -> bool:
        """Add a reaction; False when it was there."""
        users = said.reactions.setdefault(name, [])
        if user in users:
            return False
        users.append(user)
        events.reacted(self, room, said, user, name, added=True)
        return True

    def unreact(self, room: Channel, said: Message, user: str, name: str) -> bool:
        users = said.reactions.get(name, [])
        if user not in users:
            return False
        users.remove(user)
        if not users:
            del said.reactions[name]
        events.reacted(self, room, said, user, name, added=False)
        return True

    def messages(
        self, channel: str | Channel, *, system: bool = False, event_type: str | None = None
    ) -> list[Message]:
        """Return what stands in a channel outside of threads, oldest first.

        Slack's own lines about who came and went are left out unless `system` is set.
        """
        return [
            said
            for said in self.channel(channel).messages.values()
            if (said.thread_ts is None or said.broadcast)
            and (system or said.subtype is None or said.subtype == "thread_broadcast")
            and (event_type is None or said.event_type == event_type)
        ]

    def replies(self, channel: str | Channel, ts: str) -> list[Message]:
        """Return what stands in a thread below its root, oldest first."""
        room = self.channel(channel)
        return [room.messages[reply] for reply in room.messages[ts].replies]

    def find(self, channel: str | Channel, *, event_type: str | None = None) -> list[Message]:
        """Return the bot's messages of a channel, threads included."""
        return [
            said
            for said in self.channel(channel).messages.values()
            if said.user == self.bot_user and (event_type is None or said.event_type == event_type)
        ]
