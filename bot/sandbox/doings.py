"""What people and admins do, by its name and with plain arguments, as it comes over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from bot.sandbox.answers import Answer
from bot.sandbox.errors import Refused
from bot.sandbox.records import Channel, Json, Message, View

if TYPE_CHECKING:
    from bot.sandbox.client import Surface
    from bot.sandbox.people import Person
    from bot.sandbox.workspace import Workspace

Doing: TypeAlias = Callable[["Person", Json], Awaitable[object]]


async def act(person: Person, verb: str, args: Json) -> Json:
    """Let a person do something; raises Refused where their client would not let them."""
    doing = _DOINGS.get(verb)
    if doing is None:
        raise Refused(f"nobody can {verb} here")
    result = await doing(person, args)
    if isinstance(result, Answer):
        return _told(result)
    if isinstance(result, Message):
        return {"ok": True, "ts": result.ts, "channel": result.channel}
    if isinstance(result, Channel):
        return {"ok": True, "channel": result.id}
    return {"ok": True, "view": result if isinstance(result, View) else None}


def _told(answer: Answer) -> Json:
    shown = answer.message
    return {
        "ok": answer.ok,
        "error": answer.error,
        "text": answer.text,
        "ts": None if shown is None else shown.ts,
        "channel": None if shown is None else shown.channel,
        "view": answer.view,
        "errors": answer.errors,
        "status": answer.status,
    }


def _message(person: Person, args: Json) -> Message:
    room = person.workspace.channel(str(args["channel"]))
    said = room.messages.get(str(args["ts"]))
    if said is None or not person.sees(room):
        raise Refused("there is no such message")
    return said


def _view(person: Person, args: Json) -> View:
    name = args.get("view")
    for view in person.views:
        if view.id == name:
            return view
    if name is None:
        return person.view
    if person.home is not None and person.home.id == name:
        return person.home
    raise Refused("there is no such view")


def _surface(person: Person, args: Json) -> Surface:
    if "ts" not in args:
        return _view(person, args)
    for whisper in person.ephemerals:
        if whisper.ts == args["ts"] and whisper.channel == args["channel"]:
            return whisper
    return _message(person, args)


async def _command(person: Person, args: Json) -> Answer:
    return await person.command(
        str(args["command"]),
        str(args.get("text", "")),
        channel=args.get("channel"),
        raw=bool(args.get("raw")),
    )


async def _press(person: Person, args: Json) -> Answer:
    return await person.press(
        _surface(person, args),
        str(args["action_id"]),
        args.get("value"),
        block_id=args.get("block_id"),
    )


async def _fill(person: Person, args: Json) -> View:
    view = _view(person, args)
    person.fill(view, args.get("values", {}))
    return view


async def _submit(person: Person, args: Json) -> Answer:
    return await person.submit(_view(person, args), args.get("values", {}))


async def _close(person: Person, args: Json) -> Answer | None:
    return await person.close(_view(person, args))


async def _say(person: Person, args: Json) -> Message:
    return await person.say(
        str(args["channel"]),
        str(args["text"]),
        thread=args.get("thread"),
        raw=bool(args.get("raw")),
    )


async def _edit(person: Person, args: Json) -> None:
    await person.edit(_message(person, args), str(args["text"]))


async def _delete(person: Person, args: Json) -> None:
    await person.delete(_message(person, args))


async def _react(person: Person, args: Json) -> None:
    await person.react(_message(person, args), str(args["name"]))


async def _unreact(person: Person, args: Json) -> None:
    await person.unreact(_message(person, args), str(args["name"]))


async def _home(person: Person, args: Json) -> View | None:
    return await person.open_home(str(args.get("tab", "home")))


async def _dm(person: Person, _args: Json) -> Channel:
    return await person.open_dm()


async def _shortcut(person: Person, args: Json) -> Answer:
    callback_id = str(args["callback_id"])
    if "ts" in args:
        return await person.message_shortcut(_message(person, args), callback_id)
    return await person.global_shortcut(callback_id)


async def _invite(person: Person, args: Json) -> None:
    await person.invite(str(args["channel"]), str(args.get("user", person.workspace.bot_user)))


async def _kick(person: Person, args: Json) -> None:
    await person.kick(str(args["channel"]), str(args["user"]))


async def _join(person: Person, args: Json) -> None:
    await person.join(str(args["channel"]))


async def _leave(person: Person, args: Json) -> None:
    await person.leave(str(args["channel"]))


_DOINGS: dict[str, Doing] = {
    "command": _command,
    "press": _press,
    "fill": _fill,
    "submit": _submit,
    "close": _close,
    "say": _say,
    "edit": _edit,
    "delete": _delete,
    "react": _react,
    "unreact": _unreact,
    "home": _home,
    "dm": _dm,
    "shortcut": _shortcut,
    "invite": _invite,
    "kick": _kick,
    "join": _join,
    "leave": _leave,
}

_ON_CHANNELS = ("archive", "unarchive", "rename", "delete_channel", "change_channel_id")
_ON_THE_APP = ("revoke_token", "uninstall", "reinstall")


def administer(workspace: Workspace, verb: str, args: Json) -> Json:
    """Do what the admins of a workspace do; raises Refused for anything else."""
    if verb == "change_person":
        person = workspace.change_person(str(args["user"]), **args["facts"])
        return {"ok": True, "id": person.id}
    if verb in _ON_CHANNELS:
        more = {"name": args["name"]} if verb == "rename" else {}
        made = getattr(workspace, verb)(str(args["channel"]), **more)
        return {"ok": True, "id": made}
    if verb in _ON_THE_APP:
        return {"ok": True, "token": getattr(workspace, verb)()}
    raise Refused(f"no admin can {verb} here")
