"""Questions that an operator removed from the list of unanswered ones."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "faq_dismissal",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("question_hash", sa.String(64), nullable=False, index=True),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("faq_dismissal")
