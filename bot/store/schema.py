"""Every table; each key begins with the workspace, so no row can refer to another one's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    Time,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect


class Instant(TypeDecorator[datetime]):
    """An aware instant: any zone in, UTC out; a naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no zone, so it is no instant")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Duration(TypeDecorator[timedelta]):
    """A duration, kept as whole seconds on every engine."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        del dialect
        return None if value is None else int(value.total_seconds())

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        del dialect
        return None if value is None else timedelta(seconds=value)


class WallClock(TypeDecorator[datetime]):
    """What the clocks somewhere show; a value that names an instant is refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is not None and value.tzinfo is not None:
            raise ValueError(f"{value} has a zone, so it is no wall clock")
        return value


class Words(TypeDecorator[str]):
    """What people wrote, without what no database keeps: NUL, and halves of a character."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        del dialect
        if value is None:
            return None
        return value.replace("\0", "").encode("utf-8", "replace").decode()


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


# Compared byte by byte, so that an index finds what begins with a text.
_Subject = String(128).with_variant(String(128, collation="C"), "postgresql")
_Ts = String(32).with_variant(String(32, collation="C"), "postgresql")


def _workspace() -> Column[str]:
    return Column("workspace", String(32), ForeignKey("workspaces.id"), primary_key=True)


def _version() -> Column[int]:
    # Counts the changes, so that nobody overwrites a change they have not seen.
    return Column("version", Integer, nullable=False, server_default="1")


workspaces = Table(
    "workspaces",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("enterprise", String(32), nullable=False, server_default=text("''")),
    Column("name", Words, nullable=False, server_default=text("''")),
    Column("bot_id", String(32), nullable=False, server_default=text("''")),
    Column("bot_user", String(32), nullable=False, server_default=text("''")),
    Column("next_task", Integer, nullable=False, server_default="1"),
    Column("next_team", Integer, nullable=False, server_default="1"),
    # The time-zone data its alarms were computed with.
    Column("zone_data", String(32), nullable=False, server_default=text("''")),
    # Up to when nothing that Slack tells of was missed.
    Column("heard_at", Instant, nullable=True),
    # The process that publishes for it, and since which of that process's beats.
    Column("claimed_by", String(64), ForeignKey("processes.id"), nullable=True),
)

# The one table that belongs to no workspace: the processes that share this database.
processes = Table(
    "processes",
    metadata,
    Column("id", String(64), primary_key=True),
    # Counts up while the process lives. Nobody compares clocks.
    Column("beat", BigInteger, nullable=False, server_default="0"),
)

people = Table(
    "people",
    metadata,
    _workspace(),
    Column("id", String(32), primary_key=True),
    Column("name", Words, nullable=False),
    Column("handle", Words, nullable=False),
    Column("real_name", Words, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("start", Time, nullable=False),
    Column("end", Time, nullable=False),
    Column("days", String(20), nullable=False),
    Column("hours_confirmed", Boolean, nullable=False),
    Column("is_bot", Boolean, nullable=False),
    Column("is_deleted", Boolean, nullable=False),
    Column("is_guest", Boolean, nullable=False),
    Column("is_admin", Boolean, nullable=False),
    Column("is_external", Boolean, nullable=False),
    # The zone that Slack names where it is another, and whether they said to keep theirs.
    Column("profile_zone", String(64), nullable=False, server_default=text("''")),
    Column("zone_kept", Boolean, nullable=False, server_default=false()),
    # Whose holidays they keep: "own", "none" or a country's code.
    Column("keeps", String(8), nullable=False, server_default=text("'own'")),
)

# Dates only, never a kind or a reason.
absences = Table(
    "absences",
    metadata,
    _workspace(),
    Column("person", String(32), primary_key=True),
    Column("first", Date, primary_key=True),
    Column("last", Date, nullable=False),
)

teams = Table(
    "teams",
    metadata,
    _workspace(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Words, nullable=False),
    # The name without case while the team exists, else nothing: that makes it unique.
    Column("unique_name", Words, nullable=True),
    Column("channel", String(32), nullable=False),
    Column("zone", String(64), nullable=False),
    Column("local_time", Time, nullable=False),
    Column("weekdays", String(20), nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("paused_until", Date, nullable=True),
    Column("created_at", Instant, nullable=False),
    Column("deleted_at", Instant, nullable=True),
    # Dates on which the team has off, as ISO writes them, with commas.
    Column("dates_off", Text, nullable=False, server_default=text("''")),
    _version(),
    UniqueConstraint("workspace", "unique_name"),
    Index(None, "workspace", "channel"),
)

team_people = Table(
    "team_people",
    metadata,
    _workspace(),
    Column("team", Integer, primary_key=True, autoincrement=False),
    Column("person", String(32), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("place", Integer, nullable=False),
    ForeignKeyConstraint(["workspace", "team"], ["teams.workspace", "teams.id"]),
    Index(None, "workspace", "person"),
)

huddles = Table(
    "huddles",
    metadata,
    _workspace(),
    Column("team", Integer, primary_key=True, autoincrement=False),
    Column("date", Date, primary_key=True),
    Column("status", String(16), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("opened_at", Instant, nullable=True),
    Column("closes_at", Instant, nullable=True),
    Column("questions", Words, nullable=False),
    Column("reason", Words, nullable=True),
    # Who has that day off, with commas, and the day before on which everybody had.
    Column("away", Text, nullable=False, server_default=text("''")),
    Column("skipped", Date, nullable=True),
    _version(),
    ForeignKeyConstraint(["workspace", "team"], ["teams.workspace", "teams.id"]),
)

answers = Table(
    "answers",
    metadata,
    _workspace(),
    Column("team", Integer, primary_key=True, autoincrement=False),
    Column("date", Date, primary_key=True),
    Column("person", String(32), primary_key=True),
    Column("source", String(16), nullable=False),
    Column("texts", Words, nullable=False),
    Column("at", Instant, nullable=False),
    # When this person first answered, which is where their answer stands.
    Column("first_at", Instant, nullable=False),
    Column("ts", String(32), nullable=True),
    ForeignKeyConstraint(
        ["workspace", "team", "date"], ["huddles.workspace", "huddles.team", "huddles.date"]
    ),
)

tasks = Table(
    "tasks",
    metadata,
    _workspace(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    # The interaction that made it: a trigger_id, a view id or a message.
    Column("key", String(255), nullable=False),
    Column("title", Words, nullable=False),
    Column("more", Words, nullable=False),
    Column("delegator", String(32), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("due_local", WallClock, nullable=False),
    Column("due_zone", String(64), nullable=False),
    Column("takes", Duration, nullable=True),
    Column("channel", String(32), nullable=True),
    Column("status", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("question", Words, nullable=False),
    Column("snoozed_until", Instant, nullable=True),
    Column("measure", Words, nullable=False, server_default=text("''")),
    Column("risks", Words, nullable=False, server_default=text("''")),
    Column("links", Words, nullable=False, server_default=text("''")),
    Column("authority", String(16), nullable=True),
    Column("kind", String(16), nullable=True),
    Column("review", Boolean, nullable=False, server_default=false()),
    Column("everyone", Boolean, nullable=False, server_default=false()),
    # A yes on other terms; nothing while there is none.
    Column("proposed_by", String(32), nullable=True),
    Column("proposed_at", Instant, nullable=True),
    Column("proposed_due_at", Instant, nullable=True),
    Column("proposed_due_local", WallClock, nullable=True),
    Column("proposed_due_zone", String(64), nullable=True),
    Column("proposed_words", Words, nullable=False, server_default=text("''")),
    # The task of which this is a part, and the repeating one of which it is an occurrence.
    Column("parent", Integer, nullable=True),
    Column("series", Integer, nullable=True),
    _version(),
    UniqueConstraint("workspace", "key"),
    Index(None, "workspace", "delegator", "status", "due_at"),
    Index(None, "workspace", "parent"),
    Index(None, "workspace", "series"),
)

series = Table(
    "series",
    metadata,
    _workspace(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("rule", String(128), nullable=False),
    Column("start", Date, nullable=False),
    Column("local_time", Time, nullable=False),
    Column("days_after", Integer, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("moving", String(16), nullable=False),
    Column("title", Words, nullable=False),
    Column("more", Words, nullable=False),
    Column("takes", Duration, nullable=True),
    # User ids, in their order.
    Column("assignees", Text, nullable=False),
    Column("delegator", String(32), nullable=False),
    Column("channel", String(32), nullable=True),
    Column("measure", Words, nullable=False),
    Column("risks", Words, nullable=False),
    Column("links", Words, nullable=False),
    Column("authority", String(16), nullable=True),
    Column("kind", String(16), nullable=True),
    Column("review", Boolean, nullable=False),
    Column("everyone", Boolean, nullable=False),
    Column("latest", Date, nullable=False),
    Column("latest_due", Instant, nullable=False),
    Column("next_date", Date, nullable=True),
    Column("next_due", Instant, nullable=True),
    Column("is_paused", Boolean, nullable=False),
    Column("ended_at", Instant, nullable=True),
    Column("was_asked", Boolean, nullable=False),
    Column("was_enough", Boolean, nullable=True),
    _version(),
)

assignees = Table(
    "assignees",
    metadata,
    _workspace(),
    Column("task", Integer, primary_key=True, autoincrement=False),
    Column("person", String(32), primary_key=True),
    Column("reply", String(16), nullable=False),
    Column("words", Words, nullable=False),
    Column("place", Integer, nullable=False),
    ForeignKeyConstraint(["workspace", "task"], ["tasks.workspace", "tasks.number"]),
    Index(None, "workspace", "person"),
)

task_events = Table(
    "task_events",
    metadata,
    _workspace(),
    Column("task", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("step", String(16), nullable=False),
    Column("by", String(32), nullable=False),
    Column("via", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("before", String(16), nullable=False),
    Column("after", String(16), nullable=False),
    Column("reply_before", String(16), nullable=False),
    Column("text", Words, nullable=False),
    Column("reaction", String(128), nullable=False),
    ForeignKeyConstraint(["workspace", "task"], ["tasks.workspace", "tasks.number"]),
    Index(None, "workspace", "by", "step", "at"),
)

posts = Table(
    "posts",
    metadata,
    _workspace(),
    Column("id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("subject", _Subject, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("parent", String(32), nullable=True),
    Column("ts", String(32), nullable=True),
    Column("wanted", Integer, nullable=False),
    Column("shown", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("attempted_at", Instant, nullable=True),
    Column("state", String(16), nullable=False),
    Column("reason", String(64), nullable=True),
    Column("urgent", Boolean, nullable=False),
    # Not before this instant, after Slack said to wait or could not be reached.
    Column("retry_at", Instant, nullable=True),
    UniqueConstraint("workspace", "kind", "subject"),
    Index(None, "workspace", "channel", "ts"),
)
# Only what is pending is in this index, so looking for work costs the same however much was posted.
Index(
    "ix_posts_pending",
    posts.c.workspace,
    posts.c.urgent,
    sqlite_where=(posts.c.state == "live") & (posts.c.shown < posts.c.wanted),
    postgresql_where=(posts.c.state == "live") & (posts.c.shown < posts.c.wanted),
)

alarms = Table(
    "alarms",
    metadata,
    _workspace(),
    Column("kind", String(32), primary_key=True),
    Column("subject", _Subject, primary_key=True),
    Column("due_at", Instant, nullable=False, index=True),
    Column("after", Instant, nullable=False),
    _version(),
)

reactions = Table(
    "reactions",
    metadata,
    _workspace(),
    Column("channel", String(32), primary_key=True),
    Column("ts", String(32), primary_key=True),
    Column("person", String(32), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("stands", Boolean, nullable=False),
    # Slack's `event_ts`, compared as text: both have six decimals.
    Column("event_ts", _Ts, nullable=False),
)

# Messages of lines to one person, *Your day* among them, as they were when they were begun.
days = Table(
    "days",
    metadata,
    _workspace(),
    Column("person", String(32), primary_key=True),
    Column("date", Date, primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("lines", Words, nullable=False),
    Column("rest", Integer, nullable=False),
    Column("crowded", Integer, nullable=False),
    Column("is_over", Boolean, nullable=False),
)
# The few that are still kept up to date, however many there were.
Index(
    "ix_days_current",
    days.c.workspace,
    days.c.person,
    sqlite_where=days.c.is_over == false(),
    postgresql_where=days.c.is_over == false(),
)

# When somebody was last told something, and whether huddles are a line of theirs.
readers = Table(
    "readers",
    metadata,
    _workspace(),
    Column("person", String(32), primary_key=True),
    Column("told_at", Instant, nullable=True),
    Column("is_reminded", Boolean, nullable=False),
)

# Private hints that were given, so that each is given once.
hints = Table(
    "hints",
    metadata,
    _workspace(),
    Column("subject", _Subject, primary_key=True),
    Column("person", String(32), primary_key=True),
)
