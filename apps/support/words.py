"""What the chatbot says in plain words, whatever shows them."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from itertools import groupby

from apps.ui.texts import t
from knowledge.faq.critical_topics import DANGER, Topic
from knowledge.retrieval.language import Language

from .company import WEEK, Company, Day
from .conversation import Reply
from .policy import Action

_CITIES = frozenset({
    "auckland", "berlin", "chicago", "dublin", "hong_kong", "london", "los_angeles", "macau", "new_york",
    "paris", "shanghai", "singapore", "sydney", "taipei", "tokyo", "toronto",
})  # fmt: skip
"""Those that have a name in each language; any other is called as its time zone is."""
_HOLIDAYS = 3  # that are told


def in_words(company: Company, reply: Reply) -> str:
    """The reply as plain text in the customer's language, with the titles it suggests."""
    return "\n".join([sentence(company, reply), *rest(reply), *(f"- {title}" for title in reply.suggestions)])


def sentence(company: Company, reply: Reply) -> str:
    """What the reply says in the customer's language; an answer is the vetted one, or says that it is not."""
    language = reply.language
    if reply.action is Action.ANSWER:
        return "\n".join([*lead(reply), reply.text])
    besides = [t("support.besides", language)] if reply.suggestions else []
    if reply.action is Action.CRITICAL:
        # In danger nobody is to wait until the team is there again.
        closed = [] if reply.topic in DANGER or reply.topic in company.critical else _closed(company, language)
        entry = [line for source in reply.citations for line in (source.title, source.passage)]
        return "\n".join([reply.text, *closed, *entry, *besides])
    if reply.action is Action.FORWARD:
        return t("support.forwarded", language)
    if reply.action is Action.SIGN_IN:
        where = t("support.sign_in" if company.sign_in else "support.no_access", language, link=company.sign_in)
        offer = [t("support.offer", language)] if reply.offers_person else []
        return "\n".join([where, *offer, *besides])
    if reply.action is Action.GREET:
        return _greeted(company, reply)
    if reply.action is Action.HAND_OFF:
        asked = [reply.text] if reply.text else []
        return "\n".join([*asked, hours(company, language), reach(company, language), *besides])
    offer = ["support.offer"] if reply.offers_person else []
    # What leads to the titles comes last.
    nearest = "support.clarify" if reply.action is Action.CLARIFY else "support.nearest"
    keys = [*offer, nearest] if reply.suggestions else ["support.abstain", *offer]
    return "\n".join(t(key, language) for key in keys)


def lead(reply: Reply) -> list[str]:
    """What is said of an answer before it: that the model worded it, or that something else may be meant."""
    said = {"support.composed": reply.is_composed, "support.likely": reply.is_likely}
    return [t(key, reply.language) for key, is_said in said.items() if is_said]


def rest(reply: Reply) -> list[str]:
    """What follows the answers to several questions, or a likely one; the titles for others come last."""
    if reply.action is not Action.ANSWER:
        return []
    left = _between(reply.language).join(f"“{question}”" for question in reply.left_open)
    said = [t("support.left_open", reply.language, questions=left)] if left else []
    others = "support.besides" if reply.is_likely else "support.other_question"
    return [*said, t(others, reply.language)] if reply.suggestions else said


def still_holds(company: Company, topic: Topic, language: Language) -> str:
    """What is said in place of the text on a topic to who has it already, with the telephone for it."""
    return t("support.still_holds", language, phone=company.phone_for(topic))


def _greeted(company: Company, reply: Reply) -> str:
    """What the reply says to small talk."""
    if reply.small_talk == "machine":
        return t("support.machine", reply.language, company=company.name[reply.language])
    key = {"greeting": "greet", "thanks": "welcome"}.get(reply.small_talk or "greeting", reply.small_talk)
    return t(f"support.{key}", reply.language)


def weekly_hours(company: Company, language: Language) -> str:
    """When a person is there: ``Mon–Fri 08:00–20:00, Sat 09:00–17:00 (London time)``."""
    spans = [f"{_days(each.days, language)} {each.open:%H:%M}–{each.close:%H:%M}" for each in company.hours]
    listed = (", " if language == "en" else "，").join(spans)
    return t("support.weekly_hours", language, spans=listed, zone=zone(company, language))


def opening_times(company: Company, language: Language) -> str:
    """When a person is there, and the next days on which nobody is."""
    dates = sorted(day for day in company.holidays if day >= company.today())[:_HOLIDAYS]
    said = [t("support.there", language, times=weekly_hours(company, language))]
    if dates:
        said.append(t("support.holidays", language, dates=_between(language).join(day.isoformat() for day in dates)))
    return (" " if language == "en" else "").join(said)


def zone(company: Company, language: Language) -> str:
    """The company's time zone by its city where that has a name in each language: ``London time``."""
    city = company.timezone.rpartition("/")[2].lower()
    if city not in _CITIES:
        return company.timezone
    return t("support.zone", language, city=t(f"cities.{city}", language))


def _days(days: Collection[Day], language: Language) -> str:
    """``Mon–Wed, Sat``: three days or more in a row are named by the first and the last."""
    named = []
    for open_, run in groupby(WEEK, key=lambda day: day in days):
        names = [t(f"weekdays.{day}", language) for day in run]
        if open_:
            named += [f"{names[0]}–{names[-1]}"] if len(names) > 2 else names
    return _between(language).join(named)


def _between(language: Language) -> str:
    return ", " if language == "en" else "、"


def hours(company: Company, language: Language) -> str:
    """Whether the team is there now, and its telephone.

    Where the company says something of its own on critical topics, another number may be answered at any hour.
    """
    if not (closed := _closed(company, language)):
        return t("support.hours_open", language, phone=company.phone)
    urgent = [t("support.urgent", language)] if company.critical else []
    return (" " if language == "en" else "").join([*closed, *urgent])


def _closed(company: Company, language: Language) -> list[str]:
    """That the team is not there, and from when its telephone is answered; nothing while it is."""
    now = datetime.now(UTC)
    opening, today = company.next_opening(now), company.local(now).date()
    if opening is None:
        return []
    # A weekday alone is the next of its name.
    is_near = opening.date() < today + timedelta(days=len(WEEK))
    day = "today" if opening.date() == today else WEEK[opening.weekday()]
    when = t(
        "support.opens_at" if is_near else "support.opens_on",
        language,
        day=t(f"days.{day}", language),
        date=opening.date().isoformat(),
        time=opening.strftime("%H:%M"),
        zone=zone(company, language),
    )
    return [t("support.hours_closed", language, phone=company.phone, when=when)]


def reach(company: Company, language: Language) -> str:
    """Where else the team can be reached."""
    return t("support.reach", language, email=company.email, website=str(company.website))
