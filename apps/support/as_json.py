"""A conversation as the API shows it."""

from typing import Any

from .chat import SupportChat
from .store import Message, Thread
from .words import after_titles, rest, sentence


def state_json(chat: SupportChat, own: Thread, after: int) -> dict[str, Any]:
    """The messages after one, who answers now, and what the customer has seen."""
    now, handed = chat.store.thread(own.id), chat.store.open_hand_off(own.id)
    return {
        "messages": [message_json(chat, message) for message in chat.store.messages(own.id, after)],
        "with_person": handed is not None,
        "hand_off": handed and {"reference": handed.reference, "at": handed.created_at.isoformat()},
        "seen": now.seen if now else 0,
    }


def message_json(chat: SupportChat, message: Message) -> dict[str, Any]:
    """What the bot did as fields, and what it said as text."""
    shown: dict[str, Any] = {
        "id": message.id,
        "at": message.created_at.isoformat(),
        "author": message.author,
        "text": message.text,
    }
    reply = message.reply
    if reply:
        shown |= {
            "text": sentence(chat.service.company, reply),
            "action": reply.action.value,
            "language": reply.language,
            "text_language": reply.text_language if reply.text else reply.language,
            "is_composed": reply.is_composed,
            "citations": [
                {"id": source.id, "title": source.title, "link": source.link, "updated": source.updated.isoformat()}
                for source in reply.citations
            ],
            "rest": "\n".join(rest(reply)),
            "suggestions": list(reply.suggestions),
            "after_titles": "\n".join(after_titles(reply)),
            "offers_person": reply.offers_person,
            "topic": reply.topic,
            "library_version": reply.library_version,
        }
    return shown
