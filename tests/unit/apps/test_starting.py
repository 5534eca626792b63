"""What is answered while the suite still loads."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from apps.starting import answering


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.mark.parametrize(("language", "said"), [("zh-CN,zh;q=0.9", "正在启动"), ("de", "R1 Suite is starting")])
def test_a_browser_gets_a_page_that_loads_again(listener: socket.socket, language: str, said: str) -> None:
    with answering(listener):
        answer = httpx.get(_url(listener), headers={"accept": "text/html", "accept-language": language})

    assert answer.status_code == 503
    assert said in answer.text
    assert 'http-equiv="refresh"' in answer.text


def test_a_program_is_told_to_come_again(listener: socket.socket, capfd: pytest.CaptureFixture[str]) -> None:
    with answering(listener):
        answers = [httpx.request(method, f"{_url(listener)}readyz") for method in ("GET", "HEAD", "POST")]

    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert {answer.headers["retry-after"] for answer in answers} == {"5"}
    assert answers[0].json() == {"status": "starting"}
    assert capfd.readouterr() == ("", "")  # paths may name patients


def test_who_comes_afterwards_waits_for_the_suite(listener: socket.socket) -> None:
    with answering(listener):
        pass
    with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
        assert accepted.getpeername()[0] == "127.0.0.1"


def _url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"
