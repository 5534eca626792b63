"""Attempts to sign in at another server."""

import pytest

from core.pkce import Attempt


def test_the_challenge_of_rfc_7636_appendix_b() -> None:
    attempt = Attempt("state", "nonce", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert attempt.parameters["code_challenge"] == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert attempt.parameters["code_challenge_method"] == "S256"


def test_an_attempt_comes_back_by_its_cookie_and_its_state() -> None:
    attempt = Attempt.new()
    assert Attempt.of(attempt.cookie, state=attempt.state) == attempt
    assert Attempt.new() != attempt


@pytest.mark.parametrize(
    ("cookie", "state"), [("", ""), ("a.b.c", "b"), ("a.b.c", "ä"), ("a.b", "a"), ("a.b.", "a"), ("..", "")]
)
def test_nothing_comes_back_for_another_state_or_half_a_cookie(cookie: str, state: str) -> None:
    assert Attempt.of(cookie, state=state) is None
