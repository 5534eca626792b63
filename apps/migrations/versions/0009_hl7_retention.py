"""An index for finding delivered messages whose retention time is over."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_index("ix_hl7_message_finished", "hl7_message", ["state", "finished_at"])


def downgrade() -> None:
    op.drop_index("ix_hl7_message_finished", "hl7_message")
