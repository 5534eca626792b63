"""The publication of a version of the FAQ that is being tested now."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "faq_running",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("approver", sa.String(100), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("tests", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("faq_running")
