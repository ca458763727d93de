"""Tasks that repeat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("workspace", sa.String(32), nullable=False),
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("rule", sa.String(128), nullable=False),
        sa.Column("start", sa.Date, nullable=False),
        sa.Column("local_time", sa.Time, nullable=False),
        sa.Column("days_after", sa.Integer, nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("moving", sa.String(16), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("more", sa.Text, nullable=False),
        sa.Column("takes", sa.Integer, nullable=True),
        sa.Column("assignees", sa.Text, nullable=False),
        sa.Column("delegator", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=True),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("risks", sa.Text, nullable=False),
        sa.Column("links", sa.Text, nullable=False),
        sa.Column("authority", sa.String(16), nullable=True),
        sa.Column("kind", sa.String(16), nullable=True),
        sa.Column("review", sa.Boolean, nullable=False),
        sa.Column("everyone", sa.Boolean, nullable=False),
        sa.Column("latest", sa.Date, nullable=False),
        sa.Column("latest_due", INSTANT, nullable=False),
        sa.Column("next_date", sa.Date, nullable=True),
        sa.Column("next_due", INSTANT, nullable=True),
        sa.Column("is_paused", sa.Boolean, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("was_asked", sa.Boolean, nullable=False),
        sa.Column("was_enough", sa.Boolean, nullable=True),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("workspace", "id", name="pk_series"),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name="fk_series_workspaces"),
    )


def downgrade() -> None:
    op.drop_table("series")
