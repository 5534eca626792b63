"""Outbox rows refer to their conversation, so that they are deleted with it; indexes for finding old conversations.

Rows already sent have no content any more that would identify their conversation: they are deleted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_INDEXES = (("support_conversation", "created_at"), ("hand_off", "conversation_id"), ("outbox", "conversation_id"))


def upgrade() -> None:
    op.add_column("outbox", sa.Column("conversation_id", sa.String(32), nullable=False, server_default=""))
    op.execute("DELETE FROM outbox WHERE state IN ('sent', 'skipped')")
    op.execute(  # every message contains the reference
        "UPDATE outbox SET conversation_id = COALESCE((SELECT max(hand_off.conversation_id) FROM hand_off "
        "WHERE CAST(outbox.payload AS TEXT) LIKE '%' || hand_off.reference || '%'), '')"
    )
    for table, column in _INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    for table, column in _INDEXES:
        op.drop_index(f"ix_{table}_{column}", table)
    op.drop_column("outbox", "conversation_id")
