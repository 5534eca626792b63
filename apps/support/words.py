"""The chatbot's replies as plain text, for any front end."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from apps.ui.texts import enumerated, joined, t
from knowledge.faq.critical_topics import DANGER, Topic
from knowledge.retrieval.language import Written

from .company import WEEK, Company, Day
from .conversation import Reply
from .policy import FAILURES, Action

_CITIES = frozenset({
    "auckland", "berlin", "chicago", "dublin", "hong_kong", "london", "los_angeles", "macau", "new_york",
    "paris", "shanghai", "singapore", "sydney", "taipei", "tokyo", "toronto",
})  # fmt: skip
"""Cities with a name in each language; for any other, the time zone's name is used."""
_HOLIDAYS = 3  # that are announced


def in_words(company: Company, reply: Reply) -> str:
    """The reply as plain text in the customer's language, with the titles it suggests."""
    titles = [f"- {title}" for title in reply.suggestions]
    return "\n".join([sentence(company, reply), *rest(reply), *titles, *after_titles(reply)])


def sentence(company: Company, reply: Reply) -> str:
    """The reply's text in the customer's language; an answer is the vetted one, or says that it is not."""
    language = reply.written
    if reply.action is Action.ANSWER:
        return "\n".join([*lead(reply), reply.text])
    besides = [t("support.besides", language)] if reply.suggestions else []
    if reply.action is Action.CRITICAL:
        # Nobody in danger should wait until the team is back.
        closed = [] if reply.topic in DANGER or reply.topic in company.critical else _closed(company, language)
        entry = [line for source in reply.citations for line in (source.title, source.passage)]
        return "\n".join([reply.text, *closed, *entry, *besides])
    if reply.action is Action.FORWARD:
        return t("support.forwarded", language)
    if reply.action is Action.SIGN_IN:
        where = t("support.sign_in" if company.sign_in else "support.no_access", language, link=company.sign_in)
        return "\n".join([where, *(besides or _offer(reply))])
    if reply.action is Action.GREET:
        return _greeted(company, reply)
    if reply.action is Action.HAND_OFF:
        asked = [reply.text] if reply.text else []
        return "\n".join([*asked, hours(company, language), reach(company, language), *besides])
    if reply.suggestions:
        return t("support.clarify" if reply.action is Action.CLARIFY else "support.nearest", language)
    return "\n".join([t("support.abstain", language), *_offer(reply)])


def lead(reply: Reply) -> list[str]:
    """Lines before an answer: that the model composed it, or that something else may be meant."""
    said = {"support.composed": reply.is_composed, "support.likely": reply.is_likely}
    return [t(key, reply.written) for key, is_said in said.items() if is_said]


def rest(reply: Reply) -> list[str]:
    """Lines after the answers to several questions or a likely answer; the one that introduces titles comes last."""
    if reply.action is not Action.ANSWER:
        return []
    left = enumerated((f"“{question}”" for question in reply.left_open), reply.written)
    said = [t("support.left_open", reply.written, questions=left)] if left else []
    others = "support.besides" if reply.is_likely else "support.other_question"
    return [*said, t(others, reply.written)] if reply.suggestions else said


def after_titles(reply: Reply) -> list[str]:
    """The line after the titles, which offers a person; without titles it stands in :func:`sentence`."""
    return _offer(reply) if reply.suggestions else []


def _offer(reply: Reply) -> list[str]:
    """The line that offers a person, which other replies do in their own words."""
    is_offered = reply.offers_person and reply.action in FAILURES | {Action.SIGN_IN}
    return [t("support.offer", reply.written)] if is_offered else []


def still_holds(company: Company, topic: Topic, language: Written) -> str:
    """Short reminder for a customer who already got the text on this topic, with the telephone for it."""
    return t("support.still_holds", language, phone=company.phone_for(topic))


def _greeted(company: Company, reply: Reply) -> str:
    """The reply to small talk."""
    if reply.small_talk == "machine":
        return t("support.machine", reply.written, company=company.name[reply.language])
    key = {"greeting": "greet", "thanks": "welcome"}.get(reply.small_talk or "greeting", reply.small_talk)
    said = [t(f"support.{key}", reply.written)]
    return "\n".join([*said, *([t("support.offer", reply.written)] if reply.small_talk == "foreign" else [])])


def weekly_hours(company: Company, language: Written) -> str:
    """When a person is there: ``Mon–Fri 08:00–20:00, Sat 09:00–17:00 (London time)``."""
    spans = [f"{_days(each.days, language)} {each.open:%H:%M}–{each.close:%H:%M}" for each in company.hours]
    listed = (", " if language == "en" else "，").join(spans)
    return t("support.weekly_hours", language, spans=listed, zone=zone(company, language))


def opening_times(company: Company, language: Written) -> str:
    """When a person is there, and the next holidays, on which nobody is."""
    dates = sorted(day for day in company.holidays if day >= company.today())[:_HOLIDAYS]
    said = [t("support.there", language, times=weekly_hours(company, language))]
    if dates:
        said.append(t("support.holidays", language, dates=enumerated(map(date.isoformat, dates), language)))
    return joined(said, language)


def zone(company: Company, language: Written) -> str:
    """The company's time zone, by its city if that has a name in each language: ``London time``."""
    city = company.timezone.rpartition("/")[2].lower()
    if city not in _CITIES:
        return company.timezone
    return t("support.zone", language, city=t(f"cities.{city}", language))


def _days(days: Collection[Day], language: Written) -> str:
    """``Mon–Wed, Sat``: three or more consecutive days are shown as a range."""
    named = []
    for open_, run in groupby(WEEK, key=lambda day: day in days):
        names = [t(f"weekdays.{day}", language) for day in run]
        if open_:
            named += [f"{names[0]}–{names[-1]}"] if len(names) > 2 else names
    return enumerated(named, language)


def hours(company: Company, language: Written) -> str:
    """Whether the team is there now, and its telephone.

    If the company has its own texts on critical topics, another number may be answered at any hour.
    """
    if not (closed := _closed(company, language)):
        return t("support.hours_open", language, phone=company.phone)
    urgent = [t("support.urgent", language)] if company.critical else []
    return joined([*closed, *urgent], language)


def _closed(company: Company, language: Written) -> list[str]:
    """Says that the team is absent and from when its telephone is answered; empty while it is present."""
    now = datetime.now(UTC)
    opening, today = company.next_opening(now), company.local(now).date()
    if opening is None:
        return []
    # A weekday without a date means the next one.
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


def reach(company: Company, language: Written) -> str:
    """Where else the team can be reached."""
    return t("support.reach", language, email=company.email, website=str(company.website))
