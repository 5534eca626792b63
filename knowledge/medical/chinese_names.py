"""Our Chinese names of findings: the commonest of HPO, and those of :mod:`.common`.

Language models wrote them; not clinician-reviewed. HPO itself stays as it is published; these are a layer of ours.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from core.errors import KnowledgeError

_TABLE = Path(__file__).with_name("chinese_names.tsv")


@cache
def chinese_names() -> Mapping[str, str]:
    """The Chinese name by the English one.

    Raises:
        KnowledgeError: the table is missing or torn.
    """
    try:
        rows = [line.split("\t") for line in _TABLE.read_text("utf-8").splitlines()]
        return {english: chinese for _, english, chinese in rows}
    except (OSError, ValueError) as error:
        raise KnowledgeError(
            f"{_TABLE.name} cannot be read ({type(error).__name__})", hint="Install the suite again"
        ) from None
