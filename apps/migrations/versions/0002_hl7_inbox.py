"""Inbox of HL7 v2 messages."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite auto-increments only INTEGER


def upgrade() -> None:
    op.create_table(
        "hl7_message",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sender", sa.String(200), nullable=False),
        sa.Column("control_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", sa.Double, nullable=False),
        sa.Column("leased_until", sa.Double, nullable=False),
        sa.Column("lease", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sqlite_autoincrement=True,  # ids of deleted rows are never reused
    )
    op.create_index("ix_hl7_message_state", "hl7_message", ["state", "id"])
    op.create_table(
        "hl7_lane",
        sa.Column("message_id", _ID, sa.ForeignKey("hl7_message.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("lane", sa.String(64), primary_key=True),
        sa.Column("open", sa.Boolean, nullable=False),
    )
    op.create_index("ix_hl7_lane_lane", "hl7_lane", ["lane", "open", "message_id"])


def downgrade() -> None:
    op.drop_table("hl7_lane")
    op.drop_table("hl7_message")
