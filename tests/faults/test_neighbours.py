"""What goes wrong for one channel, person or workspace, while everybody else's is on time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.demo import MANILA
from tests.faults.harbour import ALL_IS_WELL, NINE, ROOT, dates, errors

if TYPE_CHECKING:
    from datetime import datetime

    from bot.sandbox.records import Message
    from bot.sandbox.workspace import Workspace
    from tests.faults.harbour import Harbour


LONG = pytest.mark.long

ON_TIME = timedelta(seconds=5)

CHANNELS = ["brig", "cutter", "ketch"]


def _said_at(message: Message) -> float:
    return float(message.ts)


def _are_on_time(messages: list[Message], due: datetime) -> bool:
    return all(
        due.timestamp() <= _said_at(message) <= (due + ON_TIME).timestamp() for message in messages
    )


@pytest.mark.parametrize(
    "harbour", ["postgresql-http", pytest.param("sqlite-socket", marks=LONG)], indirect=True
)
async def test_an_archived_channel_and_somebody_who_left_keep_nobody_else_waiting(
    harbour: Harbour,
) -> None:
    workspace = harbour.ana.workspace
    ben = harbour.slack.person(harbour.demo.people["ben"])
    harbour.add_channels("archived", *CHANNELS)
    async with harbour.baton() as bot:
        for channel in ["archived", *CHANNELS]:
            await harbour.team(channel)
        await harbour.delegate("handover")
        given = await harbour.maya.command(
            "/delegate", "@ben Caulk the hull due fri 17:00", channel="handover"
        )
        assert given.ok
        await harbour.shown()
        workspace.archive("archived")
        workspace.change_person(ben.member, deleted=True)
        # Nobody told the bot in time: it finds out as it tries.
        harbour.clock.set(NINE - timedelta(seconds=1))
        await harbour.slack.until(lambda: harbour.have_roots(CHANNELS), timeout=6)
        assert (await harbour.ana.command("/ack", "1 yes", channel="handover")).ok
        await harbour.maya.command("/tasks", "due 2 mon", channel="handover")
        await harbour.shown()

        roots = [root for channel in CHANNELS for root in harbour.roots(channel)]
        assert _are_on_time(roots, NINE)
        assert not harbour.roots("archived")
        assert await harbour.tally(dates(CHANNELS)) == ALL_IS_WELL
        told = await harbour.maya.command("/baton", "huddle status", channel="brig")
        assert told.ok
        # A channel that is back has its huddle on the next day, like all the others.
        workspace.unarchive("archived")
        harbour.clock.set(NINE + timedelta(days=1, seconds=-1))
        everywhere = ["archived", *CHANNELS]
        await harbour.slack.until(
            lambda: harbour.have_roots(CHANNELS, each=2) and harbour.roots("archived"), timeout=6
        )
        await harbour.shown()
        tuesday = {name: days[-1:] for name, days in dates(everywhere, days=2).items()}
        due = dates(CHANNELS, days=2) | {"archived": tuesday["archived"]}
        assert await harbour.tally(due) == ALL_IS_WELL
    assert not errors(bot)


def _elsewhere(harbour: Harbour, name: str) -> Workspace:
    """Return a further workspace with a lead and a channel."""
    workspace = harbour.slack.add_workspace(name)
    # As late as in Manila, where this Monday is a holiday.
    lead = workspace.add_person("lia", real_name="Lia Lim", tz="Asia/Singapore", is_admin=True)
    workspace.add_channel("quay", members=[lead])
    return workspace


def _roots(workspace: Workspace) -> list[Message]:
    return workspace.find("quay", event_type=ROOT)


@pytest.mark.parametrize(
    "harbour", ["sqlite-http", pytest.param("postgresql-socket", marks=LONG)], indirect=True
)
async def test_a_revoked_token_and_an_uninstalled_workspace_keep_no_other_waiting(
    harbour: Harbour,
) -> None:
    revoked, uninstalled, well = (
        _elsewhere(harbour, name) for name in ("Revoked", "Uninstalled", "Well")
    )
    harbour.add_channels(*CHANNELS)
    async with harbour.baton(fleet=(revoked, uninstalled, well)) as bot:
        for channel in CHANNELS:
            await harbour.team(channel)
        for workspace in (revoked, uninstalled, well):
            (lead,) = [who for who in workspace.members.values() if who.name == "lia"]
            made = await harbour.slack.person(lead).command(
                "/baton", f"team create quay tz {MANILA} at 09:00 on mon-fri", channel="quay"
            )
            assert made.ok, made.error
        await harbour.shown()
        revoked.revoke_token()
        uninstalled.uninstall()
        harbour.clock.set(NINE - timedelta(seconds=1))
        await harbour.slack.until(lambda: harbour.have_roots(CHANNELS) and _roots(well), timeout=6)

        roots = [root for channel in CHANNELS for root in harbour.roots(channel)]
        assert _are_on_time([*roots, *_roots(well)], NINE)
        assert not _roots(revoked)
        assert not _roots(uninstalled)
        assert len(_roots(well)) == 1
        # They go on being on time after the refusals, too.
        await harbour.delegate("handover")
        await harbour.slack.until(lambda: harbour.cards("handover"), timeout=2)
        stalled = [line for line in bot.log if line.get("action") == "workspace_stalled"]
        assert sorted(line["workspace"] for line in stalled) == [revoked.id, uninstalled.id]
        assert await harbour.tally(dates(CHANNELS)) == ALL_IS_WELL
        assert await bot.stop() == 0
    assert not any("level" not in line for line in bot.log), bot.log
