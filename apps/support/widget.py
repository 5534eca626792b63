"""The chat widget for a company's own pages: one script tag, no build step."""

import json

from apps.ui.texts import t
from core.files import packaged
from knowledge.retrieval.language import Language

from .company import Company
from .conversation import MAX_MESSAGE
from .words import weekly_hours

_TEXTS = (
    "open", "close", "assistant", "person", "log", "composer", "placeholder", "send", "solved", "unsolved", "thanks",
    "sources", "updated", "email", "note", "submit", "cancel", "handed_off", "waiting", "down", "you", "bot",
    "colleague", "failed", "email_wrong", "english_only", "chinese_only", "too_often", "ended", "unread", "handed_back",
)  # fmt: skip


def widget_script(company: Company) -> str:
    """``widget.js``, self-contained with its style, the company's name, telephone and hours, and all texts."""
    texts = {name: {"en": _text(name, "en"), "zh": _text(name, "zh")} for name in _TEXTS}
    settings = {
        "name": company.name,
        "greeting": company.greeting,
        "phone": company.phone,
        "hours": {"en": weekly_hours(company, "en"), "zh": weekly_hours(company, "zh")},
        "examples": company.examples,
        "limit": MAX_MESSAGE,
        "texts": texts | {"too_long": {"en": _too_long("en"), "zh": _too_long("zh")}},
    }
    script, style = (packaged("apps.support", f"widget.{kind}").read_text("utf-8") for kind in ("js", "css"))
    for place, value in (("style", style), ("settings", settings)):
        script = script.replace(f"/* {place} */ null", json.dumps(value, ensure_ascii=False))
    return script


def _text(name: str, language: Language) -> str:
    """A text whose ``{placeholders}`` the script fills."""
    return t(f"chat.{name}", language, count="{count}", date="{date}", reference="{reference}", phone="{phone}")


def _too_long(language: Language) -> str:
    return t("shared.too_long", language, limit=f"{MAX_MESSAGE:,}", over="{over}")
