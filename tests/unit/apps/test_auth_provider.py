"""The way to an identity provider and back."""

from html import escape
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from apps.auth.accounts import Role
from apps.auth.guard import Screen
from apps.auth.oidc import Identity
from apps.auth.pages import SignIn
from core.errors import SignInError
from tests.unit.apps.door import Door, door

__all__ = ["door"]  # a fixture


class _Provider:
    def begin(self) -> tuple[str, str]:
        return "https://idp.example/auth", "state.nonce.verifier"

    def finish(self, *, state: str, code: str, kept: str, error: str) -> Identity:
        if error:
            raise SignInError("It refuses", kind="refused")
        assert (state, code, kept, error) == ("state", "code", "state.nonce.verifier", "")
        return Identity("https://idp.example", "1", "Ada", frozenset({Role.OPERATOR}))


@pytest.fixture
def provided(door: Door) -> TestClient:
    """A browser at the sign-in page with an identity provider."""
    provider: Any = _Provider()
    app = FastAPI()
    screens = [Screen("/desk", (Role.OPERATOR,))]
    app.include_router(SignIn(door.accounts, door.sessions, screens, provider).router)
    return TestClient(app, follow_redirects=False)


@pytest.mark.parametrize("wanted", ["/desk/", "/desk/report.html", "/desk/a b%2F"])
def test_a_provider_leads_back_to_where_somebody_wanted_to_go(provided: TestClient, wanted: str) -> None:
    provided.get("/sign-in/provider", params={"next": wanted})
    back = provided.get("/sign-in/callback?state=state&code=code")
    assert (back.status_code, back.headers["location"]) == (303, quote(wanted, safe="/%"))


def test_a_provider_leads_back_in_the_language_chosen_before(provided: TestClient) -> None:
    away = "/sign-in/provider?lang=zh&next=/desk/"
    assert f'href="{escape(away)}"' in provided.get("/sign-in?lang=zh&next=/desk/").text
    provided.get(away)
    assert "登录未成功" in provided.get("/sign-in/callback?error=access_denied").text
    back = provided.get("/sign-in/callback?state=state&code=code")
    assert (back.status_code, back.headers["location"]) == (303, "/desk/?lang=zh")


@pytest.mark.parametrize("kept", ["", "a.b.c", "a.b.c.%2Fdesk%2F", "a.b.c.xx%26"])
def test_a_cookie_that_a_provider_did_not_leave(provided: TestClient, kept: str) -> None:
    provided.cookies.set("r1_sign_in", kept)
    assert provided.get("/sign-in/callback?error=access_denied").status_code == 401
