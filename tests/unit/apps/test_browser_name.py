"""A browser in which nobody has signed in is known by a random name of its own."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.middleware import Middleware

from apps.auth.browser import NameBrowser, browser_cookie


@pytest.mark.parametrize("secure", [False, True])
def test_a_browser_gets_its_name_with_the_page_and_keeps_it(secure: bool) -> None:
    page = FastAPI(middleware=[Middleware(NameBrowser, secure=secure)])
    page.add_api_route("/", lambda: "page")
    page.add_api_route("/config", lambda: "config")
    app, name = FastAPI(), browser_cookie(secure=secure)
    app.mount("/diagnosis", page)

    def browser() -> TestClient:
        return TestClient(app, base_url="https://suite.example")

    first, second = browser(), browser()
    assert "set-cookie" not in first.get("/diagnosis/config").headers
    given = first.get("/diagnosis/").headers["set-cookie"].lower()
    assert "httponly" in given
    assert ("secure" in given, name.startswith("__Host-")) == (secure, secure)
    assert "expires" not in given, "it ends with the browser"
    assert "max-age" not in given
    assert len(first.cookies[name]) >= 43  # 32 random bytes
    assert "set-cookie" not in first.get("/diagnosis/").headers
    second.get("/diagnosis/")
    assert second.cookies[name] != first.cookies[name]
