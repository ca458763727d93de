import pytest

from bot.sandbox.errors import Refused
from bot.sandbox.people import Person
from bot.sandbox.records import Json
from bot.sandbox.server import LocalSlack
from bot.sandbox.workspace import Workspace
from tests.sandbox.conftest import Api, Bot, Request, actions, ask, button, home, modal, section


async def open_modal(api: Api, person: Person, view: Json) -> Json:
    """Open a modal as the bot does when somebody calls for it."""
    await person.global_shortcut("new")
    trigger = person.slack.deliveries[-1].payload["trigger_id"]
    return await api("views.open", trigger_id=trigger, view=view)


async def test_a_trigger_opens_one_modal(api: Api, bot: Bot, ana: Person) -> None:
    await ana.global_shortcut("new")
    trigger = bot.last["trigger_id"]

    first = await api("views.open", trigger_id=trigger, view=modal(ask("q")))
    second = await api("views.open", trigger_id=trigger, view=modal(ask("q")))

    assert first["view"]["state"]["values"]["q"]["q"] == {
        "type": "plain_text_input",
        "value": None,
    }
    assert second["error"] == "exchanged_trigger_id"
    assert [view.id for view in ana.views] == [first["view"]["id"]]


async def test_a_trigger_is_short_lived(api: Api, bot: Bot, slack: LocalSlack, ana: Person) -> None:
    slack.world.trigger_life = 0.0
    await ana.global_shortcut("new")

    late = await api("views.open", trigger_id=bot.last["trigger_id"], view=modal(ask("q")))
    wrong = await api("views.open", trigger_id="1.2.3", view=modal(ask("q")))
    none = await api("views.open", view=modal(ask("q")))

    assert late["error"] == "expired_trigger_id"
    assert wrong["error"] == "invalid_trigger_id"
    assert none["error"] == "invalid_arguments"
    assert not ana.views


async def test_a_wrong_view_costs_no_trigger(api: Api, bot: Bot, ana: Person) -> None:
    await ana.global_shortcut("new")
    trigger = bot.last["trigger_id"]
    long = modal(ask("q"), title={"type": "plain_text", "text": "x" * 25})

    wrong = await api("views.open", trigger_id=trigger, view=long)
    tab = await api("views.open", trigger_id=trigger, view=home())
    none = await api("views.open", trigger_id=trigger)
    large = await api("views.open", trigger_id=trigger, view=modal(*[section("é" * 3000)] * 50))
    right = await api("views.open", trigger_id=trigger, view=modal(ask("q")))

    assert wrong["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]
    assert tab["error"] == none["error"] == "invalid_arguments"
    assert large["error"] == "view_too_large"
    assert right["ok"]


async def test_a_modal_is_filled_in_and_sent(api: Api, bot: Bot, ana: Person) -> None:
    await open_modal(api, ana, modal(ask("q"), private_metadata="7"))

    answer = await ana.submit(values={"q": "yes"})

    view = bot.last["view"]
    assert bot.last["type"] == "view_submission"
    assert view["state"]["values"] == {"q": {"q": {"type": "plain_text_input", "value": "yes"}}}
    assert view["private_metadata"] == "7"
    assert view["callback_id"] == "modal"
    assert answer.ok
    assert not ana.views


async def test_a_required_input_must_be_filled_in(api: Api, ana: Person) -> None:
    await open_modal(api, ana, modal(ask("q"), ask("note", optional=True)))

    with pytest.raises(Refused, match="required fields: q"):
        await ana.submit()
    with pytest.raises(Refused, match="no input 'other'"):
        await ana.submit(values={"other": "x"})


async def test_errors_keep_the_modal_open(api: Api, bot: Bot, ana: Person) -> None:
    await open_modal(api, ana, modal(ask("q")))
    bot.answers({"response_action": "errors", "errors": {"q": "Too short"}})

    first = await ana.submit(values={"q": "x"})
    bot.answers()
    second = await ana.submit(values={"q": "longer"})

    assert first.ok
    assert first.errors == {"q": "Too short"}
    assert first.view is not None
    assert not second.errors
    assert not ana.views


@pytest.mark.parametrize(
    "body",
    [
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "errors"},
        {"response_action": "dance"},
        {"text": "hello"},
        "not json",
    ],
)
async def test_a_nonsense_answer_to_a_modal_is_an_error(
    api: Api, bot: Bot, ana: Person, body: Json | str
) -> None:
    await open_modal(api, ana, modal(ask("q")))
    bot.answers(body)

    answer = await ana.submit(values={"q": "x"})

    assert answer.error == "invalid_response"
    assert len(ana.views) == 1


