"""Everything that Baton keeps, each table keyed by workspace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
# Compared byte by byte, so that an index finds what begins with a text.
SUBJECT = sa.String(128).with_variant(sa.String(128, collation="C"), "postgresql")
TS = sa.String(32).with_variant(sa.String(32, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "processes",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("beat", sa.BigInteger, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_processes"),
    )
    op.create_table(
        "workspaces",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("enterprise", sa.String(32), nullable=False, server_default=sa.text("''")),
        sa.Column("name", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("bot_id", sa.String(32), nullable=False, server_default=sa.text("''")),
        sa.Column("bot_user", sa.String(32), nullable=False, server_default=sa.text("''")),
        sa.Column("next_task", sa.Integer, nullable=False, server_default="1"),
        sa.Column("next_team", sa.Integer, nullable=False, server_default="1"),
        sa.Column("zone_data", sa.String(32), nullable=False, server_default=sa.text("''")),
        sa.Column("heard_at", INSTANT, nullable=True),
        sa.Column("claimed_by", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_workspaces"),
        sa.ForeignKeyConstraint(["claimed_by"], ["processes.id"], name="fk_workspaces_processes"),
    )
    op.create_table(
        "people",
        *_key(sa.Column("id", sa.String(32), nullable=False)),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("handle", sa.Text, nullable=False),
        sa.Column("real_name", sa.Text, nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("start", sa.Time, nullable=False),
        sa.Column("end", sa.Time, nullable=False),
        sa.Column("days", sa.String(20), nullable=False),
        sa.Column("hours_confirmed", sa.Boolean, nullable=False),
        sa.Column("is_bot", sa.Boolean, nullable=False),
        sa.Column("is_deleted", sa.Boolean, nullable=False),
        sa.Column("is_guest", sa.Boolean, nullable=False),
        sa.Column("is_admin", sa.Boolean, nullable=False),
        sa.Column("is_external", sa.Boolean, nullable=False),
        *_constraints("people", "id"),
    )
    op.create_table(
        "teams",
        *_key(sa.Column("id", sa.Integer, nullable=False, autoincrement=False)),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("unique_name", sa.Text, nullable=True),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("local_time", sa.Time, nullable=False),
        sa.Column("weekdays", sa.String(20), nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("paused_until", sa.Date, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("deleted_at", INSTANT, nullable=True),
        _version(),
        *_constraints("teams", "id"),
        sa.UniqueConstraint("workspace", "unique_name", name="uq_teams_workspace_unique_name"),
    )
    op.create_index("ix_teams_workspace_channel", "teams", ["workspace", "channel"])
    op.create_table(
        "team_people",
        *_key(
            sa.Column("team", sa.Integer, nullable=False, autoincrement=False),
            sa.Column("person", sa.String(32), nullable=False),
        ),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        *_constraints("team_people", "team", "person"),
        sa.ForeignKeyConstraint(
            ["workspace", "team"], ["teams.workspace", "teams.id"], name="fk_team_people_teams"
        ),
    )
    op.create_index("ix_team_people_workspace_person", "team_people", ["workspace", "person"])
    op.create_table(
        "huddles",
        *_key(
            sa.Column("team", sa.Integer, nullable=False, autoincrement=False),
            sa.Column("date", sa.Date, nullable=False),
        ),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=True),
        sa.Column("closes_at", INSTANT, nullable=True),
        sa.Column("questions", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
        _version(),
        *_constraints("huddles", "team", "date"),
        sa.ForeignKeyConstraint(
            ["workspace", "team"], ["teams.workspace", "teams.id"], name="fk_huddles_teams"
        ),
    )
    op.create_table(
        "answers",
        *_key(
            sa.Column("team", sa.Integer, nullable=False, autoincrement=False),
            sa.Column("date", sa.Date, nullable=False),
            sa.Column("person", sa.String(32), nullable=False),
        ),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("texts", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("ts", sa.String(32), nullable=True),
        *_constraints("answers", "team", "date", "person"),
        sa.ForeignKeyConstraint(
            ["workspace", "team", "date"],
            ["huddles.workspace", "huddles.team", "huddles.date"],
            name="fk_answers_huddles",
        ),
    )
    op.create_table(
        "tasks",
        *_key(sa.Column("number", sa.Integer, nullable=False, autoincrement=False)),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("more", sa.Text, nullable=False),
        sa.Column("delegator", sa.String(32), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("due_local", sa.DateTime, nullable=False),
        sa.Column("due_zone", sa.String(64), nullable=False),
        sa.Column("takes", sa.Integer, nullable=True),
        sa.Column("channel", sa.String(32), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("snoozed_until", INSTANT, nullable=True),
        _version(),
        *_constraints("tasks", "number"),
        sa.UniqueConstraint("workspace", "key", name="uq_tasks_workspace_key"),
    )
    op.create_index(
        "ix_tasks_workspace_delegator_status_due_at",
        "tasks",
        ["workspace", "delegator", "status", "due_at"],
    )
    op.create_table(
        "assignees",
        *_key(
            sa.Column("task", sa.Integer, nullable=False, autoincrement=False),
            sa.Column("person", sa.String(32), nullable=False),
        ),
        sa.Column("reply", sa.String(16), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        *_constraints("assignees", "task", "person"),
        _of_task("assignees"),
    )
    op.create_index("ix_assignees_workspace_person", "assignees", ["workspace", "person"])
    op.create_table(
        "task_events",
        *_key(
            sa.Column("task", sa.Integer, nullable=False, autoincrement=False),
            sa.Column("place", sa.Integer, nullable=False, autoincrement=False),
        ),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("via", sa.String(16), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("before", sa.String(16), nullable=False),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("reply_before", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("reaction", sa.String(128), nullable=False),
        *_constraints("task_events", "task", "place"),
        _of_task("task_events"),
    )
    op.create_index(
        "ix_task_events_workspace_by_step_at", "task_events", ["workspace", "by", "step", "at"]
    )
    op.create_table(
        "posts",
        *_key(sa.Column("id", sa.String(32), nullable=False)),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", SUBJECT, nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("parent", sa.String(32), nullable=True),
        sa.Column("ts", sa.String(32), nullable=True),
        sa.Column("wanted", sa.Integer, nullable=False),
        sa.Column("shown", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("attempted_at", INSTANT, nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64), nullable=True),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("retry_at", INSTANT, nullable=True),
        *_constraints("posts", "id"),
        sa.UniqueConstraint("workspace", "kind", "subject", name="uq_posts_workspace_kind_subject"),
    )
    op.create_index("ix_posts_workspace_channel_ts", "posts", ["workspace", "channel", "ts"])
    op.create_index(
        "ix_posts_pending",
        "posts",
        ["workspace", "urgent"],
        sqlite_where=sa.text("state = 'live' AND shown < wanted"),
        postgresql_where=sa.text("state = 'live' AND shown < wanted"),
    )
    op.create_table(
        "alarms",
        *_key(
            sa.Column("kind", sa.String(32), nullable=False),
            sa.Column("subject", SUBJECT, nullable=False),
        ),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("after", INSTANT, nullable=False),
        _version(),
        *_constraints("alarms", "kind", "subject"),
    )
    op.create_index("ix_alarms_due_at", "alarms", ["due_at"])
    op.create_table(
        "reactions",
        *_key(
            sa.Column("channel", sa.String(32), nullable=False),
            sa.Column("ts", sa.String(32), nullable=False),
            sa.Column("person", sa.String(32), nullable=False),
            sa.Column("name", sa.String(128), nullable=False),
        ),
        sa.Column("stands", sa.Boolean, nullable=False),
        sa.Column("event_ts", TS, nullable=False),
        *_constraints("reactions", "channel", "ts", "person", "name"),
    )
    op.create_table(
        "hints",
        *_key(
            sa.Column("subject", SUBJECT, nullable=False),
            sa.Column("person", sa.String(32), nullable=False),
        ),
        *_constraints("hints", "subject", "person"),
    )


def downgrade() -> None:
    for table in (
        "hints",
        "reactions",
        "alarms",
        "posts",
        "task_events",
        "assignees",
        "tasks",
        "answers",
        "huddles",
        "team_people",
        "teams",
        "people",
        "workspaces",
        "processes",
    ):
        op.drop_table(table)


def _key(*columns: sa.Column[object]) -> tuple[sa.Column[object], ...]:
    return (sa.Column("workspace", sa.String(32), nullable=False), *columns)


def _constraints(table: str, *columns: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.PrimaryKeyConstraint("workspace", *columns, name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name=f"fk_{table}_workspaces"),
    )


def _version() -> sa.Column[int]:
    return sa.Column("version", sa.Integer, nullable=False, server_default="1")


def _of_task(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace", "task"], ["tasks.workspace", "tasks.number"], name=f"fk_{table}_tasks"
    )
