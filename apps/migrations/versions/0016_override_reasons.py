"""Why a CDS Hooks card was overridden."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("cds_card", sa.Column("reason", sa.String(20), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("cds_card", "reason")