async def test_an_answer_may_change_the_modal(api: Api, bot: Bot, ana: Person) -> None:
    await open_modal(api, ana, modal(ask("q")))
    bot.answers({"response_action": "update", "view": modal(ask("q"), ask("more"))})
    await ana.submit(values={"q": "kept"})

    kept = ana.view.values["q"]["q"]["value"]
    bot.answers({"response_action": "push", "view": modal(ask("deeper"))})
    await ana.submit(values={"more": "x"})
    depth = len(ana.views)
    bot.answers({"response_action": "clear"})
    await ana.submit(values={"deeper": "x"})

    assert kept == "kept"
    assert depth == 2
    assert not ana.views


async def test_an_answer_s_view_obeys_the_rules(api: Api, bot: Bot, ana: Person) -> None:
    await open_modal(api, ana, modal(ask("q")))
    bot.answers({"response_action": "update", "view": modal(section(""))})

    answer = await ana.submit(values={"q": "x"})

    assert answer.error == "invalid_arguments"
    assert ana.view.blocks[0]["block_id"] == "q"


async def test_three_modals_are_the_most(api: Api, bot: Bot, ana: Person) -> None:
    await open_modal(api, ana, modal(ask("q"), actions(button("more"))))
    for _ in range(2):
        await ana.press(ana.view, "more")
        pushed = await api(
            "views.push",
            trigger_id=bot.last["trigger_id"],
            view=modal(ask("q"), actions(button("more"))),
        )
    await ana.press(ana.view, "more")
    fourth = await api("views.push", trigger_id=bot.last["trigger_id"], view=modal(ask("q")))
    bot.answers({"response_action": "push", "view": modal(ask("q"))})
    answer = await ana.submit(values={"q": "x"})

    assert pushed["view"]["previous_view_id"] == ana.views[1].id
    assert pushed["view"]["root_view_id"] == ana.views[0].id
    assert fourth["error"] == "push_limit_reached"
    assert answer.error == "push_limit_reached"


async def test_only_a_modal_can_be_pushed_upon(api: Api, bot: Bot, ana: Person) -> None:
    await ana.global_shortcut("new")

    answer = await api("views.push", trigger_id=bot.last["trigger_id"], view=modal(ask("q")))

    assert answer["error"] == "not_found"


async def test_a_modal_opened_anew_replaces_the_old_one(api: Api, bot: Bot, ana: Person) -> None:
    first = await open_modal(api, ana, modal(ask("q")))
    second = await open_modal(api, ana, modal(ask("q")))

    assert [view.id for view in ana.views] == [second["view"]["id"]]
    gone = await api("views.update", view_id=first["view"]["id"], view=modal(ask("q")))
    assert gone["error"] == "not_found"
    assert bot.last["type"] == "shortcut"


async def test_an_update_needs_the_newest_hash(api: Api, bot: Bot, ana: Person) -> None:
    opened = (await open_modal(api, ana, modal(ask("q"))))["view"]
    where = {"view_id": opened["id"], "view": modal(section("new"))}

    first = await api("views.update", **where, hash=opened["hash"])
    second = await api("views.update", **where, hash=opened["hash"])
    third = await api("views.update", **where)

    assert first["view"]["hash"] != opened["hash"]
    assert second["error"] == "hash_conflict"
    assert third["ok"]
    assert (await api("views.update", view=modal(ask("q"))))["error"] == "invalid_arguments"
    assert bot.last


async def test_views_have_names_of_their_own(api: Api, bot: Bot, ana: Person) -> None:
    await open_modal(api, ana, modal(ask("q"), external_id="mine"))
    await ana.global_shortcut("new")

    twice = await api(
        "views.open",
        trigger_id=bot.last["trigger_id"],
        view=modal(ask("q"), external_id="mine"),
    )
    updated = await api(
        "views.update", external_id="mine", view=modal(ask("r"), external_id="mine")
    )

    assert twice["error"] == "duplicate_external_id"
    assert updated["view"]["blocks"][0]["block_id"] == "r"


async def test_what_was_filled_in_survives_an_update(api: Api, bot: Bot, ana: Person) -> None:
    opened = (await open_modal(api, ana, modal(ask("q"), ask("gone"), ask("other"))))["view"]
    ana.fill(ana.view, {"q": "mine", "gone": "x", "other": "y"})

    await api(
        "views.update",
        view_id=opened["id"],
        view=modal(ask("q", {"initial_value": "theirs"}), ask("other", {"type": "datepicker"})),
    )

    assert ana.view.values["q"]["q"]["value"] == "mine"
    assert ana.view.values["other"]["other"]["selected_date"] is None
    assert "gone" not in ana.view.values
    assert bot.seen


async def test_dismissing_is_told_on_request(api: Api, bot: Bot, ana: Person) -> None:
    await open_modal(api, ana, modal(ask("q"), notify_on_close=True))
    told = await ana.close()
    await open_modal(api, ana, modal(ask("q")))
    before = len(bot.seen)
    untold = await ana.close()

    assert told is not None
    assert bot.seen[before - 2].body["type"] == "view_closed"
    assert untold is None
    assert len(bot.seen) == before
    with pytest.raises(Refused, match="no modal open"):
        await ana.close()


