"""The author of an answer from the desk."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("support_message", sa.Column("signed", sa.String(100)))


def downgrade() -> None:
    op.drop_column("support_message", "signed")
