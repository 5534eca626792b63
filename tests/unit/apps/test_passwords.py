"""How passwords are kept."""

from apps.auth.passwords import hashed, matches

PASSWORD = "correct horse battery"


def test_passwords() -> None:
    kept = hashed(PASSWORD, 4)
    assert kept != hashed(PASSWORD, 4)
    assert matches(PASSWORD, kept)
    assert matches("ｃorrect horse battery", kept)  # NFKC: an input method may write it so
    assert not matches(PASSWORD + " ", kept)
    assert not matches(PASSWORD, "", 4)
    assert not matches("", "", 4)
    assert hashed(PASSWORD).startswith("scrypt$15$8$3$")
