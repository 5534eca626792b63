"""Lists recorded without being shown, and the switch's state for that."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    for table in ("diagnosis_opinion", "diagnosis_switch"):
        op.add_column(table, sa.Column("silent", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for table in ("diagnosis_opinion", "diagnosis_switch"):
        op.drop_column(table, "silent")
