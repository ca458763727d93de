"""When people are away, whose holidays they keep, and the dates off of teams."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

EMPTY = sa.text("''")


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("workspace", sa.String(32), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("first", sa.Date, nullable=False),
        sa.Column("last", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "person", "first", name="pk_absences"),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.id"], name="fk_absences_workspaces"),
    )
    op.add_column(
        "people", sa.Column("profile_zone", sa.String(64), nullable=False, server_default=EMPTY)
    )
    op.add_column(
        "people",
        sa.Column("zone_kept", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "people",
        sa.Column("keeps", sa.String(8), nullable=False, server_default=sa.text("'own'")),
    )
    op.add_column(
        "huddles", sa.Column("away", sa.Text, nullable=False, server_default=EMPTY)
    )
    op.add_column("huddles", sa.Column("skipped", sa.Date, nullable=True))
    op.add_column("teams", sa.Column("dates_off", sa.Text, nullable=False, server_default=EMPTY))


def downgrade() -> None:
    op.drop_column("huddles", "skipped")
    op.drop_column("huddles", "away")
    op.drop_column("teams", "dates_off")
    op.drop_column("people", "keeps")
    op.drop_column("people", "zone_kept")
    op.drop_column("people", "profile_zone")
    op.drop_table("absences")
