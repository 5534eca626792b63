"""Conversations of the support chatbot, both sides in one thread, and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "support_conversation",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("with_person", sa.Boolean, nullable=False),
        sa.Column("seen", sa.Integer, nullable=False),
    )
    op.create_table(
        "support_message",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "conversation_id", sa.String(32), sa.ForeignKey("support_conversation.id"), nullable=False, index=True
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(10), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("reply", sa.JSON),
        sa.Column("thumb", sa.SmallInteger, nullable=False),
        sa.Column("external_id", sa.String(80), unique=True),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("last_error", sa.String(80), nullable=False),
    )
    with op.batch_alter_table("hand_off") as table:
        table.add_column(sa.Column("conversation_id", sa.String(32), nullable=False, server_default=""))
        table.add_column(sa.Column("topic", sa.String(16), nullable=False, server_default=""))
        table.add_column(sa.Column("summary", sa.Text, nullable=False, server_default=""))
        table.add_column(sa.Column("state", sa.String(10), nullable=False, server_default="waiting"))


def downgrade() -> None:
    with op.batch_alter_table("hand_off") as table:
        for column in ("conversation_id", "topic", "summary", "state"):
            table.drop_column(column)
    for name in ("outbox", "support_message", "support_conversation"):
        op.drop_table(name)
