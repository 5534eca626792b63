"""At most one open hand-off per conversation, which alone marks it as handed to a person.

Of several open ones, which earlier versions allowed, the newest stays open.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_OPEN = "state <> 'closed' AND conversation_id <> ''"
_NEWER = (
    f"SELECT 1 FROM hand_off AS newer WHERE newer.conversation_id = hand_off.conversation_id AND newer.{_OPEN} "
    "AND (newer.created_at, newer.reference) > (hand_off.created_at, hand_off.reference)"
)


def upgrade() -> None:
    op.execute(f"UPDATE hand_off SET state = 'closed' WHERE {_OPEN} AND EXISTS ({_NEWER})")
    op.create_index(
        "hand_off_open",
        "hand_off",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text(_OPEN),
        postgresql_where=sa.text(_OPEN),
    )
    op.drop_column("support_conversation", "with_person")


def downgrade() -> None:
    op.add_column("support_conversation", sa.Column("with_person", sa.Boolean, nullable=False, server_default="0"))
    op.execute(
        "UPDATE support_conversation SET with_person = true "
        f"WHERE id IN (SELECT conversation_id FROM hand_off WHERE {_OPEN})"
    )
    op.drop_index("hand_off_open", "hand_off")
