"""What damaged files may do."""

from pathlib import Path

from core.errors import InputError
from knowledge.faq.sources import read_faq


def is_read_or_refused(path: Path) -> bool:
    """Whether a file is read, or refused by name; any other error gets out."""
    try:
        return len(read_faq(path)) > 0
    except InputError as error:
        return path.name in error.message
