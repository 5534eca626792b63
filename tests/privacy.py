"""Whether masking took a secret out, for the tests and for ``make bench-support``."""

import re


def remains(secret: str, masked: str) -> bool:
    """Whether a part of the secret that tells something is still there: a number, a longer word."""
    parts = re.findall(r"[A-Za-z0-9À-ɏЀ-ӿ]+|[\u4e00-\u9fff]+", secret)
    telling = [part for part in parts if re.search(r"\d", part) or len(part) >= (4 if part.isascii() else 2)]
    return any(re.search(rf"(?<![A-Za-z0-9]){re.escape(part)}(?![A-Za-z0-9])", masked) for part in telling)
