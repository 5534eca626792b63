"""Builds the search of a company's FAQ from the settings, and the tests that a version of the FAQ must pass."""

import functools
from typing import TYPE_CHECKING

from core.files import storage_errors
from core.hub import ModelHub
from core.settings import Settings

from .company_folder import open_company

# Each function imports what it builds, so that commands start without torch.
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from knowledge.faq.sources import Entry
    from knowledge.faq.trial import Build, Trial
    from knowledge.retrieval.embed import Embedders

    from .support.company import Company


def faq_builder(settings: Settings, company: "Company", embedders: "Embedders") -> "Build":
    """Builds the search over the entries of a company's FAQ; their vectors are cached in ``R1_HOME``."""
    from knowledge.faq.search import FaqSearch

    cache, names, everyday = settings.home / "cache" / "vectors", company.name.values(), open_everyday(settings)

    def build(entries: "Sequence[Entry]") -> FaqSearch:
        with storage_errors(cache, hint="Free some space or point R1_HOME elsewhere"):
            return FaqSearch(entries, embedders=embedders, cache=cache, names=names, everyday=everyday)

    return build


def build_trial(settings: Settings, embedders: "Callable[[], Embedders]") -> "Trial":
    """The tests that a version of the FAQ must pass, without a running chat; models are loaded when first needed."""
    from knowledge.faq.critical_meaning import TopicsByMeaning
    from knowledge.faq.critical_topics import critical_topics
    from knowledge.faq.dialogue_acts import DialogueActs
    from knowledge.faq.meaning import MessageReader
    from knowledge.faq.trial import Trial

    from .support.triage import Triage

    company = open_company(settings)
    opened = functools.cache(embedders)

    @functools.cache
    def triage() -> Triage:
        reader = MessageReader(opened())
        critical = critical_topics(TopicsByMeaning(reader), open_everyday(settings))
        return Triage(critical, DialogueActs(reader), company.topics, is_own=lambda text: False)

    return Trial(
        lambda entries: faq_builder(settings, company, opened())(entries),
        lambda question: triage().instead_of_search(question),
        company.today,
    )


def open_embedders(settings: Settings) -> "Embedders":
    """The embedding models.

    Raises:
        ModelError: one of them is not on this machine.
    """
    from knowledge.retrieval.cross_encoder import BASES, CrossEncoder
    from knowledge.retrieval.embed import BgeSmall, Embedders, MultilingualE5, MultilingualUSE

    hub = ModelHub(settings.home)
    hub.folder("use-multilingual-v3")  # raises when its package is missing
    english, chinese = BgeSmall(hub.folder(BgeSmall.name)), MultilingualE5(hub.folder(MultilingualE5.name))
    judges = (CrossEncoder(hub.folder(base), language) for language, base in BASES.items())
    return Embedders(english, chinese, MultilingualUSE(), *judges)


def open_everyday(settings: Settings) -> frozenset[str]:
    """Everyday English words, by which mistyped ones are recognised."""
    from knowledge.retrieval.embed import BgeSmall
    from knowledge.retrieval.spelling import everyday_words

    return everyday_words(ModelHub(settings.home).folder(BgeSmall.name))
