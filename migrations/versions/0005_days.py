"""What people find in *Your day*, and when they were last told something."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "days",
        sa.Column("workspace", sa.String(32), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("lines", sa.Text, nullable=False),
        sa.Column("rest", sa.Integer, nullable=False),
        sa.Column("crowded", sa.Integer, nullable=False),
        sa.Column("is_over", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "person", "date", "place", name="pk_days"),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name="fk_days_workspaces"),
    )
    op.create_index(
        "ix_days_current",
        "days",
        ["workspace", "person"],
        sqlite_where=sa.text("is_over = 0"),
        postgresql_where=sa.text("is_over = false"),
    )
    op.create_table(
        "readers",
        sa.Column("workspace", sa.String(32), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.Column("is_reminded", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "person", name="pk_readers"),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name="fk_readers_workspaces"),
    )


def downgrade() -> None:
    op.drop_table("readers")
    op.drop_index("ix_days_current", "days")
    op.drop_table("days")
