"""Invisible characters."""

import re

INVISIBLE = re.compile(r"[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
"""Soft hyphens, zero-width spaces and direction marks. Inside a number or a word they hide it from every rule."""
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"
"""Letters of scripts without spaces between words, such as Chinese and Thai; ranges for a regex character class."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")  # but for spaces; PostgreSQL does not accept NUL
# Joiners, variation selectors and tags, which emoji, Persian and Hindi need, hide a word in the same way after a Latin
# or Chinese letter.
_JOINERS = re.compile(
    r"(?<![^\x00-\x7f\u00c0-\u024f\u3400-\u9fff\uff00-\uffef])"
    r"[\u034f\u180b-\u180d\u200c\u200d\ufe00-\ufe0f\U000e0000-\U000e01ef]+(?!\u20e3)"
)


def without_invisible(text: str) -> str:
    """The text without invisible and control characters."""
    return _JOINERS.sub("", INVISIBLE.sub("", _CONTROL.sub("", text)))
