"""The methods about the app itself, its workspace and the people in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox import shapes
from bot.sandbox.api import Ask, Caller, method, page
from bot.sandbox.errors import SlackError

if TYPE_CHECKING:
    from bot.sandbox.records import Json


@method("api.test", caller=Caller.ANYBODY)
def api_test(ask: Ask) -> Json:
    args = {name: value for name, value in ask.args.items() if name != "token"}
    if "error" in args:
        raise SlackError(str(args["error"]), args=args)
    return {"ok": True, "args": args} if args else {"ok": True}


@method("auth.test")
def auth_test(ask: Ask) -> Json:
    workspace = ask.workspace
    return {
        "ok": True,
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.name,
        "user": workspace.members[workspace.bot_user].name,
        "team_id": workspace.id,
        "user_id": workspace.bot_user,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


@method("apps.connections.open", caller=Caller.APP)
def connections_open(ask: Ask) -> Json:
    ticket = "" if ask.new_ticket is None else ask.new_ticket()
    address = ask.url.replace("http://", "ws://", 1)
    return {"ok": True, "url": f"{address}link/?ticket={ticket}&app_id={ask.world.app_id}"}


@method("team.info", scope="team:read", takes_json=False)
def team_info(ask: Ask) -> Json:
    workspace = ask.workspace
    if (ask.maybe("team") or workspace.id) != workspace.id:
        raise SlackError("team_not_found")
    body = {
        "id": workspace.id,
        "name": workspace.name,
        "domain": workspace.domain,
        "email_domain": "",
        "icon": {"image_default": True},
        "url": f"https://{workspace.domain}.slack.com/",
    }
    return {"ok": True, "team": body}


@method("users.info", scope="users:read", takes_json=False)
def users_info(ask: Ask) -> Json:
    person = ask.member()
    body = shapes.member(person, ask.world.clock())
    if ask.flag("include_locale"):
        body["locale"] = person.locale
    return {"ok": True, "user": body}


@method("users.list", scope="users:read", takes_json=False)
def users_list(ask: Ask) -> Json:
    everybody = list(ask.workspace.members.values())
    found, cursor = page(everybody, ask, default=len(everybody))
    now = ask.world.clock()
    return {
        "ok": True,
        "members": [shapes.member(person, now) for person in found],
        "cache_ts": int(now.timestamp()),
        "response_metadata": {"next_cursor": cursor},
    }
