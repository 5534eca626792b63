"""Tokens used by callers of CDS Hooks, so that each is valid once across all processes."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "cds_token",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )


def downgrade() -> None:
    op.drop_table("cds_token")
