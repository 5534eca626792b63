"""Sign-ins that take long hold up nobody but those who begin too many of them."""

import asyncio
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI

from apps.auth.accounts import Accounts, Role
from apps.auth.oidc import Identity
from apps.auth.pages import SignIn
from apps.auth.sessions import Sessions
from core.rate_limit import AtOnce
from tests.databases import sqlite_database

PASSWORD = "correct horse battery"
FETCH = {"sec-fetch-mode": "cors", "sec-fetch-site": "same-origin"}
OF_ONE, OF_ALL = 4, 16


class Provider:
    """Does not answer about a state called slow before it may."""

    def __init__(self) -> None:
        self.may, self.asked = threading.Event(), threading.Semaphore(0)

    def begin(self) -> tuple[str, str]:
        return "https://idp.example/auth", "state.nonce.verifier"

    def finish(self, *, state: str, **_: Any) -> Identity:
        if state == "slow":
            self.asked.release()
            self.may.wait(60)
        return Identity("https://idp.example", "1", "Ada", frozenset({Role.OPERATOR}))


def visitor(app: FastAPI, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://suite", headers=FETCH)


@pytest.mark.parametrize("addresses", [1, OF_ALL // OF_ONE])
def test_slow_sign_ins_are_few_and_others_go_on(tmp_path: Path, addresses: int) -> None:
    database, provider = sqlite_database(tmp_path), Provider()
    accounts = Accounts(database, cost=4)
    accounts.add("Eve", PASSWORD, {Role.OPERATOR})
    accounts.recognise("https://idp.example", "1", "Ada", {Role.OPERATOR})
    sessions = Sessions(database, timedelta(minutes=30), secure=False)
    app = FastAPI()
    unknown: Any = provider
    app.include_router(SignIn(accounts, sessions, [], unknown, patience=0.05).router)
    slow, form = "/sign-in/callback?state=slow", {"name": "Eve", "password": PASSWORD}

    async def asked() -> None:
        current_default_thread_limiter().total_tokens = 1
        crowd = [visitor(app, f"10.0.0.{number}") for number in range(addresses)]
        other = visitor(app, "10.0.1.1")
        held = [asyncio.create_task(each.get(slow)) for each in crowd for _ in range(OF_ONE)]
        for _ in held:
            await asyncio.to_thread(provider.asked.acquire)
        for each in (lambda: crowd[0].get(slow), lambda: crowd[0].post("/sign-in", data=form)):
            refused = await each()
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
        assert "登录人数过多" in (await crowd[0].get(f"{slow}&lang=zh")).text
        expected = 303 if addresses == 1 else 429
        assert (await other.post("/sign-in", data=form)).status_code == expected
        assert (await other.get("/sign-in/callback?state=quick")).status_code == expected
        assert (await other.get("/sign-in/provider")).status_code == expected
        assert (await other.get("/sign-in")).status_code == 200, "what everybody uses has no free thread"
        provider.may.set()
        assert [each.status_code for each in await asyncio.gather(*held)] == [303] * len(held)
        assert (await crowd[0].post("/sign-in", data=form)).status_code == 303
        for client in (*crowd, other):
            await client.aclose()

    asyncio.run(asked())
    database.dispose()


def test_colleagues_behind_one_address_wait_for_each_other(tmp_path: Path) -> None:
    database = sqlite_database(tmp_path)
    accounts = Accounts(database, cost=10)  # slow enough to overlap
    accounts.add("Eve", PASSWORD, {Role.OPERATOR})
    app = FastAPI()
    app.include_router(
        SignIn(accounts, Sessions(database, timedelta(minutes=30), secure=False), [], patience=60).router
    )

    async def asked() -> None:
        async with visitor(app, "10.0.0.1") as crowd:
            form = {"name": "Eve", "password": PASSWORD}
            answers = await asyncio.gather(*(crowd.post("/sign-in", data=form) for _ in range(3 * OF_ONE // 2)))
            assert {each.status_code for each in answers} == {303}

    asyncio.run(asked())
    database.dispose()


def test_what_is_done_frees_its_place_also_after_a_failure() -> None:
    places = AtOnce(2, 1)
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), places.taken("a"):
            _ = 1 / 0
        with places.taken("a") as first, places.taken("a") as second:
            assert (first, second) == (True, False)
    with places.taken("a") as first, places.taken("b") as second, places.taken("c") as third:
        assert (first, second, third) == (True, True, False)
    assert not places._running, "who has been here is remembered for ever"
