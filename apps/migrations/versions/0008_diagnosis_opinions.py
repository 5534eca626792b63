"""What clinicians thought of the assistant's lists, withdrawn certificates, the switch, and reported problems."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "diagnosis_opinion",
        sa.Column("visit", sa.String(36), primary_key=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False, index=True),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("patient", sa.String(32), nullable=False),
        sa.Column("clinician", sa.String(32), nullable=False),
        sa.Column("chosen", sa.String(40), nullable=False),
        sa.Column("place", sa.SmallInteger, nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("codes", sa.JSON, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("probability", sa.Float),
        sa.Column("suggested", sa.Boolean, nullable=False),
        sa.Column("certificate", sa.String(16), nullable=False),
        sa.Column("versions", sa.JSON, nullable=False),
        sa.Column("draft", sa.String(36), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.SmallInteger),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_by", sa.String(80), nullable=False),
    )
    op.create_table(
        "diagnosis_withdrawal",
        sa.Column("certificate", sa.String(16), primary_key=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed", sa.Integer, nullable=False),
        sa.Column("right", sa.Integer, nullable=False),
    )
    op.create_table(
        "diagnosis_switch",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("off", sa.Boolean, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(80), nullable=False),
    )
    op.create_table(
        "diagnosis_report",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reporter", sa.String(32), nullable=False),
        sa.Column("patient", sa.String(32), nullable=False),
        sa.Column("name", sa.String(36), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    for table in ("diagnosis_report", "diagnosis_switch", "diagnosis_withdrawal", "diagnosis_opinion"):
        op.drop_table(table)
