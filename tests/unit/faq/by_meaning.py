"""Critical topics with a reader by meaning that takes everything for self-harm, so that only rules can spare it."""

from knowledge.faq.critical_topics import Topic, critical_topics


class Everything:
    """Takes every message for one about self-harm, as the model by meaning may."""

    def topic_of(self, message: str) -> Topic | None:
        return "self_harm"


BY_MEANING = critical_topics(Everything())
