from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import TYPE_CHECKING

import pytest

from bot.domain.calendar import Weekday
from bot.domain.errors import BotError
from bot.domain.post import ChannelId
from bot.domain.schedule import Schedule
from bot.domain.team import Role, Team, TeamId
from bot.store.teams import NameTaken, folded_name
from tests.store.samples import ANA, BEN, CHANNEL, JOY, NOW, ROLES, SCHEDULE

if TYPE_CHECKING:
    from bot.domain.person import WorkspaceId
    from bot.store.database import Store
    from bot.store.transaction import Tx


def add(tx: Tx, name: str = "Manila", channel: ChannelId = CHANNEL) -> Team:
    return tx.teams.add(name=name, channel=channel, schedule=SCHEDULE, roles=ROLES, now=NOW)


async def test_a_new_team_has_the_next_number_and_comes_back_whole(
    store: Store, workspace: WorkspaceId
) -> None:
    first = await store.run(workspace, add)
    second = await store.run(workspace, lambda tx: add(tx, "New York"))

    assert (first.id, second.id) == (1, 2)
    assert first.roles == ROLES
    assert first.created_at == NOW
    assert await store.run(workspace, lambda tx: tx.teams.get(first.id)) == first
    assert await store.run(workspace, lambda tx: tx.teams.get(TeamId(3))) is None


async def test_a_name_is_taken_whatever_its_capitals(store: Store, workspace: WorkspaceId) -> None:
    await store.run(workspace, lambda tx: add(tx, "Großes  Team"))

    with pytest.raises(NameTaken, match="GROSSES TEAM") as caught:
        await store.run(workspace, lambda tx: add(tx, "GROSSES TEAM"))

    assert isinstance(caught.value, BotError)
    found = await store.run(workspace, lambda tx: tx.teams.named("grosses team "))
    assert found is not None
    assert found.name == "Großes  Team"


async def test_a_team_cannot_be_renamed_to_a_name_that_is_taken_and_the_work_may_go_on(
    store: Store, workspace: WorkspaceId
) -> None:
    await store.run(workspace, add)
    other = await store.run(workspace, lambda tx: add(tx, "New York"))

    def work(tx: Tx) -> None:
        with pytest.raises(NameTaken):
            tx.teams.save(replace(other, name="MANILA"))
        tx.teams.save(replace(other, name="Boston"))

    await store.run(workspace, work)

    names = [team.name for team in await store.run(workspace, lambda tx: tx.teams.all())]
    assert names == ["Boston", "Manila"]


async def test_a_deleted_team_gives_its_name_free_and_can_still_be_looked_up(
    store: Store, workspace: WorkspaceId
) -> None:
    old = await store.run(workspace, add)
    deleted = replace(old, deleted_at=NOW)

    def work(tx: Tx) -> Team:
        tx.teams.save(deleted)
        return add(tx)

    new = await store.run(workspace, work)

    assert new.id != old.id
    assert await store.run(workspace, lambda tx: tx.teams.get(old.id)) == deleted
    assert await store.run(workspace, lambda tx: tx.teams.all()) == [new]
    assert await store.run(workspace, lambda tx: tx.teams.named("Manila")) == new
    assert await store.run(workspace, lambda tx: tx.teams.in_channel(CHANNEL)) == [new]
    assert await store.run(workspace, lambda tx: tx.teams.of_person(ANA)) == [new]


async def test_a_changed_team_comes_back_changed(store: Store, workspace: WorkspaceId) -> None:
    team = await store.run(workspace, add)
    changed = replace(
        team,
        name="Cebu",
        channel=ChannelId("C0009"),
        schedule=Schedule("Europe/Paris", time(7, 30), frozenset({Weekday.SU, Weekday.WE})),
        roles=((BEN, Role.LEAD), (ANA, Role.OBSERVER)),
        paused=True,
        paused_until=date(2026, 4, 1),
    )

    await store.run(workspace, lambda tx: tx.teams.save(changed))

    assert await store.run(workspace, lambda tx: tx.teams.get(team.id)) == changed
    assert await store.run(workspace, lambda tx: tx.teams.of_person(JOY)) == []


async def test_a_team_may_be_changed_twice_in_one_transaction(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> Team | None:
        team = add(tx)
        tx.teams.save(replace(team, paused=True))
        tx.teams.save(replace(team, name="Cebu"))
        return tx.teams.get(team.id)

    team = await store.run(workspace, work)

    assert team is not None
    assert (team.name, team.paused) == ("Cebu", False)


async def test_a_team_that_never_was_cannot_be_saved(store: Store, workspace: WorkspaceId) -> None:
    team = Team(TeamId(7), "Ghosts", CHANNEL, SCHEDULE, ROLES, NOW)

    with pytest.raises(LookupError, match="7"):
        await store.run(workspace, lambda tx: tx.teams.save(team))


async def test_teams_are_listed_by_name_by_channel_and_by_person(
    store: Store, workspace: WorkspaceId
) -> None:
    def work(tx: Tx) -> None:
        add(tx, "new york")
        add(tx, "Manila")
        tx.teams.add(
            name="Boston",
            channel=ChannelId("C0002"),
            schedule=SCHEDULE,
            roles=((JOY, Role.LEAD),),
            now=NOW,
        )

    await store.run(workspace, work)

    async def names(which: str) -> list[str]:
        found = {
            "all": lambda tx: tx.teams.all(),
            "channel": lambda tx: tx.teams.in_channel(CHANNEL),
            "ana": lambda tx: tx.teams.of_person(ANA),
        }
        return [team.name for team in await store.run(workspace, found[which])]

    assert await names("all") == ["Boston", "Manila", "new york"]
    assert await names("channel") == ["Manila", "new york"]
    assert await names("ana") == ["Manila", "new york"]


def test_names_that_people_read_as_the_same_are_the_same() -> None:
    assert folded_name(" Café  OPS ") == folded_name("cafe\u0301 ops")
