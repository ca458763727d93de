"""`baton` and `python -m bot`: ready to be told to stop before everything else is read."""

from __future__ import annotations

import os
import signal
import sys

_SERVERS = ({"run"}, {"sandbox"})


def main() -> int:
    """Run the command line; a server that is stopped before it began has stopped well."""
    if set(sys.argv[1:2]) in _SERVERS:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: os._exit(0))

    # Reading the rest takes a second, in which an orchestrator may change its mind.
    from bot.cli import main as run  # noqa: PLC0415

    return run()


if __name__ == "__main__":
    sys.exit(main())
