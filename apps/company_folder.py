"""The company that the support chat speaks for: the folder ``R1_COMPANY``, or the sample company."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import InputError
from core.files import packaged
from core.settings import Settings

if TYPE_CHECKING:
    from knowledge.faq.sources import Entry

    from .support.company import Company


def open_company(settings: Settings) -> "Company":
    """Reads ``company.toml`` from the folder ``R1_COMPANY`` or that of the sample company.

    Raises:
        KnowledgeError: it is missing or malformed.
    """
    from .support.company import read_company

    return read_company(_company_folder(settings) / "company.toml")


def company_faq(settings: Settings) -> "tuple[Entry, ...]":
    """The entries of the company's ``faq.json``, from which the chat answers while nothing is published.

    Raises:
        InputError: it is missing or malformed.
    """
    from knowledge.faq.sources import read_faq

    path = _company_folder(settings) / "faq.json"
    if not path.exists():
        raise InputError(
            f"{path} is not there", hint="The chat needs it until a version is published: r1 faq import, r1 faq publish"
        )
    return read_faq(path)


def _company_folder(settings: Settings) -> Path:
    return settings.company or packaged("apps.support", "sample_company")
