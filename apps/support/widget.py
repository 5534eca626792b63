"""The widget for a company's own pages: one script tag, no build step."""

import importlib.resources
import json

from apps.ui.texts import t
from knowledge.retrieval.language import Language

from .company import Company
from .words import weekly_hours

_TEXTS = (
    "open", "close", "assistant", "person", "log", "composer", "placeholder", "send", "solved", "unsolved", "thanks",
    "sources", "updated", "email", "note", "submit", "cancel", "handed_off", "waiting", "down", "you", "bot",
    "colleague", "failed", "email_wrong", "english_only", "chinese_only", "too_often", "ended", "unread", "handed_back",
)  # fmt: skip


def widget_script(company: Company) -> str:
    """``widget.js`` with the company's name, telephone, hours and all words in it, so that it can say them alone."""
    settings = {
        "name": company.name,
        "greeting": company.greeting,
        "phone": company.phone,
        "hours": {"en": weekly_hours(company, "en"), "zh": weekly_hours(company, "zh")},
        "examples": company.examples,
        "texts": {name: {"en": _text(name, "en"), "zh": _text(name, "zh")} for name in _TEXTS},
    }
    script = (importlib.resources.files("apps.support") / "widget.js").read_text("utf-8")
    return script.replace("/* settings */ null", json.dumps(settings, ensure_ascii=False))


def _text(name: str, language: Language) -> str:
    """A text whose ``{placeholders}`` the script fills."""
    return t(f"chat.{name}", language, count="{count}", date="{date}", reference="{reference}", phone="{phone}")
