"""A token of CDS Hooks is good once for all processes, on every database."""

import threading
import time

import pytest
from sqlalchemy import Engine, text

from adapters.cds_hooks.used_tokens import KEPT, UsedTokens
from core.errors import StorageError

EHR = "https://ehr.example.org"
PROCESSES = 8


class TestUsedTokens:
    def test_a_token_is_one_of_its_issuer(self, database: Engine) -> None:
        soon = time.time() + 300
        one, other = UsedTokens(database), UsedTokens(database)
        assert one.take(EHR, "a", soon)
        assert not other.take(EHR, "a", soon)
        assert not one.take(EHR, "a", soon + 60)  # the same name with another end is the same token
        assert other.take(EHR, "b", soon)
        assert other.take("https://other.example.org", "a", soon)
        assert other.take(f"{EHR}a", "", soon)
        assert other.take(EHR, "\ud800" + "x" * 10_000, soon)

    def test_of_many_at_once_one_gets_it(self, database: Engine) -> None:
        """Each forgets old tokens in passing, which must not keep the others waiting for ever."""
        used, soon = UsedTokens(database), time.time() + 300
        for number in range(20):
            self.remember(database, f"{number}", "2020-01-01 00:00:00")
        begin = threading.Barrier(PROCESSES)
        taken: list[bool] = []

        def take() -> None:
            begin.wait()
            taken.append(used.take(EHR, "a", soon))

        threads = [threading.Thread(target=take) for _ in range(PROCESSES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(taken) == [False] * (PROCESSES - 1) + [True]
        assert self.count(database) == 1

    def test_what_is_long_over_is_forgotten_and_no_other(self, database: Engine) -> None:
        used, now = UsedTokens(database), time.time()
        assert used.take(EHR, "over", now - KEPT.total_seconds() - 5)
        assert used.take(EHR, "just over", now - 5)
        assert self.count(database) == 1
        assert not used.take(EHR, "just over", now - 5)

    def test_without_the_table_nobody_knows(self, database: Engine) -> None:
        with database.begin() as connection:
            connection.execute(text("DROP TABLE cds_token"))
        with pytest.raises(StorageError):
            UsedTokens(database).take(EHR, "a", time.time())

    @staticmethod
    def remember(database: Engine, digest: str, forget_at: str) -> None:
        with database.begin() as connection:
            insert = text("INSERT INTO cds_token (digest, forget_at) VALUES (:digest, :forget_at)")
            connection.execute(insert, {"digest": digest, "forget_at": forget_at})

    @staticmethod
    def count(database: Engine) -> int:
        with database.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM cds_token")).scalar_one())
