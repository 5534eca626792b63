"""Passwords, the guard before the screens, and the sign-in page."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text
from starlette.websockets import WebSocketDisconnect

from apps.auth.accounts import Role
from apps.auth.pages import SignIn
from apps.auth.sessions import Sessions
from apps.ui.parts import signed_in
from apps.ui.texts import t
from tests.unit.apps.door import BROWSER, FETCH, PASSWORD, TOKEN, Door, door, sign_in

__all__ = ["door"]  # a fixture

# The guard


def test_a_screen_takes_its_roles_and_no_others(door: Door) -> None:
    operator = door.signed_in(Role.OPERATOR)
    assert operator.get("/desk/").json() == "seen"
    assert operator.get("/desk/file", headers=FETCH).status_code == 200
    assert operator.post("/desk/file", headers=FETCH).status_code == 200
    assert operator.get("/clinic/", headers=FETCH).status_code == 403
    refused = operator.get("/clinic/", headers=BROWSER)
    assert refused.status_code == 303
    assert "may not open" in operator.get(refused.headers["location"]).text
    with operator.websocket_connect("/desk/socket", headers={"sec-fetch-site": "same-origin"}):
        pass


def test_who_is_not_signed_in_is_sent_to_the_sign_in_page(door: Door) -> None:
    door.accounts.add("Ada", PASSWORD, {Role.OPERATOR})
    visitor = door.browser()
    sent = visitor.get("/desk/?secret=1", headers=BROWSER)
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=/desk/")
    for path in ("/desk", "/desk/", "/desk/file", "/clinic/"):
        assert visitor.get(path).status_code == 401
        assert visitor.post(path).status_code == 401
    with pytest.raises(WebSocketDisconnect), visitor.websocket_connect("/desk/socket"):
        pass
    assert visitor.get("/").json() == visitor.get("/desktop").json() == "seen"


def test_without_accounts_one_screen_is_closed_and_the_other_left_open(door: Door) -> None:
    visitor = door.browser()
    assert visitor.get("/clinic/").json() == "seen"
    assert visitor.get("/desk/").status_code == 401
    foreign = {"sec-fetch-site": "cross-site"}
    assert visitor.post("/clinic/file", headers=foreign).status_code == 403
    page = visitor.get("/sign-in?next=/desk/").text
    assert "From the first account on, the other staff pages need one too" in page
    assert "r1 account add" in page
    assert "<form" not in page


def test_somebody_else_may_vouch_for_a_browser(door: Door) -> None:
    door.accounts.add("Ada", PASSWORD, {Role.OPERATOR})
    visitor = door.from_hospital()
    assert visitor.get("/clinic/").json() == "seen"
    assert visitor.get("/desk/").status_code == 401


def test_an_account_takes_the_place_of_the_token_on_its_screens(tmp_path: Path) -> None:
    door = Door(tmp_path, TOKEN)
    visitor = door.browser()
    assert visitor.get("/clinic/").status_code == 401
    assert visitor.get("/clinic/", auth=("", TOKEN)).json() == "seen"  # as long as there are no accounts
    clinician = door.signed_in(Role.CLINICIAN)
    assert clinician.get("/clinic/").json() == "seen"
    assert clinician.get("/").status_code == 401
    assert visitor.get("/clinic/", auth=("", TOKEN)).status_code == 401


def test_without_the_database_nobody_is_let_in(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    operator = door.signed_in(Role.OPERATOR)
    with door.database.begin() as connection:
        for table in ("account_session", "account"):
            connection.execute(text(f"ALTER TABLE {table} RENAME TO {table}_gone"))
    pages = [operator.get(path, headers=BROWSER) for path in ("/desk/", "/sign-in", "/desk/?lang=zh")]
    programs = [operator.post("/desk/file", headers=FETCH), operator.get("/session"), sign_in(operator, "Ada")]
    assert [answer.status_code for answer in (*pages, *programs)] == [503] * 6
    assert "The database cannot be reached" in pages[0].text
    assert "无法连接数据库" in pages[2].text
    assert [answer.json() for answer in programs] == [{"detail": "Service Unavailable"}] * 3
    with pytest.raises(WebSocketDisconnect), operator.websocket_connect("/desk/socket", headers=FETCH):
        pass
    assert operator.get("/").json() == "seen"
    assert len([line for line in caplog.messages if line.startswith("Pages cannot be shown: The database")]) == 1


def test_foreign_pages_change_nothing(door: Door) -> None:
    operator = door.signed_in(Role.OPERATOR)
    foreign = {"sec-fetch-site": "cross-site"}
    assert operator.post("/desk/file", headers=foreign).status_code == 403
    assert operator.post("/sign-out", headers=foreign).status_code == 403
    visitor = door.browser()
    assert visitor.post("/sign-in", data={"name": "Ada", "password": PASSWORD}, headers=foreign).status_code == 403
    with pytest.raises(WebSocketDisconnect), operator.websocket_connect("/desk/socket", headers=foreign):
        pass
    assert operator.get("/desk/").json() == "seen"


# The page


def test_the_cookie_is_out_of_reach(door: Door) -> None:
    door.accounts.add("Ada", PASSWORD, {Role.OPERATOR})
    answer = sign_in(door.browser(), "Ada")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie  # this suite is reached without HTTPS
    assert answer.headers["location"] == "/desk/"


def test_by_https_the_cookie_travels_by_nothing_else(door: Door) -> None:
    door.accounts.add("Ada", PASSWORD, {Role.OPERATOR})
    app = FastAPI()
    sessions = Sessions(door.database, timedelta(minutes=30), secure=True)
    provider: Any = SimpleNamespace(begin=lambda: ("https://idp.example/auth", "kept"))
    app.include_router(SignIn(door.accounts, sessions, [], provider).router)
    browser = TestClient(app, base_url="https://suite.example", follow_redirects=False)
    for name, answer in (("session", sign_in(browser, "Ada")), ("sign_in", browser.get("/sign-in/provider"))):
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"__Host-r1_{name}=")
        assert cookie.count("Path=/;") == cookie.count("Secure") == 1


def test_a_wrong_password_keeps_the_name_and_tells_nothing(door: Door) -> None:
    door.accounts.add("Ada", PASSWORD, {Role.OPERATOR})
    visitor = door.browser()
    for name in ("Ada", "Eve"):
        answer = sign_in(visitor, name, "wrong wrong wrong")
        assert answer.status_code == 401
        assert "Name or password is wrong" in answer.text
        assert f'value="{name}"' in answer.text
        assert "wrong wrong wrong" not in answer.text
        assert "set-cookie" not in answer.headers


def test_the_page_escapes_what_it_is_sent(door: Door) -> None:
    door.accounts.add("Ada", PASSWORD, {Role.OPERATOR})
    html = '"><script>alert(1)</script>'
    answer = sign_in(door.browser(), html, next=html)
    assert "<script" not in answer.text
    assert "<script" not in door.browser().get("/sign-in", params={"next": html}).text


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/desk/file", "/desk/file"),
        ("/clinic/", "/clinic/"),
        ("//evil.example/", "/desk/"),
        ("https://evil.example/", "/desk/"),
        ("/desk/\\evil.example", "/desk/"),
        ("/sign-out", "/desk/"),
        ("/desktop", "/desk/"),
        ("", "/desk/"),
    ],
)
def test_signing_in_leads_to_our_own_pages_only(door: Door, wanted: str, goes_to: str) -> None:
    door.accounts.add("Ada", PASSWORD, {Role.OPERATOR})
    assert sign_in(door.browser(), "Ada", next=wanted).headers["location"] == goes_to


def test_a_screen_says_who_is_signed_in(door: Door) -> None:
    clinician = door.signed_in(Role.CLINICIAN, name="Dr. <b>Wu</b>")
    with gr.Blocks() as page:
        signed_in(page, gr.HTML(), gr.State("en"), door.sessions.name)
    (event,) = page.fns.values()
    request = SimpleNamespace(cookies=dict(clinician.cookies))
    said = event.fn("zh", request)
    assert "Dr. &lt;b&gt;Wu&lt;/b&gt;" in said
    assert "退出登录" in said
    assert event.fn("en", SimpleNamespace(cookies={})) == ""


def test_signing_out(door: Door) -> None:
    operator = door.signed_in(Role.OPERATOR)
    assert operator.get("/session").status_code == 204
    kept = operator.cookies["r1_session"]
    assert operator.post("/sign-out", headers=FETCH).headers["location"] == "/sign-in"
    operator.cookies.set("r1_session", kept)
    assert operator.get("/session").status_code == 401
    assert operator.get("/desk/").status_code == 401


def test_what_is_kept_for_whoever_signs_out_is_dropped_while_it_is_known_who_that_is(door: Door) -> None:
    operator = door.signed_in(Role.OPERATOR)
    dropped: list[str] = []
    app = FastAPI()
    app.include_router(
        SignIn(
            door.accounts, door.sessions, [], forget=lambda cookies: dropped.append(door.sessions.name(cookies))
        ).router
    )
    TestClient(app, cookies=dict(operator.cookies)).post("/sign-out", headers=FETCH)
    assert dropped == ["Ada"]
    assert door.sessions.name(operator.cookies) == ""


def test_signing_out_of_the_hospital_too(tmp_path: Path) -> None:
    door = Door(tmp_path, at_hospital=True)
    door.accounts.add("Ada", PASSWORD, {Role.CLINICIAN})
    clinician = door.from_hospital("Dr <b>Wu</b>")
    assert clinician.get("/session").status_code == 204
    page = clinician.get("/sign-in").text
    assert "Dr &lt;b&gt;Wu&lt;/b&gt;" in page
    assert 'href="/smart/launch"' in page  # the way back
    clinician.post("/sign-out", headers=FETCH)
    assert clinician.get("/session").status_code == 401
    assert clinician.get("/clinic/").status_code == 401


def test_who_signed_in_at_the_hospital_is_told_why_a_page_is_closed(tmp_path: Path) -> None:
    door = Door(tmp_path, at_hospital=True)
    door.accounts.add("Ada", PASSWORD, {Role.CLINICIAN})
    clinician = door.from_hospital("Dr Byron")
    refused = clinician.get("/desk/", headers={"accept": "text/html"})
    assert refused.headers["location"] == "/sign-in?next=/desk/&refused=1"
    page = clinician.get(refused.headers["location"])
    assert page.status_code == 403
    assert t("sign_in.no_role", "en") in page.text
    assert "Dr Byron" in page.text
    assert 'name="password"' in page.text  # an account may still open it
    assert clinician.get("/desk/file").status_code == 401  # no browser's page
    assert clinician.get("/clinic/").json() == "seen"
    nobody = door.browser()
    assert nobody.get("/desk/", headers={"accept": "text/html"}).headers["location"] == "/sign-in?next=/desk/"


@pytest.mark.parametrize(("wanted", "offered"), [("/clinic/", True), ("/desk/", False), ("", True), ("/nope", True)])
def test_the_hospital_s_sign_in_is_offered_where_it_opens_the_page(tmp_path: Path, wanted: str, offered: bool) -> None:
    door = Door(tmp_path, at_hospital=True)
    door.accounts.add("Ada", PASSWORD, {Role.CLINICIAN})
    nobody = door.browser()
    page = nobody.get("/sign-in", params={"next": wanted}).text
    assert ('href="/smart/launch"' in page) is offered


def test_an_account_takes_the_place_of_who_signed_in_at_the_hospital(tmp_path: Path) -> None:
    door = Door(tmp_path, at_hospital=True)
    door.accounts.add("Ada", PASSWORD, {Role.OPERATOR})
    browser = door.from_hospital()
    sign_in(browser, "Ada", "wrong wrong wrong")
    assert browser.get("/clinic/").json() == "seen"
    sign_in(browser, "Ada")
    assert door.hospital.of(browser.cookies) is None
    assert browser.get("/clinic/").status_code == 403


def test_a_page_says_that_somebody_uses_it(door: Door) -> None:
    now = datetime.now(UTC)
    door.sessions._clock = lambda: now
    busy, idle = door.signed_in(Role.OPERATOR), door.signed_in(Role.OPERATOR, name="Bo")
    now += timedelta(minutes=29)
    assert busy.get("/session?used=true").status_code == idle.get("/session?used=false").status_code == 204
    now += timedelta(minutes=2)
    assert (busy.get("/session").status_code, idle.get("/session").status_code) == (204, 401)
    assert busy.get("/session").headers["x-idle-seconds"] == "1800"  # by which the page knows when to warn


def test_signing_in_changes_the_session(door: Door) -> None:
    operator = door.signed_in(Role.OPERATOR)
    before = operator.cookies["r1_session"]
    sign_in(operator, "Ada")
    assert operator.cookies["r1_session"] != before
    thief = door.browser()
    thief.cookies.set("r1_session", before)
    assert thief.get("/desk/").status_code == 401


def test_too_many_wrong_passwords(door: Door) -> None:
    door.accounts.add("Ada", PASSWORD, {Role.OPERATOR})
    answers = [sign_in(door.browser(), "Ada", "x").status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]


def test_every_sign_in_is_in_the_log_and_no_password(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    door.accounts.add("Ada Byron", PASSWORD, {Role.OPERATOR})
    with caplog.at_level(logging.INFO, logger="apps.auth"):
        sign_in(door.browser(), "ada byron", "not the password")
        sign_in(door.browser(), PASSWORD, "Ada Byron")  # in each other's field
        sign_in(door.browser(), "ada byron")
    assert [record.getMessage() for record in caplog.records] == [
        "A wrong password from testclient for Ada Byron",
        "A wrong password from testclient for no account",
        "Ada Byron signed in",
    ]


def test_a_large_or_broken_form(door: Door) -> None:
    door.accounts.add("Ada", PASSWORD, {Role.OPERATOR})
    for body in (b"name=" + b"a" * 5000, b"\xff\xfe", b"", b"&".join(b"a=1" for _ in range(50))):
        assert door.browser().post("/sign-in", content=body, headers=FETCH).status_code == 401


@pytest.mark.parametrize(("preferred", "kept"), [("en", "lang=zh"), ("zh-CN", "")])
def test_a_language_chosen_before_signing_in_stays(door: Door, preferred: str, kept: str) -> None:
    door.accounts.add("Ada", PASSWORD, {Role.OPERATOR})
    visitor = door.browser()
    visitor.headers["accept-language"] = preferred
    sent = visitor.get("/desk/?lang=zh", headers=BROWSER).headers["location"]
    assert sent == "/sign-in?next=/desk/" + (f"&{kept}" if kept else "")
    assert 'action="/sign-in?lang=zh"' in visitor.get(sent).text
    fields = {"name": "Ada", "password": PASSWORD, "next": "/desk/"}
    signed_in = visitor.post("/sign-in?lang=zh", data=fields, headers=FETCH)
    assert signed_in.headers["location"] == "/desk/" + (f"?{kept}" if kept else "")
    refused = visitor.get("/clinic/?lang=zh", headers=BROWSER).headers["location"]
    assert refused == "/sign-in?next=/clinic/&refused=1" + (f"&{kept}" if kept else "")


def test_both_languages(door: Door) -> None:
    door.accounts.add("Ada", PASSWORD, {Role.OPERATOR})
    assert "密码" in door.browser().get("/sign-in", headers={"accept-language": "zh-CN"}).text
    answer = door.browser().post("/sign-in?lang=zh", data={"name": "Ada"}, headers=FETCH)
    assert "不正确" in answer.text
