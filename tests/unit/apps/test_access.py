"""Who gets in, and what every answer carries."""

import base64
from pathlib import Path

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.responses import Response
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.websockets import WebSocketDisconnect

from apps import access, hospital
from apps.access import RequireToken, SecurityHeaders
from apps.api import serves_api
from apps.auth import pages
from core.settings import Settings

TOKEN = "correct-horse-battery-staple"


def application(token: str = TOKEN) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    @app.get("/healthz")
    @app.get("/healthz/more")
    def page() -> dict[str, str]:
        return {"patient": "Jane"}

    @app.get("/own")
    def own() -> Response:
        return Response(headers={"cache-control": "max-age=60"})

    @app.websocket("/socket")
    async def socket(connection: WebSocket) -> None:
        await connection.accept()
        await connection.close()

    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequireToken, token=token)
    return app


CLIENT = TestClient(application(), raise_server_exceptions=False)


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize("user", ["", "r1", "Zoë"])
def test_right_password_passes_whatever_the_user(user: str) -> None:
    assert CLIENT.get("/", headers=basic(user, TOKEN)).status_code == 200


def test_scheme_is_not_case_sensitive() -> None:
    headers = {"authorization": basic("", TOKEN)["authorization"].replace("Basic", "bASIC")}
    assert CLIENT.get("/", headers=headers).status_code == 200


def test_password_may_be_unicode_and_have_colons() -> None:
    token = "pässwörter:mit:doppelpunkt"
    client = TestClient(application(token))
    assert client.get("/", headers=basic("r1", token)).status_code == 200


def test_nothing_is_told_without_it() -> None:
    answer = CLIENT.get("/")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert answer.content == b""


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic " + base64.b64encode(TOKEN.encode()).decode(),  # no colon
        "Basic " + base64.b64encode(b"r1:").decode(),
        "Bearer " + TOKEN,
        basic("", TOKEN + "x")["authorization"],
        basic("", TOKEN[:-1])["authorization"],
        basic("", TOKEN.upper())["authorization"],
    ],
)
def test_anything_else_is_refused(header: str) -> None:
    assert CLIENT.get("/", headers={"authorization": header}).status_code == 401


@given(header=st.binary(max_size=60) | st.binary(max_size=40).map(lambda data: b"Basic " + base64.b64encode(data)))
def test_any_header_is_refused_and_none_breaks_it(header: bytes) -> None:
    """As the server hands it over: raw bytes, which need not be text."""
    scope = {"type": "http", "path": "/", "headers": [(b"authorization", header)]}
    assert not RequireToken(application(), TOKEN)._authorised(scope)


def test_health_is_open_and_nothing_below_it() -> None:
    assert CLIENT.get("/healthz").status_code == 200
    for path in ("/healthz/more", "/healthz/", "//healthz", "/HEALTHZ", "/absent"):
        assert CLIENT.get(path, follow_redirects=False).status_code == 401


def test_routes_with_keys_of_their_own_are_left_to_them() -> None:
    app = FastAPI()
    app.mount("/v1", application_of_keys := FastAPI())
    application_of_keys.add_api_route("/models", lambda: "own check")
    app.add_middleware(RequireToken, token=TOKEN, others=("/v1",))
    client = TestClient(app)
    assert client.get("/v1/models").status_code == 200
    assert client.get("/v1/%2e%2e/").status_code == 404  # nothing but theirs lies there
    for path in ("/v1", "/v1x/models", "/V1/models", "//v1/models", "/"):
        assert client.get(path, follow_redirects=False).status_code == 401


@pytest.mark.parametrize(
    ("token", "keys", "served"),
    [(None, None, True), (None, "k" * 20, True), (TOKEN, None, False), (TOKEN, "k" * 20, True)],
)
def test_the_api_is_there_with_keys_or_where_nobody_is_asked(token: str | None, keys: str | None, served: bool) -> None:
    assert serves_api(Settings(access_token=token, api_keys=keys)) is served


def test_websockets_need_it_too() -> None:
    with pytest.raises(WebSocketDisconnect) as caught, CLIENT.websocket_connect("/socket"):
        pass
    assert caught.value.code == 1008
    with CLIENT.websocket_connect("/socket", headers=basic("", TOKEN)):
        pass


def test_every_answer_has_the_security_headers() -> None:
    for path in ("/", "/absent"):
        headers = CLIENT.get(path, headers=basic("", TOKEN)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"


def test_header_of_the_page_is_kept() -> None:
    assert CLIENT.get("/own", headers=basic("", TOKEN)).headers.get_list("cache-control") == ["max-age=60"]


def test_by_https_browsers_come_by_nothing_else() -> None:
    app = FastAPI()
    app.add_middleware(SecurityHeaders, https=True)
    assert TestClient(app).get("/").headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in CLIENT.get("/healthz").headers


def test_what_is_open_without_the_token_is_told() -> None:
    told = (Path(__file__).parents[3] / "SECURITY.md").read_text("utf-8")
    assert [path for path in (*access._OPEN, *hospital.OPEN, *pages.OPEN) if f"`{path}`" not in told] == []
