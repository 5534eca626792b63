"""The CDS Hooks cards that were shown, and what was done with them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "cds_card",
        sa.Column("card", sa.String(36), primary_key=True),
        sa.Column("viewer", sa.String(64), nullable=False, index=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("outcome_at", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    op.drop_table("cds_card")
