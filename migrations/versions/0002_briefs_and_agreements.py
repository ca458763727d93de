"""What a task's brief says beyond its outcome, how it is agreed on, and what it is a part of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

EMPTY = sa.text("''")
INSTANT = sa.DateTime(timezone=True)


COLUMNS = (
    sa.Column("measure", sa.Text, nullable=False, server_default=EMPTY),
    sa.Column("risks", sa.Text, nullable=False, server_default=EMPTY),
    sa.Column("links", sa.Text, nullable=False, server_default=EMPTY),
    sa.Column("authority", sa.String(16), nullable=True),
    sa.Column("kind", sa.String(16), nullable=True),
    sa.Column("review", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("everyone", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("proposed_by", sa.String(32), nullable=True),
    sa.Column("proposed_at", INSTANT, nullable=True),
    sa.Column("proposed_due_at", INSTANT, nullable=True),
    sa.Column("proposed_due_local", sa.DateTime, nullable=True),
    sa.Column("proposed_due_zone", sa.String(64), nullable=True),
    sa.Column("proposed_words", sa.Text, nullable=False, server_default=EMPTY),
    sa.Column("parent", sa.Integer, nullable=True),
    sa.Column("series", sa.Integer, nullable=True),
)


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("tasks", column)
    op.create_index("ix_tasks_workspace_parent", "tasks", ["workspace", "parent"])
    op.create_index("ix_tasks_workspace_series", "tasks", ["workspace", "series"])


def downgrade() -> None:
    op.drop_index("ix_tasks_workspace_series", "tasks")
    op.drop_index("ix_tasks_workspace_parent", "tasks")
    for column in reversed(COLUMNS):
        op.drop_column("tasks", column.name)
