"""The `views` methods: modals, which a trigger opens, and Home tabs."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from bot.sandbox import shapes
from bot.sandbox.api import Ask, method
from bot.sandbox.errors import SlackError, missing
from bot.sandbox.forms import initial_values, refill
from bot.sandbox.rules import check_view, too_large

if TYPE_CHECKING:
    from bot.sandbox.records import Json, Member, View
    from bot.sandbox.workspace import Workspace
    from bot.sandbox.world import Trigger, World

DEEPEST = 3


def check(view: object, *, kind: str) -> Json:
    """Return a view that Slack would take; raises SlackError with a pointer otherwise."""
    if not isinstance(view, dict):
        raise missing("view")
    problems = check_view(view)
    if not problems and view["type"] != kind:
        raise SlackError(
            "invalid_arguments", messages=["unsupported type [json-pointer:/view/type]"]
        )
    if problems:
        raise SlackError("invalid_arguments", messages=[str(problem) for problem in problems])
    if too_large(view):
        raise SlackError("view_too_large")
    return view


def _trigger(ask: Ask) -> Trigger:
    name = ask.args.get("trigger_id")
    if not name:
        raise missing("trigger_id")
    trigger = ask.world.triggers.get(str(name))
    if trigger is None or trigger.team != ask.workspace.id:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if monotonic() - trigger.born > ask.world.trigger_life:
        raise SlackError("expired_trigger_id")
    return trigger


def _unique(ask: Ask, body: Json, *, but: View | None = None) -> None:
    external = body.get("external_id")
    if external and any(
        view.body.get("external_id") == external and view is not but
        for view in ask.world.views.values()
    ):
        raise SlackError("duplicate_external_id")


def show(workspace: Workspace, person: Member, body: Json, *, below: View | None) -> View:
    """Put a new view on a person's screen, on top of another one or instead of all."""
    opened = workspace.world.new_view(person.id, body, below)
    opened.values = initial_values(opened.blocks)
    if below is None:
        forget(workspace.world, person)
    person.views.append(opened)
    workspace.world.changes.notify()
    return opened


def forget(world: World, person: Member) -> None:
    """Take every modal off a person's screen."""
    for view in person.views:
        world.views.pop(view.id, None)
    person.views.clear()
    world.changes.notify()


def dismiss(world: World, person: Member, view: View) -> None:
    """Take one modal off a person's screen; the one below it shows again."""
    if view in person.views:
        person.views.remove(view)
        world.views.pop(view.id, None)
    world.changes.notify()


def replace(workspace: Workspace, shown: View, body: Json) -> None:
    """Change a view in place; what was filled in stays where the input is still there."""
    shown.body = {**body, "blocks": shapes.with_ids(body["blocks"], workspace.world.ids)}
    shown.hash = workspace.world.new_hash()
    shown.errors = {}
    refill(shown)
    workspace.world.changes.notify()


@method("views.open")
def open_view(ask: Ask) -> Json:
    workspace = ask.workspace
    body = check(ask.structure("view"), kind="modal")
    trigger = _trigger(ask)
    _unique(ask, body)
    trigger.used = True
    person = workspace.members[trigger.user]
    opened = show(workspace, person, body, below=None)
    return {"ok": True, "view": shapes.view(opened, workspace)}


@method("views.push")
def push_view(ask: Ask) -> Json:
    workspace = ask.workspace
    body = check(ask.structure("view"), kind="modal")
    trigger = _trigger(ask)
    person = workspace.members[trigger.user]
    if trigger.view is None or not person.views:
        raise SlackError("not_found")
    if len(person.views) >= DEEPEST:
        raise SlackError("push_limit_reached")
    _unique(ask, body)
    trigger.used = True
    opened = show(workspace, person, body, below=person.views[-1])
    return {"ok": True, "view": shapes.view(opened, workspace)}


@method("views.update")
def update_view(ask: Ask) -> Json:
    workspace = ask.workspace
    body = check(ask.structure("view"), kind="modal")
    name, external = ask.maybe("view_id"), ask.maybe("external_id")
    if name is None and external is None:
        raise missing("view_id")
    shown = next(
        (
            view
            for view in ask.world.views.values()
            if view.user in workspace.members
            and (view.id == name if name else view.body.get("external_id") == external)
        ),
        None,
    )
    if shown is None or shown.type != "modal":
        raise SlackError("not_found")
    _same(ask, shown)
    _unique(ask, body, but=shown)
    replace(workspace, shown, body)
    return {"ok": True, "view": shapes.view(shown, workspace)}


def _same(ask: Ask, shown: View) -> None:
    expected = ask.maybe("hash")
    if expected is not None and expected != shown.hash:
        raise SlackError("hash_conflict")


@method("views.publish")
def publish(ask: Ask) -> Json:
    workspace = ask.workspace
    person = workspace.members.get(ask.text("user_id"))
    if person is None:
        raise SlackError("user_not_found")
    if person.deleted or person.is_bot:
        raise SlackError("not_enabled" if person.is_bot else "user_not_found")
    body = check(ask.structure("view"), kind="home")
    if person.home is None:
        person.home = workspace.world.new_view(person.id, body, None)
        person.home.values = initial_values(person.home.blocks)
    else:
        _same(ask, person.home)
        replace(workspace, person.home, body)
    return {"ok": True, "view": shapes.view(person.home, workspace)}
