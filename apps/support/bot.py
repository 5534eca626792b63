"""The support chatbot for programs: text in, text out."""

from pathlib import Path

from core.errors import KnowledgeError

from .conversation import Conversation
from .service import SupportService
from .words import in_words


class CustomerServiceBot:
    """One customer's conversation with the support chatbot.

    It answers in the FAQ's own words, or says that it does not know; no model makes answers up.

    Args:
        faq_path: a ``faq.json`` in the format of docs/faq-format.md with its ``company.toml`` next to it, or the folder
            of both. Empty: the published FAQ, otherwise that of ``R1_COMPANY`` or of the sample company.
        service: the chatbot, if it is already loaded; excludes ``faq_path``.

    Raises:
        TypeError: both are given.
        R1Error: a model, a file or the database is missing or unfit; the message says what to do.
    """

    def __init__(self, faq_path: str | Path = "", *, service: SupportService | None = None) -> None:
        if service is not None and faq_path:
            raise TypeError("Give either faq_path or service")
        self._service = service or _load(faq_path)
        self._conversation = Conversation()

    def respond(self, user_input: str) -> str:
        """The chatbot's reply to a message.

        Raises:
            InputFormatError: the message is empty.
            InputTooLargeError: it is longer than :data:`apps.support.conversation.MAX_MESSAGE`.
        """
        return in_words(self._service.company, self._service.reply(self._conversation, user_input))


def _load(faq_path: str | Path) -> SupportService:
    folder = _folder_of(faq_path) if faq_path else None
    from apps.bootstrap import build_support, open_suite_database
    from apps.process import quiet_libraries
    from core.settings import load_settings

    quiet_libraries()
    settings = load_settings()
    if folder:
        settings = settings.model_copy(update={"company": folder})
    database = None if folder else open_suite_database(settings)
    return build_support(settings, database)


def _folder_of(faq_path: str | Path) -> Path:
    """The folder of a ``faq.json``, or the folder itself; checks that its files exist before models are loaded."""
    path = Path(faq_path)
    folder = path.parent if path.name == "faq.json" else path
    absent = [name for name in ("company.toml", "faq.json") if not (folder / name).is_file()]
    if absent:
        raise KnowledgeError(
            f"There is no {absent[0]} in {folder}",
            hint="faq_path is a faq.json with company.toml beside it, or the folder that contains both",
        )
    return folder