async def test_closing_may_clear_everything(api: Api, bot: Bot, ana: Person) -> None:
    await open_modal(api, ana, modal(ask("q"), actions(button("more"))))
    await ana.press(ana.view, "more")
    await api(
        "views.push",
        trigger_id=bot.last["trigger_id"],
        view=modal(ask("q"), clear_on_close=True, notify_on_close=True),
    )

    with pytest.raises(Refused, match="not the visible one"):
        await ana.close(ana.views[0])
    await ana.close()

    assert not ana.views
    assert bot.last["is_cleared"]


async def test_a_pushed_modal_gives_way_to_the_one_below(api: Api, bot: Bot, ana: Person) -> None:
    await open_modal(api, ana, modal(ask("q"), actions(button("more"))))
    await ana.press(ana.view, "more")
    await api("views.push", trigger_id=bot.last["trigger_id"], view=modal(ask("r")))

    answer = await ana.submit(values={"r": "x"})

    assert answer.view is ana.view
    assert ana.view.blocks[0]["block_id"] == "q"


async def test_a_modal_without_a_submit_button_cannot_be_sent(api: Api, ana: Person) -> None:
    view = modal(section("only to read"))
    del view["submit"]
    await open_modal(api, ana, view)

    with pytest.raises(Refused, match="nothing to submit"):
        await ana.submit()


async def test_a_modal_stays_when_the_bot_does_not_answer(api: Api, bot: Bot, ana: Person) -> None:
    await open_modal(api, ana, modal(ask("q")))
    bot.answers("oops", status=500)

    answer = await ana.submit(values={"q": "x"})

    assert answer.error == "http_service_error"
    assert not answer.ok
    assert ana.view.values["q"]["q"]["value"] == "x"


async def test_a_view_may_be_gone_before_the_answer(
    api: Api, bot: Bot, slack: LocalSlack, ana: Person
) -> None:
    from aiohttp import web  # noqa: PLC0415 - only this reply needs it

    await open_modal(api, ana, modal(ask("q")))

    async def reply(request: Request) -> web.Response:
        await api("views.open", trigger_id=request.body["trigger_id"], view=modal(ask("next")))
        return web.Response()

    bot.reply = reply
    answer = await ana.submit(values={"q": "x"})

    assert answer.view is not None
    assert answer.view.blocks[0]["block_id"] == "next"
    assert slack.calls("views.open")


async def test_home_is_published_and_opened(
    api: Api, bot: Bot, slack: LocalSlack, ana: Person
) -> None:
    await ana.open_home()
    first = await api("views.publish", user_id=ana.id, view=home(actions(button("go"))))
    await ana.open_home()
    second = await api("views.publish", user_id=ana.id, view=home(), hash=first["view"]["hash"])
    stale = await api("views.publish", user_id=ana.id, view=home(), hash=first["view"]["hash"])
    await slack.settled()

    opened = bot.events("app_home_opened")
    assert "view" not in opened[0]
    assert opened[1]["view"]["id"] == first["view"]["id"]
    assert opened[1]["channel"] == ana.dm.id
    assert second["view"]["id"] == first["view"]["id"]
    assert stale["error"] == "hash_conflict"
    assert ana.home is not None
    assert ana.home.blocks[0]["text"]["text"] == "home"


async def test_home_has_buttons(api: Api, bot: Bot, ana: Person) -> None:
    await api("views.publish", user_id=ana.id, view=home(actions(button("go"))))
    shown = await ana.open_home()
    assert shown is not None

    await ana.press(shown, "go")

    assert bot.last["container"] == {"type": "view", "view_id": shown.id}
    assert bot.last["view"]["type"] == "home"
    assert "response_url" not in bot.last
    opened = await api("views.open", trigger_id=bot.last["trigger_id"], view=modal(ask("q")))
    assert opened["ok"]
    not_home = await api("views.update", view_id=shown.id, view=modal(ask("q")))
    assert not_home["error"] == "not_found"


async def test_not_everybody_has_a_home(api: Api, acme: Workspace) -> None:
    gone = acme.add_person("gone", deleted=True)

    async def error(user: str) -> object:
        return (await api("views.publish", user_id=user, view=home()))["error"]

    assert await error(gone.id) == "user_not_found"
    assert await error(acme.bot_user) == "not_enabled"
    assert await error("U0NOBODY") == "user_not_found"


async def test_the_messages_tab_is_a_dm(bot: Bot, slack: LocalSlack, ana: Person) -> None:
    room = await ana.open_dm()
    await slack.settled()

    (event,) = bot.events("app_home_opened")
    assert (event["tab"], event["channel"]) == ("messages", room.id)
