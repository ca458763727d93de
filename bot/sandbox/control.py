"""The local Slack's own doors, under `/_sandbox/`, for other processes and the browser page.

Every answer is JSON; what goes wrong is `{"ok": false, "error": "a sentence"}` with status 400.
Requests that change something must have the content type `application/json`.

GET  /_sandbox/state?as=U…      what that person sees: `{version, workspaces, me, people, channels,
                                views, home, url}`. `people` as in `users.info`; `channels` those
                                the person sees, each `{id, name, kind, archived, members, dm_with,
                                messages}` with messages as in `conversations.history`, replies
                                included and each with `ephemeral: bool`; `views` the open modals,
                                the visible one last, each with `errors`; `home` a view or null.
                                Without `as` everything is shown, as to nobody in particular.
GET  /_sandbox/changes?since=N  answers `{version}` as soon as something changed after version N,
                                at the latest after 25 seconds (`timeout=` for less).
GET  /_sandbox/journal?since=I&method=M    `{calls, next}`: every call of the Web API from the
                                I-th on: `{method, args, status, ok, error, answer, at, team,
                                connection, committed, fault}`.
GET  /_sandbox/deliveries       `{deliveries}`: what was taken to the bot, with every attempt.
POST /_sandbox/act              `{"as": "U…", "do": VERB, …}`, answers `{ok, error, result}`:
       command   {command, text, channel, raw}
       press     {action_id, value, block_id} and where: {channel, ts} for a message, {view} for a
                 modal or Home by its id, {ephemeral: ts} for what only this person sees
       fill      {view, values: {block_id: value}}
       submit    {view, values: {block_id: value}}
       close     {view}
       say       {channel, text, thread}          edit     {channel, ts, text}
       delete    {channel, ts}                    react    {channel, ts, name}
       unreact   {channel, ts, name}              home     {tab}
       dm        {}                               shortcut {callback_id} or with {channel, ts}
       invite    {channel, user} (the bot when no user is given)
       join      {channel}                        leave    {channel}
                                `result` holds what came of it: `ts`, `channel`, `text`, `view`,
                                `errors`, `status`; `error` is what Slack shows the person.
POST /_sandbox/add              `{"what": "workspace"|"person"|"channel", …}` with the arguments of
                                `add_workspace`, `add_person` and `add_channel`, and `team`.
POST /_sandbox/admin            `{"do": "archive"|"unarchive"|"rename"|"delete_channel"|
                                "change_channel_id"|"change_person"|"revoke_token"|"uninstall"|
                                "reinstall", "team": "T…", …}`.
POST /_sandbox/faults           `{"kind": …, method, channel, count, seconds, retry_after, code}`
                                arms a fault, `{"clear": true}` takes all back, `{"sockets":
                                "close"|"refresh"|"warn"|"reset"|"black_hole"}` harms connections.
POST /_sandbox/settings         `{events_url, retry_delays, ack_timeout, limits}`, each optional.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from bot.sandbox.server import LocalSlack


class Control:
    """Serves the doors of one local Slack."""

    def __init__(self, slack: LocalSlack) -> None:
        self.slack = slack

    def routes(self) -> list[web.RouteDef]:
        return []
