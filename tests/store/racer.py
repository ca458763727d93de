"""One of several processes that want the same things: `python -m tests.store.racer URL`."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.domain.post import PostKind
from bot.store.database import Store
from tests.databases import WORKSPACE
from tests.store.samples import A_HUDDLE, A_TASK, ANA, CHANNEL, DATE, DELEGATED

if TYPE_CHECKING:
    from bot.store.transaction import Tx

ROUNDS = 20


def one_round(tx: Tx, number: int) -> tuple[int, int, bool, bool, bool]:
    """Return a task of this key's alone, a number of our own, and which things we were first at."""
    task, is_new = tx.tasks.add(A_TASK, key=f"shared-{number}", event=DELEGATED)
    opened = tx.huddles.add(replace(A_HUDDLE, date=DATE + timedelta(days=number)))
    hinted = tx.hints.once(f"card/{number}", ANA)
    tx.posts.want(PostKind.CARD, str(number), channel=CHANNEL)
    return task.number, tx.workspaces.next_task(), is_new, opened, hinted


async def race(url: str) -> None:
    store = Store(url, synchronous="OFF")
    await store.open()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    done = [
        await store.run(WORKSPACE, partial(one_round, number=number)) for number in range(ROUNDS)
    ]
    await store.close()
    sys.stdout.write(json.dumps(done) + "\n")


if __name__ == "__main__":
    asyncio.run(race(sys.argv[1]))
