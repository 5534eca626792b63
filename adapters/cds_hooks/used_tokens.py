"""Which tokens of clients were already used, in any process of the installation: kept in its database."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, String, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.db import UtcTime, transaction

KEPT = timedelta(minutes=10)
"""How long a token is remembered after it expires: clocks of clients and of our machines may differ."""


class _Base(DeclarativeBase):
    pass


class _TokenRow(_Base):
    __tablename__ = "cds_token"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # of issuer and jti
    forget_at: Mapped[datetime] = mapped_column(UtcTime)


class UsedTokens:
    """The table. It holds hashes only."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def take(self, issuer: str, jti: str, expires_at: float) -> bool:
        """Marks a token as used; False if it already was. Also deletes expired tokens.

        Args:
            expires_at: when the token expires, in seconds since 1970.

        Raises:
            StorageError: the database does not answer, so it is unknown.
        """
        digest = hashlib.sha256(json.dumps([issuer, jti]).encode()).hexdigest()
        forget_at = datetime.fromtimestamp(expires_at, UTC) + KEPT
        # Rows that another process is deleting are left to it: waiting for each other would be a deadlock.
        over = select(_TokenRow.digest).where(_TokenRow.forget_at < datetime.now(UTC)).with_for_update(skip_locked=True)
        with transaction(self._database) as session:
            try:
                with session.begin_nested():
                    session.add(_TokenRow(digest=digest, forget_at=forget_at))
            except IntegrityError:  # the unique key decides
                return False
            forget = delete(_TokenRow).where(_TokenRow.digest.in_(over))
            session.execute(forget.execution_options(synchronize_session=False))
        return True
